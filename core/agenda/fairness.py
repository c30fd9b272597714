"""Who of several professionals gives a visit nobody asked for by name: the patient's own first, then in fair shares."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.calendars import Offer, open_of
from core.agenda.model import Appointment

WINDOW = timedelta(days=28)
"""Over how long shares are compared, half of it on either side of the visit."""

_BOOKED = text("""
    SELECT resource_id, sum(extract(epoch FROM ends_at - begins_at))::bigint FROM allocation
    WHERE resource_id = ANY(:able) AND begins_at >= :since AND begins_at < :until GROUP BY 1
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

    A share is booked time over open time times weight; of equals the first in the service's own order.
    """
    if len(able) == 1:
        return able[0]
    last = await seen_last_by(session, patient, able)
    if last is not None:
        return last
    since, until = at - WINDOW / 2, at + WINDOW / 2
    rows = await session.execute(_BOOKED, {"able": list(able), "since": since, "until": until})
    booked = {row[0]: row[1] for row in rows}

    def share(resource: int) -> float:
        spans = open_of(offer, resource, int(since.timestamp()), int(until.timestamp()))
        available = sum(end - start for start, end in spans) * offer.resources[resource].weight
        return float(booked.get(resource, 0)) / available if available else float("inf")

    return min(able, key=share)
