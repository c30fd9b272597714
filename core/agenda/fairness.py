"""Who of several professionals gives a visit nobody asked for by name: the patient's own first, then in fair shares."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.calendars import Offer, closed_of, open_of
from core.agenda.model import Appointment
from core.agenda.spans import without

WINDOW = timedelta(days=28)
"""Over how long shares are compared, half of it on either side of the visit."""

_BOOKED = text("""
    SELECT a.resource_id, sum(extract(epoch FROM a.ends_at - a.begins_at))::bigint
    FROM allocation a JOIN appointment p ON p.id = a.appointment_id
    WHERE a.resource_id = ANY(:able) AND a.begins_at >= :since AND a.begins_at < :until AND p.location_id = :location
    GROUP BY 1
""")


async def seen_last_by(session: AsyncSession, patient: int, among: Sequence[int] | None = None) -> int | None:
    """The professional (resource id) of the patient's latest visit, of those `among` when given."""
    latest = (
        select(Appointment.professional_id)
        .where(Appointment.patient_id == patient, Appointment.status.in_(("confirmed", "checked_in", "attended")))
        .order_by(Appointment.starts_at.desc())
        .limit(1)
    )
    if among is not None:
        latest = latest.where(Appointment.professional_id.in_(among))
    found: int | None = await session.scalar(latest)
    return found


async def in_turn(session: AsyncSession, offer: Offer, patient: int, able: Sequence[int], at: datetime) -> int:
    """One of `able` (resource ids, at least one): who saw the patient last, else who has the least time booked.

    A share is booked time over time they are there (open, neither closed nor away) times weight, both of this place
    alone; of equals the first in the service's own order.
    """
    if len(able) == 1:
        return able[0]
    last = await seen_last_by(session, patient, able)
    if last is not None:
        return last
    since, until = at - WINDOW / 2, at + WINDOW / 2
    values = {"able": list(able), "since": since, "until": until, "location": offer.location.id}
    booked = {row[0]: row[1] for row in await session.execute(_BOOKED, values)}
    bounds = (int(since.timestamp()), int(until.timestamp()))
    closed = await closed_of(session, offer, able, *bounds)

    def share(resource: int) -> float:
        spans = without(open_of(offer, resource, *bounds), closed[resource])
        available = sum(end - start for start, end in spans) * offer.resources[resource].weight
        return float(booked.get(resource, 0)) / available if available else float("inf")

    return min(able, key=share)
