"""A list of times is answered by a day or an hour as well, and another day than those listed is looked for."""

from dataclasses import replace
from typing import Any

import pytest
from flow_factory import Talk, pack

from bot.events import FlowStarted

FLOW = """
flow: inicio
start: ofrecer
params:
  huecos: {type: list}
  cuando: {type: when, optional: true}
vars:
  hueco: {type: ref}
steps:
  ofrecer:
    choose: "Tengo estos:"
    into: hueco
    give_up: fin
    options_from: {list: huecos, id: id, label: "{start|date:short}", starts: start}
    options: {otra: {label: "Otra fecha", to: buscar}}
    elsewhere: {into: cuando, to: buscar}
  fin: {end: elegido, say: "Queda {hueco|or:'nada'}."}
  buscar: {end: otro, say: "Busco {cuando|date|or:'otra fecha'}."}
"""
ROWS = [
    {"id": "a", "start": "2026-03-12T10:00"},
    {"id": "b", "start": "2026-03-12T16:00"},
    {"id": "c", "start": "2026-03-13T10:00"},
    {"id": "d", "start": "2026-03-16T17:30"},
]


def offered(**given: Any) -> Talk:
    talk = Talk(pack(FLOW))
    talk.facts = replace(talk.facts, org={**talk.facts.org, "zone": "America/Bogota"})
    talk.feed(FlowStarted("inicio", {"huecos": ROWS, **given}))
    return talk


def test_rows_are_labelled_by_their_moment() -> None:
    labels = [option.label for option in offered().prompts[-1].options]
    assert labels == ["jue 12/3, 10:00", "jue 12/3, 16:00", "vie 13/3, 10:00", "lun 16/3, 17:30", "Otra fecha"]


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("a las 4", "b"),
        ("a las 16", "b"),
        ("el viernes", "c"),
        ("viernes a las 10", "c"),
        ("el lunes a la tarde", "d"),
        ("5 y media", "d"),
        ("mañana a las 10 de la mañana", "a"),
        ("2", "b"),
        ("el jueves a la tarde", "b"),
    ],
)
def test_a_day_or_an_hour_takes_the_row_it_fits(said: str, taken: str) -> None:
    assert offered().say(said) == [f"Queda {taken}."]


def test_what_fits_several_is_asked() -> None:
    talk = offered()
    assert talk.say("a las 10") == ["¿Quisiste decir *jue 12/3, 10:00* o *vie 13/3, 10:00*?"]
    assert talk.say("la segunda") == ["Queda c."]


def test_another_day_is_looked_for() -> None:
    assert offered().say("el miércoles que viene") == ["Busco el miércoles 18 de marzo."]
    assert offered().say("otra fecha") == ["Busco otra fecha."]


def test_an_hour_that_is_not_listed_is_of_the_day_asked_for_before() -> None:
    before = {"kind": "date", "start": "2026-03-18", "end": None, "hours": None, "text": "el 18"}
    talk = offered(cuando=before)
    assert talk.say("a las 5") == ["Busco el miércoles 18 de marzo a las 17:00."]


def test_no_moment_is_an_answer_not_understood() -> None:
    assert offered().say("zxqw")[0].startswith("No encontré esa opción")
