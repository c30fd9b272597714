"""Appointments that a change leaves without their hours: of a schedule, a date, a closure, a resource gone."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.calendars import Asking, load_needs, load_offer
from core.agenda.messages_model import AppointmentNotice
from core.agenda.model import TO_COME, Allocation, Appointment, Location, Resource, Service
from core.agenda.openings import groups_of
from core.agenda.spans import Spans


async def stranded(
    session: AsyncSession, organization_id: int, now: datetime, resources: Sequence[int] | None = None
) -> list[Appointment]:
    """Appointments still to come with a resource that is not open at their time, or no longer gives the service.

    `resources`: only those that occupy one of these. What the staff overbooked lies outside on purpose and is left out.
    Queries: two, and a few for each service and location.
    """
    appointments = await _to_come(session, organization_id, now, resources)
    occupied = await _occupied(session, [one.id for one in appointments])
    by_offer: dict[tuple[int, int], list[Appointment]] = defaultdict(list)
    for appointment in appointments:
        by_offer[appointment.service_id, appointment.location_id].append(appointment)
    found: list[Appointment] = []
    for (service_id, location_id), together in by_offer.items():
        open_for = await _open_for(session, service_id, location_id, together, now)
        for appointment in together:
            start = int(appointment.starts_at.timestamp())
            if any(not _fits(open_for, resource, start, minutes(appointment)) for resource in occupied[appointment.id]):
                found.append(appointment)
    return sorted(found, key=lambda one: one.starts_at)


async def ask_to_reschedule(session: AsyncSession, appointments: Sequence[Appointment], now: datetime) -> int:
    """Have the bot write to these people, once for each version of an appointment; to how many it will."""
    if not appointments:
        return 0
    rows = [
        {
            "organization_id": one.organization_id,
            "appointment_id": one.id,
            "kind": "stranded",
            "version": one.version,
            "due_at": now,
        }
        for one in appointments
    ]
    statement = insert(AppointmentNotice).values(rows).on_conflict_do_nothing()
    return len(list(await session.scalars(statement.returning(AppointmentNotice.id))))


def minutes(appointment: Appointment) -> int:
    return int((appointment.ends_at - appointment.starts_at).total_seconds()) // 60


async def _to_come(
    session: AsyncSession, organization_id: int, now: datetime, resources: Sequence[int] | None
) -> list[Appointment]:
    wanted = (
        select(Appointment)
        .where(
            Appointment.organization_id == organization_id,
            Appointment.status.in_(TO_COME),
            Appointment.starts_at > now,
            Appointment.overbooked.is_(False),
        )
        .order_by(Appointment.starts_at)
    )
    if resources is not None:
        theirs = select(Allocation.appointment_id).where(Allocation.resource_id.in_(resources))
        wanted = wanted.where(Appointment.id.in_(theirs))
    return list(await session.scalars(wanted))


async def _occupied(session: AsyncSession, appointments: Sequence[int]) -> dict[int, list[int]]:
    """Appointment → resources, the patients' own aside."""
    rows = await session.execute(
        select(Allocation.appointment_id, Allocation.resource_id)
        .join(Resource, Resource.id == Allocation.resource_id)
        .where(Allocation.appointment_id.in_(appointments), Resource.kind != "patient")
    )
    found: dict[int, list[int]] = {appointment: [] for appointment in appointments}
    for appointment, resource in rows:
        assert appointment is not None
        found[appointment].append(resource)
    return found


async def _open_for(
    session: AsyncSession, service_id: int, location_id: int, appointments: Sequence[Appointment], now: datetime
) -> dict[int, tuple[int, int | None, Spans]]:
    """Resource → (offset, length or to the end, when it is open), in seconds."""
    service, location = await session.get(Service, service_id), await session.get(Location, location_id)
    assert service is not None and location is not None
    if not location.active:
        return {}
    offer = await load_offer(session, service, location)
    since = int(appointments[0].starts_at.timestamp())
    until = int(appointments[-1].ends_at.timestamp())
    found: dict[int, tuple[int, int | None, Spans]] = {}
    for group in groups_of(offer, Asking(now)):
        for need, asked in zip(offer.needs, await load_needs(session, offer, group, since, until), strict=True):
            length = need.minutes * 60 if need.minutes else None
            for calendar in asked.any_of:
                found[calendar.resource] = (asked.offset, length, calendar.open)
    return found


def _fits(open_for: dict[int, tuple[int, int | None, Spans]], resource: int, start: int, whole: int) -> bool:
    known = open_for.get(resource)
    if known is None:
        return False
    offset, length, spans = known
    begin = start + offset
    end = begin + length if length is not None else start + whole * 60
    return any(first <= begin and end <= last for first, last in spans)
