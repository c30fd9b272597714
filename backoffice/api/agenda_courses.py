"""Courses of treatment and visits of several services: found, booked and moved as a whole, or not at all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import select

from backoffice.api.access import Staff
from backoffice.api.agenda_booking import (
    ALTERNATIVES,
    ForWhom,
    Writes,
    for_whom,
    not_long_ago,
    professional_asked,
    scoped_key,
)
from backoffice.api.agenda_openings import WEEK, view_reasons
from backoffice.api.agenda_reads import AppointmentsView
from backoffice.api.agenda_views import offer_to_book, only_own, own_resources, view_appointment, writable
from backoffice.api.document import staff_router
from backoffice.api.messages import Key
from backoffice.api.words import Given, Line, Moment
from core.agenda import waitlist
from core.agenda.booking import Wanted, patient_resource
from core.agenda.calendars import Asking, Offer, load_offer
from core.agenda.diary import these
from core.agenda.explaining import said, why_not
from core.agenda.model import Appointment, Location, Patient, Service
from core.agenda.openings import Opening
from core.agenda.series import Course, book_course, move_course, plan_course, plan_move
from core.agenda.several import Blocked, book_visit, visit_openings
from core.errors import Refused
from core.organizations.audit import audit

router = staff_router("agenda")

Days = Annotated[int, Field(ge=1, le=366, strict=True)]
Tolerance = Annotated[
    int,
    Field(
        ge=0, le=720, strict=True, description="Minutes a session may be earlier or later in the day than the first."
    ),
]


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
    tolerance: Tolerance = 120


class VisitIn(ForWhom):
    services: Annotated[list[Line], Field(min_length=2, max_length=6)]
    location: Line | None = Field(default=None, description="Needed when there are several.")
    professional: Line | None = Field(default=None, description="Of the first service.")
    start: Moment


class MoveCourseIn(Given):
    start: Moment = Field(description="Of this session.")
    professional: Line | None = Field(default=None, description="Of all that move; who has this one if left out.")
    gap: GapIn
    tolerance: Tolerance = 120
    version: int | None = Field(default=None, description="Of the appointment as it was read; 409 if it changed since.")


class PlanView(BaseModel):
    zone: str
    starts: list[datetime]
    local_starts: list[str]


class MoveView(PlanView):
    """Where this session and those after it would go, in the same order as `appointments`."""

    appointments: list[str]
    sessions: list[int]
    """Which session of the course each is, from 1."""


@router.post("/appointments/series/plan")
async def plan_series(staff: Writes, given: CourseIn) -> PlanView:
    """Where the sessions would be; nothing is kept. 409 `series_clash` names the session and date without a time."""
    _, offer, asking, course = await _course(staff, given)
    starts = await plan_course(staff.session, offer, asking, given.start.astimezone(offer.zone), course)
    return PlanView(**_times(offer, starts))


def _times(offer: Offer, starts: Sequence[datetime]) -> dict[str, Any]:
    return {
        "zone": offer.zone.key,
        "starts": [one.astimezone(UTC) for one in starts],
        "local_starts": [f"{one.astimezone(offer.zone):%Y-%m-%dT%H:%M}" for one in starts],
    }


@router.post("/appointments/series", status_code=201)
async def book_series(staff: Writes, given: CourseIn, key: Key) -> AppointmentsView:
    """Every session, or none. The same key again answers with the first one's appointments."""
    patient, offer, asking, course = await _course(staff, given)
    if earlier := await _earlier(staff, key):  # asked when the person is locked: the same at once waits for us
        return await _shown(staff, earlier)
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
    not_long_ago(staff, given.start)
    patient = await for_whom(staff, given)
    resource = await patient_resource(staff.session, patient)
    who = frozenset((professional,)) if professional else None
    return patient, offer, Asking(staff.now, professionals=who, patient=resource, staff=True), course


@router.post("/appointments/{appointment_id}/move-series/plan")
async def plan_series_move(staff: Writes, appointment_id: str, given: MoveCourseIn) -> MoveView:
    """Where a session and those after it would go; nothing is changed, so that the patient can be asked first.

    409 `series_clash` names the session and date without a time, `no_course` an appointment that is of no course.
    """
    appointment, offer, wanted, course = await _moving(staff, appointment_id, given)
    plan = await plan_move(staff.session, offer, appointment, wanted, staff.now, course)
    return MoveView(
        **_times(offer, plan.starts),
        appointments=[staff.public("appointment", one.id) for one in plan.sessions],
        sessions=list(range(plan.number, plan.number + len(plan.sessions))),
    )


@router.post("/appointments/{appointment_id}/move-series")
async def move_series(staff: Writes, appointment_id: str, given: MoveCourseIn) -> AppointmentsView:
    """Move a session and those after it as `move-series/plan` says, all of them or none; they keep their ids."""
    appointment, offer, wanted, course = await _moving(staff, appointment_id, given)
    plan = await plan_move(staff.session, offer, appointment, wanted, staff.now, course)
    for one in plan.sessions:
        await only_own(staff, one.professional_id)
    freed = [waitlist.freed_by(one) for one in plan.sessions]
    moved = await move_course(staff.session, offer, wanted, plan, staff.now)
    told = {"start": wanted.start.isoformat(), "sessions": len(moved)}
    audit(staff.session, staff.member, "series.moved", f"appointment:{appointment.id}", staff.now, **told)
    for time in freed:
        await waitlist.match(staff.session, time, staff.now)
    view = await _shown(staff, [one.id for one in moved])
    await staff.session.commit()
    return view


async def _moving(staff: Staff, public: str, given: MoveCourseIn) -> tuple[Appointment, Offer, Wanted, Course]:
    course = Course(1, given.gap.least, given.gap.target, given.gap.most, given.tolerance)
    appointment = await writable(staff, public, given.version)
    not_long_ago(staff, given.start)
    professional = appointment.professional_id
    if given.professional is not None:
        professional = await professional_asked(staff, given.professional)
    service = await staff.session.get_one(Service, appointment.service_id)
    place = await staff.session.get_one(Location, appointment.location_id)
    offer = await load_offer(staff.session, service, place)
    patient = await staff.session.get_one(Patient, appointment.patient_id)
    start, key = given.start.astimezone(UTC), appointment.idempotency_key
    return appointment, offer, Wanted(patient, start, key, professional=professional, by=staff.member.id), course


@router.post("/appointments/visit", status_code=201)
async def book_a_visit(staff: Writes, given: VisitIn, key: Key) -> AppointmentsView:
    """Several services one after the other, all of them or none; `GET /openings` with several says when.

    A doctor gives all of them. 409 `taken` names the service without a time: `details.reasons` say what is in its way,
    `details.alternatives` are the next times for the whole visit.
    """
    offers = [await offer_to_book(staff, one, given.location) for one in given.services]
    professional = await professional_asked(staff, given.professional)
    by_one = await own_resources(staff) is not None
    not_long_ago(staff, given.start)
    patient = await for_whom(staff, given)
    if earlier := await _earlier(staff, key):
        return await _shown(staff, earlier)
    wanted = Wanted(
        patient, given.start.astimezone(UTC), scoped_key(staff, key), professional=professional, by=staff.member.id
    )
    try:
        booked = await book_visit(staff.session, offers, wanted, staff.now, by_one=by_one)
    except Blocked as blocked:
        raise await _explained(staff, offers, wanted, blocked, by_one=by_one) from blocked
    view = await _shown(staff, [one.id for one in booked])
    await staff.session.commit()
    return view


async def _explained(
    staff: Staff, offers: Sequence[Offer], wanted: Wanted, blocked: Blocked, *, by_one: bool
) -> Refused:
    """What is in the way of the service that stops the visit, and the next times for all of it."""
    patient = await patient_resource(staff.session, wanted.patient)
    asked = frozenset((wanted.professional,)) if wanted.professional else None
    whole = Asking(staff.now, professionals=asked, patient=patient)
    alone = whole if blocked.place == 0 or by_one else replace(whole, professionals=None)
    alone = replace(alone, staff=True, exact=True)
    found = await why_not(staff.session, offers[blocked.place], alone, blocked.start)
    reasons = [one for one in found if one.rule != "grid"]
    since = max(int(wanted.start.timestamp()), int(staff.now.timestamp()))
    next_times: list[Opening] = []
    for week in range(2):
        bounds = (since + week * WEEK, since + (week + 1) * WEEK)
        if len(next_times) < ALTERNATIVES:
            next_times += await visit_openings(staff.session, offers, whole, *bounds, by_one=by_one)
    alternatives = [datetime.fromtimestamp(one.start, UTC).isoformat() for one in next_times[:ALTERNATIVES]]
    return Refused(
        "taken",
        f"{blocked.message} {said(reasons)}".strip(),
        field="start",
        service=staff.public("service", offers[blocked.place].service.id),
        reasons=[one.model_dump() for one in view_reasons(staff, reasons)],
        alternatives=[one.replace("+00:00", "Z") for one in alternatives],
    )


async def _earlier(staff: Staff, key: str) -> list[int]:
    """What an earlier try with this key booked."""
    first = select(Appointment.id).where(Appointment.idempotency_key == f"{scoped_key(staff, key)}:1")
    rows = await staff.session.scalars(select(Appointment.id).where(Appointment.series_id.in_(first)))
    return list(rows)


async def _shown(staff: Staff, ids: Sequence[int]) -> AppointmentsView:
    rows = await these(staff.session, staff.sight, ids)
    return AppointmentsView(items=[view_appointment(staff, row) for row in rows])
