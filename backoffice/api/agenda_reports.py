"""Reports of the agenda: how full it is, who does not come, how early people book, why they cancel, what they
say of their visits, who waits."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from pydantic import BaseModel
from sqlalchemy import select

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_views import find_location
from backoffice.api.report_days import Since, Until, period_of
from backoffice.api.tables import table_router
from backoffice.api.views import Named
from backoffice.api.words import Line
from core.agenda import reports
from core.agenda.model import Resource, Service
from core.agenda.reasons import CANCEL_REASONS
from core.agenda.reports import Between, By, Said

router = table_router("agenda")

Reads = Annotated[Staff, Depends(Needs("reports.read"))]
Place = Annotated[Line | None, Query(description="A location; all of them if left out.")]


class OccupancyRow(BaseModel):
    key: str
    """The local hour (0 to 23), the day, or the id of the professional or room."""
    name: str
    open_minutes: int
    booked_minutes: int
    """Buffers included; overbooking may take it above what is open."""
    rate: float | None
    """Null: not open at all."""


class NoShowRow(BaseModel):
    professional: Named | None
    attended: int
    no_shows: int
    rate: float


class NoShowReport(BaseModel):
    attended: int
    no_shows: int
    rate: float | None
    professionals: list[NoShowRow]


class LeadTimeReport(BaseModel):
    """Days between booking and visit, of what was not cancelled."""

    appointments: int
    mean_days: float | None
    median_days: float | None
    same_day: int
    same_week: int
    same_month: int
    later: int


class CancellationRow(BaseModel):
    reason: str | None
    """Its code; null: nobody said."""
    name: str
    by: str
    appointments: int
    late: int


class FeedbackRow(BaseModel):
    of: Named
    answers: int
    mean: float | None


class FeedbackReport(BaseModel):
    """Only visits whose patient answered count."""

    answers: int
    mean: float | None
    professionals: list[FeedbackRow]
    services: list[FeedbackRow]


class WaitlistReport(BaseModel):
    entries: int
    booked: int
    waiting: int
    gone: int
    offers: int
    claimed: int
    declined: int
    expired: int
    conversion: float | None
    """Of those who began to wait, how many got a time."""


async def _between(staff: Staff, since: date | None, until: date | None, location: str | None) -> Between:
    place = await find_location(staff, location) if location else None
    zone = ZoneInfo(place.zone if place else staff.organization.zone)
    period = period_of(staff, since, until, zone)
    return Between(period.first, period.last, zone, place.id if place else None)


async def _names(staff: Staff) -> dict[int, str]:
    rows = await staff.session.execute(select(Resource.id, Resource.name).where(Resource.kind != "patient"))
    return {row.id: row.name for row in rows}


@router.get("/reports/agenda/occupancy")
async def report_occupancy(
    staff: Reads, by: By = "day", since: Since = None, until: Until = None, location: Place = None
) -> list[OccupancyRow]:
    """How much of the open time is booked, by hour of the day, day, professional or room."""
    between = await _between(staff, since, until, location)
    rows = await reports.occupancy(staff.session, staff.organization, between, by)
    names = await _names(staff) if by in ("professional", "room") else None
    return [
        OccupancyRow(
            key=row.key if names is None else staff.public("resource", int(row.key)),
            name=row.key if names is None else names[int(row.key)],
            open_minutes=row.open_minutes,
            booked_minutes=row.booked_minutes,
            rate=row.rate,
        )
        for row in rows
    ]


def _rate(part: int, whole: int) -> float:
    return round(part / whole, 4)


@router.get("/reports/agenda/no-shows")
async def report_no_shows(
    staff: Reads, since: Since = None, until: Until = None, location: Place = None
) -> NoShowReport:
    """Who did not come, of those who came or were marked absent."""
    rows = await reports.no_shows(staff.session, await _between(staff, since, until, location))
    names = await _names(staff)
    attended, missed = sum(row[1] for row in rows), sum(row[2] for row in rows)
    return NoShowReport(
        attended=attended,
        no_shows=missed,
        rate=_rate(missed, attended + missed) if rows else None,
        professionals=[
            NoShowRow(
                professional=Named(id=staff.public("resource", who), name=names[who]) if who else None,
                attended=came,
                no_shows=absent,
                rate=_rate(absent, came + absent),
            )
            for who, came, absent in rows
        ],
    )


@router.get("/reports/agenda/lead-time")
async def report_lead_time(
    staff: Reads, since: Since = None, until: Until = None, location: Place = None
) -> LeadTimeReport:
    """How early people book."""
    return LeadTimeReport(**await reports.lead_time(staff.session, await _between(staff, since, until, location)))


@router.get("/reports/agenda/cancellations")
async def report_cancellations(
    staff: Reads, since: Since = None, until: Until = None, location: Place = None
) -> list[CancellationRow]:
    """Why visits of these days were cancelled, and by whom; the most frequent first."""
    rows = await reports.cancellations(staff.session, await _between(staff, since, until, location))
    return [CancellationRow(**row, name=CANCEL_REASONS.get(row["reason"] or "", "Sin motivo")) for row in rows]


@router.get("/reports/agenda/feedback")
async def report_feedback(
    staff: Reads, since: Since = None, until: Until = None, location: Place = None
) -> FeedbackReport:
    """What patients said of the visits of these days, 1 to 5: of all, by professional and by service."""
    found = await reports.feedback(staff.session, await _between(staff, since, until, location))
    people: dict[int | None, Said] = defaultdict(Said)
    given: dict[int | None, Said] = defaultdict(Said)
    for (professional, service), said in found.items():
        people[professional] += said
        given[service] += said
    every = sum(found.values(), Said())
    services = {row.id: row.name for row in await staff.session.execute(select(Service.id, Service.name))}
    return FeedbackReport(
        answers=every.answers,
        mean=every.mean,
        professionals=_feedback_rows(staff, "resource", await _names(staff), people),
        services=_feedback_rows(staff, "service", services, given),
    )


def _feedback_rows(
    staff: Staff, kind: str, names: Mapping[int, str], found: Mapping[int | None, Said]
) -> list[FeedbackRow]:
    return [
        FeedbackRow(of=Named(id=staff.public(kind, one), name=names[one]), answers=said.answers, mean=said.mean)
        for one, said in sorted(found.items(), key=lambda row: row[0] or 0)
        if one is not None
    ]


@router.get("/reports/agenda/waitlist")
async def report_waitlist(staff: Reads, since: Since = None, until: Until = None) -> WaitlistReport:
    """What became of those who began to wait within these days."""
    found = await reports.waitlist(staff.session, await _between(staff, since, until, None))
    conversion = _rate(found["booked"], found["entries"]) if found["entries"] else None
    return WaitlistReport(**found, conversion=conversion)
