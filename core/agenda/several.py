"""Visits of several services, one after the other: found and booked as a whole, or not at all.

What lists them and what books them asks the same question: who can give the first, who then the second, and so on,
where nobody and nothing is free again before their own buffers after the service before have passed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda import booking
from core.agenda.booking import Taken, Wanted
from core.agenda.calendars import Asking, Offer, load_needs
from core.agenda.fairness import in_turn
from core.agenda.model import Appointment
from core.agenda.openings import Opening, grid_of, groups_of, limits_of
from core.agenda.rules import Limits
from core.agenda.starts import Footprint, Need, assigned, starts
from core.errors import Refused


class Blocked(Taken):
    """One of the services has no time where it would have to begin. `place` counts from 0; `start` in seconds."""

    def __init__(self, place: int, offer: Offer, start: int) -> None:
        at = datetime.fromtimestamp(start, offer.zone)
        then = "a continuación de lo anterior: quien lo da no queda libre enseguida" if place else "a esa hora"
        message = f"«{offer.service.name}» no tiene lugar el {at:%d/%m a las %H:%M}, {then}. Elige otra hora."
        Refused.__init__(self, "taken", message, reason="busy", service=offer.service.key)
        self.reason, self.place, self.start = "busy", place, start


@dataclass(frozen=True, slots=True)
class _Service:
    """One of the services with what it needs, read once. `groups`: minutes and needs of those who take as long."""

    offer: Offer
    limits: Limits
    groups: Sequence[tuple[int, list[Need]]]
    wanted_later: frozenset[int]
    """Resources this service or one after it could ask for."""

    def people(self, at: int) -> list[int]:
        """Who is free to give it, all else aside."""
        return list(dict.fromkeys(one.resource for _, needs in self.groups for one in needs[0].able(at)))

    def taken_by(self, who: int, at: int, taken: Sequence[Footprint]) -> tuple[int, list[Footprint]] | None:
        """When it ends and what it occupies when this professional gives it; None when they cannot."""
        for minutes, needs in self.groups:
            calendars = assigned(needs, at, who, taken)
            if calendars is not None:
                mine = [need.takes(at, one) for need, one in zip(needs, calendars, strict=True)]
                return at + minutes * 60, mine
        return None


@dataclass(frozen=True, slots=True)
class _Chain:
    """The services in their order. `dead`: from where, with what taken, there is known to be no way on."""

    services: Sequence[_Service]
    dead: set[tuple[int, int, frozenset[Footprint]]]

    def able(self, place: int, at: int, taken: Sequence[Footprint]) -> list[tuple[int, int]]:
        """Whoever can give the service at this place so that the rest can follow, and when the whole ends then."""
        ends = ((who, self._end_with(who, place, at, taken)) for who in self.services[place].people(at))
        return [(who, end) for who, end in ends if end is not None]

    def _end_with(self, who: int, place: int, at: int, taken: Sequence[Footprint]) -> int | None:
        given = self.services[place].taken_by(who, at, taken)
        return None if given is None else self._end(place + 1, given[0], (*taken, *given[1]))

    def _end(self, place: int, at: int, taken: Sequence[Footprint]) -> int | None:
        if place == len(self.services):
            return at
        service = self.services[place]
        key = (place, at, frozenset(one for one in taken if one.resource in service.wanted_later))
        if key in self.dead:
            return None
        if service.limits.allows(at):
            for who in service.people(at):
                end = self._end_with(who, place, at, taken)
                if end is not None:
                    return end
        self.dead.add(key)
        return None


async def _load(
    session: AsyncSession, offers: Sequence[Offer], asking: Asking, since: int, until: int, *, by_one: bool
) -> _Chain:
    """Everything needed for visits that begin in [since, until): a few queries for each service."""
    whole = sum(max((offer.minutes(one) for one in offer.resources), default=0) for offer in offers) * 60
    services = []
    for place, offer in enumerate(offers):
        own = asking if place == 0 or by_one else replace(asking, professionals=None)
        groups = []
        for group in groups_of(offer, own):
            assert group.professionals
            needs = await load_needs(session, offer, group, since, until + whole)
            groups.append((offer.minutes(min(group.professionals)), needs))
        limits = await limits_of(session, offer, own, since, until + whole)
        later = frozenset(resource for one in offers[place:] for resource in one.resources)
        services.append(_Service(offer, limits, groups, later))
    return _Chain(services, set())


def _begins(chain: _Chain, asking: Asking, since: int, until: int) -> list[int]:
    """Starts at which the first service can be given."""
    first = chain.services[0]
    grid = grid_of(first.offer, asking)
    return sorted({at for _, needs in first.groups for at in starts(needs, grid, since, until, first.limits.allows)})


async def visit_openings(
    session: AsyncSession, offers: Sequence[Offer], asking: Asking, since: int, until: int, *, by_one: bool = False
) -> list[Opening]:
    """Starts in [since, until) at which all the services can follow one another, with whoever can give the first.

    `asking.professionals` are those of the first service; `by_one`: of all of them.
    """
    chain = await _load(session, offers, asking, since, until, by_one=by_one)
    found = []
    for start in _begins(chain, asking, since, until):
        chain.dead.clear()
        able = chain.able(0, start, ())
        if able:
            minutes = (min(end for _, end in able) - start) // 60
            found.append(Opening(start, minutes, tuple(who for who, _ in able)))
        await asyncio.sleep(0)
    return found


async def book_visit(
    session: AsyncSession, offers: Sequence[Offer], wanted: Wanted, now: datetime, *, by_one: bool = False
) -> list[Appointment]:
    """Several services one after the other, the first at `wanted.start`; all of them, or none. Raises Blocked.

    `by_one`: `wanted.professional` gives all of them, not only the first.
    """
    booked: list[Appointment] = []
    async with session.begin_nested():
        patient = await booking.patient_resource(session, wanted.patient)
        await booking.lock(session, offers, patient, now)
        if earlier := await _earlier(session, wanted.key):
            return earlier
        start = int(wanted.start.timestamp())
        who = frozenset((wanted.professional,)) if wanted.professional else None
        asking = Asking(now, wanted.holder, 0, who, patient, staff=wanted.by is not None)
        chain = await _load(session, offers, asking, start, start + 1, by_one=by_one)
        taken: list[Footprint] = []
        for place, offer in enumerate(offers):
            begins = place > 0 or asking.staff or bool(_begins(chain, asking, start, start + 1))
            able = [one for one, _ in chain.able(place, start, taken)] if begins else []
            if not able:
                raise _blocked(chain, place, start)
            giver = await in_turn(session, offer, wanted.patient.id, able, datetime.fromtimestamp(start, UTC))
            given = chain.services[place].taken_by(giver, start, taken)
            assert given is not None
            at = datetime.fromtimestamp(start, UTC)
            wish = replace(wanted, start=at, key=f"{wanted.key}:{place + 1}", professional=giver, exact=True)
            booked.append(await booking.book(session, offer, wish, now))
            booked[-1].series_id = booked[0].id
            start, taken = given[0], [*taken, *given[1]]
        await session.flush()
    return booked


def _blocked(chain: _Chain, place: int, start: int) -> Blocked:
    """The furthest service that could not be given."""
    furthest = max(((one[0], one[1]) for one in chain.dead), default=(place, start), key=lambda one: one[0])
    return Blocked(furthest[0], chain.services[furthest[0]].offer, furthest[1])


async def _earlier(session: AsyncSession, key: str) -> list[Appointment]:
    """What an earlier try of the same wish booked."""
    first = select(Appointment.id).where(Appointment.idempotency_key == f"{key}:1")
    rows = await session.scalars(select(Appointment).where(Appointment.series_id.in_(first)).order_by(Appointment.id))
    return list(rows)
