"""The diary on a screen: a day, a week or a month by professional, room or place; one query each."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import BaseModel

from backoffice.api.access import Staff
from backoffice.api.agenda_openings import Reads
from backoffice.api.agenda_views import AppointmentView, view_appointment
from backoffice.api.document import staff_router
from backoffice.api.paging import Cursor, cursor_instant, cursor_of, read_cursor
from backoffice.api.words import Day, Line
from core.agenda.diary import MOST, After, Booked, Page, View, bounds, diary, of_contact, requested, unanswered
from core.agenda.model import Location
from core.agenda.wall import local_day
from core.contacts.queries import read_contact
from core.errors import Missing

router = staff_router("agenda")


class DiaryView(BaseModel):
    since: datetime
    until: datetime
    zone: str
    first_day: date
    appointments: list[AppointmentView]
    next: str | None
    """Give it as `cursor` to get those that follow; null: these are all."""


class AppointmentsView(BaseModel):
    items: list[AppointmentView]
    next: str | None = None
    """Give it as `cursor` to get those that follow; null: these are all."""


Rows = Annotated[int, Query(ge=1, le=MOST, description="Appointments a page.")]


def _after(staff: Staff, cursor: str | None) -> After:
    return cursor_instant(read_cursor(staff.runtime.ids, "appointment", cursor))


def _next(staff: Staff, rows: Sequence[Booked], limit: int) -> str | None:
    if len(rows) <= limit:
        return None
    last = rows[limit - 1].appointment
    return cursor_of(staff.runtime.ids, "appointment", last.starts_at, last.id)


@router.get("/agenda")
async def read_agenda(
    staff: Reads,
    view: View = "day",
    day: Annotated[Day | None, Query(description="A day of it; today if left out.")] = None,
    professional: Annotated[Line | None, Query()] = None,
    resource: Annotated[Line | None, Query(description="A room or a machine.")] = None,
    location: Annotated[Line | None, Query()] = None,
    cancelled: Annotated[bool, Query(description="Also what was cancelled.")] = False,
    cursor: Cursor = None,
    limit: Rows = MOST,
) -> DiaryView:
    """A day, its week from Monday, or its month, in the place's zone, or the organization's when none is named."""
    place = None
    if location is not None:
        place = await staff.session.get(Location, staff.inside("location", location))
        if place is None:
            raise Missing("location")
    zone = ZoneInfo(place.zone if place else staff.organization.zone)
    since, until = bounds(view, day or local_day(int(staff.now.timestamp()), zone), zone)
    page = Page(
        since,
        until,
        staff.inside("resource", professional) if professional else None,
        staff.inside("resource", resource) if resource else None,
        place.id if place else None,
        cancelled,
    )
    rows = await diary(staff.session, staff.sight, page, _after(staff, cursor), limit + 1)
    return DiaryView(
        since=since,
        until=until,
        zone=zone.key,
        first_day=since.date(),
        appointments=[view_appointment(staff, row) for row in rows[:limit]],
        next=_next(staff, rows, limit),
    )


@router.get("/agenda/unanswered", name="list_unanswered")
async def list_the_unanswered(
    staff: Reads,
    hours: Annotated[int, Query(ge=1, le=336, description="How far ahead.")] = 48,
    cursor: Cursor = None,
    limit: Rows = MOST,
) -> AppointmentsView:
    """Appointments soon to come that nobody confirmed: call them."""
    within = timedelta(hours=hours)
    rows = await unanswered(staff.session, staff.sight, staff.now, within, _after(staff, cursor), limit + 1)
    return AppointmentsView(
        items=[view_appointment(staff, row) for row in rows[:limit]], next=_next(staff, rows, limit)
    )


@router.get("/agenda/requests", name="list_requests")
async def list_the_requests(staff: Reads, cursor: Cursor = None, limit: Rows = MOST) -> AppointmentsView:
    """What patients asked for and waits for the staff's yes or no, the soonest first."""
    rows = await requested(staff.session, staff.sight, staff.now, _after(staff, cursor), limit + 1)
    return AppointmentsView(
        items=[view_appointment(staff, row) for row in rows[:limit]], next=_next(staff, rows, limit)
    )


@router.get("/contacts/{contact_id}/appointments", name="list_contact_appointments")
async def list_appointments_of_contact(staff: Reads, contact_id: str) -> AppointmentsView:
    """The last 200 booked for a contact's patients, the newest first."""
    inside = staff.inside("contact", contact_id)
    if await read_contact(staff.session, staff.sight, inside) is None:
        raise Missing("contact")
    rows = await of_contact(staff.session, staff.sight, inside)
    return AppointmentsView(items=[view_appointment(staff, row) for row in rows])
