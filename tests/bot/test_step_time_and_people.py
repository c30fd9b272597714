"""Silence, the staff, actions, calls, and flows that break."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flow_factory import LEAD, NOW, Talk, pack

from bot.effects import AlertStaff, CancelTimers, Ended, HandOver, RunAction, Send, SetTimer
from bot.events import ActionDone, FlowStarted, Released, Said, TimerFired
from bot.step import missing_revisions, step, step_into, taken_over
from core.threads.content import Option, Reply, Template, Text

TOUCH = {"kind": "ctwa", "source_id": "1", "click_id": "c", "headline": "Promo", "payload": {}}


def test_silence_brings_a_nudge_then_another_then_the_end() -> None:
    talk = Talk()
    talk.say("hola")
    assert talk.timer.at == NOW + timedelta(minutes=20)
    assert talk.feed(TimerFired(talk.timer.token)) == ["¿Sigues ahí?"]
    assert talk.timer.at == NOW + timedelta(hours=2)
    assert talk.feed(TimerFired(talk.timer.token)) == ["Aquí sigo."]
    assert talk.timer.at == NOW + timedelta(hours=20)
    assert talk.feed(TimerFired(talk.timer.token)) == []
    assert Ended("inicio", "callado") in talk.effects
    assert not [effect for effect in talk.effects if isinstance(effect, SetTimer)]


def test_an_answer_forgets_the_timers_and_sets_one_anew() -> None:
    talk = Talk()
    talk.say("hola")
    old = talk.timer.token
    talk.wait(minutes=5)
    talk.say("Caro")
    assert isinstance(talk.effects[0], CancelTimers)
    assert talk.timer.at == NOW + timedelta(minutes=25)
    talk.feed(TimerFired(old))
    assert not talk.changed
    assert talk.effects == []


def test_a_wrong_answer_also_sets_the_clock_back() -> None:
    talk = Talk()
    talk.say("hola")
    talk.wait(minutes=19)
    talk.say("123")
    assert talk.timer.at == NOW + timedelta(minutes=39)


def test_coming_back_after_it_expired_starts_anew_and_knows_the_name() -> None:
    talk = Talk(pack(LEAD.replace("servicio:\n    choose", "servicio:\n    choose", 1)))
    talk.say("hola", "Caro")
    for _ in range(3):
        talk.feed(TimerFired(talk.timer.token))
    talk.wait(days=1)
    talk.say("hola")
    assert talk.at == "inicio.nombre"
    assert talk.vars == {"nombre": "Caro"}


def test_a_late_text_goes_as_its_template() -> None:
    flow = """
flow: inicio
start: a
defaults: {give_up: fin, nudges: {30h: {text: "Aquí sigo", template: {name: sigo}}}}
steps:
  a: {ask: x, as: {type: text}}
  fin: {end: y}
"""
    talk = Talk(pack(flow))
    talk.say("hola")
    talk.wait(hours=30)
    talk.feed(TimerFired(talk.timer.token))
    assert talk.contents == [Template("sigo", "es", "Aquí sigo")]


def test_while_a_person_has_the_thread_the_bot_is_silent() -> None:
    talk = Talk()
    talk.say("hola", "Caro")
    assert talk.say("asesora") == ["Te paso con alguien."]
    assert talk.state is not None
    assert talk.state.handed
    assert talk.say("¿hay alguien?") == []
    assert talk.effects == []
    assert talk.say("menu") == []


def test_a_handover_nobody_answers_alerts_the_team_and_tells_the_person_once() -> None:
    talk = Talk()
    talk.say("hola", "asesora")
    assert talk.timer.at == NOW + timedelta(minutes=30)
    timer = talk.timer.token
    talk.say("hola?")
    assert talk.effects == [], "what the person writes does not set the handover's clock back"
    assert len(talk.feed(TimerFired(timer))) == 1
    assert AlertStaff("recepcion", "nobody has answered the handover") in talk.effects
    assert not [effect for effect in talk.effects if isinstance(effect, SetTimer)]


def test_release_after_an_interruption_asks_whether_to_go_on() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "asesora")
    assert talk.feed(Released()) == ["Seguimos por aquí. ¿Quieres continuar donde lo dejamos?"]
    assert talk.say("sí") == ["¿Qué te interesa?"]
    talk.say("asesora")
    talk.feed(Released())
    assert talk.say("botox") == ["¿Edad?"], "the answer itself is as good as a yes"
    talk.say("asesora")
    talk.feed(Released())
    assert talk.tap("~drop") == ["De acuerdo. Si necesitas algo más, escríbeme por aquí."]
    assert talk.at == "nothing"


def test_release_after_a_handover_step_goes_where_it_says() -> None:
    talk = Talk()
    talk.say("hola", "1", "2", "3")
    assert talk.handover is not None
    talk.feed(Released())
    assert Ended("inicio", "atendida") in talk.effects


def test_a_member_taking_over_silences_the_bot_until_release() -> None:
    talk = Talk()
    talk.say("hola", "Caro")
    timer = talk.timer.token
    talk.state = taken_over(talk.state)
    assert talk.say("botox") == []
    talk.feed(TimerFired(timer))
    assert talk.effects == []
    assert talk.feed(Released()) == ["Seguimos por aquí. ¿Quieres continuar donde lo dejamos?"]


def test_an_action_that_ended_while_the_staff_had_the_thread_goes_on_once_it_is_given_back() -> None:
    for outcome, told in (("ok", ["Gracias, Caro: Botox."]), ("error", [])):
        talk = Talk()
        talk.say("hola", "Caro", "botox", "34", "no")
        run = next(effect for effect in talk.effects if isinstance(effect, RunAction))
        talk.state = taken_over(talk.state)
        assert talk.feed(ActionDone(run.key, outcome, {"lead": "l"})) == []
        assert talk.feed(Released()) == told
        assert talk.at == "nothing", "a handover it leads to has taken place: the staff had the thread"


def test_a_question_an_action_led_to_is_put_once_the_thread_is_given_back() -> None:
    flow = """
flow: inicio
start: a
vars: {nombre: {type: name}}
defaults: {tries: 3, give_up: c}
steps:
  a: {action: leads.save_partial, outcomes: {ok: b, error: b}}
  b: {ask: "¿Nombre?", as: {type: name}, into: nombre}
  c: {end: d}
"""
    talk = Talk(pack(flow))
    talk.say("hola")
    run = next(effect for effect in talk.effects if isinstance(effect, RunAction))
    talk.state = taken_over(talk.state)
    talk.feed(ActionDone(run.key, "ok"))
    assert talk.feed(Released()) == ["¿Nombre?"]
    talk.say("Caro")
    assert talk.at == "nothing"


def test_that_nobody_answered_a_handover_is_said_once() -> None:
    talk = Talk()
    talk.say("hola", "asesora")
    timer = talk.timer
    talk.wait(minutes=31)
    assert len(talk.feed(TimerFired(timer.token))) == 1
    talk.feed(TimerFired(timer.token))
    assert not talk.changed


def test_release_with_nothing_open_says_nothing() -> None:
    talk = Talk()
    talk.state = taken_over(None)
    assert talk.feed(Released()) == []
    assert talk.at == "nothing"
    talk.feed(Released())
    assert not talk.changed


def test_opting_out_while_a_person_has_the_thread_is_recorded_without_a_word() -> None:
    talk = Talk()
    talk.say("hola", "asesora")
    assert talk.say("baja") == []
    assert [effect.name for effect in talk.effects if isinstance(effect, RunAction)] == ["consent.opt_out"]
    talk.done("ok")
    assert not talk.changed


def test_an_ad_tapped_in_the_middle_starts_anew() -> None:
    talk = Talk()
    talk.say("hola", "Caro")
    talk.feed(Said(Text("Hola, quiero información"), touch=TOUCH))
    assert talk.at == "inicio.nombre"


def test_the_ad_reaches_the_flow_as_a_parameter() -> None:
    flow = """
flow: inicio
start: a
params: {touch: {type: any, optional: true}, again: {type: yes_no, optional: true}}
steps:
  a: {say: "Vienes de {touch.headline|or:'ninguna parte'}{again|prefix:' again '}"}
  b: {end: c}
"""
    talk = Talk(pack(flow))
    assert talk.feed(Said(Text("hola"), touch=TOUCH)) == ["Vienes de Promo again no"]
    talk.wait(days=1)
    assert talk.say("hola") == ["Vienes de ninguna parte again sí"]


def test_an_action_that_comes_twice_or_late_changes_nothing() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34", "no")
    run = next(effect for effect in talk.effects if isinstance(effect, RunAction))
    assert run.key.endswith(":guardar")
    done = ActionDone(run.key, "ok", {"lead": "l"})
    talk.feed(done)
    talk.feed(done)
    assert not talk.changed
    talk.feed(ActionDone("zz:guardar", "ok"))
    assert not talk.changed


def test_while_an_action_runs_only_leaving_and_a_person_are_heard() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34", "no")
    run = next(effect for effect in talk.effects if isinstance(effect, RunAction))
    assert talk.say("ah, y gracias") == []
    assert talk.feed(ActionDone(run.key, "ok", {"lead": "l"})) == ["Gracias, Caro: Botox."]
    other = Talk()
    other.say("hola", "Caro", "botox", "34", "no", "baja")
    assert [effect.name for effect in other.effects if isinstance(effect, RunAction)] == ["consent.opt_out"]


def test_the_outcome_error_takes_its_own_way() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34", "no")
    talk.done("error", message="no database")
    assert talk.handover == HandOver("ventas", (("Nombre", "Caro"), ("Servicio", "Botox"), ("Edad", "34")))


def broken(talk: Talk) -> str:
    assert talk.texts[-1].startswith("Tuve un problema de mi lado")
    assert talk.handover is not None
    assert talk.handover.team == "recepcion"
    assert talk.state is not None
    assert talk.state.handed
    assert talk.handover.error
    return talk.handover.error


def test_an_unknown_outcome_hands_over_with_the_error() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34", "no")
    talk.done("surprise")
    assert "surprise" in broken(talk)
    talk.feed(Released())
    assert talk.say("hola")[-1] == "¿Nombre?"


def test_a_missing_revision_hands_over_with_the_error() -> None:
    talk = Talk()
    talk.say("hola")
    assert talk.state is not None
    frame = replace(talk.state.stack[0], revision="f" * 64)
    talk.state = replace(talk.state, stack=(frame,))
    assert missing_revisions(talk.library, talk.state) == ["f" * 64]
    talk.say("Caro")
    assert "ffffffffffff" in broken(talk)


def test_a_conversation_keeps_the_revision_it_began_with() -> None:
    talk = Talk()
    talk.say("hola")
    old = talk.library.flows["inicio"]
    newer = pack(LEAD.replace("¿Qué te interesa, ", "¿Qué quieres, "))
    talk.library = newer.with_revisions([old])
    assert talk.say("Caro") == ["¿Qué te interesa, Caro?"]
    assert talk.say("menu") == ["¿Qué quieres, Caro?"]


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("a: {say: '{x}'}\n  b: {end: c}", "{x} has no value"),
        ("a: {say: hola, next: nope}\n  b: {end: c}", "no step nope"),
        ("a: {branch: [{when: {x: 1}, to: b}]}\n  b: {end: c}", "no case holds"),
        ("a: {call: nope, outcomes: {x: b}}\n  b: {end: c}", "there is no flow nope"),
        ("a: {call: precios, outcomes: {x: b}}\n  b: {end: c}", "no way on for the outcome respondida"),
        ("a: {say: x, next: b}\n  b: {say: y, next: a}", "more than 50 steps"),
        ("a: {say: x}", "nothing comes after"),
        ("a: {choose: x, options_from: {list: x, id: id, label: '{id}'}}\n  b: {end: c}", "is not a list"),
        ("a: {call: inicio, outcomes: {c: b}}\n  b: {end: c}", "on top of one another"),
    ],
)
def test_a_flow_that_breaks_apologizes_and_hands_over(steps: str, told: str) -> None:
    talk = Talk(pack(f"flow: inicio\nstart: a\nvars: {{x: {{type: text}}}}\nsteps:\n  {steps}\n"))
    talk.say("hola")
    assert told in broken(talk)


def test_giving_up_without_a_way_out_hands_over() -> None:
    talk = Talk(pack("flow: inicio\nstart: a\nsteps:\n  a: {ask: x, as: {type: number}, tries: 1}\n  b: {end: c}\n"))
    talk.say("hola", "x")
    assert "was not understood" in broken(talk)


def test_no_defect_leaves_step_as_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr("bot.step.hear_first", fails)
    talk = Talk()
    talk.say("hola")
    assert "ZeroDivisionError: inside" in broken(talk)


SUB = """
flow: sub
start: pregunta
params: {que: {type: text}, nota: {type: text, optional: true}}
entry: {dos: fin_dos}
defaults: {give_up: fin}
steps:
  pregunta: {ask: "¿{que}?", as: {type: yes_no}, no_to: fin_dos}
  fin: {end: uno, say: "uno"}
  fin_dos: {end: dos}
"""
CALLS = """
flow: inicio
start: llama
defaults: {give_up: fin}
steps:
  llama: {call: sub, with: {que: "Vienes", nota: "{nada}"}, outcomes: {uno: si, dos: no_}}
  si: {say: "vino", next: fin}
  no_: {say: "no vino"}
  fin: {end: listo}
"""


def test_a_called_flow_gets_its_parameters_and_its_outcome_leads_on() -> None:
    talk = Talk(pack(CALLS.replace("steps:", "vars: {nada: {type: text}}\nsteps:"), SUB))
    assert talk.say("hola") == ["¿Vienes?"]
    assert talk.at == "sub.pregunta"
    assert talk.say("sí") == ["uno", "vino"]
    talk.wait(days=1)
    talk.say("hola")
    assert talk.say("no") == ["no vino"]


def test_a_flow_started_by_somebody_else_runs_on_top_and_the_question_comes_again() -> None:
    talk = Talk(pack(LEAD, SUB))
    talk.say("hola", "Caro")
    assert talk.feed(FlowStarted("sub", {"que": "Te llegó"})) == ["¿Te llegó?"]
    assert talk.say("sí") == ["uno", "¿Qué te interesa?"]


def test_a_flow_is_not_started_over_a_person_and_an_unknown_one_is_told() -> None:
    talk = Talk()
    talk.say("hola")
    talk.feed(FlowStarted("nope"))
    assert [type(effect) for effect in talk.effects if not isinstance(effect, CancelTimers | SetTimer)] == [AlertStaff]
    talk.say("asesora")
    assert talk.feed(FlowStarted("precios")) == []
    assert [type(effect) for effect in talk.effects] == [AlertStaff]


def test_a_flow_is_not_started_while_an_action_is_under_way() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34", "no")
    run = next(effect for effect in talk.effects if isinstance(effect, RunAction))
    talk.feed(FlowStarted("precios"))
    assert [type(effect) for effect in talk.effects] == [AlertStaff]
    assert talk.feed(ActionDone(run.key, "ok", {"lead": "l"})) == ["Gracias, Caro: Botox."]


def test_who_writes_for_the_first_time_is_greeted_whatever_they_write() -> None:
    for text in ("menu", "/menu", "volver", "ayuda", "gracias", "¿cuánto cuesta?", "1"):
        assert Talk().say(text)[0].startswith("Hola de Lumina"), text


def test_a_step_can_be_begun_in_the_middle() -> None:
    talk = Talk()
    result = step_into(talk.library, talk.facts, "inicio", "edad", {"nombre": "Ana"}, NOW)
    assert [effect.content for effect in result.effects if isinstance(effect, Send)] == [Text("¿Edad?")]
    assert result.state.memory == {"nombre": "Ana"}


def test_the_same_step_twice_is_the_same() -> None:
    talk = Talk()
    talk.say("hola")
    event = Said(Text("Caro"))
    first = step(talk.library, talk.facts, talk.state, event, NOW)
    assert step(talk.library, talk.facts, talk.state, event, NOW) == first


def test_a_late_question_of_any_kind_goes_as_its_template() -> None:
    flow = """
flow: inicio
start: puntos
vars: {puntos: {type: scale}}
steps:
  puntos:
    ask: "¿Del 1 al 5?"
    template: {name: puntos}
    as: {type: scale, min: 1, max: 5}
    into: puntos
    give_up: fin
  fin: {end: listo, say: "Gracias."}
"""
    talk = Talk(pack(flow))
    talk.feed(FlowStarted("inicio", {}))
    assert talk.contents == [Template("puntos", "es", "¿Del 1 al 5?")]
    assert talk.say("5") == ["Gracias."]


def test_beginning_in_the_middle_gives_the_flow_what_it_needs() -> None:
    flow = """
flow: inicio
start: hola
params: {cita: {type: text}}
steps:
  hola: {say: "Hola."}
  fin: {end: listo, say: "Tu cita es {cita}."}
"""
    talk = Talk(pack(flow))
    result = step_into(talk.library, talk.facts, "inicio", "fin", {"cita": "c1"}, NOW)
    assert Send(Text("Tu cita es c1.")) in result.effects


def test_a_late_choice_is_a_template_with_variables_and_buttons_that_answer_it() -> None:
    flow = """
flow: inicio
start: vienes
params: {quien: {type: text}}
vars: {va: {type: choice}}
steps:
  vienes:
    choose: "{quien|first} 👋 ¿vienes?"
    template: {name: vienes, text: "Hola, {quien|first}: ¿vienes?", examples: [Ana]}
    options: {si: {label: Sí, to: bien}, no: {label: "No", to: fin}}
    into: va
    give_up: fin
  bien: {end: listo, say: "Te esperamos."}
  fin: {end: listo}
"""
    talk = Talk(pack(flow))
    talk.feed(FlowStarted("inicio", {"quien": "Ana Pérez"}))
    (sent,) = talk.contents
    options = (Option("si", "Sí"), Option("no", "No"))
    assert sent == Template("vienes", "es", "Hola, Ana: ¿vienes?", ("Ana",), options, "1")
    assert talk.send(Reply("1:si", "Sí")) == ["Te esperamos."]
