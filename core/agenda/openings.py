"""Looking for times: the next ones that can be booked, near ones first, and who could give them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.calendars import Asking, Offer, load_needs
from core.agenda.rules import HorizonUnit, Limits
from core.agenda.starts import Grid, starts

DAY = 86_400
LAZY = (3, 10, 31)
"""Days that are looked at first, then, then: most people want a time this week."""

_BOOKED = text("""
    SELECT (starts_at AT TIME ZONE :zone)::date, count(*) FROM appointment
    WHERE organization_id = :organization AND service_id = :service AND status <> 'cancelled' AND id <> ALL(:moving)
      AND starts_at >= to_timestamp(:since) AND starts_at < to_timestamp(:until)
    GROUP BY 1
""")


@dataclass(frozen=True, slots=True)
class Opening:
    """A start that can be booked, in seconds since the epoch, and the professionals who could give it."""

    start: int
    minutes: int
    professionals: tuple[int, ...]

    def at(self, zone: ZoneInfo) -> datetime:
        return datetime.fromtimestamp(self.start, zone)


async def limits_of(session: AsyncSession, offer: Offer, asking: Asking, since: int, until: int) -> Limits:
    """The service's own rules about a start, for a patient who books; the staff passes by them, also by the clock."""
    if asking.staff:
        return Limits(offer.zone, 0)
    service = offer.service
    booked = {}
    if service.daily_limit is not None:
        values = {"zone": offer.zone.key, "organization": service.organization_id, "service": service.id}
        bounds = {"since": since - DAY, "until": until + DAY, "moving": [asking.moving, *asking.together]}
        rows = await session.execute(_BOOKED, {**values, **bounds})
        booked = {row[0]: row[1] for row in rows}
    unit: HorizonUnit = "business_days" if service.horizon_unit == "business_days" else "calendar_days"
    return Limits(
        offer.zone,
        int(asking.now.timestamp()),
        service.notice_minutes * 60,
        service.horizon_days,
        unit,
        service.daily_limit,
        booked,
    )


def grid_of(offer: Offer, asking: Asking | None = None) -> Grid:
    """The starts a service is offered at."""
    return Grid(1 if asking is not None and asking.exact else offer.service.step, offer.zone)


def groups_of(offer: Offer, asking: Asking) -> Iterator[Asking]:
    """The same question for the professionals of each duration: who takes longer needs the room longer too."""
    by_minutes: dict[int, set[int]] = {}
    for pool in offer.pools[offer.needs[0].id] if offer.needs else ():
        if asking.professionals is None or pool.resource_id in asking.professionals:
            by_minutes.setdefault(offer.minutes(pool.resource_id), set()).add(pool.resource_id)
    for _, members in sorted(by_minutes.items()):
        yield replace(asking, professionals=frozenset(members))


async def openings(
    session: AsyncSession, offer: Offer, asking: Asking, since: int, until: int
) -> AsyncIterator[Opening]:
    """Every opening in [since, until), in order; the database is read a few days at a time, as far as is asked for."""
    begin = since
    for days in (*LAZY, None):
        end = until if days is None else min(until, since + days * DAY)
        if begin >= end:
            continue
        for opening in await openings_between(session, offer, asking, begin, end):
            yield opening
        begin = end


async def openings_between(
    session: AsyncSession, offer: Offer, asking: Asking, since: int, until: int
) -> list[Opening]:
    """Every opening in [since, until), read at once."""
    limits = await limits_of(session, offer, asking, since, until)
    found: dict[int, Opening] = {}
    for group in groups_of(offer, asking):
        assert group.professionals
        minutes = offer.minutes(min(group.professionals))
        needs = await load_needs(session, offer, group, since, until)
        for start, able in starts(needs, grid_of(offer, asking), since, until, limits.allows).items():
            people = tuple(dict.fromkeys(calendar.resource for calendar in able))
            known = found.get(start)
            found[start] = Opening(start, minutes, (*known.professionals, *people) if known else people)
    return [found[start] for start in sorted(found)]
