"""Hours of the day, from what was said and when the business is open: which times a phrase may mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Literal

from bot.understanding.when.value import EVERY_DAY

WEEKDAY_KEYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_END = time(23, 59)

PARTS: dict[str, tuple[time, time]] = {
    "dawn": (time(0), time(6)),
    "early": (time(6), time(10)),
    "morning": (time(6), time(12)),
    "midmorning": (time(10), time(12)),
    "noon": (time(12), time(14)),
    "lunch": (time(12), time(14)),
    "siesta": (time(13), time(16)),
    "afternoon": (time(12), time(19)),
    "midafternoon": (time(16), time(18)),
    "evening": (time(17), time(20)),
    "evening_en": (time(18), time(21)),
    "night": (time(19), DAY_END),
    "late": (time(18), time(20)),
    "after_work": (time(18), time(21)),
    "after_lunch": (time(14), time(19)),
    "before_lunch": (time(6), time(12)),
}
"""From when to when people mean a part of the day; the opening hours narrow it where slots are looked for."""


@dataclass(frozen=True, slots=True)
class Clock:
    """An hour as it was said. `half`: the half of the day, or the part of it that was named with it. `exact`: of the
    24 hours. `marked`: something but the number itself says that it is an hour («las», «hs», a colon, «y media»)."""

    hour: int
    minute: int = 0
    half: str | None = None
    exact: bool = False
    marked: bool = True
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day. `weak`: the word alone, which may be a greeting or an adverb."""

    name: str
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """The first or the last hour the business is open, of the day or of a part of it."""

    which: Literal["first", "last"]
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """Two hours with everything between; None is open. `whole`: the first is the day's noon or such, not an hour."""

    first: Clock | Part | None
    last: Clock | Part | None
    half: str | None = None
    weak: bool = False


TimeMeaning = Clock | Part | Edge | Between


@dataclass(frozen=True, slots=True)
class Hours:
    """A time (`point`), or from one to another; None is open. `tomorrow`: the midnight after the day said."""

    first: time | None
    last: time | None = None
    point: bool = True
    tomorrow: bool = False


@dataclass(frozen=True, slots=True)
class FoundHours:
    options: tuple[Hours, ...] = ()
    ambiguous: bool = False
    approximate: bool = False
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """The business hours of one day, or of any day when none is known."""

    intervals: tuple[tuple[time, time], ...]

    def fits(self, at: time) -> bool:
        return any(start <= at < end for start, end in self.intervals)

    @property
    def bounds(self) -> tuple[time, time]:
        return min(start for start, _ in self.intervals), max(end for _, end in self.intervals)


def open_on(hours: Mapping[str, Sequence[Sequence[str]]] | None, day: date | None) -> Open:
    """The hours of the day's weekday; of the whole week when there is no day, or the day is closed."""
    week = hours or EVERY_DAY
    listed = week.get(WEEKDAY_KEYS[day.weekday()], ()) if day else ()
    if not listed:
        listed = [interval for intervals in week.values() for interval in intervals] or list(EVERY_DAY["mon"])
    return Open(tuple(sorted({(_clock(start), _clock(end)) for start, end in listed})))


def _clock(written: str) -> time:
    return DAY_END if written == "24:00" else time.fromisoformat(written)


def clock(hour: int, minute: int = 0, **said: object) -> Clock | None:
    """A Clock, or None for what is no hour."""
    if not (0 <= hour <= 24 and 0 <= minute < 60):
        return None
    made = Clock(hour % 24, minute, exact=hour > 12 or hour == 0)
    return replace(made, **said)  # type: ignore[arg-type]


def named(said: Clock, part: str | None) -> Clock | None:
    """The hour with the part of the day it was named with; None where they cannot go together («3 de la mediodía»)."""
    if part is None:
        return said
    return replace(said, half=part)


def _in_half(said: Clock) -> tuple[time, ...] | None:
    """The times its half of the day allows, likeliest first; None when nothing was said of it."""
    hour, minute = said.hour % 12, said.minute
    am, pm = time(hour, minute), time(hour + 12, minute)
    match said.half:
        case None:
            return None
        case "am":
            return (am,)
        case "pm" | "siesta" | "midafternoon" | "evening" | "evening_en" | "after_lunch":
            return (pm,)
        case "afternoon" | "late" | "after_work":
            return (pm,) if hour <= 8 else (pm, am)
        case "noon" | "lunch":
            return (am,) if hour == 11 else (pm,)
        case "night":
            return (pm,) if hour >= 5 else (am,)
        case "morning":
            return (pm, am) if hour == 0 else (am,)
    return (am,)


def times_of(said: Clock, opened: Open) -> tuple[tuple[time, ...], bool]:
    """The times an hour may mean, likeliest first, and whether nothing prefers the first of them."""
    if said.exact:
        return (time(said.hour, said.minute),), False
    halved = _in_half(said)
    if halved is not None:
        return halved, len(halved) > 1
    am, pm = time(said.hour % 12, said.minute), time(said.hour % 12 + 12, said.minute)
    fits_am, fits_pm = opened.fits(am), opened.fits(pm)
    if said.hour == 12 and not fits_am:
        return (pm, am) if not fits_pm else (pm,), False
    if fits_am != fits_pm:
        return ((am, pm) if fits_am else (pm, am)), False
    likely_am = 7 < said.hour < 12
    return ((am, pm) if likely_am else (pm, am)), True


def hours_of(said: TimeMeaning, opened: Open, part: str | None = None) -> FoundHours:
    """The hours a phrase may mean; `part` is the part of the day said beside it."""
    match said:
        case Clock():
            whole = replace(said, half=part) if part and said.half is None else said
            times, ambiguous = times_of(whole, opened)
            midnight = whole.hour % 12 == 0 and whole.minute == 0 and whole.half in ("night", "am", "dawn")
            return FoundHours(
                tuple(Hours(at, tomorrow=midnight and whole.half == "night") for at in times),
                ambiguous,
                said.approximate,
            )
        case Part():
            return _part_hours(said.name)
        case Edge():
            return _edge_hours(said, opened, part)
    return _between_hours(said, opened, part)


def _part_hours(name: str) -> FoundHours:
    first, last = PARTS[name]
    if name == "noon":
        return FoundHours((Hours(first), Hours(first, last, point=False)), bare=True)
    if name == "early":
        return FoundHours((Hours(first, last, point=False), Hours(*PARTS["morning"], point=False)), bare=True)
    return FoundHours((Hours(first, last, point=False),))


def _edge_hours(said: Edge, opened: Open, part: str | None) -> FoundHours:
    """Two hours at the edge of the opening hours; the first or last hour itself is another way to say it."""
    first, last = opened.bounds
    named_part = said.part or part
    if named_part:
        low, high = PARTS[named_part]
        first, last = max(first, low), min(last, high)
        if first >= last:
            first, last = low, high
    if said.which == "first":
        end = min(last, time(min(first.hour + 2, 23), first.minute))
        return FoundHours((Hours(first, end, point=False), Hours(first)), approximate=True, bare=True)
    start = max(first, time(max(last.hour - 2, 0), last.minute))
    latest = time(max(last.hour - 1, 0), last.minute)
    options = (Hours(start, last, point=False), Hours(latest), Hours(last))
    return FoundHours(options, approximate=True, bare=True)


def _between_hours(said: Between, opened: Open, part: str | None) -> FoundHours:
    half = said.half or part
    if said.first is None or said.last is None:
        return _open_ended(said, opened, half)
    lasts = _edge_times(said.last, half, opened, end=True)
    firsts = _edge_times(said.first, half, opened, end=False)
    pairs = [(a, b) for a in firsts for b in lasts if a < b]
    if not pairs:  # «de 11 a 1 de la tarde»: the part named the second alone
        firsts = _edge_times(said.first, None, opened, end=False)
        pairs = [(a, b) for a in firsts for b in lasts if a < b]
    if not pairs:
        return FoundHours()
    best = sorted(
        pairs,
        key=lambda pair: (_length(pair) > 12 * 60, not opened.fits(pair[0]), _after_close(pair, opened), _length(pair)),
    )
    kept = [best[0]]
    opposite = [pair for pair in best[1:] if _length(pair) == _length(best[0])]
    kept += opposite[:1]
    both_fit = bool(opposite) and opened.fits(opposite[0][0]) == opened.fits(best[0][0])
    return FoundHours(tuple(Hours(a, b, point=False) for a, b in kept), both_fit)


def _after_close(pair: tuple[time, time], opened: Open) -> bool:
    return pair[1] > opened.bounds[1]


def _length(pair: tuple[time, time]) -> int:
    return (pair[1].hour - pair[0].hour) * 60 + pair[1].minute - pair[0].minute


def _edge_times(said: Clock | Part, half: str | None, opened: Open, *, end: bool) -> tuple[time, ...]:
    if isinstance(said, Part):
        first, last = PARTS[said.name]
        return (first if said.name == "noon" or not end else last,)
    if half and said.half is None and not said.exact:
        return _in_half(replace(said, half=half)) or ()
    times, _ = times_of(said, opened)
    if end and said.hour % 12 == 0 and said.half in ("night", "am") and said.minute == 0:
        return (DAY_END,)
    return times


def _open_ended(said: Between, opened: Open, half: str | None) -> FoundHours:
    edge = said.first or said.last
    assert edge is not None
    after = said.first is not None
    if isinstance(edge, Part):
        first, last = PARTS[edge.name]
        at = (first if edge.name == "noon" else last) if after else first
        hours = Hours(at, None, point=False) if after else Hours(None, at, point=False)
        return FoundHours((hours,))
    whole = replace(edge, half=half) if half and edge.half is None else edge
    times, ambiguous = times_of(whole, opened)
    if not after and ambiguous is False and len(times) > 1 and times[0] == opened.bounds[0]:
        times = times[::-1]  # «antes de las 8» where they open at eight means the evening
    options = tuple(Hours(at, None, point=False) if after else Hours(None, at, point=False) for at in times)
    return FoundHours(options, ambiguous, edge.approximate)
