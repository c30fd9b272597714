"""What became of the messages we sent: statuses in batches, monotone, and the settling of unknown outcomes.

Providers send about three statuses a message, out of order and more than once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import tuple_row

from core.threads.spine import Driver, dumps

RANKS = ("queued", "sending", "unknown", "sent", "delivered", "read", "played", "failed")
"""A status only ever moves to the right; a failure is the end, unless somebody resends."""


@dataclass(frozen=True, slots=True)
class StatusWrite:
    """One status. `outbox_id` and `part` are what our tracker said, when the provider gave it back."""

    key: str
    organization_id: int
    channel_id: int
    provider_id: str
    outbox_id: int | None
    part: int
    status: str
    data: dict[str, Any]
    error: dict[str, Any] | None
    at: datetime


RECORD = """
WITH given AS (
    SELECT DISTINCT ON (key) * FROM json_to_recordset(%(statuses)s) AS x(
        key text, organization_id bigint, channel_id bigint, provider_id text, outbox_id bigint, part int,
        status text, data jsonb, error jsonb, at timestamptz)
), fresh AS (
    INSERT INTO inbound (key, organization_id, kind, at)
    SELECT g.key, g.organization_id, 'status_changed', g.at FROM given g
    ON CONFLICT (key) DO NOTHING
    RETURNING key
), found AS (
    SELECT g.*, coalesce(o.message_id, m.id) AS message_id, array_position(%(ranks)s, g.status) AS rank
    FROM given g JOIN fresh ON fresh.key = g.key
    LEFT JOIN outbox o ON o.id = g.outbox_id AND o.organization_id = g.organization_id
    LEFT JOIN message m ON m.channel_id = g.channel_id AND m.provider_id = g.provider_id
), noted AS (
    INSERT INTO message_event (organization_id, channel_id, message_id, provider_id, kind, data, at)
    SELECT f.organization_id, f.channel_id, f.message_id, f.provider_id, f.status,
           f.data || CASE WHEN f.error IS NULL THEN '{}' ELSE jsonb_build_object('error', f.error) END, f.at
    FROM found f
), best AS (
    SELECT DISTINCT ON (message_id) * FROM found WHERE message_id IS NOT NULL ORDER BY message_id, rank DESC
), raised AS (
    -- "Failed" for want of any answer is no verdict of the provider's: it is as good as unknown.
    UPDATE message m SET status = b.status, provider_id = coalesce(m.provider_id, b.provider_id),
        error = CASE WHEN m.error ->> 'code' = 'unknown_outcome' THEN b.error ELSE coalesce(b.error, m.error) END
    FROM best b
    WHERE m.id = b.message_id
      AND coalesce(array_position(%(ranks)s, CASE WHEN m.error ->> 'code' = 'unknown_outcome' THEN 'unknown'
                                                  ELSE m.status END), 0) < b.rank
), settled AS (
    UPDATE outbox o SET
        state = CASE WHEN f.failed THEN 'failed' ELSE 'queued' END,
        part = greatest(o.part, f.part + 1), due_at = f.at, lease_until = NULL,
        error = CASE WHEN f.failed THEN o.error END
    FROM (SELECT outbox_id, max(part) AS part, bool_or(status = 'failed') AS failed, max(at) AS at
          FROM found WHERE outbox_id IS NOT NULL GROUP BY outbox_id) f
    WHERE o.id = f.outbox_id
      AND (o.state = 'unknown' OR (o.state = 'queued' AND o.unknowns > 0 AND o.part <= f.part)
           OR (o.state = 'failed' AND o.error ->> 'code' = 'unknown_outcome'))
    RETURNING o.id
)
SELECT (SELECT array_agg(key) FROM fresh), (SELECT count(*) FROM settled)
"""


async def record_statuses(driver: Driver, statuses: Sequence[StatusWrite]) -> tuple[set[str], bool]:
    """Store the statuses not seen before and raise their messages; returns the fresh keys, and whether a send settled.

    Statuses of messages not known (yet) are kept; `record_sent` in delivery gives them to their message.
    """
    async with driver.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(RECORD, {"statuses": dumps(list(statuses)), "ranks": list(RANKS)})
        row = await cursor.fetchone()
    assert row is not None
    return set(row[0] or ()), row[1] > 0
