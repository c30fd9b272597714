"""Conversations of an older revision that move to a new one, because it says `migrate`."""

from datetime import timedelta
from typing import Any

import pytest
from flow_factory import LEAD, Talk, pack

from bot.events import TimerFired
from bot.language import Library
from bot.lint.migration import migration_problems
from bot.migrating import migrated
from core.threads.content import Reply

MOVES = "flow: inicio\nmigrate: {}\n"


def changed(*changes: tuple[str, str], migrate: str = "{}") -> Library:
    """LEAD after these changes, saying `migrate`, with LEAD's own revision still known."""
    text = LEAD.replace("flow: inicio\n", f"flow: inicio\nmigrate: {migrate}\n")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return pack(text).with_revisions(pack(LEAD).flows.values())


def revision(talk: Talk) -> str:
    assert talk.state is not None
    return talk.state.stack[0].revision


def begun(*answers: str) -> Talk:
    talk = Talk()
    talk.say("hola", *answers)
    return talk


def test_without_migrate_everybody_finishes_on_the_revision_they_began_with() -> None:
    talk = begun("Caro", "botox")
    began = revision(talk)
    talk.library = pack(LEAD.replace("¿Embarazo?", "¿Estás embarazada?")).with_revisions(talk.library.flows.values())
    assert talk.say("34") == ["¿Embarazo?"]
    assert revision(talk) == began


def test_with_migrate_the_next_message_is_taken_by_the_new_revision() -> None:
    talk = begun("Caro", "botox")
    token = talk.state.stack[0].wait.token  # type: ignore[union-attr]
    talk.library = changed(("¿Embarazo?", "¿Estás embarazada?"))
    assert talk.say("34") == ["¿Estás embarazada?"], "the same question takes the answer that was meant for it"
    assert revision(talk) == talk.library.flows["inicio"].revision
    assert talk.vars == {"nombre": "Caro", "servicio": "botox", "edad": 34}
    assert talk.state is not None
    assert token == talk.state.trail[-1].token


def test_old_answers_can_still_be_gone_back_to_and_their_buttons_mean_what_they_meant() -> None:
    talk = begun("Caro", "botox")
    talk.library = changed(("¿Embarazo?", "¿Estás embarazada?"))
    talk.say("34")
    assert talk.tap("laser", prompt=0) == ["¿Estás embarazada?"], "the old button changes the answer"
    assert talk.vars["servicio"] == "laser"
    assert talk.say("volver") == ["¿Edad?"]
    assert talk.say("volver") == ["¿Qué te interesa?"]
    assert "servicio" not in talk.vars


OTHER_OPTIONS = ("botox: {label: Botox, aliases: [toxina]}", "peel: {label: Peeling}")


def test_a_question_whose_options_changed_is_put_again_before_anything_answers_it() -> None:
    talk = begun("Caro")
    old = talk.prompts[-1].token
    talk.library = changed(OTHER_OPTIONS)
    assert talk.say("1") == ["¿Qué te interesa?"], "the number was read off the old list"
    assert [option.id for option in talk.prompts[-1].options] == ["peel", "laser", "facial"]
    assert talk.prompts[-1].token != old
    stale = talk.send(Reply(f"{old}:botox", "Botox"))
    assert len(stale) == 2, "an old button says it is old, and the question comes again"
    assert stale[-1] == "¿Qué te interesa?"
    assert talk.say("1") == ["¿Edad?"]
    assert talk.vars["servicio"] == "peel"


def test_an_old_button_does_not_answer_the_question_that_took_the_place_of_its_own() -> None:
    talk = begun("Caro")
    talk.library = changed(OTHER_OPTIONS)
    assert talk.tap("laser")[-1] == "¿Qué te interesa?"
    assert "servicio" not in talk.vars


def test_words_that_work_everywhere_also_work_while_moving() -> None:
    talk = begun("Caro")
    talk.library = changed(OTHER_OPTIONS)
    assert talk.say("asesora") == ["Te paso con alguien."]


def test_a_step_that_was_renamed_is_found_by_its_new_name() -> None:
    renamed = ("  servicio:\n    choose", "  tratamiento:\n    choose"), ("{menu: servicio}", "{menu: tratamiento}")
    talk = begun("Caro")
    talk.library = changed(*renamed, migrate="{servicio: tratamiento}")
    assert talk.say("botox") == ["¿Qué te interesa?"]
    assert talk.at == "inicio.tratamiento"
    assert talk.say("botox") == ["¿Edad?"]


@pytest.mark.parametrize(
    "changes",
    [
        (("  edad:\n    ask", "  anos:\n    ask"),),
        (
            ("as: {type: number, min: 10, max: 99, integer: true}", "as: {type: text}"),
            ("edad: {type: number", "edad: {type: text"),
        ),
    ],
    ids=["the step is gone", "another kind of answer"],
)  # fmt: skip
def test_who_waits_where_the_new_revision_has_nothing_alike_stays(changes: tuple[tuple[str, str], ...]) -> None:
    talk = begun("Caro", "botox")
    began = revision(talk)
    talk.library = changed(*changes)
    assert talk.say("34") == ["¿Embarazo?"]
    assert revision(talk) == began


def test_who_never_answered_what_the_new_revision_counts_on_stays() -> None:
    asks = (
        "  servicio:\n    choose",
        '  correo: {ask: "¿Correo?", as: {type: email}, into: correo}\n  servicio:\n    choose',
    )
    declared = ("vars:\n", "vars:\n  correo: {type: email}\n")
    said = ('say: "Gracias, {nombre|first}: {servicio|label}."', 'say: "Te escribimos a {correo}."')
    entry = ("{menu: servicio}", "{menu: correo}")
    talk = begun("Caro", "botox", "34")
    began = revision(talk)
    talk.library = changed(asks, declared, said, entry)
    talk.say("no")
    assert revision(talk) == began
    assert talk.done("ok", lead="l")[-1] == "Gracias, Caro: Botox."


def test_the_answer_to_a_question_that_is_gone_no_longer_stands_in_the_way_back() -> None:
    talk = begun("Caro", "botox", "34")
    without = LEAD[LEAD.index("  edad:\n    ask") : LEAD.index("  salud: {ask")]
    talk.library = changed((without, ""))
    assert talk.say("volver") == ["¿Qué te interesa?"]
    assert talk.vars == {"nombre": "Caro"}, "what was answered to it is undone with the answer before it"


def test_a_variable_that_outlives_the_flow_from_now_on_is_kept_there() -> None:
    talk = begun("Caro", "botox")
    talk.library = changed(("servicio: {type: choice, label: Servicio}", "servicio: {type: choice, scope: contact}"))
    talk.say("34")
    assert talk.state is not None
    assert dict(talk.state.memory) == {"nombre": "Caro", "servicio": "botox"}
    assert dict(talk.state.stack[0].vars) == {"edad": 34}


def test_silence_and_actions_under_way_do_not_move_anybody() -> None:
    talk = begun("Caro", "botox")
    began = revision(talk)
    talk.library = changed(("¿Embarazo?", "¿Estás embarazada?"))
    assert talk.feed(TimerFired(talk.timer.token)) == ["¿Sigues ahí?"]
    assert revision(talk) == began
    talk = begun("Caro", "botox", "34", "no")
    talk.library = changed(("¿Embarazo?", "¿Estás embarazada?"))
    assert talk.done("ok", lead="l") == ["Gracias, Caro: Botox."]


def test_after_moving_the_nudges_are_the_new_ones() -> None:
    talk = begun("Caro", "botox")
    talk.library = changed(("20m:", "40m:"))
    talk.say("muchos")
    assert talk.timer.at == talk.now + timedelta(minutes=40)


CALLER = """flow: inicio
{}start: a
defaults: {{give_up: fin, expire: {{after: 20h, to: fin}}}}
steps:
  a: {{call: otra, outcomes: {{hecho: fin{}}}}}
  fin: {{end: listo}}
"""
CALLED = """flow: otra
{}start: q
defaults: {{give_up: fin, expire: {{after: 20h, to: fin}}}}
steps:
  q: {{ask: '¿Qué?', as: {{type: text}}}}
  r: {{say: '{}'}}
  fin: {{end: hecho}}
"""


def test_a_flow_above_another_moves_with_it_or_neither_does() -> None:
    older = pack(CALLER.format("", ""), CALLED.format("", "antes"))
    more = CALLED.format("migrate: {}\n", "ahora") + "  otro: {end: otro}\n"
    more = more.replace("'¿Qué?', as: {type: text}", "'¿Qué?', as: {type: text}, skip: [paso], next: r")
    both = pack(CALLER.format("migrate: {}\n", ", otro: fin"), more)
    one = pack(CALLER.format("", ""), more)
    for newer, said in ((both, "ahora"), (one, "antes")):
        talk = Talk(older)
        talk.say("hola")
        talk.library = newer.with_revisions(older.flows.values())
        assert talk.say("algo") == [said]


def test_a_revision_that_is_lost_goes_on_at_the_question_of_its_name() -> None:
    talk = begun("Caro", "botox")
    talk.library = pack(LEAD.replace("flow: inicio\n", MOVES).replace("¿Embarazo?", "¿Estás embarazada?"))
    assert talk.say("34") == ["¿Edad?"]
    assert talk.say("34") == ["¿Estás embarazada?"]
    assert talk.vars["servicio"] == "botox"


def test_moving_is_pure_and_leaves_what_need_not_move_as_it_is() -> None:
    talk = begun("Caro")
    assert talk.state is not None
    assert migrated(talk.library, talk.state) == (talk.state, False)
    newer = changed(OTHER_OPTIONS)
    before: Any = talk.state
    first, again = migrated(newer, before)
    assert again
    assert migrated(newer, before)[0] == first
    assert migrated(newer, first)[0] is first


def test_lint_against_an_older_pack_finds_who_could_not_go_on() -> None:
    older = pack(LEAD)
    changes = LEAD.replace("  edad:\n    ask", "  anos:\n    ask").replace(
        'salud: {ask: "¿Embarazo?", as: {type: yes_no}', 'salud: {ask: "¿Embarazo?", as: {type: text}'
    )
    assert migration_problems(older, pack(changes)) == [], "without migrate nobody moves, and nobody is stranded"

    def told(migrate: str) -> list[tuple[str, str, str]]:
        text = changes.replace("flow: inicio\n", f"flow: inicio\nmigrate: {migrate}\n")
        problems = migration_problems(older, pack(text))
        return [(f"{one.line}:{one.column}", one.message, one.fix) for one in problems if one.code == "migrate"]

    assert told("{}") == [
        ("3:1", "people wait at 'edad', which is gone", "Write migrate: {edad: step}"),
        ("32:3", "people wait at 'salud', and 'salud' is of another kind",
         "Give the new step another name, and write migrate: {salud: step}"),
    ]  # fmt: skip
    assert [message for _, message, _ in told("{edad: anos, saludd: salud}")] == [
        "nobody waits at 'saludd' in the older revision",
        "people wait at 'salud', and 'salud' is of another kind",
    ]
    assert told("{edad: anos, salud: nombre}")[0][:2] == (
        "3:23",
        "people wait at 'salud', and 'nombre' is of another kind",
    )
