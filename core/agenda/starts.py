"""The one function that lists starts and validates them: for the bot, the staff, the API and `hilo slots` alike.

A service needs one or more resources, each for a stretch of it. A resource is free where it is open and nothing is
booked. Buffers of the service and of what is booked add up; they may spill out of the open hours, the service may not.
All times are seconds since the epoch.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import Literal
from zoneinfo import ZoneInfo

from core.agenda.spans import Span, Spans, without
from core.agenda.wall import on_grid

Align = Literal["unit", "window"]
GRIDS = (60, 30, 20, 15, 10, 5)


@dataclass(frozen=True, slots=True)
class Calendar:
    """One lane of a resource: when it is open, and what occupies it (`busy`, with its own buffers, sorted).

    `before` and `after`: seconds that must be free around a new service here.
    """

    id: str
    open: Spans
    busy: Sequence[Span]
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Need:
    """A stretch of the service that any one of these calendars must give, whole: `offset` seconds after the start."""

    any_of: tuple[Calendar, ...]
    seconds: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """`unit`: in every free window the first start is rounded up on the local clock, then `step` minutes on.

    `window`: from the window's own start.
    """

    step: int
    zone: ZoneInfo
    align: Align = "unit"

    def first(self, instant: int) -> int:
        if self.align == "window":
            return instant
        unit = next((unit for unit in GRIDS if self.step % unit == 0), 1)
        return on_grid(instant, unit, self.zone)


Allowed = Callable[[int], bool]


def starts(
    needs: Sequence[Need], grid: Grid, since: int, until: int, allowed: Allowed = lambda _: True
) -> Iterator[int]:
    """Every start in [since, until), in order. `allowed` are the rules that look at the start alone."""
    windows = [[_windows(need, calendar) for calendar in need.any_of] for need in needs]
    fixed: Spans | None = None
    pools: list[list[Spans]] = []
    for of_need in windows:
        if len(of_need) == 1:
            fixed = of_need[0] if fixed is None else _common(fixed, of_need[0])
        else:
            pools.append(of_need)
    lines = [fixed] if fixed is not None else []
    if pools:
        lines = [line if fixed is None else _common(fixed, line) for line in pools[0]]
    last: int | None = None
    for start in merge(*(_along(line, grid, since, until) for line in lines)):
        if start == last:
            continue
        last = start
        if allowed(start) and all(any(_holds(line, start) for line in pool) for pool in pools[1:]):
            yield start


def free(need: Need, calendar: Calendar, start: int) -> bool:
    """Whether this calendar can give its stretch of a service that begins at `start`."""
    return _holds(_windows(need, calendar), start)


def _windows(need: Need, calendar: Calendar) -> Spans:
    """From the first to the last possible start, both included, of the service, in each free window."""
    taken = ((start - calendar.after, end + calendar.before) for start, end in calendar.busy)
    room = without(calendar.open, taken)
    shift = need.offset
    return [(start - shift, end - shift - need.seconds) for start, end in room if end - start >= need.seconds]


def _common(one: Spans, other: Spans) -> Spans:
    """Starts possible in both; ends are included, so that a window may be a single instant."""
    found: Spans = []
    left = right = 0
    while left < len(one) and right < len(other):
        first, last = max(one[left][0], other[right][0]), min(one[left][1], other[right][1])
        if first <= last:
            found.append((first, last))
        if one[left][1] < other[right][1]:
            left += 1
        else:
            right += 1
    return found


def _along(line: Spans, grid: Grid, since: int, until: int) -> Iterator[int]:
    step = grid.step * 60
    for first, last in line:
        if last < since:
            continue
        if first >= until:
            return
        start = grid.first(first)
        if start < since:
            start += -(-(since - start) // step) * step
        while start <= last and start < until:
            yield start
            start += step


def _holds(line: Spans, start: int) -> bool:
    place = bisect_right(line, (start, 1 << 62)) - 1
    return place >= 0 and line[place][0] <= start <= line[place][1]
