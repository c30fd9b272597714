"""A professional's calendar at a secret address, for the calendar they use anyway: who has the address reads it."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.ics import CalendarEntry, calendar_file
from core.agenda.model import Appointment, Location, Patient, Resource, Service

BEHIND, AHEAD = timedelta(days=30), timedelta(days=180)


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


async def feed(session: AsyncSession, resource_id: int, now: datetime) -> bytes:
    """What is booked with a professional, the last month and the next half year; patients by their initials alone."""
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
        key = hashlib.sha256(f"{one.organization_id}/{one.idempotency_key}".encode()).hexdigest()[:24]
        title = f"{service} · {initials(patient)}"
        found.append(
            CalendarEntry(key, one.version, title, one.starts_at, one.ends_at, one.created_at, address or place)
        )
    return calendar_file(found, name or "Hilo")


def initials(name: str) -> str:
    """«Julia Pérez» → «J. P.»"""
    return " ".join(f"{word[0].upper()}." for word in name.split()[:3])
