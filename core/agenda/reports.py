"""How full the agenda is, who does not come, how early people book, why they cancel, what they say of their visits,
what the waitlist brings.

Reads alone. Days are local: of the place, or of the organization.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.calendars import open_of, with_hours
from core.agenda.model import Location, Resource, Service
from core.agenda.spans import Span, merged, without
from core.agenda.wall import instant_at
from core.organizations.model import Organization

By = Literal["hour", "day", "professional", "room"]


@dataclass(frozen=True, slots=True)
class Between:
    """Local days, the last one left out, and the place, if only one counts."""

    first: date
    last: date
    zone: ZoneInfo
    location: int | None = None

    @property
    def values(self) -> dict[str, Any]:
        since, until = (instant_at(day, 0, self.zone) for day in (self.first, self.last))
        return {"since": since, "until": until, "location": self.location}


@dataclass(frozen=True, slots=True)
class Occupied:
    """`key`: the local hour (0 to 23), the day, or the resource. `rate` None: not open at all."""

    key: str
    open_minutes: int
    booked_minutes: int

    @property
    def rate(self) -> float | None:
        return round(self.booked_minutes / self.open_minutes, 4) if self.open_minutes else None


_BOOKED = text("""
    SELECT a.resource_id, extract(epoch FROM greatest(a.begins_at, to_timestamp(:since)))::bigint,
           extract(epoch FROM least(a.ends_at, to_timestamp(:until)))::bigint
    FROM allocation a JOIN appointment p ON p.id = a.appointment_id
    WHERE a.resource_id = ANY(:resources) AND p.location_id = :place
      AND a.begins_at < to_timestamp(:until) AND a.ends_at > to_timestamp(:since)
""")
_CLOSED = text("""
    SELECT resource_id, extract(epoch FROM coalesce(lower(during), to_timestamp(:since)))::bigint,
           extract(epoch FROM coalesce(upper(during), to_timestamp(:until)))::bigint
    FROM closure
    WHERE (resource_id = ANY(:resources) OR location_id = :place OR resource_id IS NULL AND location_id IS NULL)
      AND during && tstzrange(to_timestamp(:since), to_timestamp(:until))
""")


async def occupancy(session: AsyncSession, organization: Organization, between: Between, by: By) -> list[Occupied]:
    """Booked over open time of the professionals, or of the rooms, buffers included; five queries for each place.

    Who has no schedule of their own could be anywhere: they are open where they are booked, or at the only place.
    """
    kind = "room" if by == "room" else "professional"
    every = select(Resource).where(Resource.kind == kind, Resource.active).order_by(Resource.id)
    resources = {one.id: one for one in await session.scalars(every)}
    places = list(await session.scalars(select(Location).where(Location.active).order_by(Location.id)))
    opened: dict[str, int] = defaultdict(int)
    booked: dict[str, int] = defaultdict(int)
    since, until = between.values["since"], between.values["until"]
    for place in places:
        if between.location not in (None, place.id):
            continue
        here = {key: one for key, one in resources.items() if one.location_id in (None, place.id)}
        hours = await with_hours(session, organization, Service(organization_id=organization.id), place, (), {}, here)
        values = {"since": since, "until": until, "resources": list(here), "place": place.id}
        closed: dict[int | None, list[Span]] = defaultdict(list)
        for resource, start, end in await session.execute(_CLOSED, values):
            closed[resource].append((start, end))
        taken = list(await session.execute(_BOOKED, values))
        present = {*hours.weeks, *(row[0] for row in taken)}
        for resource, one in here.items():
            if resource not in present and one.location_id is None and len(places) > 1:
                continue
            clipped = [(max(a, since), min(b, until)) for a, b in open_of(hours, resource, since, until)]
            shut = merged([*closed[resource], *closed[None]])
            for key, seconds in _pieces(without(merged(clipped), shut), hours.zone, by, resource):
                opened[key] += seconds * one.capacity
        for resource, start, end in taken:
            for key, seconds in _pieces([(start, end)], hours.zone, by, resource):
                booked[key] += seconds
    return [Occupied(key, opened[key] // 60, booked[key] // 60) for key in sorted({*opened, *booked}, key=_order)]


def _order(key: str) -> tuple[int, str]:
    return (int(key), "") if key.isdigit() else (0, key)


def _pieces(spans: list[Span], zone: ZoneInfo, by: By, resource: int) -> Iterator[tuple[str, int]]:
    """The time of these spans by what it is counted under."""
    for start, end in spans:
        if by in ("professional", "room"):
            yield str(resource), end - start
            continue
        at = start
        while at < end:
            wall = datetime.fromtimestamp(at, zone)
            until = min(end, at + 3600 - wall.minute * 60 - wall.second)
            yield (str(wall.hour) if by == "hour" else wall.date().isoformat()), until - at
            at = until


# the same condition in three queries, without anything anybody sent
_WITHIN = """
    starts_at >= to_timestamp(:since) AND starts_at < to_timestamp(:until)
    AND (cast(:location AS bigint) IS NULL OR location_id = :location)
"""
_NO_SHOWS = text(f"""
    SELECT professional_id, count(*) FILTER (WHERE status = 'attended') AS attended,
           count(*) FILTER (WHERE status = 'no_show') AS no_shows
    FROM appointment WHERE {_WITHIN} AND status IN ('attended', 'no_show') GROUP BY 1 ORDER BY 1
""")  # noqa: S608
_LEAD_TIME = text(f"""
    SELECT count(*) AS appointments, avg(ahead) AS mean_days,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY ahead) AS median_days,
           count(*) FILTER (WHERE ahead < 1) AS same_day, count(*) FILTER (WHERE ahead >= 1 AND ahead < 7) AS same_week,
           count(*) FILTER (WHERE ahead >= 7 AND ahead < 28) AS same_month, count(*) FILTER (WHERE ahead >= 28) AS later
    FROM (SELECT greatest(extract(epoch FROM starts_at - created_at), 0)::float8 / 86400 AS ahead
          FROM appointment WHERE {_WITHIN} AND status <> 'cancelled') AS each
""")  # noqa: S608
_CANCELLED = text(f"""
    SELECT cancel_code AS reason, cancelled_by AS by, count(*) AS appointments,
           count(*) FILTER (WHERE cancelled_late) AS late
    FROM appointment WHERE {_WITHIN} AND status = 'cancelled' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
""")  # noqa: S608
_FEEDBACK = text(f"""
    SELECT professional_id, service_id, count(*) AS answers, sum(score)::bigint AS scores
    FROM appointment JOIN visit_feedback f ON f.appointment_id = appointment.id WHERE {_WITHIN} GROUP BY 1, 2
""")  # noqa: S608
_WAITLIST = text("""
    SELECT count(*) AS entries, count(*) FILTER (WHERE e.state = 'booked') AS booked,
           count(*) FILTER (WHERE e.state = 'waiting') AS waiting, count(*) FILTER (WHERE e.state = 'left') AS gone,
           coalesce(sum(o.offers), 0)::bigint AS offers, coalesce(sum(o.claimed), 0)::bigint AS claimed,
           coalesce(sum(o.declined), 0)::bigint AS declined, coalesce(sum(o.expired), 0)::bigint AS expired
    FROM waitlist_entry e LEFT JOIN LATERAL (
        SELECT count(*) AS offers, count(*) FILTER (WHERE state = 'claimed') AS claimed,
               count(*) FILTER (WHERE state = 'declined') AS declined,
               count(*) FILTER (WHERE state = 'expired') AS expired
        FROM waitlist_offer WHERE entry_id = e.id) o ON true
    WHERE e.created_at >= to_timestamp(:since) AND e.created_at < to_timestamp(:until)
""")


async def no_shows(session: AsyncSession, between: Between) -> list[tuple[int | None, int, int]]:
    """(professional, attended, no-shows) of visits within these days."""
    rows = await session.execute(_NO_SHOWS, between.values)
    return [(row.professional_id, row.attended, row.no_shows) for row in rows]


async def lead_time(session: AsyncSession, between: Between) -> Mapping[str, Any]:
    """How long before the visit it was booked: mean and median days, and how many by how early."""
    found = dict((await session.execute(_LEAD_TIME, between.values)).mappings().one())
    rounded = {key: round(found[key], 2) for key in ("mean_days", "median_days") if found[key] is not None}
    return {**found, **rounded}


async def cancellations(session: AsyncSession, between: Between) -> list[Mapping[str, Any]]:
    """{reason, by, appointments, late}, the most frequent first; `reason` is a code, None when nobody gave one."""
    return [dict(row) for row in (await session.execute(_CANCELLED, between.values)).mappings()]


@dataclass(frozen=True, slots=True)
class Said:
    """How many patients answered, and the sum of their scores of 1 to 5."""

    answers: int = 0
    scores: int = 0

    def __add__(self, other: "Said") -> "Said":
        return Said(self.answers + other.answers, self.scores + other.scores)

    @property
    def mean(self) -> float | None:
        return round(self.scores / self.answers, 2) if self.answers else None


async def feedback(session: AsyncSession, between: Between) -> dict[tuple[int | None, int], Said]:
    """(professional, service) → what patients said of the visits within these days."""
    rows = await session.execute(_FEEDBACK, between.values)
    return {(row.professional_id, row.service_id): Said(row.answers, row.scores) for row in rows}


async def waitlist(session: AsyncSession, between: Between) -> Mapping[str, Any]:
    """What became of those who began to wait within these days, and of what they were offered."""
    return dict((await session.execute(_WAITLIST, between.values)).mappings().one())
