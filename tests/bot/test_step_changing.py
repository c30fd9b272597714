"""Changing what was said: by its name, from a summary that is not right, and what is kept of what came after."""

import pytest
from flow_factory import Talk, pack

from bot.effects import AlertStaff
from bot.events import Emoted
from bot.language import FlowsBroken, read_flow

ORDER = """
flow: inicio
start: cantidad
vars:
  cantidad: {type: text, label: Cuánto}
  cuando: {type: text, label: "Día y hora"}
  entrega: {type: choice, label: Entrega}
  nota: {type: text, label: Nota}
defaults: {give_up: pasar, expire: {after: 20h, to: pasar}}
steps:
  cantidad: {ask: "¿Cuántos?", as: {type: text}, into: cantidad}
  cuando: {ask: "¿Cuándo?", as: {type: text}, into: cuando}
  entrega:
    choose: "¿Pasas o te lo llevamos?"
    into: entrega
    options: {recoger: {label: Paso}, domicilio: {label: A domicilio}}
  resumen:
    ask: "{cantidad}, {cuando}, {entrega|label}. ¿Está bien?"
    as: {type: yes_no, yes: "Sí, así", no: "Cambiar algo"}
    no_edits: true
  nota: {ask: "¿Algo más?", as: {type: text}, into: nota}
  fin: {end: listo, say: "Gracias."}
  pasar: {handover: ventas}
"""
SUMMARY = "seis, el viernes, Paso. ¿Está bien?"


def at_summary() -> Talk:
    talk = Talk(pack(ORDER))
    assert talk.say("hola", "seis", "el viernes", "paso") == [SUMMARY]
    return talk


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("cambiar cuando", "¿Cuándo?"),  # one letter from «cuánto», another answer's name
        ("cambiar cuánto", "¿Cuántos?"),
        ("cambiar cantidad", "¿Cuántos?"),
        ("cambiar el día", "¿Cuándo?"),  # a word of its label
        ("cambiar hora", "¿Cuándo?"),
        ("cambiar la entrga", "¿Pasas o te lo llevamos?"),
    ],
)
def test_an_answer_is_changed_by_the_name_that_is_most_its_own(said: str, asked: str) -> None:
    assert at_summary().say(said) == [asked]


def test_changing_something_unknown_offers_what_can_be_changed() -> None:
    talk = at_summary()
    assert talk.say("cambiar color") == ["¿Qué dato quieres cambiar?"]
    assert [option.label for option in talk.prompts[-1].options] == ["Cuánto", "Día y hora", "Entrega"]


@pytest.mark.parametrize("no", ["no", "Cambiar algo", "no, mejor el sábado"])
def test_a_no_to_the_summary_offers_what_can_be_changed_and_asks_only_that(no: str) -> None:
    talk = at_summary()
    assert talk.say(no) == ["¿Qué dato quieres cambiar?"]
    assert talk.say("día y hora") == ["¿Cuándo?"]
    assert talk.say("el sábado") == ["seis, el sábado, Paso. ¿Está bien?"]
    assert talk.say("sí") == ["¿Algo más?"]


def test_a_tap_and_a_thumb_say_no_as_well() -> None:
    talk = at_summary()
    assert talk.tap("no") == ["¿Qué dato quieres cambiar?"]
    other = at_summary()
    assert other.feed(Emoted("👎", latest=True)) == ["¿Qué dato quieres cambiar?"]
    assert not any(isinstance(effect, AlertStaff) for effect in other.effects)


def test_an_old_no_of_a_summary_agreed_to_is_no_yes() -> None:
    talk = at_summary()
    talk.say("sí")
    assert talk.tap("no") == ["¿Qué dato quieres cambiar?"]
    assert talk.at == "inicio.resumen"


def test_what_was_agreed_to_is_agreed_to_again_once_it_has_changed() -> None:
    talk = at_summary()
    assert talk.say("sí", "cambiar cantidad", "doce") == ["doce, el viernes, Paso. ¿Está bien?"]


def test_a_no_that_led_elsewhere_is_not_said_again_after_a_change() -> None:
    talk = Talk(pack(_with_notice()))
    talk.say("hola", "seis", "el viernes", "paso")
    assert talk.say("no") == ["Escribe *cambiar* y qué.", SUMMARY]
    assert talk.say("cambiar cantidad", "doce") == ["doce, el viernes, Paso. ¿Está bien?"]


def _with_notice() -> str:
    notice = '  aviso: {say: "Escribe *cambiar* y qué.", next: resumen}\n'
    return ORDER.replace("no_edits: true", "no_to: aviso").replace("  pasar:", notice + "  pasar:")


@pytest.mark.parametrize("step", ["as: {type: text}", "as: {type: yes_no}\n    no_to: fin"])
def test_only_a_yes_or_no_without_another_way_offers_changes(step: str) -> None:
    flow = ORDER.replace('as: {type: yes_no, yes: "Sí, así", no: "Cambiar algo"}', step)
    with pytest.raises(FlowsBroken, match="no_edits"):
        read_flow(flow)
