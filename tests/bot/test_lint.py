"""Every rule of the linter, tripped once, with its place; and a pack that trips none."""

import pytest
from flow_factory import LEAD, pack

from bot.language import FlowsBroken, make_library, read_flow, read_globals
from bot.language.readable import short_hash
from bot.language.translation import read_globals_translation, read_translation
from bot.lint import lint
from core.threads.outbound import Limits

WHATSAPP = Limits("whatsapp", 4096, 1024, 1024, 3, 20, 10, 24, 72, 20, 200, 24)
BUTTONS_ONLY = Limits("tiny", 100, 100, 60, 3, 20, 0, 0, 0, 0, 14, 0)

HEAD = """flow: inicio
start: a
entry: {menu: a}
vars: {x: {type: text}, lista: {type: ref}}
defaults: {give_up: fin, expire: {after: 20h, to: fin}}
steps:
"""
END = "  fin: {end: listo}\n"


def found(
    steps: str, *, head: str = HEAD, others: tuple[str, ...] = (), limits: Limits = WHATSAPP
) -> list[tuple[str, int]]:
    problems = lint(pack(f"{head}{steps}{END}", *others), [limits])
    return [(problem.code, problem.line) for problem in problems if problem.file == "0.flow.yaml"]


def test_a_sound_pack_has_no_problems() -> None:
    assert lint(pack(LEAD.replace("{menu: servicio}", "{menu: saludo}")), [WHATSAPP]) == []


@pytest.mark.parametrize(
    ("steps", "code", "line"),
    [
        ("  a: {say: hi, next: nope}\n", "missing-target", 7),
        ("  a: {ask: q, as: {type: text}, give_up: nope}\n", "missing-target", 7),
        ("  a: {say: hi, next: fin}\n  b: {say: hi}\n", "unreachable", 8),
        ("  a:\n    branch:\n      - {when: {x: 1}, to: fin}\n", "no-else", 7),
        ("  a: {action: nope, outcomes: {error: fin}}\n", "unknown-action", 7),
        ("  a: {action: leads.assign, outcomes: {assigned: fin, nobody: fin}}\n", "no-error-outcome", 7),
        ("  a: {action: leads.assign, outcomes: {assigned: fin, error: fin}}\n", "missing-outcome", 7),
        ("  a: {action: consent.opt_in, outcomes: {ok: fin, error: fin, x: fin}}\n", "unknown-outcome", 7),
        ("  a:\n    action: consent.opt_in\n    with: {who: me}\n    outcomes: {ok: fin, error: fin}\n",
         "unknown-argument", 9),
        ("  a: {say: hi}\n  b: {branch: [{when: {x: 1}, to: fin}, {else: a}]}\n", "endless", 8),
        ("  a: {call: nope, outcomes: {x: fin}}\n", "missing-flow", 7),
        ("  a: {call: baja, entry: nope, outcomes: {baja: fin, alta: fin}}\n", "missing-entry", 7),
        ("  a: {call: precios, outcomes: {respondida: fin, nope: fin}}\n", "unknown-outcome", 7),
        ("  a: {call: baja, outcomes: {baja: fin}}\n", "missing-outcome", 7),
        ("  a: {call: precios, with: {x: y}, outcomes: {respondida: fin}}\n", "unknown-argument", 7),
        ("  a: {say: '{nope}'}\n", "undefined", 7),
        ("  a: {say: '{org.nope}'}\n", "undefined", 7),
        ("  a: {branch: [{when: {nope: 1}, to: fin}, {else: fin}]}\n", "undefined", 7),
        ("  a: {ask: q, as: {type: text}, into: nope}\n", "undefined", 7),
        ("  a: {say: '{x}'}\n", "unset", 7),
        ("  a: {ask: q, as: {type: text}, skip: [no], into: x}\n  b: {say: '{x}'}\n", "unset", 8),
        ("  a: {choose: q, options_from: {list: lista, id: id, label: '{n}'}}\n", "unset", 7),
        ("  a: {choose: q, options: {o: {label: 'Tratamiento corporal completo'}}}\n", "long-label", 7),
        (f"  a: {{say: '{'x' * 4097}'}}\n", "too-long", 7),
        (f"  a: {{choose: '{'x' * 1025}', options: {{o: {{label: O}}}}}}\n", "too-long", 7),
        (f"  a: {{choose: q, options: {{o: {{label: O, description: '{'x' * 73}'}}}}}}\n", "long-label", 7),
        ("  a: {choose: q, opener: 'Ver todas las opciones', options: {o: {label: O}}}\n", "long-label", 7),
        ("  a: {choose: q, options: {o: {label: Precio}, p: {label: Precios}}}\n", "alias-collision", 7),
        ("  a: {choose: q, options: {o: {label: Volver}}}\n", "alias-collision", 7),
        ("  a: {ask: q, as: {type: text}, skip: [cancela]}\n", "alias-collision", 7),
        ("  a: {ask: q, as: {type: text}, expire: {after: 30h, to: b}, next: fin}\n  b: {say: late}\n", "window", 8),
        ("  a: {ask: q, as: {type: text}, nudges: {30h: hey}}\n", "window", 7),
        ("  a: {handover: t, resume: {after_release: fin, if_silent: 2d}}\n", "window", 7),
    ],
)  # fmt: skip
def test_a_problem_is_found_at_its_line(steps: str, code: str, line: int) -> None:
    assert (code, line) in found(steps)


def test_a_wait_needs_a_way_out() -> None:
    head = "flow: inicio\nstart: a\nentry: {menu: a}\nsteps:\n"
    codes = [code for code, _ in found("  a: {ask: q, as: {type: text}}\n", head=head)]
    assert codes == ["no-give-up", "no-expire"]


def test_the_last_step_must_lead_somewhere() -> None:
    problems = lint(pack("flow: inicio\nstart: a\nentry: {menu: a}\nsteps:\n  a: {say: hi}\n"), [WHATSAPP])
    assert [problem.code for problem in problems] == ["no-next"]


def test_an_end_must_be_within_reach() -> None:
    head = HEAD.replace("give_up: fin", "give_up: a").replace("to: fin", "to: a")
    assert ("no-end", 7) in found("  a: {ask: q, as: {type: text}, next: a}\n", head=head)


def test_flows_may_not_call_one_another_in_a_circle() -> None:
    other = "flow: otro\nstart: a\nsteps:\n  a: {call: inicio, outcomes: {listo: b}}\n  b: {end: x}\n"
    assert ("call-circle", 7) in found("  a: {call: otro, outcomes: {x: fin}}\n", others=(other,))


def test_a_loop_of_questions_is_no_endless_loop() -> None:
    assert (
        found("  a: {ask: q, as: {type: yes_no}, no_to: b}\n  c: {say: hi, next: fin}\n  b: {say: again, next: a}\n")
        == []
    )


def test_a_channel_without_lists_limits_the_options() -> None:
    options = ", ".join(f"o{name}: {{label: {name * 5}}}" for name in "abcd")
    codes = [code for code, _ in found(f"  a: {{choose: q, options: {{{options}}}}}\n", limits=BUTTONS_ONLY)]
    assert "too-many-options" in codes


def test_an_option_id_must_fit_on_the_wire() -> None:
    assert ("long-label", 7) in found("  a: {choose: q, options: {muy_largo: {label: X}}}\n", limits=BUTTONS_ONLY)


def test_health_is_asked_after_the_privacy_notice() -> None:
    head = HEAD.replace("x: {type: text}", "x: {type: yes_no, sensitive: health}")
    ask = "  {0}: {{ask: q, as: {{type: yes_no}}, into: x}}\n"
    assert ("privacy", 7) in found(ask.format("a"), head=head)
    assert found("  a: {say: '{org.privacy_url}'}\n" + ask.format("b"), head=head) == []


def test_what_a_branch_proves_is_known_afterwards() -> None:
    assert found("  a: {branch: [{when: {x: {is: set}}, to: b}, {else: fin}]}\n  b: {say: '{x}'}\n") == []
    assert found("  a: {branch: [{when: {x: {is: unset}}, to: fin}, {else: b}]}\n  b: {say: '{x}'}\n") == []
    assert found("  a: {set: {x: hi}}\n  b: {say: '{x}'}\n") == []


def test_a_value_only_some_ways_give_may_be_unset() -> None:
    steps = "  a: {branch: [{when: {channel: telegram}, to: b}, {else: c}]}\n  b: {set: {x: hi}}\n  c: {say: '{x}'}\n"
    assert ("unset", 9) in found(steps)


def test_global_words_must_lead_to_flows_and_entries() -> None:
    words = "start: inicio\nwords:\n  menu: {words: [menu], entry: nope}\n  human: {words: [x], flow: nadie}\n"
    words += "soft:\n  p: {call: inicio, phrases: [y]}\n"
    library = pack(f"{HEAD}  a: {{say: hi}}\n{END}", words=words)
    assert [problem.code for problem in lint(library, []) if "globals" in problem.file] == [
        "missing-entry",
        "missing-flow",
    ]


def test_the_engines_own_buttons_must_fit_as_well() -> None:
    words = "start: inicio\ntexts: {offer.human: 'Hablar con una persona del equipo'}\n"
    library = pack(f"{HEAD}  a: {{say: hi}}\n{END}", words=words)
    assert [problem.code for problem in lint(library, [WHATSAPP]) if "globals" in problem.file] == ["long-label"]


def test_an_unknown_filter_never_gets_as_far_as_the_linter() -> None:
    with pytest.raises(FlowsBroken, match="there is no filter 'nope'"):
        pack(f"{HEAD}  a: {{say: '{{x|nope}}'}}\n{END}")


TRANSLATED = HEAD.replace("vars: {x: {type: text}, lista: {type: ref}}", "vars: {x: {type: text, label: Equis}}")
STEPS = """  a:
    choose: "¿Cuál, {org.name}?"
    options:
      o: {label: Uno, aliases: [primero]}
      p: {label: Dos}
    next: fin
"""
HASHES = {text: short_hash(text) for text in ("Equis", "¿Cuál, {org.name}?", "Uno", "Dos")}
ENGLISH = f"""flow: inicio
lang: en
vars:
  x: {{of: {HASHES["Equis"]}, text: Ex}}
steps:
  a:
    choose: {{of: {HASHES["¿Cuál, {org.name}?"]}, text: "Which, {{org.name}}?"}}
    o.label: {{of: {HASHES["Uno"]}, text: First}}
    p.label: {{of: {HASHES["Dos"]}, text: Second}}
"""


def found_in_english(old: str = "", new: str = "", tag: str = "en") -> list[tuple[str, int, int]]:
    """(code, line, column) of what lint finds in the translation, with one change made to it."""
    assert old in ENGLISH
    translation = read_translation(ENGLISH.replace(old, new).replace("lang: en", f"lang: {tag}"), "inicio.en.yaml")
    flow = read_flow(f"{TRANSLATED}{STEPS}{END}", "0.flow.yaml", translation)
    others = pack(f"{TRANSLATED}{STEPS}{END}")
    library = make_library([flow, *(one for one in others.flows.values() if one.name != "inicio")], others.globals)
    problems = [problem for problem in lint(library, [WHATSAPP]) if problem.file == "inicio.en.yaml"]
    assert all(problem.fix for problem in problems)
    return [(problem.code, problem.line, problem.column) for problem in problems]


def test_a_whole_translation_has_no_problems() -> None:
    assert found_in_english() == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("text: First", 'text: ""', ("untranslated", 8, 5)),
        (f"    p.label: {{of: {HASHES['Dos']}, text: Second}}\n", "", ("untranslated", 6, 3)),
        (f"  x: {{of: {HASHES['Equis']}, text: Ex}}", "  y: {text: Why}", ("gone", 4, 3)),
        ("    p.label", "    q.aliases: [one]\n    p.label", ("gone", 9, 5)),
        (f"of: {HASHES['Uno']}", "of: 00000000", ("stale", 8, 5)),
        ("Which, {org.name}?", "Which, {contact.name}?", ("unknown-hole", 7, 28)),
        ("text: First", "text: This is the very first of them", ("long-label", 8, 5)),
        ("text: Second", "text: Firsts", ("alias-collision", 9, 5)),
        ("text: Second", "text: Primero", ("alias-collision", 9, 5)),
        ("    p.label", "    p.aliases: [uno]\n    p.label", ("alias-collision", 10, 5)),
        ("    p.label", "    p.aliases: [volver]\n    p.label", ("alias-collision", 10, 5)),
    ],
)  # fmt: skip
def test_a_problem_of_a_translation_is_found_in_its_file(old: str, new: str, problem: tuple[str, int, int]) -> None:
    assert problem in found_in_english(old, new)


def test_a_register_need_not_say_everything() -> None:
    assert found_in_english(f"    p.label: {{of: {HASHES['Dos']}, text: Second}}\n", "", tag="es-vos") == []


def test_a_pack_that_speaks_a_language_speaks_it_in_every_flow() -> None:
    flow = read_flow(f"{TRANSLATED}{STEPS}{END}", "0.flow.yaml", read_translation(ENGLISH))
    others = pack(f"{TRANSLATED}{STEPS}{END}")
    library = make_library([flow, *(one for one in others.flows.values() if one.name != "inicio")], others.globals)
    untranslated = [problem for problem in lint(library, [WHATSAPP]) if problem.code == "untranslated"]
    assert {problem.fix for problem in untranslated} == {
        "hilo flow translate humano en",
        "hilo flow translate baja en",
        "hilo flow translate precios en",
    }


@pytest.mark.parametrize(
    ("english", "problem"),
    [
        ("lang: en\nwords: {human: [agent]}\n", ("untranslated", 1)),
        ("lang: en\nwords: {human: [agent]}\ntexts:\n  courtesy: {of: 00000000, text: Sure}\n", ("stale", 4)),
        ("lang: en\nwords: {human: [agent]}\ntexts:\n  cancelled: {text: Sure}\n", ("gone", 4)),
        ("lang: en\ntexts:\n  courtesy: {text: Sure}\n", ("untranslated", 1)),
        ("lang: en\ntexts:\n  offer.human: {text: A person from the whole team}\n", ("long-label", 3)),
    ],
)
def test_a_problem_of_the_globals_translation_is_found_in_its_file(english: str, problem: tuple[str, int]) -> None:
    own = "start: inicio\nwords: {human: {words: [humano], flow: humano}}\ntexts: {courtesy: Claro}\n"
    words = read_globals(own, "_globals.yaml", [read_globals_translation(english, "_globals.en.yaml")])
    library = make_library(pack(f"{HEAD}  a: {{say: hi}}\n{END}").flows.values(), words)
    problems = [one for one in lint(library, [WHATSAPP]) if one.file == "_globals.en.yaml"]
    assert problem in [(one.code, one.line) for one in problems]


def test_words_of_a_language_for_what_the_pack_does_not_have_are_refused() -> None:
    english = read_globals_translation("lang: en\nwords: {human: [agent]}\n", "_globals.en.yaml")
    with pytest.raises(FlowsBroken, match=r"_globals.en.yaml:2:9: _globals.yaml has no words 'human'"):
        read_globals("start: inicio\n", "_globals.yaml", [english])


def test_a_translation_that_drops_the_way_out_of_a_missing_value_is_found() -> None:
    text = "{x|or:'nada'} dijo"
    steps = f'  a: {{say: "{text}"}}\n'
    english = f"flow: inicio\nlang: en\nsteps:\n  a:\n    say: {{of: {short_hash(text)}, text: 'said {{x}}'}}\n"
    flow = read_flow(f"{HEAD}{steps}{END}", "0.flow.yaml", read_translation(english, "inicio.en.yaml"))
    others = [one for one in pack(f"{HEAD}{steps}{END}").flows.values() if one.name != "inicio"]
    problems = lint(make_library([flow, *others], read_globals("start: inicio\n")), [WHATSAPP])
    assert [(one.code, one.line) for one in problems if one.file == "inicio.en.yaml"] == [("unset", 5)]
