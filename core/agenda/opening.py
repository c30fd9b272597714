"""Weekly hours and the dates that differ, as spans of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from core.agenda.spans import Span, Spans, merged
from core.agenda.wall import instant_at, local_day

Minutes = tuple[int, int]
"""From and to in minutes of the wall clock; 1440 is the next midnight."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Open hours of one place or person. `weekly`: ISO weekday (1 is Monday) → blocks; `dates` go before it."""

    zone: ZoneInfo
    weekly: Mapping[int, Sequence[Minutes]]
    dates: Mapping[date, Sequence[Minutes]] = field(default_factory=dict)

    def blocks(self, day: date) -> Sequence[Minutes]:
        """The blocks of a date; none when it is closed."""
        return self.dates[day] if day in self.dates else self.weekly.get(day.isoweekday(), ())


def open_spans(hours: Hours, since: int, until: int) -> Spans:
    """Every window that begins or ends within [since, until), whole; what touches, also across midnight, is one."""
    day, last = local_day(since, hours.zone) - timedelta(1), local_day(until, hours.zone) + timedelta(1)
    found: list[Span] = []
    while day <= last:
        for start, end in hours.blocks(day):
            found.append((instant_at(day, start, hours.zone), instant_at(day, end, hours.zone)))
        day += timedelta(1)
    return [span for span in merged(found) if span[1] > since and span[0] < until]
