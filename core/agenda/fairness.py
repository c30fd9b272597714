"""Who of several professionals gives a visit nobody asked for by name: the patient's own first, then in fair shares."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.calendars import Offer, open_of

WINDOW = timedelta(days=28)
"""Over how long shares are compared, half of it on either side of the visit."""

_LAST_SEEN = text("""
    SELECT professional_id FROM appointment
    WHERE patient_id = :patient AND professional_id = ANY(:able) AND status IN ('confirmed', 'checked_in', 'attended')
    ORDER BY starts_at DESC LIMIT 1
""")
_BOOKED = text("""
    SELECT resource_id, sum(extract(epoch FROM ends_at - begins_at))::bigint FROM allocation
    WHERE resource_id = ANY(:able) AND begins_at >= :since AND begins_at < :until GROUP BY 1
""")


async def in_turn(session: AsyncSession, offer: Offer, patient: int, able: Sequence[int], at: datetime) -> int:
    """One of `able` (resource ids, at least one): who saw the patient last, else who has the least time booked.

    A share is booked time over open time times weight; of equals the first in the service's own order.
    """
    if len(able) == 1:
        return able[0]
    last = await session.scalar(_LAST_SEEN, {"patient": patient, "able": list(able)})
    if last is not None:
        return int(last)
    since, until = at - WINDOW / 2, at + WINDOW / 2
    rows = await session.execute(_BOOKED, {"able": list(able), "since": since, "until": until})
    booked = {row[0]: row[1] for row in rows}

    def share(resource: int) -> float:
        spans = open_of(offer, resource, int(since.timestamp()), int(until.timestamp()))
        available = sum(end - start for start, end in spans) * offer.resources[resource].weight
        return float(booked.get(resource, 0)) / available if available else float("inf")

    return min(able, key=share)
