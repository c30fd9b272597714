"""Answering what was asked: by text, by tap, by thumb, wrongly, with files."""

import pytest
from flow_factory import Talk, pack

from bot.effects import Ended, HandOver, RunAction, VarSet
from bot.events import Emoted
from core.threads.content import Card, Cards, Media, Prompt, Reply, Text


def test_the_first_message_starts_the_packs_first_flow() -> None:
    talk = Talk()
    assert talk.say("hola") == ["Hola de Lumina. https://l.example/p", "¿Nombre?"]
    assert talk.at == "inicio.nombre"


def test_answers_fill_variables_and_the_flow_goes_on() -> None:
    talk = Talk()
    assert talk.say("hola", "soy caro pérez") == ["¿Qué te interesa, Caro?"]
    assert talk.say("bótox") == ["¿Edad?"]
    assert talk.say("34") == ["¿Embarazo?"]
    talk.say("no")
    run = next(effect for effect in talk.effects if isinstance(effect, RunAction))
    assert run.args == {"name": "Caro Pérez", "interest": "botox", "answers": {"edad": 34}}
    assert talk.done("ok", lead="l1") == ["Gracias, Caro: Botox."]
    assert Ended("inicio", "listo") in talk.effects
    assert talk.at == "nothing"


@pytest.mark.parametrize(
    "text", ["Botox", "botox", "1", "la 1", "la primera", "toxina", "botxo", "BOTOX!!", "quiero botox"]
)
def test_a_choice_is_made_by_label_number_ordinal_alias_or_typo(text: str) -> None:
    talk = Talk()
    talk.say("hola", "Caro", text)
    assert talk.vars["servicio"] == "botox"


def test_a_choice_is_made_by_a_tap() -> None:
    talk = Talk()
    talk.say("hola", "Caro")
    assert [option.id for option in talk.prompts[-1].options] == ["botox", "laser", "facial"]
    assert talk.tap("laser") == ["¿Edad?"]
    assert talk.vars["servicio"] == "laser"


def test_a_template_button_without_a_token_counts_as_its_title() -> None:
    talk = Talk()
    talk.say("hola", "Caro")
    talk.send(Reply("anything", "Limpieza facial", source="template"))
    assert talk.vars["servicio"] == "facial"


def test_something_near_is_offered_and_a_plain_yes_takes_it() -> None:
    talk = Talk()
    talk.say("hola", "Caro")
    assert talk.say("depilacion") == ["¿Quisiste decir *Depilación láser*?"]
    assert [option.id for option in talk.prompts[-1].options] == ["laser", "~all"]
    assert talk.say("sí") == ["¿Edad?"]
    assert talk.vars["servicio"] == "laser"


def test_what_was_offered_can_be_refused_and_everything_is_shown() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "depilacion")
    assert talk.tap("~all") == ["¿Qué te interesa?"]
    assert len(talk.prompts[-1].options) == 3
    talk.say("depilacion")
    assert talk.say("no") == ["¿Qué te interesa?"]


def test_another_answer_than_the_one_offered_is_taken() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "depilacion", "botox")
    assert talk.vars["servicio"] == "botox"


def test_wrong_answers_are_asked_again_in_other_words_and_then_a_person_takes_over() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox")
    assert talk.say("joven") == ["Con números, porfa."]
    assert talk.say("150") == ["Un número de dos cifras."]
    talk.say("?")
    assert talk.handover == HandOver("ventas", (("Nombre", "Caro"), ("Servicio", "Botox")))


def test_a_doubtful_yes_is_asked_again() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34")
    assert talk.say("puede ser") == ["Para no equivocarme: ¿sería *sí* o *no*?"]
    assert "salud" not in talk.vars


def test_a_sensitive_value_is_masked_in_what_is_recorded() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34", "sí")
    assert VarSet("inicio", "salud", "•••") in talk.effects
    assert talk.vars["salud"] is True


def test_a_thumb_on_the_last_message_answers_yes_or_no() -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34")
    talk.feed(Emoted("👎", latest=True))
    assert talk.vars["salud"] is False


@pytest.mark.parametrize("event", [Emoted("👍", latest=False), Emoted(None, latest=True), Emoted("❤️", latest=True)])
def test_other_reactions_change_nothing(event: Emoted) -> None:
    talk = Talk()
    talk.say("hola", "Caro", "botox", "34")
    assert talk.feed(event) == []
    assert not talk.changed


def test_a_thumb_answers_a_choice_one_of_whose_options_has_that_sign() -> None:
    flow = """
flow: inicio
start: vienes
steps:
  vienes:
    choose: "¿Vienes?"
    give_up: fin
    options: {si: {label: Voy, aliases: ["👍"]}, no: {label: No puedo, to: fin}}
  bien: {end: voy, say: "Te esperamos."}
  fin: {end: otra}
"""
    talk = Talk(pack(flow))
    talk.say("hola")
    talk.feed(Emoted("👎", latest=True))
    assert not talk.changed
    talk.feed(Emoted("👍🏽", latest=True))
    assert talk.texts[-1] == "Te esperamos."


def test_a_thumb_where_no_yes_or_no_is_asked_changes_nothing() -> None:
    talk = Talk()
    talk.say("hola", "Caro")
    talk.feed(Emoted("👍", latest=True))
    assert not talk.changed


def test_a_voice_note_gets_an_answer_and_the_second_file_offers_a_person() -> None:
    talk = Talk()
    talk.say("hola")
    assert talk.send(Media("voice", "f1")) == [
        "Recibí tu nota de voz y ya está con el equipo, pero yo aquí solo puedo leer texto.",
        "¿Nombre?",
    ]
    talk.send(Media("image", "f2"))
    assert [option.id for option in talk.prompts[-1].options] == ["~human", "~stay"]
    talk.tap("~human")
    assert talk.handover is not None


def test_files_are_not_wrong_answers() -> None:
    talk = Talk()
    talk.say("hola")
    for _ in range(6):
        talk.send(Media("sticker", "f"))
    assert talk.handover is None
    talk.say("Caro")
    assert talk.vars["nombre"] == "Caro"


def test_the_caption_of_a_photo_is_read_as_text() -> None:
    talk = Talk()
    talk.say("hola")
    talk.send(Media("image", "f", caption="Caro"))
    assert talk.vars["nombre"] == "Caro"


FILES = """
flow: inicio
start: foto
vars: {foto: {type: media}, texto: {type: text}}
defaults: {give_up: fin}
steps:
  foto: {ask: "¿Foto?", as: {type: media, media: [image, document], max_mb: 1}, into: foto}
  texto: {ask: "¿Qué más?", as: {type: text, max: 20, media: [voice]}, into: texto}
  fin: {end: listo}
"""


def test_a_file_is_the_answer_where_files_are_asked() -> None:
    talk = Talk(pack(FILES))
    talk.say("hola")
    assert talk.send(Media("voice", "f")) == [
        "Ese tipo de archivo no lo puedo usar aquí. Puedes mandarme una foto o un documento."
    ]
    assert talk.say("no sé cómo") == ["Aquí necesito un archivo: puedes mandarme una foto o un documento."]
    talk.send(Media("image", "f9", caption="mi piel"))
    assert talk.vars["foto"] == {"type": "image", "provider_ref": "f9", "caption": "mi piel"}
    talk.send(Media("voice", "f10"))
    assert talk.at == "nothing"


def test_a_file_too_big_or_lost_is_asked_for_again() -> None:
    talk = Talk(pack(FILES))
    talk.say("hola")
    assert talk.send(Media("image", "f", size=2_000_000)) == [
        "El archivo es muy grande. ¿Puedes mandar uno más liviano?"
    ]
    assert talk.send(Media("image", problem="expired")) == ["El archivo no me llegó bien. ¿Puedes mandarlo otra vez?"]


PHONE = """
flow: inicio
start: tel
vars: {tel: {type: phone}, correo: {type: email}, dolor: {type: scale}}
defaults: {give_up: fin}
steps:
  tel: {ask: "¿Teléfono?", as: {type: phone}, skip: [omitir], into: tel}
  correo: {ask: "¿Correo?", as: {type: email}, into: correo}
  dolor: {ask: "¿Cuánto?", as: {type: scale, labels: [Nunca, "A veces", Siempre]}, into: dolor}
  fin: {end: listo}
"""


def test_the_chats_own_number_is_taken_where_there_is_one() -> None:
    talk = Talk(pack(PHONE), phone="5215512345678")
    talk.say("hola", "este")
    assert talk.vars["tel"] == "+525512345678"
    other = Talk(pack(PHONE), channel="telegram")
    assert other.say("hola", "este") == ["Desde aquí no puedo ver tu número. ¿Me lo escribes, por favor?"]


def test_a_phone_is_asked_with_the_channels_own_button() -> None:
    talk = Talk(pack(PHONE), channel="telegram")
    talk.say("hola")
    assert isinstance(talk.contents[-1], Prompt)
    assert talk.contents[-1].request == "phone"


def test_only_ones_own_card_counts_on_telegram() -> None:
    talk = Talk(pack(PHONE), channel="telegram")
    talk.say("hola")
    card = Card("Ana", ("525512345678",))
    assert "propio contacto" in talk.send(Cards((card,)))[0]
    talk.send(Cards((Card("Ana", ("525512345678",), own=True),)))
    assert talk.vars["tel"] == "+525512345678"


def test_a_question_can_be_skipped_where_the_flow_says_so() -> None:
    talk = Talk(pack(PHONE))
    assert talk.say("hola", "omitir") == ["¿Correo?"]
    assert "tel" not in talk.vars


def test_a_mistyped_email_is_suggested() -> None:
    talk = Talk(pack(PHONE))
    assert talk.say("hola", "omitir", "caro@gmial.com") == ["¿Tu correo es *caro@gmail.com*?"]
    talk.say("sí")
    assert talk.vars["correo"] == "caro@gmail.com"
    other = Talk(pack(PHONE))
    other.say("hola", "omitir", "caro@gmial.com")
    other.tap("~as_is")
    assert other.vars["correo"] == "caro@gmial.com"


def test_a_scale_is_read_exactly_or_asked_again() -> None:
    talk = Talk(pack(PHONE))
    talk.say("hola", "omitir", "c@x.mx")
    assert talk.say("casi nunca") == ["¿Me respondes con una de las opciones, tal como aparece?"]
    talk.tap("2")
    assert talk.at == "nothing"


def test_pages_of_a_long_list_are_turned() -> None:
    rows = "\n".join(f"      o{index:02}: {{label: 'Cosa {index:02} {chr(97 + index) * 6}'}}" for index in range(14))
    head = "flow: inicio\nstart: a\ndefaults: {give_up: fin}\nsteps:\n"
    talk = Talk(pack(f"{head}  a:\n    choose: X\n    options:\n{rows}\n  fin: {{end: b}}\n"))
    talk.say("hola")
    talk.tap("+9")
    assert talk.prompts[-1].offset == 9
    talk.tap("+99")
    assert talk.prompts[-1].offset == 0
    talk.say("12")
    assert talk.at == "nothing"


ROWS = """
flow: inicio
start: buscar
vars: {lista: {type: ref}, cual: {type: choice}}
defaults: {give_up: fin}
steps:
  buscar: {action: catalog.prices, into: lista, outcomes: {found: cual, none: fin, error: fin}}
  cual:
    choose: "¿Cuál?"
    into: cual
    options_from: {list: lista.services, id: id, label: "{name} ({price})"}
    options: {otra: {label: Otra cosa, to: fin}}
  ver: {say: "Elegiste {cual|label}."}
  fin: {end: listo}
"""


def test_options_come_from_a_list_that_an_action_found() -> None:
    talk = Talk(pack(ROWS))
    talk.say("hola")
    services = [{"id": "b", "name": "Botox", "price": "$1"}, {"id": "l", "name": "Láser", "price": "$2"}]
    talk.done("found", services=services, text="")
    assert [option.label for option in talk.prompts[-1].options] == ["Botox ($1)", "Láser ($2)", "Otra cosa"]
    assert talk.say("2") == ["Elegiste Láser ($2)."]


def test_courtesy_and_greetings_are_no_wrong_answers() -> None:
    talk = Talk()
    talk.say("hola", "Caro")
    for _ in range(5):
        assert talk.say("gracias") == ["¿Qué te interesa?"]
    assert talk.send(Text("hola")) == ["¿Qué te interesa?"]
    assert talk.handover is None
