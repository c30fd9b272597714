"""Where leads come from, what becomes of them, where they stay. Reads alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

By = Literal["source", "closer"]

_NEW = text("""
    SELECT (created_at AT TIME ZONE :zone)::date AS day, source, count(*) AS leads FROM lead
    WHERE organization_id = :organization AND created_at >= :since AND created_at < :until
    GROUP BY 1, 2 ORDER BY 1, 2
""")

# An appointment is of the lead that was the contact's latest when it was booked.
_COHORT = """
    WITH cohort AS (
        SELECT l.source, l.owner_id, l.contact_id, l.created_at, s.kind = 'won' AS won, s.kind = 'lost' AS lost,
               (SELECT min(n.created_at) FROM lead n WHERE n.contact_id = l.contact_id
                AND n.created_at > l.created_at) AS until
        FROM lead l JOIN lead_stage s ON s.id = l.stage_id
        WHERE l.organization_id = :organization AND l.created_at >= :since AND l.created_at < :until
    ), reached AS (
        SELECT c.*, coalesce(a.booked, false) AS booked, coalesce(a.attended, false) AS attended FROM cohort c
        LEFT JOIN LATERAL (
            SELECT true AS booked, bool_or(p.status = 'attended') AS attended FROM appointment p
            WHERE p.contact_id = c.contact_id AND p.created_at >= c.created_at
              AND (c.until IS NULL OR p.created_at < c.until)
            HAVING count(*) > 0
        ) a ON true
    )
"""
_COUNTS = """
    count(*) AS leads, count(*) FILTER (WHERE booked) AS appointments, count(*) FILTER (WHERE attended) AS attended,
    count(*) FILTER (WHERE won) AS won, count(*) FILTER (WHERE lost) AS lost
"""
# both of constants of this file alone
_BY_SOURCE = f"""
    {_COHORT} SELECT source AS key, source AS name, {_COUNTS} FROM reached GROUP BY 1, 2 ORDER BY 3 DESC, 1
"""  # noqa: S608
_BY_CLOSER = f"""
    {_COHORT} SELECT owner_id AS key, m.name, {_COUNTS} FROM reached LEFT JOIN member m ON m.id = owner_id
    GROUP BY 1, 2 ORDER BY 3 DESC, 2
"""  # noqa: S608
_CONVERSION = {"source": text(_BY_SOURCE), "closer": text(_BY_CLOSER)}
# A stay ends with the event that moved the lead on; it began with the event before.
_STAYS = text("""
    WITH stays AS (
        SELECT e.data ->> 'before' AS stage, extract(epoch FROM e.at - began.at)::float8 AS seconds
        FROM lead_event e CROSS JOIN LATERAL (
            SELECT p.at FROM lead_event p WHERE p.lead_id = e.lead_id AND p.kind IN ('created', 'stage_changed')
              AND (p.at, p.id) < (e.at, e.id) ORDER BY p.at DESC, p.id DESC LIMIT 1
        ) began
        WHERE e.organization_id = :organization AND e.kind = 'stage_changed' AND e.at >= :since AND e.at < :until
    ), ended AS (
        SELECT stage, count(*) AS stays, avg(seconds) AS mean,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median
        FROM stays GROUP BY 1
    ), staying AS (
        SELECT l.stage_id, count(*) AS leads, avg(extract(epoch FROM :now - l.stage_since))::float8 AS mean FROM lead l
        JOIN contact c ON c.id = l.contact_id AND c.merged_into_id IS NULL
        WHERE l.organization_id = :organization AND l.closed_at IS NULL GROUP BY 1
    )
    SELECT s.key, s.name, coalesce(e.stays, 0) AS stays, e.mean, e.median, coalesce(n.leads, 0) AS leads,
           n.mean AS so_far
    FROM lead_stage s LEFT JOIN ended e ON e.stage = s.key LEFT JOIN staying n ON n.stage_id = s.id
    WHERE s.organization_id = :organization AND s.kind = 'open' ORDER BY s.position, s.id
""")


@dataclass(frozen=True, slots=True)
class NewOfDay:
    day: date
    source: str
    leads: int


async def new_leads(
    session: AsyncSession, organization_id: int, since: datetime, until: datetime, zone: str
) -> list[NewOfDay]:
    """Leads made in these days, by the organization's day and by what brought them; days without any are left out."""
    values = {"organization": organization_id, "since": since, "until": until, "zone": zone}
    return [NewOfDay(*row) for row in await session.execute(_NEW, values)]


async def conversion(
    session: AsyncSession, organization_id: int, since: datetime, until: datetime, by: By
) -> Sequence[Mapping[str, Any]]:
    """{key, name, leads, appointments, attended, won, lost} of the leads made in these days, the most leads first.

    A lead counts once however often it booked; an appointment counts also when it was cancelled later.
    """
    values = {"organization": organization_id, "since": since, "until": until}
    return [dict(row) for row in (await session.execute(_CONVERSION[by], values)).mappings()]


async def stage_times(
    session: AsyncSession, organization_id: int, since: datetime, until: datetime, now: datetime
) -> Sequence[Mapping[str, Any]]:
    """{key, name, stays, mean, median, leads, so_far} of each open stage in its order: the stays that ended in these
    days, in seconds, and the leads that are in it now."""
    values = {"organization": organization_id, "since": since, "until": until, "now": now}
    return [dict(row) for row in (await session.execute(_STAYS, values)).mappings()]
