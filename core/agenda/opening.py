"""Weekly hours and the dates that differ, as spans of time."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.agenda.spans import Span, Spans, merged
from core.agenda.wall import instant_at, local_day

Minutes = tuple[int, int]
"""From and to in minutes of the wall clock; 1440 is the next midnight."""
Blocks = tuple[Minutes, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """Open hours of one place or person: the blocks of each weekday, Monday first; `dates` go before them."""

    zone: ZoneInfo
    week: tuple[Blocks, Blocks, Blocks, Blocks, Blocks, Blocks, Blocks]
    dates: tuple[tuple[date, Blocks], ...] = ()


def open_spans(hours: Hours, since: int, until: int) -> Spans:
    """Every window that begins or ends within [since, until), whole; what touches, also across midnight, is one.

    Also one that has gone on for days begins at the gap before it: its grid must not depend on `since`.
    """
    first, last = local_day(since, hours.zone) - timedelta(1), local_day(until, hours.zone) + timedelta(1)
    spans = _spans_of(hours, first, last)
    began = _began(hours, first)
    if began < first:
        spans = merged(
            [*_spans_of(hours, began, began)[-1:], (instant_at(began, 1440, hours.zone), spans[0][1]), *spans]
        )
    return [span for span in spans if span[1] > since and span[0] < until]


ALWAYS_SINCE = date(2000, 1, 1)
"""When what never closes began: some day, but the same one whoever asks."""


@lru_cache(maxsize=4096)
def _began(hours: Hours, day: date) -> date:
    """The day on which the window began that is open at the midnight `day` begins with; `day` itself if none is."""
    dates = dict(hours.dates)

    def blocks(at: date) -> Blocks:
        return dates.get(at, hours.week[at.weekday()])

    while any(start == 0 for start, _ in blocks(day)) and any(end == 1440 for _, end in blocks(day - timedelta(1))):
        day -= timedelta(1)
        if day <= ALWAYS_SINCE or merged(blocks(day)) != [(0, 1440)]:
            break
    return day


@lru_cache(maxsize=4096)
def _spans_of(hours: Hours, first: date, last: date) -> Spans:
    """Of whole days, both included. Kept: whoever asks next today asks about the same days."""
    dates = dict(hours.dates)
    found: list[Span] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(number)
        for start, end in dates.get(day, hours.week[day.weekday()]):
            found.append((instant_at(day, start, hours.zone), instant_at(day, end, hours.zone)))
    return merged(found)
