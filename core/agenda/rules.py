"""Rules that look at a start alone: how soon, how far ahead, how many in a day. Times are seconds since the epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from core.agenda.wall import local_day

HorizonUnit = Literal["calendar_days", "business_days"]
Refusal = Literal["past", "notice", "horizon", "daily_limit"]


@dataclass(frozen=True)
class Limits:
    """`notice`: seconds from now, elapsed. `horizon_days`: local dates ahead of today's, the last one included.

    `booked`: how many are booked on a local date already, where `daily` is the most there may be.
    """

    zone: ZoneInfo
    now: int
    notice: int = 0
    horizon_days: int | None = None
    horizon_unit: HorizonUnit = "calendar_days"
    daily: int | None = None
    booked: Mapping[date, int] = field(default_factory=dict)

    def refusal(self, start: int) -> Refusal | None:
        """Why this start may not be taken; None when these rules allow it."""
        if start < self.now:
            return "past"
        if start < self.now + self.notice:
            return "notice"
        if self.horizon_days is None and self.daily is None:
            return None
        day = local_day(start, self.zone)
        if self.horizon_days is not None and day > self.last_day:
            return "horizon"
        if self.daily is not None and self.booked.get(day, 0) >= self.daily:
            return "daily_limit"
        return None

    def allows(self, start: int) -> bool:
        return self.refusal(start) is None

    @cached_property
    def last_day(self) -> date:
        """The furthest date that may be booked."""
        today = local_day(self.now, self.zone)
        assert self.horizon_days is not None
        if self.horizon_unit == "calendar_days":
            return today + timedelta(self.horizon_days)
        day, left = today, self.horizon_days
        while left > 0:
            day += timedelta(1)
            left -= day.isoweekday() < 6
        return day
