"""How long people wait for an answer, what is open, who carries what. Reads alone.

An episode has two clocks: the bot's, from its beginning until it was handed over, and the people's, from there on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean, quantiles
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.organizations.hours import Intervals, OpenTime
from core.organizations.model import Holiday, Organization

Measure = Literal["with_bot", "first_reply", "first_reply_total", "resolution_human", "resolution_total"]
MEASURES: tuple[Measure, ...] = ("with_bot", "first_reply", "first_reply_total", "resolution_human", "resolution_total")

_EPISODES = text("""
    SELECT started_at, coalesce(handed_over_at, CASE WHEN first_human_reply_at IS NOT NULL THEN started_at END),
           first_human_reply_at, resolved_at
    FROM episode
    WHERE organization_id = :organization AND started_at >= :since AND started_at < :until
""")
_OPEN = text("""
    SELECT width_bucket(extract(epoch FROM :now - since)::float8, cast(:edges AS float8[])) AS bucket,
           count(*) FILTER (WHERE state = 'open') AS open, count(*) FILTER (WHERE state = 'waiting') AS waiting,
           count(*) FILTER (WHERE state = 'snoozed') AS snoozed, count(*) AS threads
    FROM (
        SELECT t.state, coalesce(e.handed_over_at, e.started_at, t.created_at) AS since
        FROM thread t JOIN contact c ON c.id = t.contact_id AND c.merged_into_id IS NULL
        LEFT JOIN episode e ON e.thread_id = t.id AND e.resolved_at IS NULL
        WHERE t.organization_id = :organization AND t.state IN ('open', 'waiting', 'snoozed')
    ) each GROUP BY 1
""")
_LOAD = text("""
    WITH carried AS (
        SELECT t.owner_id, count(*) AS threads, count(*) FILTER (WHERE t.state = 'open') AS open,
               count(*) FILTER (WHERE t.state = 'waiting') AS waiting,
               count(*) FILTER (WHERE t.state = 'snoozed') AS snoozed, coalesce(sum(t.unread), 0) AS unread,
               min(t.waiting_since) FILTER (WHERE t.state IN ('open', 'waiting')) AS waiting_since
        FROM thread t JOIN contact c ON c.id = t.contact_id AND c.merged_into_id IS NULL
        WHERE t.organization_id = :organization AND t.state IN ('open', 'waiting', 'snoozed') GROUP BY 1
    ), selling AS (
        SELECT l.owner_id, count(*) AS leads, count(*) FILTER (WHERE l.next_at < :now) AS overdue
        FROM lead l JOIN contact c ON c.id = l.contact_id AND c.merged_into_id IS NULL
        WHERE l.organization_id = :organization AND l.closed_at IS NULL GROUP BY 1
    ), solved AS (
        SELECT resolved_by_id AS owner_id, count(*) AS resolved FROM episode
        WHERE organization_id = :organization AND resolved_at >= :since AND resolved_at < :until
          AND resolved_by_id IS NOT NULL GROUP BY 1
    ), people AS (
        SELECT id, name, available FROM member
        WHERE organization_id = :organization
          AND (active AND role <> 'assistant'
               OR id IN (SELECT owner_id FROM carried UNION SELECT owner_id FROM selling))
        UNION ALL SELECT NULL, NULL, NULL
    )
    SELECT p.id, p.name, p.available, coalesce(c.threads, 0) AS threads, coalesce(c.open, 0) AS open,
           coalesce(c.waiting, 0) AS waiting, coalesce(c.snoozed, 0) AS snoozed, coalesce(c.unread, 0) AS unread,
           c.waiting_since, coalesce(s.leads, 0) AS leads, coalesce(s.overdue, 0) AS overdue,
           coalesce(r.resolved, 0) AS resolved
    FROM people p
    LEFT JOIN carried c ON c.owner_id IS NOT DISTINCT FROM p.id
    LEFT JOIN selling s ON s.owner_id IS NOT DISTINCT FROM p.id
    LEFT JOIN solved r ON r.owner_id = p.id
    ORDER BY p.id IS NULL, threads DESC, leads DESC, p.name
""")


@dataclass(frozen=True, slots=True)
class Durations:
    """Of `episodes` that got that far, in seconds; None: none did."""

    measure: Measure
    episodes: int
    mean: float | None
    median: float | None
    p90: float | None
    """Nine of ten took less."""


async def response_times(
    session: AsyncSession,
    organization: Organization,
    since: datetime,
    until: datetime,
    now: datetime,
    *,
    business: bool,
) -> list[Durations]:
    """How long the episodes that began in these days took to each point; two queries.

    with_bot: the bot's clock, from the beginning to the handover. first_reply: the people's, from the handover to a
    person's first answer; first_reply_total: from the beginning to it. resolution_human, resolution_total: to the end.
    `business`: only the time the organization was open.
    """
    values = {"organization": organization.id, "since": since, "until": until}
    episodes = (await session.execute(_EPISODES, values)).all()
    lasting = await _lasting(session, organization, since, now, business=business)
    taken: dict[Measure, list[float]] = {measure: [] for measure in MEASURES}
    for started, handed_over, replied, resolved in episodes:
        spans: dict[Measure, tuple[datetime | None, datetime | None]] = {
            "with_bot": (started, handed_over),
            "first_reply": (handed_over, replied),
            "first_reply_total": (started, replied),
            "resolution_human": (handed_over, resolved),
            "resolution_total": (started, resolved),
        }
        for measure, (begins, ends) in spans.items():
            if begins is not None and ends is not None:
                taken[measure].append(lasting(begins, ends))
    return [_durations(measure, found) for measure, found in taken.items()]


async def _lasting(
    session: AsyncSession, organization: Organization, since: datetime, now: datetime, *, business: bool
) -> Callable[[datetime, datetime], float]:
    if not business:
        return lambda begins, ends: max(0.0, (ends - begins).total_seconds())
    zone = ZoneInfo(organization.zone)
    first, last = (at.astimezone(zone).date() for at in (since, now + timedelta(days=1)))
    special = await _special_days(session, organization.id, first, last)
    return OpenTime(organization.hours, special, organization.zone, first, last).seconds


async def _special_days(
    session: AsyncSession, organization_id: int, first: date, last: date
) -> Mapping[date, Intervals | None]:
    rows = await session.execute(
        select(Holiday.day, Holiday.hours).where(
            Holiday.organization_id == organization_id,
            Holiday.location_id.is_(None),
            Holiday.day >= first,
            Holiday.day <= last,
        )
    )
    return {day: hours for day, hours in rows}  # noqa: C416 a row is not a pair to the type checker


def _durations(measure: Measure, found: list[float]) -> Durations:
    if not found:
        return Durations(measure, 0, None, None, None)
    tenths = quantiles(found, n=10, method="inclusive") if len(found) > 1 else found * 9
    return Durations(measure, len(found), fmean(found), tenths[4], tenths[8])


HOUR, DAY = 3600, 86400
AGES: tuple[tuple[str, int], ...] = (
    ("1h", 0),
    ("4h", HOUR),
    ("24h", 4 * HOUR),
    ("3d", DAY),
    ("7d", 3 * DAY),
    ("older", 7 * DAY),
)
"""(name, from so many seconds on); each ends where the next begins."""


@dataclass(frozen=True, slots=True)
class OpenOfAge:
    age: str
    open: int = 0
    waiting: int = 0
    snoozed: int = 0
    threads: int = 0


async def open_by_age(session: AsyncSession, organization_id: int, now: datetime) -> list[OpenOfAge]:
    """Threads with the staff by how long they have been; every age, the youngest first."""
    edges = [edge for _, edge in AGES[1:]]
    found = await session.execute(_OPEN, {"organization": organization_id, "now": now, "edges": edges})
    rows = {row.bucket: row for row in found}
    return [
        OpenOfAge(age, *(rows[number][1:])) if number in rows else OpenOfAge(age)
        for number, (age, _) in enumerate(AGES)
    ]


async def load_of_agents(
    session: AsyncSession, organization_id: int, since: datetime, until: datetime, now: datetime
) -> Sequence[Mapping[str, Any]]:
    """What each member carries now, who carries most first, and the episodes they resolved in these days; the last row
    (id None) is what nobody has."""
    values = {"organization": organization_id, "since": since, "until": until, "now": now}
    return [dict(row) for row in (await session.execute(_LOAD, values)).mappings()]
