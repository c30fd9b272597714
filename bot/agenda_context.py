"""What the agenda's actions look up: whose conversation it is, what can be given where, what an appointment says."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions import ActionContext
from core.agenda.calendars import Offer, load_offer
from core.agenda.feeds import key_of
from core.agenda.ics import CalendarEntry, calendar_file
from core.agenda.model import TO_COME, Appointment, Location, Patient, Resource, Service
from core.agenda.patients import own_patient
from core.agenda.policy import late_penalty, policy_of
from core.contacts.model import Contact
from core.currencies import decimals
from core.errors import Missing
from core.organizations.model import Organization
from core.threads.media import store

LATE = timedelta(hours=2)
"""How long after it began somebody may still say that they are late."""


def session_of(context: ActionContext) -> AsyncSession:
    assert isinstance(context.connection, AsyncSession)
    return context.connection


async def contact_of(context: ActionContext) -> Contact:
    contact = await session_of(context).get(Contact, context.contact_id)
    if contact is None:
        raise Missing("contact")
    return contact


async def patient_of(context: ActionContext, given: str | None) -> Patient:
    """The patient named by id, if they are this contact's; otherwise the contact."""
    session = session_of(context)
    if given is not None and given.isdecimal():
        patient = await session.get(Patient, int(given))
        if patient is not None and patient.contact_id == context.contact_id:
            return patient
    return await own_patient(session, await contact_of(context))


async def organization_of(context: ActionContext) -> Organization:
    organization = await session_of(context).get(Organization, context.organization_id)
    if organization is None:
        raise Missing("organization")
    return organization


async def service_named(context: ActionContext, key: str | None) -> Service:
    found = await session_of(context).scalar(
        select(Service).where(Service.organization_id == context.organization_id, Service.key == key, Service.active)
    )
    if found is None:
        raise Missing("service")
    return found


async def offers_of(session: AsyncSession, service: Service) -> list[Offer]:
    """The service at every place that gives it."""
    places = await session.scalars(
        select(Location)
        .where(Location.organization_id == service.organization_id, Location.active)
        .order_by(Location.id)
    )
    offers = [await load_offer(session, service, place) for place in places]
    return [offer for offer in offers if offer.needs and offer.pools[offer.needs[0].id]]


def holder_of(context: ActionContext) -> str:
    """Whose holds are this conversation's."""
    return f"thread:{context.thread_id}"


def opening_id(start: int, professional: int | None, location: int) -> str:
    return f"{start}.{professional or 0}.{location}"


def local(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M}"


async def own_appointment(context: ActionContext, given: str | None) -> Appointment | None:
    """The appointment of this id, if it is this contact's."""
    if given is None or not given.isdecimal():
        return None
    found = await session_of(context).get(Appointment, int(given), populate_existing=True)
    return found if found is not None and found.contact_id == context.contact_id else None


def money(minor: int, currency: str) -> dict[str, Any] | None:
    """An amount in minor units as flows read it; None of nothing."""
    return {"amount": minor * 100 // 10 ** decimals(currency), "currency": currency} if minor else None


def is_open(appointment: Appointment, now: datetime) -> bool:
    """Whether the patient may still confirm, move or cancel it."""
    return appointment.status in TO_COME and appointment.starts_at > now


async def is_today(session: AsyncSession, appointment: Appointment, now: datetime) -> bool:
    """Whether it is still expected today, or began a short while ago."""
    zone = ZoneInfo((await session.get_one(Location, appointment.location_id)).zone)
    begun = now - LATE < appointment.starts_at <= now
    same_day = (
        appointment.starts_at > now and appointment.starts_at.astimezone(zone).date() == now.astimezone(zone).date()
    )
    return appointment.status in TO_COME and (begun or same_day)


async def described(
    session: AsyncSession, appointment: Appointment, now: datetime, *, calendar: bool = False
) -> dict[str, Any]:
    """An appointment as flows read it at `now`; `calendar` makes the file for the person's own calendar."""
    organization = await session.get_one(Organization, appointment.organization_id)
    penalty = late_penalty(appointment, policy_of(organization), now) if appointment.status in TO_COME else 0
    service = await session.get_one(Service, appointment.service_id)
    place = await session.get_one(Location, appointment.location_id)
    patient = await session.get_one(Patient, appointment.patient_id)
    writes = await session.get_one(Contact, appointment.contact_id)
    who = await session.get(Resource, appointment.professional_id) if appointment.professional_id else None
    at = appointment.starts_at.astimezone(ZoneInfo(place.zone))
    return {
        "id": str(appointment.id),
        "service": service.name,
        "service_id": service.key,
        "start": local(at),
        "professional": who.name if who else "",
        "patient": patient.name,
        "contact": patient.name if patient.own else writes.name or patient.name,
        "other": None if patient.own else patient.name,
        "place": place.name,
        "address": place.address,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "status": appointment.status,
        "deposit": money(appointment.deposit_minor, organization.currency),
        "penalty": money(penalty, organization.currency),
        "calendar": await _calendar(session, appointment, service, place) if calendar else None,
    }


async def _calendar(
    session: AsyncSession, appointment: Appointment, service: Service, place: Location
) -> dict[str, Any]:
    # what is in the file never names the patient or the treatment's reason: it may lie open on a family's tablet
    entry = CalendarEntry(
        key=key_of(appointment, await session.get_one(Organization, appointment.organization_id)),
        version=appointment.version,
        title=f"{service.name} · {place.name}",
        start=appointment.starts_at,
        end=appointment.ends_at,
        changed=appointment.created_at,
        place=place.address or place.name,
    )
    name = "cita.ics"
    kept = await store(session, appointment.organization_id, calendar_file([entry]), "text/calendar", name)
    return {"type": "document", "attachment": kept.id, "filename": name, "mime": "text/calendar"}
