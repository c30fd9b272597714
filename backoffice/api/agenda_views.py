"""Shapes of the agenda that several of its routes show, and finding what a request names."""

from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import select

from backoffice.api.access import Staff
from backoffice.api.views import Named
from backoffice.auth import Forbidden
from core.agenda.calendars import Offer, load_offer
from core.agenda.diary import Booked, read_booked
from core.agenda.model import Appointment, Location, Patient, Resource, Service
from core.contacts.model import Contact
from core.contacts.queries import read_contact
from core.errors import Conflict, Missing, Refused
from core.organizations.permissions import agenda_scope
from core.threads.actions import lock_thread


class OccupiedView(Named):
    kind: str


class FeedbackView(BaseModel):
    score: int
    """1 to 5."""
    comment: str | None
    at: datetime


class AppointmentView(BaseModel):
    id: str
    status: str
    version: int
    """Grows whenever its time, place or status changes."""
    contact: Named
    patient: Named
    service: Named
    location: Named
    professional: Named | None
    occupied: list[OccupiedView]
    """Everybody and everything whose time it takes; empty once cancelled."""
    starts_at: datetime
    ends_at: datetime
    local_start: str
    """On the wall of the place, in `zone`."""
    zone: str
    price_minor: int | None
    deposit_minor: int
    penalty_minor: int
    """What is owed, for booking and for cancelling late, in minor units of the organization's currency."""
    overbooked: bool
    booked_by: str | None
    """The member who booked it; null: the patient, in the chat."""
    series: str | None
    """The first appointment of the course or visit it belongs to."""
    answered_at: datetime | None
    running_late_at: datetime | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancel_code: str | None
    cancel_reason: str | None
    """What was said about it."""
    cancelled_late: bool
    feedback: FeedbackView | None
    """What the patient said of the visit."""


def view_appointment(staff: Staff, booked: Booked) -> AppointmentView:
    one, zone, said = booked.appointment, booked.location.zone, booked.feedback
    named = staff.public
    return AppointmentView(
        id=named("appointment", one.id),
        contact=Named(id=named("contact", one.contact_id), name=booked.contact),
        patient=Named(id=named("patient", one.patient_id), name=booked.patient),
        service=Named(id=named("service", one.service_id), name=booked.service.name),
        location=Named(id=named("location", one.location_id), name=booked.location.name),
        professional=Named(id=named("resource", one.professional_id), name=booked.professional or "")
        if one.professional_id
        else None,
        occupied=[OccupiedView(id=named("resource", key), kind=kind, name=name) for key, kind, name in booked.occupied],
        local_start=f"{one.starts_at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}",
        zone=zone,
        booked_by=named("member", one.booked_by) if one.booked_by else None,
        series=named("appointment", one.series_id) if one.series_id else None,
        feedback=FeedbackView(score=said.score, comment=said.comment, at=said.at) if said else None,
        **{name: getattr(one, name) for name in _SAME},
    )


_SAME = (
    *(
        "status",
        "version",
        "starts_at",
        "ends_at",
        "price_minor",
        "deposit_minor",
        "penalty_minor",
        "overbooked",
        "answered_at",
        "running_late_at",
    ),
    *("cancelled_at", "cancelled_by", "cancel_code", "cancel_reason", "cancelled_late"),
)


async def find_booked(staff: Staff, public: str) -> Booked:
    """The appointment, if whoever asks sees its contact; raises Missing."""
    return await shown(staff, staff.inside("appointment", public))


async def shown(staff: Staff, inside: int) -> Booked:
    booked = await read_booked(staff.session, staff.sight, inside)
    if booked is None:
        raise Missing("appointment")
    return booked


async def writable(staff: Staff, public: str, version: int | None = None) -> Appointment:
    """The appointment, its person locked, if this member may change it; raises Missing, Forbidden, Conflict.

    A conversation's actions lock its thread before anything of the agenda; so does the staff.
    """
    booked = await find_booked(staff, public)
    await lock_person(staff, booked.appointment.contact_id)
    appointment = booked.appointment
    await staff.session.refresh(appointment)
    await only_own(staff, appointment.professional_id)
    only_in_scope(staff, booked.service, booked.location)
    if version is not None and version != appointment.version:
        raise Conflict("appointment")
    return appointment


async def lock_person(staff: Staff, contact_id: int) -> Contact:
    """The contact, locked with their thread; raises Missing when this member does not see them."""
    listed = await read_contact(staff.session, staff.sight, contact_id)
    if listed is None:
        raise Missing("contact")
    if listed.thread_id is not None:
        await lock_thread(staff.session, listed.thread_id)
    await staff.session.get(Contact, contact_id, with_for_update=True)
    return listed.contact


async def own_resources(staff: Staff) -> list[int] | None:
    """The professionals a member is who changes nobody else's agenda; None: this role changes others' as well."""
    if agenda_scope(staff.member.role) != "own":
        return None
    return list(await staff.session.scalars(select(Resource.id).where(Resource.member_id == staff.member.id)))


async def only_own(staff: Staff, resource_id: int | None) -> None:
    own = await own_resources(staff)
    if own is not None and resource_id not in own:
        raise Forbidden("Cambias solo tu propia agenda: pídeselo a recepción.")


def only_in_scope(staff: Staff, service: Service, location: Location | None = None) -> None:
    """Raises Forbidden where this member's role, or the places they work at, leave the service to others."""
    scope, places = agenda_scope(staff.member.role), staff.member.locations
    if scope == "evaluations" and not service.evaluation:
        raise Forbidden(f"Agendas solo evaluaciones, y «{service.name}» no lo es: pídeselo a recepción.")
    if scope == "places" and location is not None and places is not None and location.id not in places:
        raise Forbidden(f"No trabajas en «{location.name}»: pídeselo a quien atiende ahí.")


async def find_service(staff: Staff, public: str) -> Service:
    service = await staff.session.get(Service, staff.inside("service", public))
    if service is None:
        raise Missing("service")
    return service


async def find_location(staff: Staff, public: str | None) -> Location:
    """The place named; of an organization with one place that one. Raises Missing, or Refused when it must be said."""
    if public is not None:
        location = await staff.session.get(Location, staff.inside("location", public))
        if location is None:
            raise Missing("location")
        return location
    places = list(await staff.session.scalars(select(Location).where(Location.active).order_by(Location.id).limit(2)))
    if len(places) != 1:
        raise Refused("location_needed", "location: hay más de una sede (o ninguna): di en cuál.")
    return places[0]


async def find_resource(staff: Staff, public: str, kind: str | None = None) -> Resource:
    """A professional, room or machine; patients' own rows are not for anybody."""
    resource = await staff.session.get(Resource, staff.inside("resource", public))
    if resource is None or resource.kind == "patient" or kind not in (None, resource.kind):
        raise Missing("resource")
    return resource


async def find_patient(staff: Staff, public: str) -> Patient:
    """A patient of a contact this member sees; raises Missing."""
    patient = await staff.session.get(Patient, staff.inside("patient", public))
    if patient is None or await read_contact(staff.session, staff.sight, patient.contact_id) is None:
        raise Missing("patient")
    return patient


async def offer_to_book(staff: Staff, service: str, location: str | None) -> Offer:
    """The service as it is given at the place, if this member may book it there."""
    offer = await offer_of(staff, service, location)
    only_in_scope(staff, offer.service, offer.location)
    return offer


async def offer_of(staff: Staff, service: str, location: str | None) -> Offer:
    """The service as it is given at the place."""
    found = await find_service(staff, service)
    if not found.active:
        raise Refused("inactive", f"service: «{found.name}» ya no se ofrece: elige otro.")
    place = await find_location(staff, location)
    if not place.active:
        raise Refused("inactive", f"location: en «{place.name}» ya no se atiende: elige otra sede.")
    return await load_offer(staff.session, found, place)
