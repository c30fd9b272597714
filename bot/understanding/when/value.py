"""What a text says about when, and what must be known to read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal

Kind = Literal["datetime", "date", "time", "range", "month", "none"]
Precision = Literal["minute", "hour", "part", "day", "week", "span", "month", "none"]
Asked = Literal["date", "time", "datetime"]
Moment = date | datetime | time
"""Local wall time, without a zone."""

EVERY_DAY: Mapping[str, Sequence[Sequence[str]]] = dict.fromkeys(
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), (("08:00", "20:00"),)
)


@dataclass(frozen=True, slots=True)
class WhenContext:
    """What the reader knows besides the text.

    `hours` are the business hours as in `core.organizations.hours` ({"mon": [["09:00", "13:00"]]}); without them
    08:00-20:00 every day. `country` (ISO 3166-1 alpha-2) decides holidays and 3/4; the zone gives it when it is empty.
    `future`: the past is not meant. `horizon_days`: further away is not taken. `asked`: what a bare number may be.
    """

    hours: Mapping[str, Sequence[Sequence[str]]] | None = None
    country: str = ""
    future: bool = True
    horizon_days: int | None = None
    asked: Asked = "datetime"


def _like(at: datetime, moment: Moment | None) -> Moment:
    """A moment as far as another one goes: its date, its hour, or both."""
    if isinstance(moment, datetime):
        return at
    return at.time() if isinstance(moment, time) else at.date()


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand the text. A point (`start` is its value), or a range open where a side is None.

    `kind` tells a date from a month: both are held as a date. Dates that end a range belong to it.
    """

    kind: Kind
    start: Moment | None = None
    end: Moment | None = None

    def holds(self, at: datetime) -> bool:
        """Whether a local moment is, or lies within, what was meant."""
        if self.kind == "month" and isinstance(self.start, date):
            return (at.year, at.month) == (self.start.year, self.start.month)
        if self.kind != "range":
            return self.start == _like(at, self.start)
        first, last = self.start, self.end
        after = first is None or _like(at, first) >= first  # type: ignore[operator]
        if last is None or (isinstance(last, date) and not isinstance(last, datetime)):
            return after and (last is None or at.date() <= last)
        return after and _like(at, last) < last  # type: ignore[operator]

    def as_json(self) -> dict[str, Any]:
        """{kind, value} of a point, {kind, start, end} of a range; ISO 8601 local values."""
        if self.kind == "range":
            return {"kind": "range", "start": iso(self.start), "end": iso(self.end)}
        value = iso(self.start)
        return {"kind": self.kind, "value": value[:7] if self.kind == "month" and value else value}


@dataclass(frozen=True, slots=True)
class When:
    """What was understood. `best` is the reading to go on with; `alternatives` are others people may have meant.

    `choices`: the readings worth offering where it is ambiguous, the best among them. `chosen`: the reading
    was preferred to another, so it should be said back. `ambiguous`: nothing prefers it, so the
    person should choose. `dated` is the next moment a time without a day could mean. `span` are the characters of the
    text it was read from. `hours` bounds the time of each day where several days are meant («toda la semana a la
    tarde»). `reason`, where nothing was read: nothing, past, far, negated, several.
    """

    best: Reading
    alternatives: tuple[Reading, ...] = ()
    choices: tuple[Reading, ...] = ()
    precision: Precision = "none"
    chosen: bool = False
    ambiguous: bool = False
    approximate: bool = False
    dated: Reading | None = None
    hours: tuple[time | None, time | None] | None = None
    span: tuple[int, int] = (0, 0)
    reason: str = ""
    source: str = field(default="", compare=False)

    @property
    def kind(self) -> Kind:
        return self.best.kind

    def __bool__(self) -> bool:
        return self.best.kind != "none"


NOTHING = Reading("none")


def nothing(reason: str = "nothing") -> When:
    return When(NOTHING, reason=reason)


def iso(value: Moment | None) -> str | None:
    """`2026-03-12T17:00`, `2026-03-12`, `17:00`; None stays None."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    return value.strftime("%H:%M") if isinstance(value, time) else value.isoformat()
