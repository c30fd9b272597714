"""Those for whom there was no time: a freed one is kept for the best of them and offered; the first to take it has it.

Takes a session, never commits. Whoever frees a time calls `match`; what comes back is to be told to those people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda import booking
from core.agenda.booking import Taken, Wanted
from core.agenda.calendars import Asking, load_offer
from core.agenda.messages_model import WaitlistEntry, WaitlistOffer
from core.agenda.model import Appointment, Location, Patient, Service
from core.agenda.openings import openings_between
from core.agenda.policy import policy_of
from core.errors import Missing, Refused
from core.organizations.model import Organization

SOONEST = timedelta(hours=2)
"""A time sooner than this is not offered: nobody can come at such short notice."""
OFFERS_EACH = 5
"""Of one entry, how many times it may let an offer pass before it is no longer asked."""

_WAITING = text("""
    SELECT e.id FROM waitlist_entry e
    JOIN contact c ON c.id = e.contact_id AND c.opted_out_at IS NULL
    WHERE e.state = 'waiting' AND e.service_id = :service
      AND (e.professional_id IS NULL OR e.professional_id = ANY(:professionals))
      AND e.wanted @> cast(:start AS timestamptz)
      AND NOT EXISTS (SELECT FROM waitlist_offer o WHERE o.entry_id = e.id
                      AND (o.state = 'sent' OR o.starts_at = :start))
      AND (SELECT count(*) FROM waitlist_offer o WHERE o.entry_id = e.id) < :most
    ORDER BY e.priority DESC, e.created_at, e.id
    LIMIT 1 FOR UPDATE OF e SKIP LOCKED
""")
_CLAIM = text("""
    UPDATE waitlist_offer SET state = 'claimed'
    WHERE id = :id AND state = 'sent' AND expires_at > :now RETURNING entry_id
""")


async def join(
    session: AsyncSession,
    patient: Patient,
    service: Service,
    wanted: Sequence[Range[datetime]],
    now: datetime,
    *,
    professional: int | None = None,
    priority: int = 0,
) -> WaitlistEntry:
    """Wait for a time within `wanted`. One entry for each patient and service: a second one replaces the first."""
    if not wanted or all(span.upper is not None and span.upper <= now for span in wanted):
        raise Refused("wanted_past", "Esas fechas ya pasaron: dime desde cuándo te sirve.")
    await leave(session, patient.id, service.id)
    entry = WaitlistEntry(
        organization_id=patient.organization_id,
        contact_id=patient.contact_id,
        patient_id=patient.id,
        service_id=service.id,
        professional_id=professional,
        wanted=list(wanted),
        priority=priority,
        state="waiting",
        created_at=now,
    )
    session.add(entry)
    await session.flush()
    return entry


async def leave(session: AsyncSession, patient_id: int, service_id: int | None = None) -> int:
    """Wait no more, for this service or for anything; how many entries ended."""
    statement = (
        update(WaitlistEntry)
        .where(WaitlistEntry.patient_id == patient_id, WaitlistEntry.state == "waiting")
        .values(state="left")
        .returning(WaitlistEntry.id)
    )
    if service_id is not None:
        statement = statement.where(WaitlistEntry.service_id == service_id)
    return len(list(await session.scalars(statement)))


@dataclass(frozen=True, slots=True)
class Freed:
    """A time somebody gave back."""

    service_id: int
    location_id: int
    start: datetime


def freed_by(appointment: Appointment) -> Freed:
    """What a cancelled, or moved, appointment leaves; call before it is moved."""
    return Freed(appointment.service_id, appointment.location_id, appointment.starts_at)


async def match(session: AsyncSession, freed: Freed, now: datetime) -> WaitlistOffer | None:
    """Keep a freed time for the best match and offer it; None when it is too soon, taken again, or nobody waits."""
    if freed.start < now + SOONEST:
        return None
    service, location = await session.get(Service, freed.service_id), await session.get(Location, freed.location_id)
    assert service is not None and location is not None
    organization = await session.get(Organization, service.organization_id)
    assert organization is not None
    offer = await load_offer(session, service, location)
    at = int(freed.start.timestamp())
    free = await openings_between(session, offer, Asking(now), at, at + 1)
    if not free:
        return None
    values = {"service": service.id, "start": freed.start, "professionals": list(free[0].professionals)}
    entry_id = await session.scalar(_WAITING, {**values, "most": OFFERS_EACH})
    if entry_id is None:
        return None
    entry = await session.get(WaitlistEntry, entry_id, populate_existing=True)
    assert entry is not None
    patient = await session.get(Patient, entry.patient_id)
    assert patient is not None
    lasting = timedelta(minutes=policy_of(organization).waitlist_hold_minutes)
    wish = Wanted(patient, freed.start, "", professional=entry.professional_id, holder=holder_of(entry))
    try:
        await booking.hold(session, offer, wish, now, lasting)
    except Taken:
        return None
    made = WaitlistOffer(
        organization_id=entry.organization_id,
        entry_id=entry.id,
        location_id=location.id,
        professional_id=entry.professional_id,
        starts_at=freed.start,
        state="sent",
        expires_at=now + lasting,
        created_at=now,
    )
    session.add(made)
    await session.flush()
    return made


def holder_of(entry: WaitlistEntry) -> str:
    """Whose the hold of an offer is."""
    return f"waitlist:{entry.id}"


async def claim(session: AsyncSession, offer_id: int, now: datetime) -> Appointment:
    """The offered time becomes the appointment. Raises Taken when the offer is over or somebody else has the time."""
    async with session.begin_nested():
        entry_id = await session.scalar(_CLAIM, {"id": offer_id, "now": now})
        if entry_id is None:
            raise Taken("busy")
        made = await session.get(WaitlistOffer, offer_id, populate_existing=True)
        entry = await session.get(WaitlistEntry, entry_id, with_for_update=True)
        assert made is not None and entry is not None
        service, location = await session.get(Service, entry.service_id), await session.get(Location, made.location_id)
        patient = await session.get(Patient, entry.patient_id)
        if service is None or location is None or patient is None:
            raise Missing("waitlist entry")
        offer = await load_offer(session, service, location)
        wish = Wanted(
            patient, made.starts_at, f"waitlist:{made.id}", professional=made.professional_id, holder=holder_of(entry)
        )
        appointment = await booking.book(session, offer, wish, now)
        entry.state = "booked"
        await session.flush()
    return appointment


async def decline(session: AsyncSession, offer_id: int, now: datetime) -> Freed | None:
    """They do not want it: it may be offered to the next one. None when the offer was over already."""
    return await _end(session, offer_id, "declined")


async def expired(session: AsyncSession, now: datetime, limit: int = 100) -> list[tuple[int, int]]:
    """(offer, organization) of those nobody answered in time, of every organization; each is ended by `expire`."""
    rows = await session.execute(
        select(WaitlistOffer.id, WaitlistOffer.organization_id)
        .where(WaitlistOffer.state == "sent", WaitlistOffer.expires_at <= now)
        .order_by(WaitlistOffer.expires_at)
        .limit(limit)
    )
    return [(row.id, row.organization_id) for row in rows]


async def untold(session: AsyncSession, now: datetime, limit: int = 100) -> list[tuple[int, int]]:
    """(offer, organization) of those their people have not been told of yet, of every organization."""
    rows = await session.execute(
        select(WaitlistOffer.id, WaitlistOffer.organization_id)
        .where(WaitlistOffer.state == "sent", WaitlistOffer.told_at.is_(None), WaitlistOffer.expires_at > now)
        .order_by(WaitlistOffer.id)
        .limit(limit)
    )
    return [(row.id, row.organization_id) for row in rows]


async def tell(session: AsyncSession, offer_id: int, now: datetime) -> bool:
    """Whether this offer is still to be told, marked as told; whoever tells it commits with this."""
    told = await session.scalar(
        update(WaitlistOffer)
        .where(WaitlistOffer.id == offer_id, WaitlistOffer.state == "sent", WaitlistOffer.told_at.is_(None))
        .values(told_at=now)
        .returning(WaitlistOffer.id)
    )
    return told is not None


async def expire(session: AsyncSession, offer_id: int) -> Freed | None:
    """End an offer nobody answered; what it kept may be offered to the next one."""
    return await _end(session, offer_id, "expired")


async def _end(session: AsyncSession, offer_id: int, state: str) -> Freed | None:
    entry_id = await session.scalar(
        update(WaitlistOffer)
        .where(WaitlistOffer.id == offer_id, WaitlistOffer.state == "sent")
        .values(state=state)
        .returning(WaitlistOffer.entry_id)
    )
    if entry_id is None:
        return None
    made = await session.get(WaitlistOffer, offer_id, populate_existing=True)
    entry = await session.get(WaitlistEntry, entry_id)
    assert made is not None and entry is not None
    await booking.release(session, holder_of(entry))
    return Freed(entry.service_id, made.location_id, made.starts_at)
