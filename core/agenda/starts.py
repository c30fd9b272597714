"""The one function that lists starts and validates them: for the bot, the staff, the API and `hilo slots` alike.

A service needs one or more resources, each for a stretch of it. A resource is free where it is open and nothing is
booked. Buffers of the service and of what is booked add up; they may spill out of the open hours, the service may not.
All times are seconds since the epoch.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
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
    resource: int = 0
    lane: int = 1


@dataclass(frozen=True)
class Need:
    """A stretch of the service that any one of these calendars must give, whole: `offset` seconds after the start."""

    any_of: tuple[Calendar, ...]
    seconds: int
    offset: int = 0

    @cached_property
    def lines(self) -> list[Spans]:
        """For each calendar, from the first to the last possible start, both included, in each free window."""
        return [self._line(calendar) for calendar in self.any_of]

    def _line(self, calendar: Calendar) -> Spans:
        taken = [(start - calendar.after, end + calendar.before) for start, end in calendar.busy]
        shift, last = self.offset, self.offset + self.seconds
        room = without(calendar.open, taken)
        return [(start - shift, end - last) for start, end in room if end - start >= self.seconds]

    def able(self, start: int) -> list[Calendar]:
        """The calendars that can give their stretch of a service that begins at `start`, each looked at alone."""
        return [calendar for calendar, line in zip(self.any_of, self.lines, strict=True) if _holds(line, start)]

    def takes(self, start: int, calendar: Calendar) -> "Footprint":
        """What giving it would occupy of this calendar."""
        begin = start + self.offset
        end = begin + self.seconds
        return Footprint(calendar.resource, calendar.lane, begin - calendar.before, end + calendar.after)


@dataclass(frozen=True, slots=True)
class Footprint:
    """A lane of a resource from `begin` to `end`, buffers included."""

    resource: int
    lane: int
    begin: int
    end: int

    def meets(self, other: "Footprint") -> bool:
        """Whether both are the same resource's, in whatever lanes, at the same time. A calendar without a resource is
        nobody's but its own."""
        same = self.resource == other.resource != 0
        return same and self.begin < other.end and other.begin < self.end


def assigned(
    needs: Sequence[Need], start: int, giver: int | None = None, taken: Sequence[Footprint] = ()
) -> list[Calendar] | None:
    """A calendar for each need of a service that begins at `start`; None when there is no way.

    Nobody and nothing is needed twice at once: two rooms out of one pool are two rooms. `giver`: the resource that
    gives the first need. `taken`: lanes that are occupied besides what the calendars say.
    """

    def rest(found: list[Calendar], kept: list[Footprint]) -> list[Calendar] | None:
        if len(found) == len(needs):
            return found
        need = needs[len(found)]
        tried: set[int] = set()
        for calendar in need.able(start):
            mine = need.takes(start, calendar)
            if any(mine.meets(other) for other in kept) or any(_hits(mine, other) for other in taken):
                continue
            if calendar.resource in tried or (giver is not None and not found and calendar.resource != giver):
                continue
            if calendar.resource:
                tried.add(calendar.resource)  # another lane of the same one would do no better
            whole = rest([*found, calendar], [*kept, mine])
            if whole is not None:
                return whole
        return None

    return rest([], [])


def _hits(one: Footprint, other: Footprint) -> bool:
    return one.lane == other.lane and one.meets(other)


def givers(needs: Sequence[Need], start: int) -> list[Calendar]:
    """The calendars of the first need with which the whole service can be given at `start`."""
    return [one for one in needs[0].able(start) if assigned(needs, start, one.resource) is not None]


def _share(needs: Sequence[Need]) -> bool:
    """Whether some resource could be asked for by two needs."""
    pools = [{calendar.resource for calendar in need.any_of if calendar.resource} for need in needs]
    return sum(map(len, pools)) > len(set().union(*pools))


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
) -> dict[int, list[Calendar]]:
    """Every start in [since, until), in order, with the calendars of the first need that can give it.

    Where several calendars could give a need, the first one must be that need: its windows, with what every single one
    of the others allows, are what the grid begins in. `allowed` are the rules that look at the start alone.
    """
    common: Spans | None = None
    others: list[list[Spans]] = []
    for need in needs[1:]:
        if len(need.lines) == 1:
            common = need.lines[0] if common is None else _common(common, need.lines[0])
        else:
            others.append(need.lines)
    found: dict[int, list[Calendar]] = {}
    for calendar, line in zip(needs[0].any_of, needs[0].lines, strict=True):
        for stretch in _along(line if common is None else _common(common, line), grid, since, until):
            for start in stretch:
                found.setdefault(start, []).append(calendar)
    fitting = (
        start
        for start in sorted(found)
        if allowed(start) and all(any(_holds(line, start) for line in lines) for lines in others)
    )
    if not _share(needs):
        return {start: found[start] for start in fitting}
    whole = {start: [one for one in found[start] if assigned(needs, start, one.resource)] for start in fitting}
    return {start: able for start, able in whole.items() if able}


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


def _along(line: Spans, grid: Grid, since: int, until: int) -> Iterator[range]:
    step = grid.step * 60
    for first, last in line:
        if last < since:
            continue
        if first >= until:
            return
        start = grid.first(first)
        if start < since:
            start += -(-(since - start) // step) * step
        yield range(start, min(last, until - 1) + 1, step)


def _holds(line: Spans, start: int) -> bool:
    place = bisect_right(line, (start, 1 << 62)) - 1
    return place >= 0 and line[place][0] <= start <= line[place][1]
