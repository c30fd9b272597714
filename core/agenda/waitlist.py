"""Those for whom there was no time: a freed one is kept for the best of them and offered; the first to take it has it.

Takes a session, never commits. Whoever frees a time calls `match`; what comes back is to be told to those people. In
the quiet hours nothing is kept for anybody: when they end, what is still free is looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda import booking
from core.agenda.booking import Taken, Wanted
from core.agenda.calendars import Asking, Offer, load_offer
from core.agenda.messages_model import FreedTime, WaitlistEntry, WaitlistOffer
from core.agenda.model import Appointment, Location, Patient, Service
from core.agenda.openings import openings_between
from core.agenda.policy import policy_of, standing
from core.errors import Missing, Refused
from core.organizations.model import Organization

SOONEST = timedelta(hours=2)
"""A time sooner than this is not offered: nobody can come at such short notice."""
OFFERS_EACH = 5
"""So many offers a patient is told of and lets pass; the last one says that it is, and then the entry ends."""

_WAITING = text("""
    SELECT e.id FROM waitlist_entry e
    JOIN contact c ON c.id = e.contact_id AND c.opted_out_at IS NULL
    WHERE e.state = 'waiting' AND e.service_id = :service
      AND (e.professional_id IS NULL OR e.professional_id = ANY(:professionals))
      AND e.wanted @> cast(:start AS timestamptz)
      AND NOT EXISTS (SELECT FROM waitlist_offer o WHERE o.entry_id = e.id
                      AND (o.state = 'sent' OR o.starts_at = :start))
      AND NOT EXISTS (SELECT FROM patient p WHERE p.contact_id = e.contact_id AND NOT p.self_booking)
      AND e.id <> ALL(:tried)
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
    wanted = [span for span in wanted if span.lower is None or span.upper is None or span.lower < span.upper]
    ends = [span.upper for span in wanted]
    if all(end is not None and end <= now for end in ends):
        raise Refused("wanted_past", "Esas fechas ya pasaron: dime desde cuándo te sirve.")
    await leave(session, patient.id, service.id)
    entry = WaitlistEntry(
        organization_id=patient.organization_id,
        contact_id=patient.contact_id,
        patient_id=patient.id,
        service_id=service.id,
        professional_id=professional,
        wanted=wanted,
        ends_at=None if None in ends else max(end for end in ends if end is not None),
        priority=priority,
        state="waiting",
        created_at=now,
    )
    session.add(entry)
    await session.flush()
    return entry


async def leave(session: AsyncSession, patient_id: int, service_id: int | None = None) -> int:
    """Wait no more, for this service or for anything; how many entries ended. What was being offered to them is free
    again, and offered to the next one."""
    statement = (
        update(WaitlistEntry)
        .where(WaitlistEntry.patient_id == patient_id, WaitlistEntry.state == "waiting")
        .values(state="left")
        .returning(WaitlistEntry.id)
    )
    if service_id is not None:
        statement = statement.where(WaitlistEntry.service_id == service_id)
    ended = list(await session.scalars(statement))
    offered = select(WaitlistOffer).where(WaitlistOffer.entry_id.in_(ended), WaitlistOffer.state == "sent")
    for made in list(await session.scalars(offered)):
        freed = await _end(session, made.id, "declined")
        if freed is not None:
            await _look_later(session, made.organization_id, freed, made.expires_at)
    return len(ended)


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
    """Keep a freed time for the best match who can take it, and offer it; None when it is too soon, taken again,
    nobody waits, or nobody may be written to now."""
    if freed.start < now + SOONEST:
        return None
    service, location = await session.get(Service, freed.service_id), await session.get(Location, freed.location_id)
    assert service is not None and location is not None
    organization = await session.get(Organization, service.organization_id)
    assert organization is not None
    policy, local = policy_of(organization), now.astimezone(ZoneInfo(location.zone))
    if policy.is_quiet(local):
        await _look_later(session, organization.id, freed, policy.quiet_ends(local))
        return None
    offer = await load_offer(session, service, location)
    at = int(freed.start.timestamp())
    free = await openings_between(session, offer, Asking(now), at, at + 1)
    tried: list[int] = []
    while free:
        values = {"service": service.id, "start": freed.start, "professionals": list(free[0].professionals)}
        entry_id = await session.scalar(_WAITING, {**values, "tried": tried})
        if entry_id is None:
            break
        entry = await session.get_one(WaitlistEntry, entry_id, populate_existing=True)
        made = await _keep(session, offer, entry, freed, now, timedelta(minutes=policy.waitlist_hold_minutes))
        if made is not None:
            return made
        tried.append(entry_id)
    return None


async def _keep(
    session: AsyncSession, offer: Offer, entry: WaitlistEntry, freed: Freed, now: datetime, lasting: timedelta
) -> WaitlistOffer | None:
    """The offer of a time to an entry; None when they cannot take it: they are elsewhere then."""
    patient = await session.get_one(Patient, entry.patient_id)
    wish = Wanted(patient, freed.start, "", professional=entry.professional_id, holder=holder_of(entry))
    try:
        await booking.hold(session, offer, wish, now, lasting)
    except Taken:
        return None
    made = WaitlistOffer(
        organization_id=entry.organization_id,
        entry_id=entry.id,
        location_id=freed.location_id,
        professional_id=entry.professional_id,
        starts_at=freed.start,
        state="sent",
        expires_at=now + lasting,
        created_at=now,
    )
    session.add(made)
    await session.flush()
    return made


async def _look_later(session: AsyncSession, organization_id: int, freed: Freed, due_at: datetime) -> None:
    later = insert(FreedTime).values(
        organization_id=organization_id,
        service_id=freed.service_id,
        location_id=freed.location_id,
        starts_at=freed.start,
        due_at=due_at,
    )
    await session.execute(later.on_conflict_do_nothing())


async def freed_earlier(session: AsyncSession, now: datetime, limit: int = 100) -> list[tuple[int, int]]:
    """(freed time, organization) of those to be looked at now, of every organization; each by `look_again`."""
    rows = await session.execute(
        select(FreedTime.id, FreedTime.organization_id)
        .where(FreedTime.due_at <= now)
        .order_by(FreedTime.due_at)
        .limit(limit)
    )
    return [(row.id, row.organization_id) for row in rows]


async def look_again(session: AsyncSession, freed_id: int, now: datetime) -> WaitlistOffer | None:
    """Offer a time that was freed earlier, if it is still free."""
    row = (
        await session.execute(
            delete(FreedTime)
            .where(FreedTime.id == freed_id)
            .returning(FreedTime.service_id, FreedTime.location_id, FreedTime.starts_at)
        )
    ).one_or_none()
    return await match(session, Freed(*row), now) if row is not None else None


def holder_of(entry: WaitlistEntry) -> str:
    """Whose the hold of an offer is."""
    return f"waitlist:{entry.id}"


async def claim(session: AsyncSession, offer_id: int, now: datetime) -> Appointment:
    """The offered time becomes the appointment. Raises Taken when the offer is over or somebody else has the time,
    Refused when only the staff books for them."""
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
        organization = await session.get_one(Organization, entry.organization_id)
        if not (await standing(session, patient, policy_of(organization), now)).may_book:
            raise Refused("blocked", "A esta persona la agenda el equipo: faltó varias veces.")
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


async def is_last(session: AsyncSession, entry_id: int) -> bool:
    """Whether the entry ends when the offer it has been told of last passes."""
    told = await session.scalar(
        select(func.count())
        .select_from(WaitlistOffer)
        .where(WaitlistOffer.entry_id == entry_id, WaitlistOffer.told_at.is_not(None))
    )
    return int(told or 0) >= OFFERS_EACH


async def passed(session: AsyncSession, now: datetime, limit: int = 100) -> list[tuple[int, int]]:
    """(entry, organization) of those who wait for what is past, of every organization; each is ended by `close`."""
    rows = await session.execute(
        select(WaitlistEntry.id, WaitlistEntry.organization_id)
        .where(WaitlistEntry.state == "waiting", WaitlistEntry.ends_at <= now)
        .limit(limit)
    )
    return [(row.id, row.organization_id) for row in rows]


async def close(session: AsyncSession, entry_id: int, now: datetime) -> None:
    """End an entry all of whose times have passed."""
    await session.execute(
        update(WaitlistEntry)
        .where(WaitlistEntry.id == entry_id, WaitlistEntry.state == "waiting", WaitlistEntry.ends_at <= now)
        .values(state="expired")
    )


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
    if entry.state == "waiting" and await is_last(session, entry.id):
        entry.state = "expired"
        await session.flush()
    return Freed(entry.service_id, made.location_id, made.starts_at)
