"""What people say beside the answer: thanks, laughter, «después te digo», questions as they are misspelt."""

import pytest
from flow_factory import GLOBALS, LEAD, Talk, pack

from core.threads.content import Media, Text

WORDS = (
    GLOBALS.replace("courtesy: [gracias, ok]", 'courtesy: [gracias, ok, "buen dia", "muy amable"]')
    .replace("greetings: [hola]", 'greetings: [hola, "que tal"]')
    .replace(
        'phrases: [precio, "cuanto cuesta"]',
        'phrases: [precio, precios, "cuanto cuesta", "cuanto vale", "donde queda", direccion, cuidados]',
    )
)


def at_age() -> Talk:
    talk = Talk(pack(LEAD, words=WORDS))
    talk.say("hola", "Caro", "botox")
    return talk


@pytest.mark.parametrize(
    "text",
    ["gracias", "jajaja", "😂", "😂😂👏", "jaja ok gracias", "Buen día!", "hola qué tal", "graciasss", "xD", "❤️"],
)
def test_small_talk_brings_the_question_back_and_is_no_mistake(text: str) -> None:
    talk = at_age()
    for _ in range(5):
        assert talk.say(text) == ["¿Edad?"]
    assert talk.at == "inicio.edad"
    assert "edad" not in talk.vars


def test_a_sticker_is_small_talk() -> None:
    talk = at_age()
    for _ in range(4):
        assert talk.send(Media("sticker", "f")) == ["¿Edad?"]
    assert talk.handover is None


@pytest.mark.parametrize("text", ["???", "...", "asdfgh", "🤷 no sé"])
def test_who_is_lost_is_not_making_small_talk(text: str) -> None:
    talk = at_age()
    assert talk.say(text) == ["Con números, porfa."]


@pytest.mark.parametrize("content", [Text("jajaja"), Text("😂"), Text("gracias!"), Text("👍"), Media("sticker", "f")])
def test_after_the_end_small_talk_is_answered_once_and_starts_nothing(content: Text | Media) -> None:
    talk = Talk(pack(LEAD, words=WORDS))
    talk.say("hola", "Caro", "botox", "34", "no")
    talk.done("ok", lead="l1")
    assert talk.send(content) == ["¡Con gusto! 😊"]
    assert talk.send(content) == []
    assert talk.say("hola")[0].startswith("Hola de Lumina")


@pytest.mark.parametrize("text", ["después te digo", "luego", "déjame ver", "mañana te confirmo", "depois te falo"])
def test_who_answers_later_is_left_in_peace_and_the_question_stays(text: str) -> None:
    talk = at_age()
    for _ in range(4):
        assert talk.say(text) == ["Claro, sin prisa. Cuando lo sepas me respondes por aquí 😊"]
    talk.say("34")
    assert talk.vars["edad"] == 34


def test_later_is_not_an_answer_to_yes_or_no() -> None:
    talk = at_age()
    talk.say("34")
    assert talk.say("sí, mañana te confirmo") == ["Claro, sin prisa. Cuando lo sepas me respondes por aquí 😊"]
    assert "salud" not in talk.vars


@pytest.mark.parametrize(
    "text",
    [
        "cuanto bale", "q presio tiene", "donde keda", "la direcion", "cuánto kuesta?", "presios porfa",
        "kuanto cuesta", "los cuidadso",
    ],
)  # fmt: skip
def test_a_misspelt_question_is_answered_and_the_open_one_put_again(text: str) -> None:
    talk = at_age()
    assert talk.say(text) == ["Desde $900.", "¿Edad?"]
    assert "edad" not in talk.vars


@pytest.mark.parametrize("text", ["quedó preciosa", "ten cuidado", "es una apreciación"])
def test_a_word_that_only_looks_like_one_of_a_question_is_not_taken_for_it(text: str) -> None:
    talk = at_age()
    assert talk.say(text) == ["Con números, porfa."]


@pytest.mark.parametrize("text", ["¿qué precio tienen 3 sesiones?", "sí, ¿cuánto cuesta?", "no, y q presio tiene?"])
def test_a_question_in_between_never_fills_the_answer(text: str) -> None:
    talk = at_age()
    assert talk.say(text) == ["Desde $900.", "¿Edad?"]
    talk.say("34")
    assert talk.say(text) == ["Desde $900.", "¿Embarazo?"]
    assert "salud" not in talk.vars


@pytest.mark.parametrize("text", ["bolver", "volver por favor", "VOLVER!!", "atraz", "hola, volver"])
def test_a_global_word_is_known_by_its_sound_and_with_a_please(text: str) -> None:
    talk = at_age()
    assert talk.say(text) == ["¿Qué te interesa?"]


@pytest.mark.parametrize("text", ["no quiero volver a pagar", "mi asesora me dijo", "la ayuda de mi hermana"])
def test_a_global_word_inside_a_sentence_is_not_one(text: str) -> None:
    talk = at_age()
    assert talk.say(text) == ["Con números, porfa."]
    assert talk.handover is None


def test_stopping_by_sound_alone_is_not_stopping() -> None:
    talk = at_age()
    assert talk.say("vaja") == ["Con números, porfa."]
    talk.say("baja por favor")
    assert talk.at == "baja.retirar"


FREE = """
flow: inicio
start: nota
vars: {nota: {type: text}}
defaults: {give_up: pasar, expire: {after: 20h, to: pasar}}
steps:
  nota: {ask: "¿Algo más?", as: {type: text}, into: nota}
  fin: {ask: "¿Fin?", as: {type: yes_no}}
  pasar: {handover: ventas}
"""


def test_thanks_where_any_text_would_do_are_set_aside_once() -> None:
    talk = Talk(pack(FREE, words=WORDS))
    assert talk.say("hola", "gracias") == ["¿Algo más?"]
    assert "nota" not in talk.vars
    assert talk.say("gracias") == ["¿Fin?"]
    assert talk.vars["nota"] == "gracias"


def test_what_the_first_message_asks_is_answered_after_the_greeting_and_before_the_first_question() -> None:
    greeting = "Hola de Lumina. https://l.example/p"
    assert Talk(pack(LEAD)).say("hola, cuánto cuesta el botox?") == [greeting, "Desde $900.", "¿Nombre?"]
    assert Talk(pack(LEAD)).say("hola") == [greeting, "¿Nombre?"]


def test_a_first_message_that_asks_about_an_option_is_answered_and_does_not_choose_it() -> None:
    flow = LEAD.replace("vars:", "params: {opening: {type: text, optional: true}}\nvars:", 1)
    flow = flow.replace("    into: servicio", "    into: servicio\n    prefill: true").replace("next: nombre", "")
    flow = flow.replace('  nombre: {ask: "¿Nombre?", as: {type: name}, into: nombre}\n', "")
    talk = Talk(pack(flow))
    assert talk.say("cuánto cuesta el botox?")[1:] == ["Desde $900.", "¿Qué te interesa?"]
    assert "servicio" not in talk.vars
    talk = Talk(pack(flow))
    assert talk.say("hola, quiero botox")[1:] == ["¿Edad?"]
    talk = Talk(pack(flow.replace("aliases: [toxina]", "aliases: [precio]")))
    assert talk.say("precio")[1:] == ["¿Edad?"]  # the whole message is the option
