"""Ages, birth dates, money and several choices at once, asked by a flow."""

import pytest
from flow_factory import Talk, pack

from bot.effects import HandOver
from bot.language import FlowsBroken, read_flow
from core.threads.content import Location, Media, Prompt

KINDS = """
flow: inicio
start: edad
vars: {edad: {type: age, label: Edad}, nacio: {type: birth_date}, gasto: {type: money, label: Presupuesto}}
defaults: {give_up: pasar, expire: {after: 20h, to: pasar}}
steps:
  edad: {ask: "¿Edad?", as: {type: age, min: 10, max: 99}, into: edad}
  nacio: {ask: "¿Naciste?", as: {type: birth_date}, into: nacio}
  gasto: {ask: "¿Cuánto?", as: {type: money, max: 100000}, into: gasto}
  eco: {say: "{gasto|money} o {gasto}."}
  pasar: {handover: ventas, summary: [edad, gasto]}
"""


def test_an_age_that_a_birthday_decides_is_asked() -> None:
    talk = Talk(pack(KINDS))
    assert talk.say("hola", "nací en el 90") == ["¿Tienes *35* o *36* años cumplidos?"]
    assert talk.say("unos 30") == ["¿Cuántos años cumplidos tienes exactamente?"]
    talk.say("36")
    assert talk.vars["edad"] == 36


def test_a_birth_date_gives_the_age_by_the_organizations_own_date() -> None:
    talk = Talk(pack(KINDS))
    talk.facts.org["zone"] = "Asia/Tokyo"  # type: ignore[index]
    talk.wait(hours=10)  # the 11th at 20:20 in Greenwich: a birthday in Tokyo already
    talk.say("hola", "12/03/1990")
    assert talk.vars["edad"] == 36


def test_a_birth_date_is_kept_as_iso_and_never_lies_ahead() -> None:
    talk = Talk(pack(KINDS))
    assert talk.say("hola", "34", "12 de mayo del 2030") == ["Esa fecha todavía no llega. ¿Puedes revisarla?"]
    assert talk.say("12 de mayo") == ["¿De qué año? Escríbeme la fecha completa, por favor. Por ejemplo: *12/05/1990*."]
    talk.say("12 de mayo del 90")
    assert talk.vars["nacio"] == "1990-05-12"


def test_money_is_in_the_organizations_currency_unless_another_is_named() -> None:
    talk = Talk(pack(KINDS))
    talk.say("hola", "34", "12/05/1990")
    assert talk.say("entre 500 y 800") == ["Leí más de una cantidad. ¿Me escribes solo una, por favor?"]
    assert talk.say("dos mil quinientos") == ["MXN 2.500 o MXN 2.500."]
    assert talk.vars["gasto"] == {"amount": 250000, "currency": "MXN"}
    assert talk.handover == HandOver("ventas", (("Edad", "34"), ("Presupuesto", "MXN 2.500")))
    other = Talk(pack(KINDS))
    other.say("hola", "34", "12/05/1990", "40 dólares")
    assert other.vars["gasto"] == {"amount": 4000, "currency": "USD"}


SEVERAL = """
flow: inicio
start: zonas
vars: {zonas: {type: list, label: Zonas}, nota: {type: text}}
defaults: {give_up: pasar, expire: {after: 20h, to: pasar}}
steps:
  zonas:
    choose: "¿Qué zonas?"
    into: zonas
    multi: true
    options: {labios: {label: Labios}, ojeras: {label: Ojeras, description: "Con cánula"}, frente: {label: Frente}}
  segun: {branch: [{when: {zonas: {contains: labios}}, to: nota}, {when: {zonas: {eq: []}}, to: nada}, {else: pasar}]}
  nota: {ask: "¿Por qué {zonas|label}?", as: {type: text}, into: nota}
  pasar: {handover: ventas, summary: [zonas]}
  nada: {end: nada}
"""
WRITTEN_OUT = (
    "¿Qué zonas?\n\n1. Labios\n2. Ojeras: Con cánula\n3. Frente\n\n"
    "Puedes elegir varias: escribe sus números, por ejemplo *1 y 2*."
)


def test_several_choices_are_written_out_and_answered_in_words() -> None:
    talk = Talk(pack(SEVERAL))
    assert talk.say("hola") == [WRITTEN_OUT]
    assert not isinstance(talk.contents[-1], Prompt)
    assert talk.say("frente y labios") == ["¿Por qué Labios y Frente?"]
    assert talk.vars["zonas"] == ["labios", "frente"]
    assert talk.say("volver") == [WRITTEN_OUT]
    assert "zonas" not in talk.vars


def test_one_is_a_list_of_one_and_none_an_empty_one() -> None:
    talk = Talk(pack(SEVERAL))
    talk.say("hola", "2")
    assert talk.vars["zonas"] == ["ojeras"]
    assert talk.handover == HandOver("ventas", (("Zonas", "Ojeras"),))
    other = Talk(pack(SEVERAL))
    other.say("hola", "ninguna")
    assert other.at == "nothing"


def test_what_was_only_partly_read_is_taken_with_a_yes() -> None:
    talk = Talk(pack(SEVERAL))
    assert talk.say("hola", "labios y cuello") == ["Anoté *Labios*; lo demás no lo encontré. ¿Lo dejo así?"]
    assert "zonas" not in talk.vars
    talk.say("sí")
    assert talk.vars["zonas"] == ["labios"]
    other = Talk(pack(SEVERAL))
    assert other.say("hola", "labios o frente") == ["¿Quisiste decir *Labios* y *Frente*?"]
    assert other.say("no") == [WRITTEN_OUT]
    other.say("labios o frente")
    other.tap("~take")
    assert other.vars["zonas"] == ["labios", "frente"]


def test_an_option_of_several_leads_nowhere_by_itself() -> None:
    with pytest.raises(FlowsBroken, match="leads nowhere"):
        read_flow(SEVERAL.replace("{label: Labios}", "{label: Labios, to: nota}"))


def test_several_choices_can_come_with_the_first_message() -> None:
    flow = SEVERAL.replace("multi: true", "multi: true\n    prefill: true").replace(
        "vars:", "params: {opening: {type: text, optional: true}}\nvars:"
    )
    talk = Talk(pack(flow))
    talk.say("hola, quiero labios y ojeras")
    assert talk.vars["zonas"] == ["labios", "ojeras"]


PHOTO = """
flow: inicio
start: foto
vars: {foto: {type: text}}
defaults: {give_up: pasar, expire: {after: 20h, to: pasar}}
steps:
  foto: {ask: "¿Foto?", as: {type: text, media: [image]}, into: foto}
  pasar: {handover: ventas}
"""


def test_the_second_file_of_a_wrong_kind_offers_a_person_and_neither_is_a_wrong_answer() -> None:
    talk = Talk(pack(PHOTO))
    talk.say("hola")
    wrong = "Ese tipo de archivo no lo puedo usar aquí. Puedes mandarme una foto o escribirlo."
    assert talk.send(Media("voice", "f")) == [wrong]
    talk.send(Media("voice", "f"))
    assert [option.id for option in talk.prompts[-1].options] == ["~human", "~stay"]
    for _ in range(5):
        talk.send(Media("document", "f"))
    assert talk.handover is None
    talk.tap("~human")
    assert talk.handover is not None


def test_a_first_message_is_taken_whole_or_asked_about() -> None:
    flow = SEVERAL.replace("multi: true", "multi: true\n    prefill: true").replace(
        "vars:", "params: {opening: {type: text, optional: true}}\nvars:"
    )
    talk = Talk(pack(flow))
    talk.say("quiero 2 labios y 3 ojeras")
    assert talk.vars["zonas"] == ["labios", "ojeras"]
    other = Talk(pack(flow))
    assert other.say("quiero labios y unas ojexa") == [WRITTEN_OUT]


PLACE = """
flow: inicio
start: direccion
vars: {direccion: {type: text}}
defaults: {give_up: pasar, expire: {after: 20h, to: pasar}}
steps:
  direccion: {ask: "¿A qué dirección?", as: {type: text, min: 8, location: true}, into: direccion}
  fin: {end: listo, say: "Vamos a {direccion}."}
  pasar: {handover: ventas}
"""


def test_a_shared_place_is_an_address_where_it_is_taken() -> None:
    talk = Talk(pack(PLACE))
    talk.say("hola")
    assert talk.send(Location(19.43, -99.13)) == ["Vamos a https://maps.google.com/?q=19.430000,-99.130000."]
    other = Talk(pack(PLACE))
    other.say("hola")
    told = other.send(Location(19.43, -99.13, "Casa de Ana", "Calle 5 #12"))
    assert told == ["Vamos a Casa de Ana, Calle 5 #12, https://maps.google.com/?q=19.430000,-99.130000."]
    written = Talk(pack(PLACE))
    assert written.say("hola", "Calle 5 número 12") == ["Vamos a Calle 5 número 12."]


def test_a_shared_place_is_no_address_where_it_is_not() -> None:
    talk = Talk(pack(PLACE.replace(", location: true", "")))
    talk.say("hola")
    assert talk.send(Location(19.43, -99.13))[0].startswith("Recibí tu ubicación")
    assert "direccion" not in talk.vars
