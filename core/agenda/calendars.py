"""The calendars a service needs at a place, read from the database: open hours, and what occupies them.

Who works without a schedule of their own keeps the organization's hours. A date of a resource goes before the
organization's holidays, those before the week; closures and time off always close.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.model import Location, Resource, Schedule, ScheduleOverride, Service, ServiceNeed, ServicePool
from core.agenda.opening import Blocks, Hours, open_spans
from core.agenda.spans import Span, Spans, merged, without
from core.agenda.starts import Calendar, Need
from core.agenda.wall import instant_at, minute_of
from core.organizations.hours import WEEKDAYS, Intervals
from core.organizations.model import Holiday, Organization

MARGIN = 86_400
"""Seconds read on either side of what is looked at: no footprint is longer than a day."""

_BUSY = text("""
    SELECT resource_id, array_agg(lane ORDER BY begins_at),
           array_agg(date_part('epoch', begins_at)::bigint ORDER BY begins_at),
           array_agg(date_part('epoch', ends_at)::bigint ORDER BY begins_at)
    FROM allocation a
    WHERE resource_id = ANY(:resources) AND begins_at >= to_timestamp(:since) AND begins_at < to_timestamp(:until)
      AND (appointment_id IS NULL OR appointment_id <> ALL(:moving))
      AND (hold_id IS NULL OR EXISTS (SELECT FROM slot_hold h WHERE h.id = a.hold_id
                                      AND h.expires_at > :now AND h.holder <> :holder))
    GROUP BY resource_id
""")
_CLOSED = text("""
    SELECT resource_id, extract(epoch FROM lower(during))::bigint, extract(epoch FROM upper(during))::bigint
    FROM closure
    WHERE (resource_id = ANY(:resources) OR location_id = :location OR resource_id IS NULL AND location_id IS NULL)
      AND during && tstzrange(to_timestamp(:since), to_timestamp(:until))
    ORDER BY lower(during)
""")


@dataclass(frozen=True, slots=True)
class Offer:
    """A service as it can be given at a location: its needs, by resource, and what each resource is."""

    service: Service
    location: Location
    zone: ZoneInfo
    needs: Sequence[ServiceNeed]
    pools: Mapping[int, Sequence[ServicePool]]
    resources: Mapping[int, Resource]
    weeks: Mapping[int, Sequence[Schedule]]
    overrides: Mapping[int, Mapping[date, Intervals | None]]
    organization_hours: Mapping[str, Intervals]
    holidays: Mapping[date, Intervals | None]

    def minutes(self, resource: int | None = None) -> int:
        """How long the service takes, with this professional."""
        first = self.pools[self.needs[0].id] if self.needs else ()
        own = next((one.minutes for one in first if one.resource_id == resource), None)
        return own or self.service.minutes


async def load_offer(session: AsyncSession, service: Service, location: Location) -> Offer:
    """Everything about a service at a location but what occupies it; five queries."""
    organization = await session.get(Organization, service.organization_id)
    assert organization is not None
    needs = list(
        await session.scalars(
            select(ServiceNeed).where(ServiceNeed.service_id == service.id).order_by(ServiceNeed.position)
        )
    )
    rows = await session.execute(
        select(ServicePool, Resource)
        .join(Resource, Resource.id == ServicePool.resource_id)
        .where(ServicePool.need_id.in_([need.id for need in needs]), Resource.active)
        .order_by(ServicePool.id)
    )
    pools: dict[int, list[ServicePool]] = {need.id: [] for need in needs}
    resources: dict[int, Resource] = {}
    for pool, resource in rows:
        if resource.location_id in (None, location.id):
            pools[pool.need_id].append(pool)
            resources[resource.id] = resource
    return await with_hours(session, organization, service, location, needs, pools, resources)


async def with_hours(
    session: AsyncSession,
    organization: Organization,
    service: Service,
    location: Location,
    needs: Sequence[ServiceNeed],
    pools: Mapping[int, Sequence[ServicePool]],
    resources: Mapping[int, Resource],
) -> Offer:
    """The offer with when each of these resources is open at the place; three queries."""
    weeks: dict[int, list[Schedule]] = defaultdict(list)
    scheduled = set()
    for schedule in await session.scalars(select(Schedule).where(Schedule.resource_id.in_(resources))):
        scheduled.add(schedule.resource_id)
        if schedule.location_id == location.id:
            weeks[schedule.resource_id].append(schedule)
    for resource_id in scheduled:
        weeks.setdefault(resource_id, [])  # they work elsewhere, not here
    overrides: dict[int, dict[date, Intervals | None]] = defaultdict(dict)
    for override in await session.scalars(
        select(ScheduleOverride).where(
            ScheduleOverride.resource_id.in_(resources), ScheduleOverride.location_id == location.id
        )
    ):
        overrides[override.resource_id][override.day] = override.hours
    holidays = await session.scalars(
        select(Holiday)
        .where(
            Holiday.organization_id == organization.id,
            Holiday.location_id.is_(None) | (Holiday.location_id == location.id),
        )
        .order_by(Holiday.location_id.nulls_first())  # the place's own rows go before the organization's
    )
    return Offer(
        service,
        location,
        ZoneInfo(location.zone),
        needs,
        pools,
        resources,
        weeks,
        overrides,
        organization.hours,
        {holiday.day: holiday.hours for holiday in holidays},
    )


def _blocks(intervals: Intervals | None) -> Blocks:
    return tuple((minute_of(start), minute_of(end)) for start, end in intervals or ())


def _hours(zone: ZoneInfo, weekly: Mapping[str, Intervals], dates: Mapping[date, Blocks]) -> Hours:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (_blocks(weekly.get(day)) for day in WEEKDAYS)
    return Hours(zone, (monday, tuesday, wednesday, thursday, friday, saturday, sunday), tuple(dates.items()))


def open_of(offer: Offer, resource: int, since: int, until: int) -> Spans:
    """When a resource is open at the offer's location, closures aside."""
    dates = {day: _blocks(hours) for day, hours in offer.holidays.items()}
    dates |= {day: _blocks(hours) for day, hours in offer.overrides.get(resource, {}).items()}
    schedules = offer.weeks.get(resource)
    if schedules is None:
        return open_spans(_hours(offer.zone, offer.organization_hours, dates), since, until)
    return merged(span for schedule in schedules for span in _valid_spans(offer.zone, schedule, dates, since, until))


def _valid_spans(zone: ZoneInfo, schedule: Schedule, dates: Mapping[date, Blocks], since: int, until: int) -> Spans:
    """A schedule's open hours on the dates it is valid."""
    first, last = schedule.valid.lower, schedule.valid.upper
    kept = {day: blocks for day, blocks in dates.items() if (not first or day >= first) and (not last or day < last)}
    hours = _hours(zone, schedule.weekly, kept)
    start, end = since, until
    if first:
        start = max(start, instant_at(first, 0, zone))
    if last:
        end = min(end, instant_at(last, 0, zone))
    return [(max(a, start), min(b, end)) for a, b in open_spans(hours, start, end)] if start < end else []


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: their own hold, and the appointments being moved, are in nobody's way. `patient`: their resource."""

    now: datetime
    holder: str = ""
    moving: int = 0
    professionals: frozenset[int] | None = None
    """Only with one of these; None: with anybody who gives the service."""
    patient: int | None = None
    exact: bool = False
    """Any minute will do, not only those of the grid."""
    staff: bool = False
    """Notice, horizon and the day's limit bind patients alone."""
    together: frozenset[int] = frozenset()
    """Appointments that are moved along with `moving`."""


async def load_needs(session: AsyncSession, offer: Offer, asking: Asking, since: int, until: int) -> list[Need]:
    """The needs with their calendars over [since, until), one for each lane; two queries.

    `asking.professionals` must all take the same time.
    """
    resources = [*offer.resources, *([asking.patient] if asking.patient else [])]
    bounds = {"since": since - MARGIN, "until": until + MARGIN, "resources": resources}
    moving = [asking.moving, *asking.together]
    rows = await session.execute(_BUSY, {**bounds, "now": asking.now, "holder": asking.holder, "moving": moving})
    busy: Busy = defaultdict(lambda: defaultdict(list))
    for resource, lanes, begins, ends in rows:
        for lane, begin, end in zip(lanes, begins, ends, strict=True):
            busy[resource][lane].append((begin, end))
    closed = await closed_of(session, offer, resources, since - MARGIN, until + MARGIN)
    whole = offer.minutes(min(asking.professionals) if asking.professionals else None)
    needs = []
    for need in offer.needs:
        calendars = [
            calendar
            for pool in offer.pools[need.id]
            if need is not offer.needs[0] or asking.professionals is None or pool.resource_id in asking.professionals
            for calendar in _lanes(offer, need, offer.resources[pool.resource_id], busy, closed, since, until)
        ]
        minutes = need.minutes or whole - need.offset_minutes
        needs.append(Need(tuple(calendars), minutes * 60, need.offset_minutes * 60))
    if asking.patient:
        always = [(since - MARGIN, until + MARGIN)]
        (taken,) = _within(1, busy[asking.patient])
        needs.append(Need((Calendar("", always, taken, resource=asking.patient),), whole * 60))
    return needs


Busy = dict[int, dict[int, list[Span]]]
"""Resource → lane → what occupies it, sorted."""


async def closed_of(
    session: AsyncSession, offer: Offer, resources: Sequence[int], since: int, until: int
) -> Mapping[int, Spans]:
    """When each resource, or the whole place, is closed, on time off, or busy elsewhere."""
    values = {"resources": list(resources), "location": offer.location.id, "since": since, "until": until}
    found: dict[int | None, list[Span]] = defaultdict(list)
    for resource, start, end in await session.execute(_CLOSED, values):
        found[resource].append((start or 0, end or 1 << 40))
    return {resource: merged([*found.get(resource, ()), *found.get(None, ())]) for resource in resources}


def _within(capacity: int, lanes: Mapping[int, list[Span]]) -> list[Spans]:
    """What occupies each lane up to the capacity.

    What lies in lanes above it (the staff overbooked, or the capacity was lowered) takes its resource's time all the
    same: at every instant the first lane that is free then, so that as many lanes are taken as there are bookings.
    """
    taken = [lanes.get(lane, []) for lane in range(1, capacity + 1)]
    for lane in sorted(lane for lane in lanes if lane > capacity):
        rest = merged(lanes[lane])
        for place, own in enumerate(taken):
            here = without(rest, own)
            taken[place] = sorted([*own, *here])
            rest = without(rest, here)
    return taken


def _lanes(
    offer: Offer,
    need: ServiceNeed,
    resource: Resource,
    busy: Busy,
    closed: Mapping[int, Spans],
    since: int,
    until: int,
) -> Iterator[Calendar]:
    opened = open_of(offer, resource.id, since - MARGIN, until + MARGIN)
    if closed[resource.id]:
        opened = without(opened, closed[resource.id])
    before, after = buffers_of(offer, need, resource)
    for lane, taken in enumerate(_within(resource.capacity, busy[resource.id]), start=1):
        yield Calendar(resource.name, opened, taken, before, after, resource.id, lane)


def buffers_of(offer: Offer, need: ServiceNeed, resource: Resource) -> tuple[int, int]:
    """Seconds kept free before and after: the resource's own, and of who gives the service the service's as well."""
    service = offer.service
    first = need is offer.needs[0]
    before = resource.buffer_before + (service.buffer_before if first else 0)
    after = resource.buffer_after + (service.buffer_after if first else 0)
    return before * 60, after * 60
