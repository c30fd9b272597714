"""Booking, moving and cancelling: each in one transaction that either does all of it or nothing.

Takes a session, never commits. What a booking may need is locked in the order of its ids, then looked at, then taken:
of forty people who want one time, one gets it and the others are told, without deadlocks. The exclusion constraint on
`allocation` stands behind all of this. A deadlock with something else is left to whoever called, who tries the whole
transaction again (the bot's actions do; the API answers 503): inside it, the other's locks would still be waited for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import psycopg
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.calendars import Asking, Offer, buffers_of, load_needs
from core.agenda.fairness import in_turn
from core.agenda.model import TO_COME, Allocation, Appointment, Patient, Resource, SlotHold
from core.agenda.notices import plan
from core.agenda.openings import grid_of, groups_of, limits_of
from core.agenda.policy import deposit_for
from core.agenda.starts import Calendar, Footprint, Need, assigned, givers, starts
from core.errors import Refused
from core.leads.actions import reach_stage

HOLD = timedelta(minutes=5)

_LOCK = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(kind, id))
    FROM unnest(cast(:kinds AS text[]), cast(:ids AS bigint[])) AS t(kind, id)
""")
_HIGHEST_LANE = text("""
    SELECT max(lane) FROM allocation WHERE resource_id = :id AND begins_at >= :since AND begins_at < :until
""")
_DROP_EXPIRED = text("""
    DELETE FROM slot_hold WHERE expires_at <= :now AND id IN
        (SELECT hold_id FROM allocation WHERE resource_id = ANY(:ids) AND hold_id IS NOT NULL)
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be booked. `key`: the same wish, however often it arrives, is one booking. `by`: a member of the
    staff, who passes by notice, horizon and grid; None: the patient. `overbook`: although it is taken (staff only)."""

    patient: Patient
    start: datetime
    key: str
    professional: int | None = None
    by: int | None = None
    overbook: bool = False
    holder: str = ""
    price_minor: int | None = None
    exact: bool = False
    """Off the grid as well: what follows another service begins where that ends."""


class Taken(Refused):
    """Somebody else has it, or a rule refuses it; `details["reason"]` is the rule."""

    def __init__(self, reason: str) -> None:
        super().__init__("taken", REASONS[reason], reason=reason)
        self.reason = reason


REASONS = {
    "past": "Ese horario ya pasó: elige otro.",
    "notice": "Falta muy poco para ese horario: elige uno más adelante.",
    "horizon": "Todavía no se puede agendar tan lejos: elige una fecha más cercana.",
    "daily_limit": "Ese día ya está completo: elige otro.",
    "busy": "Ese horario se acaba de ocupar: elige otro.",
    "grid": "Ese horario no es de los que se ofrecen: elige uno de la lista.",
}


async def patient_resource(session: AsyncSession, patient: Patient) -> int:
    """The resource that stands for a patient, who is in one place at a time; made when there is none."""
    statement = (
        insert(Resource)
        .values(organization_id=patient.organization_id, kind="patient", name=patient.name, patient_id=patient.id)
        .on_conflict_do_nothing(index_elements=["patient_id"])
    )
    await session.execute(statement)
    found = await session.scalar(select(Resource.id).where(Resource.patient_id == patient.id))
    assert found is not None
    return found


async def book(session: AsyncSession, offer: Offer, wanted: Wanted, now: datetime) -> Appointment:
    """The appointment of this wish, made now or by an earlier try of the same. Raises Taken and changes nothing."""
    earlier = await _earlier(session, offer, wanted)
    if earlier is not None:
        return earlier
    async with session.begin_nested():
        resource = await patient_resource(session, wanted.patient)
        asking = _asking(wanted, now, resource)
        await lock(session, [offer], resource, now)
        earlier = await _earlier(session, offer, wanted)  # whoever tried the same at once was before us at the locks
        if earlier is not None:
            return earlier
        chosen = await _choose(session, offer, wanted, asking)
        status = _status(offer, wanted)
        appointment = Appointment(
            organization_id=offer.service.organization_id,
            contact_id=wanted.patient.contact_id,
            patient_id=wanted.patient.id,
            service_id=offer.service.id,
            location_id=offer.location.id,
            professional_id=chosen.professional,
            starts_at=wanted.start,
            ends_at=wanted.start + timedelta(minutes=offer.minutes(chosen.professional)),
            status=status,
            version=1,
            idempotency_key=wanted.key,
            price_minor=wanted.price_minor if wanted.price_minor is not None else _price(offer, chosen.professional),
            deposit_minor=await deposit_for(session, offer.service, wanted.patient, now),
            overbooked=chosen.overbooked,
            booked_by=wanted.by,
            created_at=now,
        )
        session.add(appointment)
        await session.flush()
        await release(session, wanted.holder)
        await _occupy(session, offer, chosen, wanted.start, appointment_id=appointment.id)
        if status == "confirmed":
            await reach_stage(session, appointment.contact_id, "cita_agendada", now, member_id=wanted.by)
        await plan(session, appointment, now)
    return appointment


async def move(
    session: AsyncSession, offer: Offer, appointment: Appointment, wanted: Wanted, now: datetime
) -> Appointment:
    """The same appointment at another time; when that cannot be had it stays as it was. Raises Taken.

    Its price changes with the professional when it was theirs, and not when somebody set it by hand.
    """
    async with session.begin_nested():
        resource = await patient_resource(session, wanted.patient)
        old = list(
            await session.scalars(select(Allocation.resource_id).where(Allocation.appointment_id == appointment.id))
        )
        await lock(session, [offer], resource, now, also=old)
        await session.refresh(appointment, with_for_update=True)
        if appointment.status not in TO_COME:
            raise Refused("not_movable", "Esa cita ya no se puede mover.", status=appointment.status)
        asking = replace(_asking(wanted, now, resource), moving=appointment.id)
        chosen = await _choose(session, offer, wanted, asking)
        await session.execute(delete(Allocation).where(Allocation.appointment_id == appointment.id))
        await release(session, wanted.holder)
        await _occupy(session, offer, chosen, wanted.start, appointment_id=appointment.id)
        appointment.starts_at = wanted.start
        appointment.ends_at = wanted.start + timedelta(minutes=offer.minutes(chosen.professional))
        if appointment.price_minor == _price(offer, appointment.professional_id):
            appointment.price_minor = _price(offer, chosen.professional)
        appointment.professional_id = chosen.professional
        appointment.location_id = offer.location.id
        appointment.overbooked = chosen.overbooked
        appointment.version += 1
        appointment.answered_at = appointment.running_late_at = None
        if _status(offer, wanted) == "requested":
            appointment.status = "requested"
        await session.flush()
        await plan(session, appointment, now)
    return appointment


async def hold(
    session: AsyncSession, offer: Offer, wanted: Wanted, now: datetime, lasting: timedelta = HOLD
) -> SlotHold:
    """Keep a time for `wanted.holder`, instead of whatever they held before. Raises Taken."""
    async with session.begin_nested():
        resource = await patient_resource(session, wanted.patient)
        await lock(session, [offer], resource, now)
        chosen = await _choose(session, offer, wanted, _asking(wanted, now, resource))
        await release(session, wanted.holder)
        kept = SlotHold(
            organization_id=offer.service.organization_id,
            holder=wanted.holder,
            service_id=offer.service.id,
            starts_at=wanted.start,
            expires_at=now + lasting,
        )
        session.add(kept)
        await session.flush()
        await _occupy(session, offer, chosen, wanted.start, hold_id=kept.id)
    return kept


async def professional_of(session: AsyncSession, hold_id: int) -> int | None:
    """Who a hold keeps the time of."""
    found: int | None = await session.scalar(
        select(Resource.id)
        .join(Allocation, Allocation.resource_id == Resource.id)
        .where(Allocation.hold_id == hold_id, Resource.kind == "professional")
    )
    return found


async def release(session: AsyncSession, holder: str) -> None:
    """Give back what is held."""
    if holder:
        await session.execute(delete(SlotHold).where(SlotHold.holder == holder))


async def cancel(
    session: AsyncSession, appointment: Appointment, now: datetime, *, by: str, reason: str | None, late: bool
) -> bool:
    """Free the time; whether it was still to come. `by` is patient or staff; a second cancellation changes nothing."""
    await session.refresh(appointment, with_for_update=True)
    if appointment.status not in TO_COME:
        return False
    appointment.status, appointment.version = "cancelled", appointment.version + 1
    appointment.cancelled_at, appointment.cancelled_by = now, by
    appointment.cancel_reason, appointment.cancelled_late = reason, late
    await session.execute(delete(Allocation).where(Allocation.appointment_id == appointment.id))
    await session.flush()
    return True


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Who gives what: (need's place, resource, lane); the patient's own is last."""

    lanes: Sequence[tuple[int, int, int]]
    professional: int | None
    overbooked: bool = False


def _asking(wanted: Wanted, now: datetime, resource: int) -> Asking:
    professionals = frozenset((wanted.professional,)) if wanted.professional else None
    return Asking(now, wanted.holder, 0, professionals, resource)


async def _earlier(session: AsyncSession, offer: Offer, wanted: Wanted) -> Appointment | None:
    found: Appointment | None = await session.scalar(
        select(Appointment).where(
            Appointment.organization_id == offer.service.organization_id, Appointment.idempotency_key == wanted.key
        )
    )
    return found


async def lock(
    session: AsyncSession, offers: Sequence[Offer], patient: int, now: datetime, also: Sequence[int] = ()
) -> None:
    """Whatever these services may need, until the transaction ends; whoever books several locks for all at once.

    A service with a limit of bookings a day is locked too: its places may share nothing else.
    """
    ids = sorted({*(one for offer in offers for one in offer.resources), patient, *also})
    limited = sorted({offer.service.id for offer in offers if offer.service.daily_limit is not None})
    kinds = ["resource"] * len(ids) + ["service"] * len(limited)
    await session.execute(_LOCK, {"kinds": kinds, "ids": [*ids, *limited]})
    await session.execute(_DROP_EXPIRED, {"now": now, "ids": ids})


def _status(offer: Offer, wanted: Wanted) -> str:
    return "requested" if wanted.by is None and offer.service.needs_approval else "confirmed"


async def _held(session: AsyncSession, offer: Offer, wanted: Wanted, now: datetime) -> bool:
    """Whether this very time is kept for them: then it is theirs, however long they think about it meanwhile."""
    kept = select(SlotHold.id).where(
        SlotHold.holder == wanted.holder,
        SlotHold.service_id == offer.service.id,
        SlotHold.starts_at == wanted.start,
        SlotHold.expires_at > now,
    )
    return bool(wanted.holder) and await session.scalar(kept) is not None


def _price(offer: Offer, professional: int | None) -> int | None:
    first = offer.pools[offer.needs[0].id] if offer.needs else ()
    own = next((one.price_minor for one in first if one.resource_id == professional), None)
    return own if own is not None else offer.service.price_minor


async def _choose(session: AsyncSession, offer: Offer, wanted: Wanted, asking: Asking) -> _Chosen:
    """Who gives each need at that start: validated by the very function that lists. Raises Taken."""
    start = int(wanted.start.astimezone(UTC).timestamp())
    reason = "busy"
    held = await _held(session, offer, wanted, asking.now)
    if wanted.by is None:
        limits = await limits_of(session, offer, asking, start, start + 1)
        if held:
            limits = replace(limits, notice=0, horizon_days=None)
        if refusal := limits.refusal(start):
            raise Taken(refusal)
    on_any_minute = wanted.exact or wanted.by is not None or held
    fitting: list[tuple[Asking, list[Need], list[Calendar]]] = []
    for group in groups_of(offer, asking):
        needs = await load_needs(session, offer, group, start - 86_400, start + 86_400)
        able = givers(needs, start)
        if able and not on_any_minute and start not in starts(needs, grid_of(offer), start, start + 1):
            reason = "grid"
        elif able:
            fitting.append((group, needs, able))
    if not fitting and wanted.overbook and wanted.by is not None:
        return await _overbooked(session, offer, wanted, asking, start)
    if not fitting:
        raise Taken(reason)
    people = list(dict.fromkeys(one.resource for _, _, able in fitting for one in able))
    professional = await in_turn(session, offer, wanted.patient.id, people, wanted.start)
    needs = next(needs for group, needs, _ in fitting if professional in (group.professionals or ()))
    calendars = assigned(needs, start, professional)
    assert calendars is not None
    return _Chosen([(place, one.resource, one.lane) for place, one in enumerate(calendars)], professional)


async def _overbooked(session: AsyncSession, offer: Offer, wanted: Wanted, asking: Asking, start: int) -> _Chosen:
    """An extra lane of each resource that is not free: the staff's own choice, never the bot's."""
    first = offer.pools[offer.needs[0].id] if offer.needs else ()
    professional = wanted.professional or next((one.resource_id for one in first), 0)
    only = replace(asking, professionals=frozenset((professional,)))
    needs = await load_needs(session, offer, only, start - 86_400, start + 86_400)
    if not first or not all(need.any_of for need in needs):
        raise Refused(
            "not_given",
            f"«{offer.service.name}» no se puede dar así en {offer.location.name}: falta quien lo dé, o una sala o un "
            "equipo activo. Elige otro profesional, o revisa el servicio.",
        )
    kept: list[Footprint] = []
    for need in needs:
        free = [one for one in need.able(start) if not any(need.takes(start, one).meets(other) for other in kept)]
        others = [one for one in need.any_of if one.resource not in {other.resource for other in kept}]
        one = (free or others or need.any_of)[0]
        mine = need.takes(start, one)
        kept.append(mine if free else replace(mine, lane=await _extra_lane(session, offer, wanted.start, mine, kept)))
    lanes = [(place, one.resource, one.lane) for place, one in enumerate(kept)]
    return _Chosen(lanes, professional, overbooked=True)


async def _extra_lane(
    session: AsyncSession, offer: Offer, start: datetime, mine: Footprint, kept: Sequence[Footprint]
) -> int:
    """A lane of the resource that nothing is in, above its capacity."""
    bounds = {"since": start - timedelta(days=1), "until": start + timedelta(days=1)}
    most = await session.scalar(_HIGHEST_LANE, {"id": mine.resource, **bounds}) or 0
    capacity = offer.resources[mine.resource].capacity if mine.resource in offer.resources else 1
    return max(most, capacity, *(one.lane for one in kept if one.resource == mine.resource), 0) + 1


async def _occupy(
    session: AsyncSession,
    offer: Offer,
    chosen: _Chosen,
    start: datetime,
    *,
    appointment_id: int | None = None,
    hold_id: int | None = None,
) -> None:
    whole = offer.minutes(chosen.professional)
    for place, resource, lane in chosen.lanes:
        if place < len(offer.needs):
            need = offer.needs[place]
            before, after = buffers_of(offer, need, offer.resources[resource])
            begin = start + timedelta(minutes=need.offset_minutes)
            end = begin + timedelta(minutes=need.minutes or whole - need.offset_minutes)
        else:
            before, after, begin, end = 0, 0, start, start + timedelta(minutes=whole)
        session.add(
            Allocation(
                organization_id=offer.service.organization_id,
                resource_id=resource,
                lane=lane,
                during=Range(begin - timedelta(seconds=before), end + timedelta(seconds=after)),
                appointment_id=appointment_id,
                hold_id=hold_id,
            )
        )
    try:
        await session.flush()
    except IntegrityError as error:
        if isinstance(error.orig, psycopg.errors.ExclusionViolation):
            raise Taken("busy") from error  # by a program that does not lock
        raise
