"""Of all the times there are, those worth showing to somebody who said what they want."""

from datetime import datetime
from typing import Any

import pytest

from core.agenda.openings import Opening
from core.agenda.wishes import Candidate, chosen, wish_of
from tests.core.agenda.agenda_clinic import ZONE, local

DAYS = [local(day, hour, minute) for day in (19, 20, 23) for hour in (9, 10, 11, 15, 16, 17) for minute in (0, 30)]
ALL = [Opening(int(at.timestamp()), 60, (1,)) for at in DAYS]


def shown(value: dict[str, Any] | None, openings: list[Opening] = ALL, usual: int | None = None) -> list[str]:
    wish = wish_of(value)
    fitting = [Candidate(one, one.at(ZONE), 1) for one in openings if wish.fits(one.at(ZONE))]
    return [f"{one.at:%d %H:%M}" for one in chosen(fitting, wish, usual)]


def day(written: str) -> dict[str, Any]:
    return {"kind": "date", "start": written}


def at(written: str) -> dict[str, Any]:
    return {"kind": "datetime", "start": written}


def span(start: str, end: str | None) -> dict[str, Any]:
    return {"kind": "range", "start": start, "end": end}


def test_without_a_wish_mornings_and_afternoons_of_the_next_days() -> None:
    assert shown(None) == ["19 09:00", "19 15:00", "20 09:00", "20 15:00", "23 09:00", "23 15:00"]


@pytest.mark.parametrize(
    ("value", "times"),
    [
        (day("2026-11-20"), "20 09:00, 20 10:00, 20 11:00, 20 15:00, 20 16:00, 20 17:00"),
        (at("2026-11-20T16:00"), "20 16:00, 20 15:00, 20 15:30, 20 16:30, 20 17:00, 20 17:30"),
        (span("2026-11-20T14:00", "2026-11-20T16:00"), "20 15:00, 20 15:30"),
        ({**span("2026-11-20", "2026-11-21"), "hours": ["16:30", "17:30"]}, "20 16:30, 20 17:00"),
        (span("17:00", None), "19 17:00, 19 17:30, 20 17:00, 20 17:30, 23 17:00, 23 17:30"),
        (span("2026-11-20T09:00", "2026-11-20T12:00"), "20 09:00, 20 09:30, 20 10:00, 20 10:30, 20 11:00, 20 11:30"),
        ({"kind": "time", "start": "17:30"}, "19 17:30, 20 17:30, 19 16:00, 19 16:30, 19 17:00, 20 17:00"),
        ({"kind": "month", "start": "2026-12-01"}, ""),
        (span("2026-11-20T16:00", None), "20 16:00, 20 16:30, 20 17:00, 20 17:30"),
    ],
)
def test_what_was_asked_for(value: dict[str, Any], times: str) -> None:
    assert ", ".join(shown(value)) == times


def test_one_with_the_professional_the_patient_knows() -> None:
    late = Opening(int(datetime(2026, 11, 30, 10, tzinfo=ZONE).timestamp()), 60, (1, 7))
    assert shown(None, [*ALL, late], usual=7)[-1] == "30 10:00"
    assert shown(None, [*ALL, late], usual=9)[-1] == "23 15:00"


def test_a_time_two_places_have_is_shown_of_both() -> None:
    there = [Candidate(one, one.at(ZONE), place) for one in ALL[:1] for place in (2, 1)]
    assert [one.place for one in chosen(there, wish_of(None))] == [1, 2]


def test_of_one_busy_morning_times_that_lie_apart() -> None:
    quarters = [
        Opening(int(local(20, hour, minute).timestamp()), 60, (1,))
        for hour in (9, 10, 11)
        for minute in (0, 15, 30, 45)
    ]
    assert shown(span("2026-11-20T09:00", "2026-11-20T12:00"), quarters) == [
        "20 09:00", "20 09:30", "20 10:00", "20 10:30", "20 11:00", "20 11:45",
    ]  # fmt: skip
