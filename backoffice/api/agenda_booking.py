"""Staff book for anybody, move and cancel; what stands in the way is explained, with times that are free instead."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Depends
from pydantic import Field
from sqlalchemy import select

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_openings import Reads
from backoffice.api.agenda_views import (
    AppointmentView,
    find_booked,
    find_patient,
    find_resource,
    lock_person,
    offer_to_book,
    only_own,
    own_resources,
    shown,
    view_appointment,
    writable,
)
from backoffice.api.document import staff_router
from backoffice.api.messages import Key
from backoffice.api.words import Given, Line, MaybeLine, Moment, Money, Yes
from backoffice.auth import Forbidden
from core.agenda import booking, notices, visits, waitlist
from core.agenda.booking import Taken, Wanted, patient_resource
from core.agenda.calendars import Asking, Offer, load_offer
from core.agenda.explaining import said, why_not
from core.agenda.model import TO_COME, Appointment, Location, Patient, Service
from core.agenda.openings import limits_of, openings
from core.agenda.patients import own_patient
from core.agenda.reasons import CancelCode
from core.errors import Refused
from core.organizations.audit import audit
from core.organizations.permissions import agenda_scope

router = staff_router("agenda")

Writes = Annotated[Staff, Depends(Needs("agenda.write"))]
ALTERNATIVES = 3
LONG_AGO = timedelta(days=1)


class ForWhom(Given):
    """A patient, or a contact, who is then the patient themselves."""

    contact: Line | None = None
    patient: Line | None = None


Notify = Annotated[Yes, Field(description="Whether the bot tells the patient.")]


class BookIn(ForWhom):
    service: Line
    location: Line | None = Field(default=None, description="Needed when there are several.")
    start: Moment = Field(description="Staff may book off the grid, at short notice and far ahead; that is audited.")
    professional: Line | None = Field(default=None, description="Anybody who gives the service if left out.")
    overbook: Yes = Field(default=False, description="Although it is taken or closed; audited.")
    price_minor: Money | None = None
    notify: Notify = True


class MoveIn(Given):
    start: Moment
    location: Line | None = Field(default=None, description="Where it is if left out.")
    professional: Line | None = Field(default=None, description="Who has it if left out, when they are free.")
    overbook: Yes = False
    notify: Notify = True
    version: int | None = Field(default=None, description="Of the appointment as it was read; 409 if it changed since.")


class CancelIn(Given):
    by: Literal["staff", "patient"] = Field(default="staff", description="Who wanted it; a patient may be late.")
    code: CancelCode | None = Field(default=None, description="Why; words alone count as `other`.")
    reason: MaybeLine | None = Field(default=None, description="What they said about it: a note for the staff.")
    notify: Notify = True
    version: int | None = None


@router.post("/appointments", status_code=201)
async def book_appointment(staff: Writes, given: BookIn, key: Key) -> AppointmentView:
    """Book for any contact. The same key again answers with the first one's appointment.

    409 `taken`: `details.reasons` say what is in the way, `details.alternatives` are the next free times.
    """
    offer = await offer_to_book(staff, given.service, given.location)
    professional = await professional_asked(staff, given.professional)
    patient = await for_whom(staff, given)
    scoped = scoped_key(staff, key)
    earlier = await staff.session.scalar(select(Appointment).where(Appointment.idempotency_key == scoped))
    if earlier is None:
        wanted = Wanted(
            patient,
            given.start.astimezone(UTC),
            scoped,
            professional=professional,
            by=staff.member.id,
            overbook=given.overbook,
            price_minor=given.price_minor,
        )
        asking = Asking(
            staff.now,
            professionals=frozenset((professional,)) if professional else None,
            patient=await patient_resource(staff.session, patient),
        )
        not_long_ago(staff, wanted.start)
        outside = await _outside(staff, offer, asking, wanted.start)
        try:
            earlier = await booking.book(staff.session, offer, wanted, staff.now)
        except Taken as taken:
            raise await explained(staff, offer, asking, wanted.start, taken) from taken
        _audit(staff, earlier, outside)
        await _tell(staff, earlier, "booked", given.notify)
    elif (earlier.patient_id, earlier.service_id) != (patient.id, offer.service.id) or _elsewhen(earlier, given):
        raise Refused("key_reused", "Esa clave ya se usó para otra cita: genera una nueva para cada una.")
    view = view_appointment(staff, await shown(staff, earlier.id))
    await staff.session.commit()
    return view


def _elsewhen(earlier: Appointment, given: BookIn) -> bool:
    """Whether it was booked for another time than is asked now; one that was changed since may well be elsewhere."""
    return earlier.version == 1 and earlier.starts_at != given.start


async def _tell(
    staff: Staff, appointment: Appointment, kind: Literal["booked", "moved", "cancelled"], so: bool
) -> None:
    """Have the bot tell the patient, unless the staff does it."""
    if so:
        await notices.tell(staff.session, appointment, kind, staff.now)


def scoped_key(staff: Staff, key: str) -> str:
    """A client's key is of its member alone."""
    return f"staff:{staff.member.id}:{key}"


async def for_whom(staff: Staff, given: ForWhom) -> Patient:
    """The patient, their contact's row locked."""
    if (given.contact is None) == (given.patient is None):
        raise Refused("needs", "patient: di el paciente, o el contacto, pero no ambos.")
    if given.patient is not None:
        patient = await find_patient(staff, given.patient)
        await lock_person(staff, patient.contact_id)
        return patient
    assert given.contact is not None
    contact = await lock_person(staff, staff.inside("contact", given.contact))
    return await own_patient(staff.session, contact)


async def professional_asked(staff: Staff, public: str | None) -> int | None:
    """Who is asked for; of a doctor it is themselves."""
    if public is not None:
        found = (await find_resource(staff, public, "professional")).id
        await only_own(staff, found)
        return found
    own = await own_resources(staff)
    if own == []:
        raise Forbidden("No tienes agenda propia: pide que te agreguen como profesional.")
    return own[0] if own else None


def not_long_ago(staff: Staff, start: datetime) -> None:
    if start < staff.now - LONG_AGO:
        raise Refused("past", "start: ese día ya pasó: revisa la fecha.")


async def _outside(staff: Staff, offer: Offer, asking: Asking, start: datetime) -> str | None:
    """The rule for patients that the staff passes by, if any."""
    at = int(start.timestamp())
    return (await limits_of(staff.session, offer, asking, at, at + 1)).refusal(at)


def _audit(staff: Staff, appointment: Appointment, outside: str | None) -> None:
    told = {"start": appointment.starts_at.isoformat(), "service": appointment.service_id}
    subject = f"appointment:{appointment.id}"
    if appointment.overbooked:
        audit(staff.session, staff.member, "appointment.overbooked", subject, staff.now, **told)
    if outside is not None:
        audit(staff.session, staff.member, "appointment.outside_rules", subject, staff.now, rule=outside, **told)


async def explained(staff: Staff, offer: Offer, asking: Asking, start: datetime, taken: Taken) -> Refused:
    """What is in the way of the staff, who may do what patients may not, and the next free times."""
    at = int(start.timestamp())
    reasons = [
        one
        for one in await why_not(staff.session, offer, asking, at)
        if one.rule in ("not_given", "closed", "busy", "patient")
    ]
    alternatives: list[str] = []
    since = max(at, int(staff.now.timestamp()))
    async for opening in openings(staff.session, offer, asking, since, since + 14 * 86_400):
        alternatives.append(datetime.fromtimestamp(opening.start, UTC).isoformat().replace("+00:00", "Z"))
        if len(alternatives) == ALTERNATIVES:
            break
    details = [
        {"rule": one.rule, "message": one.message, "resource": staff.public("resource", one.resource)}
        if one.resource
        else {"rule": one.rule, "message": one.message}
        for one in reasons
    ]
    return Refused("taken", said(reasons) or taken.message, field="start", reasons=details, alternatives=alternatives)


@router.get("/appointments/{appointment_id}", name="read_appointment")
async def read_the_appointment(staff: Reads, appointment_id: str) -> AppointmentView:
    """One appointment."""
    return view_appointment(staff, await find_booked(staff, appointment_id))


@router.post("/appointments/{appointment_id}/move")
async def move_appointment(staff: Writes, appointment_id: str, given: MoveIn) -> AppointmentView:
    """Another time, place or professional; when that cannot be had it stays as it was."""
    appointment = await writable(staff, appointment_id, given.version)
    freed = waitlist.freed_by(appointment)
    service = await staff.session.get_one(Service, appointment.service_id)
    place = await staff.session.get_one(Location, appointment.location_id)
    elsewhere = staff.public("service", service.id) if given.location else None
    offer = await offer_to_book(staff, elsewhere, given.location) if elsewhere else None
    offer = offer or await load_offer(staff.session, service, place)
    patient = await staff.session.get_one(Patient, appointment.patient_id)
    not_long_ago(staff, given.start)
    professionals = await _movers(staff, given, appointment)
    resource = await patient_resource(staff.session, patient)
    for last, professional in enumerate(professionals, start=1):
        who = frozenset((professional,)) if professional else None
        asking = Asking(staff.now, "", appointment.id, who, resource)
        wanted = Wanted(
            patient,
            given.start.astimezone(UTC),
            appointment.idempotency_key,
            professional=professional,
            by=staff.member.id,
            overbook=given.overbook and last == len(professionals),
        )
        outside = await _outside(staff, offer, asking, wanted.start)
        try:
            await booking.move(staff.session, offer, appointment, wanted, staff.now)
        except Taken as taken:
            if last == len(professionals):
                raise await explained(staff, offer, asking, wanted.start, taken) from taken
            continue
        _audit(staff, appointment, outside)
        await _tell(staff, appointment, "moved", given.notify)
        break
    await waitlist.match(staff.session, freed, staff.now)
    view = view_appointment(staff, await shown(staff, appointment.id))
    await staff.session.commit()
    return view


async def _movers(staff: Staff, given: MoveIn, appointment: Appointment) -> Sequence[int | None]:
    """Who may have it, in the order they are tried: the one asked for; else who has it, then anybody."""
    if given.professional is not None:
        return [await professional_asked(staff, given.professional)]
    if agenda_scope(staff.member.role) == "own" or given.overbook:
        return [appointment.professional_id]
    return [appointment.professional_id, None]


@router.post("/appointments/{appointment_id}/cancel")
async def cancel_appointment(staff: Writes, appointment_id: str, given: CancelIn) -> AppointmentView:
    """Free the time; it is offered to whoever waits for it. Cancelling twice changes nothing."""
    appointment = await writable(staff, appointment_id, given.version)
    freed = waitlist.freed_by(appointment)
    if appointment.status not in (*TO_COME, "cancelled"):
        raise Refused(
            "wrong_status",
            f"La cita está {visits.STATUS_NAMES[appointment.status]}: ya no se puede cancelar.",
            status=appointment.status,
        )
    done = await visits.cancel_visit(
        staff.session, appointment, staff.now, by=given.by, reason=given.reason, code=given.code
    )
    if done:
        await _tell(staff, appointment, "cancelled", given.notify)
        await waitlist.match(staff.session, freed, staff.now)
    view = view_appointment(staff, await shown(staff, appointment.id))
    await staff.session.commit()
    return view
