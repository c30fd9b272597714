"""The diary on a screen: a day, a week or a month by professional, room or place; one query each."""

from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import BaseModel

from backoffice.api.agenda_openings import Reads
from backoffice.api.agenda_views import AppointmentView, view_appointment
from backoffice.api.document import staff_router
from backoffice.api.words import Day, Line
from core.agenda.diary import Page, View, bounds, diary, of_contact, unanswered
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


class AppointmentsView(BaseModel):
    items: list[AppointmentView]


@router.get("/agenda")
async def read_agenda(
    staff: Reads,
    view: View = "day",
    day: Annotated[Day | None, Query(description="A day of it; today if left out.")] = None,
    professional: Annotated[Line | None, Query()] = None,
    resource: Annotated[Line | None, Query(description="A room or a machine.")] = None,
    location: Annotated[Line | None, Query()] = None,
    cancelled: Annotated[bool, Query(description="Also what was cancelled.")] = False,
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
    rows = await diary(staff.session, staff.sight, page)
    return DiaryView(
        since=since,
        until=until,
        zone=zone.key,
        first_day=since.date(),
        appointments=[view_appointment(staff, row) for row in rows],
    )


@router.get("/agenda/unanswered", name="list_unanswered")
async def list_the_unanswered(
    staff: Reads, hours: Annotated[int, Query(ge=1, le=336, description="How far ahead.")] = 48
) -> AppointmentsView:
    """Appointments soon to come that nobody confirmed: call them."""
    rows = await unanswered(staff.session, staff.sight, staff.now, timedelta(hours=hours))
    return AppointmentsView(items=[view_appointment(staff, row) for row in rows])


@router.get("/contacts/{contact_id}/appointments", name="list_contact_appointments")
async def list_appointments_of_contact(staff: Reads, contact_id: str) -> AppointmentsView:
    """Everything booked for a contact's patients, the newest first."""
    inside = staff.inside("contact", contact_id)
    if await read_contact(staff.session, staff.sight, inside) is None:
        raise Missing("contact")
    rows = await of_contact(staff.session, staff.sight, inside)
    return AppointmentsView(items=[view_appointment(staff, row) for row in rows])
