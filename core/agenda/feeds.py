"""A professional's calendar at a secret address, for the calendar they use anyway: who has the address reads it."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.ics import CalendarEntry, calendar_file
from core.agenda.model import Appointment, Location, Patient, Resource, Service
from core.organizations.model import Organization

BEHIND, AHEAD = timedelta(days=30), timedelta(days=180)


def mark_of(organization: Organization) -> str:
    """By which an organization knows its own events again. No other has it, here or where else Hilo runs."""
    whose = f"{organization.slug}/{organization.created_at.timestamp()}"
    return hashlib.sha256(whose.encode()).hexdigest()[:12]


def key_of(appointment: Appointment, organization: Organization) -> str:
    """What every calendar knows an appointment by, so that a later file changes the same event."""
    whose = f"{appointment.organization_id}/{appointment.idempotency_key}"
    return f"{hashlib.sha256(whose.encode()).hexdigest()[:24]}.{mark_of(organization)}"


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def new_address(resource: Resource) -> str:
    """A new secret, of which only the digest is kept; the old address ends."""
    token = secrets.token_urlsafe(32)
    resource.calendar_token = digest(token)
    return token


async def resource_at(session: AsyncSession, token: str) -> tuple[int, int] | None:
    """(resource, organization) of a secret, in whatever organization; None when it is nobody's any more."""
    row = (
        await session.execute(
            select(Resource.id, Resource.organization_id).where(
                Resource.calendar_token == digest(token), Resource.active
            )
        )
    ).one_or_none()
    return (row.id, row.organization_id) if row else None


async def feed(session: AsyncSession, organization_id: int, resource_id: int, now: datetime) -> bytes:
    """What is booked with a professional, the last month and the next half year; patients by their initials alone."""
    organization = await session.get_one(Organization, organization_id)
    rows = await session.execute(
        select(Appointment, Patient.name, Service.name, Location.name, Location.address, Resource.name)
        .join(Patient, Patient.id == Appointment.patient_id)
        .join(Service, Service.id == Appointment.service_id)
        .join(Location, Location.id == Appointment.location_id)
        .join(Resource, Resource.id == Appointment.professional_id)
        .where(
            Appointment.professional_id == resource_id,
            Appointment.status != "cancelled",
            Appointment.starts_at >= now - BEHIND,
            Appointment.starts_at < now + AHEAD,
        )
        .order_by(Appointment.starts_at)
    )
    found, name = [], ""
    for one, patient, service, place, address, professional in rows:
        name = professional
        title, where = f"{service} · {initials(patient)}", address or place
        key = key_of(one, organization)
        found.append(CalendarEntry(key, one.version, title, one.starts_at, one.ends_at, one.created_at, where))
    return calendar_file(found, name or "Hilo")


def initials(name: str) -> str:
    """«Julia Pérez» → «J. P.»"""
    return " ".join(f"{word[0].upper()}." for word in name.split()[:3])
