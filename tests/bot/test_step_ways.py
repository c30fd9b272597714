"""Going back, changing, leaving, asking in between, old buttons."""

import json

from flow_factory import LEAD, Talk, pack

from bot.effects import Ended, RunAction, Send
from bot.events import TimerFired
from bot.state import to_json
from core.threads.content import Media, Prompt


def test_going_back_takes_the_last_answer_away() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox")
    assert talk.say("volver") == ["¿Qué te interesa?"]
    assert "servicio" not in talk.vars
    assert talk.say("volver") == ["¿Nombre?"]
    assert talk.vars == {}
    assert talk.say("volver")[0] == "Todavía no hay una respuesta anterior a la cual volver."


def test_the_buttons_of_a_question_work_again_after_going_back() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "volver")
    talk.tap("laser", prompt=0)
    assert talk.vars["servicio"] == "laser"


def test_changing_an_answer_by_name_keeps_the_later_ones() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34")
    assert talk.say("cambiar nombre") == ["¿Nombre?"]
    assert talk.say("Ana") == ["¿Embarazo?"]
    assert talk.vars == {"nombre": "Ana", "servicio": "botox", "edad": 34}


def test_changing_without_a_name_offers_what_can_be_changed() -> None:
    talk = Talk()
    assert talk.say("hola", "cambiar")[0] == "Todavía no tengo datos tuyos que cambiar."
    talk.say("Caro", "botox", "34")
    talk.say("cambiar")
    assert [option.label for option in talk.prompts[-1].options] == ["Nombre", "Servicio", "Edad"]
    assert talk.say("2") == ["¿Qué te interesa?"]
    assert talk.say("laser") == ["¿Embarazo?"]
    assert talk.vars["servicio"] == "laser"


def test_an_old_button_changes_that_answer() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34")
    assert talk.tap("facial", prompt=0) == ["¿Embarazo?"]
    assert talk.vars["servicio"] == "facial"
    assert talk.vars["edad"] == 34


def test_the_same_button_twice_changes_nothing_that_is_said() -> None:
    talk = Talk()
    talk.say("hola", "Caro")
    talk.tap("botox")
    assert talk.tap("botox", prompt=0) == []
    assert talk.say("34") == ["¿Embarazo?"]


def test_a_button_of_something_recorded_is_refused_kindly() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34", "no")
    talk.done("error", message="x")
    assert talk.state is not None
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34", "no")
    talk.done("ok", lead="l")
    assert "ya quedó registrado" in talk.tap("laser", prompt=0)[0]


def test_a_button_of_another_life_is_refused_and_the_question_put_again() -> None:
    talk = Talk()
    talk.say("hola", "Caro")
    old = talk.prompts[-1]
    talk.say("menu")
    talk.prompts.append(Prompt("", "zz9", old.options))
    assert talk.tap("botox")[0] == "Esa pregunta ya quedó atrás 😊"
    assert talk.at == "inicio.servicio"


def test_a_global_word_counts_only_as_the_whole_message() -> None:
    talk = Talk()
    talk.say("hola")
    talk.say("no quiero volver a perder tiempo")
    assert talk.at == "inicio.nombre"
    talk.say("Caro")
    assert talk.say("asesoraa") == ["Te paso con alguien."]


def test_an_option_beats_a_global_word() -> None:
    talk = Talk(pack(LEAD.replace("aliases: [toxina]", "aliases: [humano]")))
    talk.say("hola", "Caro", "humano")
    assert talk.vars["servicio"] == "botox"


def test_opting_out_beats_everything_and_is_recorded() -> None:
    talk = Talk(pack(LEAD.replace("aliases: [toxina]", "aliases: [baja]")))
    talk.say("hola", "Caro", "baja")
    assert [effect.name for effect in talk.effects if isinstance(effect, RunAction)] == ["consent.opt_out"]
    talk.done("ok")
    assert next(effect for effect in talk.effects if isinstance(effect, Send)).essential
    assert talk.at == "nothing"


def test_who_opted_out_and_writes_is_answered_but_not_reminded() -> None:
    talk = Talk(opted_out=True)
    talk.say("hola")
    sends = [effect for effect in talk.effects if isinstance(effect, Send)]
    assert sends
    assert all(send.essential for send in sends)
    talk.feed(TimerFired(talk.timer.token))
    assert [send.essential for send in talk.effects if isinstance(send, Send)] == [False]


def test_a_question_in_between_is_answered_and_fills_nothing() -> None:
    talk = Talk()
    assert talk.say("hola", "¿cuánto cuesta?") == ["Desde $900.", "¿Nombre?"]
    assert talk.vars == {}
    assert talk.say("Caro", "y qué precio tiene") == ["Desde $900.", "¿Qué te interesa?"]
    assert talk.say("botox") == ["¿Edad?"]


def test_a_question_in_between_is_not_a_wrong_answer() -> None:
    talk = Talk()
    talk.say("hola", "Caro")
    for _ in range(6):
        talk.say("qué precio tiene")
    assert talk.handover is None


def test_cancelling_ends_the_conversation() -> None:
    talk = Talk()
    assert talk.say("hola", "cancelar") == ["Listo, lo dejamos aquí. Cuando quieras, escríbeme."]
    assert Ended("inicio", "cancelled") in talk.effects
    assert talk.at == "nothing"


def test_cancelling_takes_the_flows_own_way_out() -> None:
    talk = Talk(pack(LEAD.replace("  give_up: pasar", "  give_up: pasar\n  cancel: callado")))
    talk.say("hola", "cancelar")
    assert Ended("inicio", "callado") in talk.effects


def test_help_says_what_can_be_done_and_asks_again() -> None:
    talk = Talk()
    assert talk.say("hola", "ayuda")[-1] == "¿Nombre?"


def test_thanks_after_the_end_do_not_start_the_bot_again() -> None:
    talk = Talk()
    talk.say("hola", "cancelar")
    assert talk.say("gracias") == ["¡Con gusto! 😊"]
    assert talk.say("ok") == []
    assert talk.say("🙏") == []
    assert talk.at == "nothing"
    assert talk.say("oye")[0].startswith("Hola de Lumina")


def test_after_the_quiet_time_anything_starts_the_bot_again() -> None:
    talk = Talk()
    talk.say("hola", "cancelar")
    talk.wait(hours=7)
    assert talk.say("gracias")[-1] == "¿Nombre?"


def test_a_new_question_after_the_end_is_answered() -> None:
    talk = Talk()
    talk.say("hola", "cancelar")
    assert talk.say("¿cuánto cuesta?") == ["Desde $900."]


def test_what_is_known_of_a_contact_outlives_the_conversation() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "cancelar")
    assert talk.state is not None
    assert talk.state.memory == {"nombre": "Caro"}


def test_tokens_are_never_given_out_twice() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "menu", "menu", "cancelar", "hola", "menu")
    tokens = [prompt.token for prompt in talk.prompts]
    assert len(set(tokens)) == len(tokens)


def test_the_stored_state_is_small() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34")
    assert talk.state is not None
    assert len(json.dumps(to_json(talk.state), separators=(",", ":"))) < 420


ASKING_PRICES = """
flow: precios
start: cual
defaults: {give_up: fin}
steps:
  cual: {ask: "¿De qué servicio?", as: {type: text}}
  fin: {end: respondida, say: "Desde $900."}
"""


def test_the_same_question_in_between_is_never_stacked_on_itself() -> None:
    talk = Talk(pack(LEAD, ASKING_PRICES))
    talk.say("hola", "Caro")
    for _ in range(12):
        assert talk.say("¿qué precio tiene?") == ["¿De qué servicio?"]
    assert talk.state is not None
    assert [frame.flow for frame in talk.state.stack] == ["inicio", "precios"]
    assert talk.say("botox") == ["Desde $900.", "¿Qué te interesa?"]


def test_a_button_of_the_interrupted_question_answers_it() -> None:
    talk = Talk(pack(LEAD, ASKING_PRICES))
    talk.say("hola", "Caro", "¿qué precio tiene?")
    assert talk.tap("botox", prompt=0) == ["¿Edad?"]
    assert talk.vars["servicio"] == "botox"


def test_who_asks_something_in_the_first_message_is_greeted_and_answered() -> None:
    assert Talk().say("¿cuánto cuesta?") == ["Hola de Lumina. https://l.example/p", "Desde $900.", "¿Nombre?"]


def test_a_question_that_names_an_option_is_answered_and_takes_none() -> None:
    flow = """
flow: inicio
start: que
params: {opening: {type: text, optional: true}}
vars: {que: {type: list}, nota: {type: text}}
defaults: {give_up: fin}
steps:
  que: {choose: "¿Qué quieres?", into: que, multi: true, prefill: true, options: {concha: {label: Conchas}}}
  nota: {ask: "¿Cuántas?", as: {type: text}, into: nota}
  fin: {end: listo}
"""
    talk = Talk(pack(flow))
    answer, question = talk.say("cuánto cuesta: conchas")
    assert answer == "Desde $900."
    assert question.startswith("¿Qué quieres?")
    assert "que" not in talk.vars


def test_who_begins_with_a_voice_note_is_told_what_becomes_of_it() -> None:
    talk = Talk()
    kept = "Recibí tu nota de voz y ya está con el equipo, pero yo aquí solo puedo leer texto."
    assert talk.send(Media("voice", "f1")) == ["Hola de Lumina. https://l.example/p", kept, "¿Nombre?"]
    assert Talk().send(Media("sticker", "f1")) == ["Hola de Lumina. https://l.example/p", "¿Nombre?"]


def test_what_was_never_asked_is_not_told_to_an_action() -> None:
    flow = """
flow: inicio
start: guardar
vars: {nombre: {type: name}, edad: {type: age}}
steps:
  guardar:
    action: leads.capture
    with: {name: "{nombre}", answers: {edad: "{edad}", de: bot}}
    outcomes: {ok: fin, error: fin}
  nombre: {ask: x, as: {type: name}, into: nombre}
  edad: {ask: x, as: {type: age}, into: edad}
  fin: {end: listo}
"""
    talk = Talk(pack(flow))
    talk.say("hola")
    assert [effect.args for effect in talk.effects if isinstance(effect, RunAction)] == [{"answers": {"de": "bot"}}]
