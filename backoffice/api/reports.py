"""Reports of the conversations and the sales: JSON for programs, CSV for spreadsheets."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel

from backoffice.api.access import Needs, Staff
from backoffice.api.report_days import Since, Until, period_of
from backoffice.api.tables import table_router
from core.leads import reports as of_leads
from core.leads.reports import By
from core.threads import reports as of_threads
from core.threads.reports import Measure

router = table_router("reports")

Reads = Annotated[Staff, Depends(Needs("reports.read"))]
Business = Annotated[bool, Query(description="Count only the time the organization is open.")]

MEASURES: Mapping[Measure, str] = {
    "with_bot": "Con el bot, hasta pasar a una persona",
    "first_reply": "Primera respuesta de una persona, desde que el bot la pasó",
    "first_reply_total": "Primera respuesta de una persona, desde el principio",
    "resolution_human": "Resolución, desde que el bot la pasó",
    "resolution_total": "Resolución, desde el principio",
}
AGES = {
    "1h": "Menos de 1 h",
    "4h": "1 a 4 h",
    "24h": "4 a 24 h",
    "3d": "1 a 3 días",
    "7d": "3 a 7 días",
    "older": "Más de 7 días",
}


class NewLeadsRow(BaseModel):
    day: date
    """Of the organization."""
    source: str
    leads: int


class ResponseTimesRow(BaseModel):
    key: Measure
    name: str
    episodes: int
    """Those that got that far; null below: none did."""
    mean_minutes: float | None
    median_minutes: float | None
    p90_minutes: float | None


class OpenThreadsRow(BaseModel):
    key: str
    name: str
    open: int
    waiting: int
    snoozed: int
    threads: int


class ConversionRow(BaseModel):
    key: str | None
    """The source, or the id of the member; null: nobody's."""
    name: str
    leads: int
    appointments: int
    attended: int
    won: int
    lost: int
    to_appointment: float
    """Of the leads, how many got an appointment."""
    show_rate: float | None
    """Of those with an appointment, how many came."""
    rate: float
    """Of the leads, how many came."""


class StageTimesRow(BaseModel):
    key: str
    name: str
    stays: int
    """That ended within the days asked for."""
    mean_hours: float | None
    median_hours: float | None
    now: int
    so_far_hours: float | None
    """How long those that are in it now have been, on average."""


class AgentLoadRow(BaseModel):
    id: str | None
    """Null: what nobody has."""
    name: str
    available: bool | None
    threads: int
    open: int
    waiting: int
    snoozed: int
    unread: int
    waiting_minutes: float | None
    """How long the person who waits longest has waited."""
    leads: int
    overdue: int
    resolved: int


def _in(seconds: float | None, unit: int) -> float | None:
    return None if seconds is None else round(seconds / unit, 1)


@router.get("/reports/leads/new")
async def report_new_leads(staff: Reads, since: Since = None, until: Until = None) -> list[NewLeadsRow]:
    """Leads made, by day and source; a day without any has no row."""
    period, organization = period_of(staff, since, until), staff.organization
    rows = await of_leads.new_leads(staff.session, organization.id, period.since, period.until, organization.zone)
    return [NewLeadsRow(day=row.day, source=row.source, leads=row.leads) for row in rows]


@router.get("/reports/leads/conversion")
async def report_conversion(
    staff: Reads, by: By = "source", since: Since = None, until: Until = None
) -> list[ConversionRow]:
    """What became of the leads made in these days: appointment, attended, won, lost."""
    period = period_of(staff, since, until)
    rows = await of_leads.conversion(staff.session, staff.organization.id, period.since, period.until, by)
    return [_conversion(staff, row, by) for row in rows]


def _conversion(staff: Staff, row: Mapping[str, Any], by: By) -> ConversionRow:
    key = row["key"]
    if by == "closer" and key is not None:
        key = staff.public("member", key)
    booked, leads = row["appointments"], row["leads"]
    return ConversionRow(
        **{**row, "key": key, "name": row["name"] or "Sin asignar"},
        to_appointment=round(booked / leads, 4),
        show_rate=round(row["attended"] / booked, 4) if booked else None,
        rate=round(row["attended"] / leads, 4),
    )


@router.get("/reports/leads/stage-times")
async def report_stage_times(staff: Reads, since: Since = None, until: Until = None) -> list[StageTimesRow]:
    """How long leads stayed in each open stage before they moved on in these days, and those that are in it now."""
    period = period_of(staff, since, until)
    rows = await of_leads.stage_times(staff.session, staff.organization.id, period.since, period.until, staff.now)
    return [
        StageTimesRow(
            key=row["key"],
            name=row["name"],
            stays=row["stays"],
            mean_hours=_in(row["mean"], 3600),
            median_hours=_in(row["median"], 3600),
            now=row["leads"],
            so_far_hours=_in(row["so_far"], 3600),
        )
        for row in rows
    ]


@router.get("/reports/threads/response-times")
async def report_response_times(
    staff: Reads, since: Since = None, until: Until = None, business: Business = False
) -> list[ResponseTimesRow]:
    """How long the conversations that began in these days were with the bot, waited for a person, took to be solved."""
    period = period_of(staff, since, until)
    found = await of_threads.response_times(
        staff.session, staff.organization, period.since, period.until, staff.now, business=business
    )
    return [
        ResponseTimesRow(
            key=one.measure,
            name=MEASURES[one.measure],
            episodes=one.episodes,
            mean_minutes=_in(one.mean, 60),
            median_minutes=_in(one.median, 60),
            p90_minutes=_in(one.p90, 60),
        )
        for one in found
    ]


@router.get("/reports/threads/open")
async def report_open_threads(staff: Reads) -> list[OpenThreadsRow]:
    """Conversations with the staff now, by how long ago they were handed over."""
    rows = await of_threads.open_by_age(staff.session, staff.organization.id, staff.now)
    return [
        OpenThreadsRow(
            key=row.age,
            name=AGES[row.age],
            open=row.open,
            waiting=row.waiting,
            snoozed=row.snoozed,
            threads=row.threads,
        )
        for row in rows
    ]


@router.get("/reports/threads/load")
async def report_agents_load(staff: Reads, since: Since = None, until: Until = None) -> list[AgentLoadRow]:
    """What each person of the staff carries now, and the conversations they resolved in these days."""
    period = period_of(staff, since, until)
    rows = await of_threads.load_of_agents(staff.session, staff.organization.id, period.since, period.until, staff.now)
    return [_load(staff, row) for row in rows]


def _load(staff: Staff, row: Mapping[str, Any]) -> AgentLoadRow:
    waited = (staff.now - row["waiting_since"]).total_seconds() if row["waiting_since"] else None
    who = {
        "id": staff.public("member", row["id"]) if row["id"] else None,
        "name": row["name"] or "Sin asignar",
        "waiting_minutes": _in(waited, 60),
    }
    return AgentLoadRow(**{key: value for key, value in row.items() if key in AgentLoadRow.model_fields} | who)
