"""A day and an hour as the answer: read, completed, corrected, said back, never taken silently for another."""

from dataclasses import replace

import pytest
from flow_factory import Talk, pack

from bot.events import Emoted
from core.threads.content import Prompt

FLOW = """
flow: inicio
start: dia
vars: {cuando: {type: when}}
steps:
  dia:
    ask: "¿Cuándo vienes?"
    again: "¿Qué día y a qué hora?"
    as: {type: when, horizon: 60d%s}
    into: cuando
    give_up: fin
  fin: {end: listo, say: "Nos vemos {cuando|or:'pronto'}."}
"""
WEEK = {key: [["09:00", "13:00"], ["15:00", "19:00"]] for key in ("mon", "tue", "wed", "thu", "fri")}
# it is Wednesday 2026-03-11, 07:20 in Buenos Aires
PLACE = {"zone": "America/Argentina/Buenos_Aires", "country": "AR", "opening": WEEK}


def asked(more: str = "") -> Talk:
    talk = Talk(pack(FLOW % more))
    talk.facts = replace(talk.facts, org={**talk.facts.org, **PLACE})
    talk.say("hola")
    return talk


def labels(talk: Talk) -> list[str]:
    prompt = talk.contents[-1]
    return [option.label for option in prompt.options] if isinstance(prompt, Prompt) else []


def test_a_moment_that_can_be_only_one_is_taken_at_once() -> None:
    talk = asked()
    assert talk.say("el juevs a las 5 y media d la tarde") == ["Nos vemos el jueves 12 de marzo a las 17:30."]


def test_a_bare_hour_is_the_one_they_are_open_at() -> None:
    assert asked().say("mañana a las 4") == ["Entonces *mañana jueves 12 a las 16:00*, ¿sí?"]
    assert asked().say("mañana a las 10") == ["Entonces *mañana jueves 12 a las 10:00*, ¿sí?"]


def test_a_part_of_the_day_is_an_answer() -> None:
    assert asked().say("el viernes a la tarde") == ["Nos vemos el viernes 13 de marzo por la tarde."]


def test_a_reading_chosen_among_several_is_said_back() -> None:
    talk = asked()
    assert talk.say("mañana a las 5") == ["Entonces *mañana jueves 12 a las 17:00*, ¿sí?"]
    assert labels(talk) == ["Sí, así", "Otro momento"]
    assert talk.say("sí") == ["Nos vemos el jueves 12 de marzo a las 17:00."]


def test_a_sure_reading_is_said_back_where_the_flow_wants_it() -> None:
    assert asked(", echo: always").say("mañana a las 17") == ["Entonces *mañana jueves 12 a las 17:00*, ¿sí?"]


def test_a_thumb_confirms_what_was_said_back() -> None:
    talk = asked(", echo: always")
    talk.say("mañana a las 5")
    assert talk.say("👍") == ["Nos vemos el jueves 12 de marzo a las 17:00."]
    talk = asked(", echo: always")
    talk.say("mañana a las 5")
    assert talk.feed(Emoted("👍", latest=True)) == ["Nos vemos el jueves 12 de marzo a las 17:00."]


@pytest.mark.parametrize("answer", ["el próximo viernes a las 11", "viernes 15"])
def test_what_may_be_two_days_is_offered_as_a_choice(answer: str) -> None:
    talk = asked()
    assert talk.say(answer) == ["Para no equivocarme, ¿cuál de estos?"]
    assert len(labels(talk)) == 3
    assert labels(talk)[-1] == "Otro momento"
    talk.tap("~pick.1")
    assert talk.at == "nothing"


def test_one_of_the_offered_moments_is_chosen_in_words_too() -> None:
    talk = asked()
    talk.say("el próximo viernes a las 11")
    assert labels(talk)[:2] == ["el viernes 13 a las 11:00", "el viernes 20 a las 11:00"]
    assert talk.say("la segunda") == ["Nos vemos el viernes 20 de marzo a las 11:00."]
    talk = asked()
    talk.say("el próximo viernes a las 11")
    assert talk.say("el 20") == ["Nos vemos el viernes 20 de marzo a las 11:00."]


@pytest.mark.parametrize(
    ("correction", "then"),
    [
        ("no, a las 6", "mañana jueves 12 a las 18:00"),
        ("sí, pero a las 6", "mañana jueves 12 a las 18:00"),
        ("mejor el viernes", "el viernes 13 a las 17:00"),
        ("no, el lunes a las 10", "el lunes 16 a las 10:00"),
    ],
)
def test_what_is_said_back_can_be_corrected_in_part(correction: str, then: str) -> None:
    talk = asked(", echo: always")
    talk.say("mañana a las 5")
    assert talk.say(correction) == [f"Entonces *{then}*, ¿sí?"]


def test_another_moment_brings_the_question_back() -> None:
    talk = asked(", echo: always")
    talk.say("mañana a las 5")
    assert talk.tap("~other") == ["¿Qué día y a qué hora?"]
    assert talk.say("el lunes") == ["Entonces *el lunes 16*, ¿sí?"]
    assert talk.say("no") == ["¿Qué día y a qué hora?"]


def test_the_hour_is_asked_for_when_it_is_needed() -> None:
    talk = asked(", needs: both")
    assert talk.say("el viernes") == ["Perfecto, el viernes 13. ¿A qué hora?"]
    assert talk.say("16.30") == ["Nos vemos el viernes 13 de marzo a las 16:30."]


def test_a_bare_number_is_an_hour_where_the_hour_was_asked() -> None:
    talk = asked(", needs: both")
    talk.say("el viernes")
    assert talk.say("5") == ["Entonces *el viernes 13 a las 17:00*, ¿sí?"]


def test_the_hour_lies_in_the_part_of_the_day_said_before() -> None:
    talk = asked(", needs: both")
    assert talk.say("el viernes a la noche") == ["Perfecto, el viernes 13 por la noche. ¿A qué hora?"]
    assert talk.say("a las 8") == ["Nos vemos el viernes 13 de marzo a las 20:00."]


def test_the_day_is_asked_for_when_only_the_hour_was_said() -> None:
    talk = asked(", needs: both")
    assert talk.say("a las 5") == ["Perfecto, a las 17:00. ¿Qué día?"]
    assert talk.say("mañana") == ["Nos vemos el jueves 12 de marzo a las 17:00."]


def test_the_part_of_the_day_said_before_goes_with_the_day() -> None:
    talk = asked(", needs: both")
    assert talk.say("a la noche") == ["Perfecto, por la noche. ¿Qué día?"]
    assert talk.say("mañana") == ["Perfecto, mañana jueves 12 por la noche. ¿A qué hora?"]
    assert talk.say("a las 8") == ["Nos vemos el jueves 12 de marzo a las 20:00."]


@pytest.mark.parametrize("small_talk", ["gracias", "jaja", "🙈"])
def test_small_talk_does_not_forget_what_was_said_back(small_talk: str) -> None:
    talk = asked(", needs: both")
    assert talk.say("mañana a las 5") == talk.say(small_talk) == ["Entonces *mañana jueves 12 a las 17:00*, ¿sí?"]
    assert talk.say("sí") == ["Nos vemos el jueves 12 de marzo a las 17:00."]


def test_small_talk_does_not_forget_the_day_whose_hour_is_asked() -> None:
    talk = asked(", needs: both")
    assert talk.say("el viernes") == talk.say("gracias") == ["Perfecto, el viernes 13. ¿A qué hora?"]
    assert talk.say("16.30") == ["Nos vemos el viernes 13 de marzo a las 16:30."]


def test_a_question_in_between_does_not_forget_what_was_said_back() -> None:
    talk = asked(", needs: both")
    talk.say("mañana a las 5")
    assert talk.say("¿cuánto cuesta?") == ["Desde $900.", "Entonces *mañana jueves 12 a las 17:00*, ¿sí?"]
    assert talk.say("sí") == ["Nos vemos el jueves 12 de marzo a las 17:00."]


def test_a_chosen_day_still_wants_its_hour() -> None:
    talk = asked(", needs: both")
    talk.say("el viernes próximo")
    assert labels(talk)[:2] == ["el viernes 13", "el viernes 20"]
    assert talk.say("el primero") == ["Perfecto, el viernes 13. ¿A qué hora?"]
    assert talk.say("16.30") == ["Nos vemos el viernes 13 de marzo a las 16:30."]


def test_what_is_not_understood_does_not_forget_the_day() -> None:
    talk = asked(", needs: both")
    assert talk.say("el viernes") == talk.say("asdfgh") == ["Perfecto, el viernes 13. ¿A qué hora?"]
    assert talk.say("16.30") == ["Nos vemos el viernes 13 de marzo a las 16:30."]


def test_the_part_of_the_day_said_first_is_kept_when_the_day_comes() -> None:
    talk = asked(", needs: both")
    talk.say("después de las 6")
    assert talk.say("el lunes") == ["Perfecto, el lunes 16 después de las 18:00. ¿A qué hora?"]
    assert talk.say("a las 7") == ["Nos vemos el lunes 16 de marzo a las 19:00."]


def test_who_says_the_same_day_for_ever_comes_to_the_end_of_the_tries() -> None:
    talk = asked(", needs: both")
    told = [talk.say("el lunes") for _ in range(6)]
    assert told[0] == ["Perfecto, el lunes 16. ¿A qué hora?"]
    assert "Nos vemos pronto." in [said[-1] for said in told]


def test_several_days_are_not_a_day() -> None:
    talk = asked(", needs: both")
    assert talk.say("la semana que viene") == ["¿Qué día exactamente, y a qué hora?"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("ayer", "Ese momento ya pasó. ¿Qué otro día te queda bien?"),
        ("el 20 de diciembre", "Todavía no puedo agendar tan lejos. ¿Te sirve una fecha más cercana?"),
        ("el jueves no puedo", "Entiendo que ahí no puedes. ¿Y cuándo sí?"),
        ("qué sé yo", "¿Qué día y a qué hora? Por ejemplo: *mañana a las 5 de la tarde* o *el viernes por la mañana*."),
    ],
)
def test_what_cannot_be_is_said_why(text: str, answer: str) -> None:
    assert asked().say(text) == [answer]


def test_the_time_is_read_where_the_organization_is() -> None:
    talk = asked()
    talk.now = talk.now.replace(hour=2)  # still Tuesday the 10th in Buenos Aires
    assert talk.say("mañana 9am") == ["Nos vemos el miércoles 11 de marzo a las 09:00."]


def test_options_of_moments_fit_a_button() -> None:
    talk = asked()
    talk.say("el próximo viernes a las 11")
    prompt = talk.contents[-1]
    assert isinstance(prompt, Prompt)
    assert [option.short for option in prompt.options[:2]] == ["vie 13/3, 11:00", "vie 20/3, 11:00"]


def test_an_hour_outside_the_part_of_the_day_said_before_is_said_back() -> None:
    talk = asked(", needs: both")
    talk.say("el viernes por la mañana")
    assert talk.say("1") == ["Entonces *el viernes 13 a las 13:00*, ¿sí?"]


@pytest.mark.parametrize("between", ["ayuda", "¿cuánto cuesta?", "jaja"])
def test_half_of_a_moment_is_not_forgotten_over_something_in_between(between: str) -> None:
    talk = asked(", needs: both")
    talk.say("a las 17", between)
    assert talk.say("mañana") == ["Nos vemos el jueves 12 de marzo a las 17:00."]
