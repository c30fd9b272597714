"""Courses of treatment and visits of several services: found and booked as a whole, or not at all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy import select

from backoffice.api.access import Staff
from backoffice.api.agenda_booking import ForWhom, Writes, for_whom, not_long_ago, professional_asked, scoped_key
from backoffice.api.agenda_reads import AppointmentsView
from backoffice.api.agenda_views import offer_to_book, view_appointment
from backoffice.api.document import staff_router
from backoffice.api.messages import Key
from backoffice.api.words import Given, Line, Moment
from core.agenda.booking import Wanted, patient_resource
from core.agenda.calendars import Asking, Offer
from core.agenda.diary import these
from core.agenda.model import Appointment, Patient
from core.agenda.series import Course, book_course, book_visit, plan_course

router = staff_router("agenda")

Days = Annotated[int, Field(ge=1, le=366, strict=True)]


class GapIn(Given):
    """Days between sessions."""

    least: Days
    target: Days
    most: Days


class CourseIn(ForWhom):
    service: Line
    location: Line | None = Field(default=None, description="Needed when there are several.")
    professional: Line | None = Field(default=None, description="The same for every session; anybody if left out.")
    start: Moment = Field(description="Of the first session; one of the free times.")
    sessions: Annotated[int, Field(ge=1, le=24, strict=True)]
    gap: GapIn
    tolerance: Annotated[int, Field(ge=0, le=720, strict=True)] = Field(
        default=120, description="Minutes a session may be earlier or later in the day than the first."
    )


class VisitIn(ForWhom):
    services: Annotated[list[Line], Field(min_length=2, max_length=6)]
    location: Line | None = Field(default=None, description="Needed when there are several.")
    professional: Line | None = Field(default=None, description="Of the first service.")
    start: Moment


class PlanView(BaseModel):
    zone: str
    starts: list[datetime]
    local_starts: list[str]


@router.post("/appointments/series/plan")
async def plan_series(staff: Writes, given: CourseIn) -> PlanView:
    """Where the sessions would be; nothing is kept. 409 `series_clash` names the session and date without a time."""
    _, offer, asking, course = await _course(staff, given)
    starts = await plan_course(staff.session, offer, asking, given.start.astimezone(offer.zone), course)
    return PlanView(
        zone=offer.zone.key,
        starts=[one.astimezone(UTC) for one in starts],
        local_starts=[f"{one.astimezone(offer.zone):%Y-%m-%dT%H:%M}" for one in starts],
    )


@router.post("/appointments/series", status_code=201)
async def book_series(staff: Writes, given: CourseIn, key: Key) -> AppointmentsView:
    """Every session, or none. The same key again answers with the first one's appointments."""
    if earlier := await _earlier(staff, key):
        return await _shown(staff, earlier)
    patient, offer, asking, course = await _course(staff, given)
    starts = await plan_course(staff.session, offer, asking, given.start.astimezone(offer.zone), course)
    who = next(iter(asking.professionals or ()), None)
    wanted = Wanted(patient, starts[0], scoped_key(staff, key), professional=who, by=staff.member.id)
    booked = await book_course(staff.session, offer, wanted, [one.astimezone(UTC) for one in starts], staff.now)
    view = await _shown(staff, [one.id for one in booked])
    await staff.session.commit()
    return view


async def _course(staff: Staff, given: CourseIn) -> tuple[Patient, Offer, Asking, Course]:
    course = Course(given.sessions, given.gap.least, given.gap.target, given.gap.most, given.tolerance)
    offer = await offer_to_book(staff, given.service, given.location)
    professional = await professional_asked(staff, given.professional)
    patient = await for_whom(staff, given)
    resource = await patient_resource(staff.session, patient)
    asking = Asking(staff.now, professionals=frozenset((professional,)) if professional else None, patient=resource)
    return patient, offer, asking, course


@router.post("/appointments/visit", status_code=201)
async def book_a_visit(staff: Writes, given: VisitIn, key: Key) -> AppointmentsView:
    """Several services one after the other, all of them or none; `GET /openings` with several says when."""
    if earlier := await _earlier(staff, key):
        return await _shown(staff, earlier)
    offers = [await offer_to_book(staff, one, given.location) for one in given.services]
    professional = await professional_asked(staff, given.professional)
    patient = await for_whom(staff, given)
    not_long_ago(staff, given.start)
    wanted = Wanted(
        patient, given.start.astimezone(UTC), scoped_key(staff, key), professional=professional, by=staff.member.id
    )
    booked = await book_visit(staff.session, offers, wanted, staff.now)
    view = await _shown(staff, [one.id for one in booked])
    await staff.session.commit()
    return view


async def _earlier(staff: Staff, key: str) -> list[int]:
    """What an earlier try with this key booked."""
    first = select(Appointment.id).where(Appointment.idempotency_key == f"{scoped_key(staff, key)}:1")
    rows = await staff.session.scalars(select(Appointment.id).where(Appointment.series_id.in_(first)))
    return list(rows)


async def _shown(staff: Staff, ids: Sequence[int]) -> AppointmentsView:
    rows = await these(staff.session, staff.sight, ids)
    return AppointmentsView(items=[view_appointment(staff, row) for row in rows])
