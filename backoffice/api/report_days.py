"""The days a report is about, as everybody asks for them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query

from backoffice.api.access import Staff
from backoffice.api.words import Day
from core.agenda.wall import local_day
from core.errors import Refused

Since = Annotated[Day | None, Query(description="The first day; 30 days before `until` if left out.")]
Until = Annotated[Day | None, Query(description="The day after the last; tomorrow if left out.")]
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Period:
    """Local days: as dates, `last` left out, and as instants."""

    first: date
    last: date
    since: datetime
    until: datetime


def period_of(staff: Staff, since: date | None, until: date | None, zone: ZoneInfo | None = None) -> Period:
    """In the organization's zone or a place's; raises Refused for what makes no sense."""
    zone = zone or ZoneInfo(staff.organization.zone)
    last = until or local_day(int(staff.now.timestamp()), zone) + timedelta(days=1)
    first = since or last - timedelta(days=30)
    if not timedelta(0) < last - first <= LONGEST:
        raise Refused("range", "until: va después de «since», hasta 366 días más tarde.")
    since_at, until_at = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (first, last))
    return Period(first, last, since_at, until_at)
