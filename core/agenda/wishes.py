"""What a patient asked for («mañana a la tarde», «los martes a las 4») against the times there are: which to show.

A wish is given as the answer to a question about when: {kind, start, end, hours} with local ISO 8601 values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from core.agenda.openings import Opening

MOST = 6
NOON = time(12)


@dataclass(frozen=True, slots=True)
class Wish:
    """Local days (`until` is left out), the hours of each, and the hour that was named, if one was."""

    since: date | None = None
    until: date | None = None
    first: time | None = None
    last: time | None = None
    near: time | None = None

    def fits(self, at: datetime) -> bool:
        """Whether a local start is what was asked for; near enough counts, within an hour and a half."""
        if (self.since is not None and at.date() < self.since) or (self.until is not None and at.date() >= self.until):
            return False
        if self.near is not None:
            return away(at.time(), self.near) <= 90
        return (self.first is None or at.time() >= self.first) and (self.last is None or at.time() < self.last)


def away(one: time, other: time) -> int:
    """Minutes between two times of a day."""
    return abs((one.hour - other.hour) * 60 + one.minute - other.minute)


def wish_of(value: Mapping[str, Any] | None) -> Wish:
    """The wish an answer says; of none, anything."""
    if not value:
        return Wish()
    start, end = _read(value.get("start")), _read(value.get("end"))
    hours = value.get("hours") or (None, None)
    first, last = _time(hours[0]), _time(hours[1])
    match value.get("kind"):
        case "datetime" if isinstance(start, datetime):
            return Wish(start.date(), start.date() + timedelta(1), near=start.time())
        case "date" if isinstance(start, date):
            return Wish(start, start + timedelta(1))
        case "time" if isinstance(start, time):
            return Wish(near=start)
        case "month" if isinstance(start, date):
            return Wish(start, (start.replace(day=1) + timedelta(32)).replace(day=1), first, last)
    return _range(start, end, first, last)


def _range(start: object, end: object, first: time | None, last: time | None) -> Wish:
    if isinstance(start, time) or isinstance(end, time):
        return Wish(first=start if isinstance(start, time) else None, last=end if isinstance(end, time) else None)
    if isinstance(start, datetime) or isinstance(end, datetime):
        since = start if isinstance(start, datetime) else None
        until = end if isinstance(end, datetime) else None
        same = since is None or until is None or since.date() == until.date()
        day = since or until
        assert day is not None
        return Wish(
            since.date() if since else None,
            (until.date() if until else day.date()) + timedelta(1) if same or until else None,
            since.time() if since else first,
            until.time() if until else last,
        )
    return Wish(
        start if isinstance(start, date) else None, end + timedelta(1) if isinstance(end, date) else None, first, last
    )


def _read(written: object) -> datetime | date | time | None:
    if not isinstance(written, str):
        return None
    if "T" in written:
        return datetime.fromisoformat(written)
    return time.fromisoformat(written) if ":" in written else date.fromisoformat(written)


def _time(written: object) -> time | None:
    return time.fromisoformat(written) if isinstance(written, str) else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An opening somewhere; `at` is its start on the clock of that place."""

    opening: Opening
    at: datetime
    place: int


def chosen(candidates: Sequence[Candidate], wish: Wish, usual: int | None = None) -> list[Candidate]:
    """At most six, in order of time, worth showing: those near the hour that was named, before them the very hour; else
    the earliest, mornings and afternoons of the next days, and one with the professional the patient usually sees.
    """
    openings = sorted(candidates, key=_in_order)
    if wish.near is not None:
        near = wish.near
        closest = sorted(openings, key=lambda one: (one.at.date(), away(one.at.time(), near), *_in_order(one)))
        return sorted(closest[:MOST], key=lambda one: (one.at.time() != near, *_in_order(one)))
    picked: list[Candidate] = []
    halves: dict[tuple[date, bool], int] = {}
    hours = {(one.at.date(), one.at.hour, one.place): one for one in reversed(openings)}
    first_of_hours = sorted(hours.values(), key=_in_order)
    for each in range(1, MOST + 1):  # one of each half of a day, then two, and so on; of different hours first
        for one in first_of_hours:
            half = (one.at.date(), one.at.time() < NOON)
            if len(picked) < MOST and one not in picked and halves.get(half, 0) < each:
                picked.append(one)
                halves[half] = halves.get(half, 0) + 1
    rest = [one for one in openings if one not in picked]
    while rest and len(picked) < MOST:  # fewer hours than six: the rest as far from one another as there is
        widest = max(rest, key=lambda one: min(abs(one.opening.start - other.opening.start) for other in picked))
        picked.append(widest)
        rest.remove(widest)
    familiar = next((one for one in openings if usual in one.opening.professionals), None)
    if familiar is not None and picked and not any(usual in one.opening.professionals for one in picked):
        picked[-1] = familiar
    return sorted(picked, key=_in_order)


def _in_order(candidate: Candidate) -> tuple[int, int]:
    return candidate.opening.start, candidate.place
