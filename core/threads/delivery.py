"""The outbox's SQL: claim a thread's oldest message, record what became of it.

A claim is a lease, and `attempts` its number: whoever was stopped for longer than the lease and wakes up finds that
the row is no longer theirs, and changes nothing.

Whoever dies holding it leaves the row `sending` until the lease runs out, and then nobody knows
whether the provider took it. `expire_leases` says so (`unknown`), and `retry_unknown` applies the bounded rule of
docs/decisions: wait for the provider's status, then send once more, then give it to a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row, tuple_row
from psycopg.types.json import Jsonb

from core.threads.spine import Driver, dumps
from core.threads.statuses import RANKS


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message to send now. `address` None: the person was never seen on that channel."""

    id: int
    organization_id: int
    thread_id: int
    message_id: int
    channel_id: int
    part: int
    attempts: int
    unknowns: int
    epoch: int | None
    thread_epoch: int
    content: dict[str, Any]
    reply_to: str | None
    address: dict[str, Any] | None
    last_inbound_at: datetime | None
    heard: str | None
    """The provider id of the person's last message on this channel, which this one answers."""


CLAIM = """
WITH next AS (
    SELECT o.id FROM outbox o
    WHERE o.state = 'queued' AND o.due_at <= %(now)s
      AND NOT EXISTS (
          SELECT FROM outbox e
          WHERE e.thread_id = o.thread_id AND e.seq < o.seq AND e.state IN ('queued', 'sending', 'unknown'))
    ORDER BY o.due_at LIMIT %(limit)s
    FOR UPDATE OF o SKIP LOCKED
), taken AS (
    UPDATE outbox o SET state = 'sending', lease_until = %(lease)s, attempts = o.attempts + 1
    FROM next WHERE next.id = o.id AND o.state = 'queued'
    RETURNING o.*
)
SELECT o.id, o.organization_id, o.thread_id, o.message_id, o.channel_id, o.part, o.attempts, o.unknowns, o.epoch,
       t.epoch AS thread_epoch, m.content, m.reply_to, a.address, a.last_inbound_at,
       (SELECT h.provider_id FROM message h
        WHERE h.thread_id = o.thread_id AND h.direction = 'in' AND h.channel_id = o.channel_id
        ORDER BY h.seq DESC LIMIT 1) AS heard
FROM taken o
JOIN thread t ON t.id = o.thread_id
JOIN message m ON m.id = o.message_id
LEFT JOIN thread_channel a ON a.thread_id = o.thread_id AND a.channel_id = o.channel_id
"""


async def claim(driver: Driver, now: datetime, lease: datetime, limit: int) -> list[Claimed]:
    """Take up to `limit` messages, of different threads, each the oldest unfinished one of its thread."""
    async with driver.cursor(row_factory=class_row(Claimed)) as cursor:
        await cursor.execute(CLAIM, {"now": now, "lease": lease, "limit": limit})
        return await cursor.fetchall()


@dataclass(frozen=True, slots=True)
class Sent:
    """The last part left: the message is sent, with this provider id (None: it had no part that makes one)."""

    id: int
    message_id: int
    channel_id: int
    part: int
    provider_id: str | None


RECORD_SENT = """
WITH given AS (
    SELECT * FROM json_to_recordset(%(sent)s) AS x(
        id bigint, message_id bigint, channel_id bigint, part int, provider_id text)
), done AS (
    UPDATE outbox o SET state = 'sent', part = g.part, lease_until = NULL, error = NULL
    FROM given g WHERE o.id = g.id AND o.state IN ('sending', 'unknown', 'queued')
), early AS (
    UPDATE message_event e SET message_id = g.message_id
    FROM given g
    WHERE e.message_id IS NULL AND e.channel_id = g.channel_id AND e.provider_id = g.provider_id
    RETURNING e.message_id, e.kind
), best AS (
    SELECT g.message_id, max(g.provider_id) AS provider_id,
           greatest(array_position(%(ranks)s, 'sent'), max(array_position(%(ranks)s, early.kind))) AS rank
    FROM given g LEFT JOIN early ON early.message_id = g.message_id GROUP BY g.message_id
)
UPDATE message m SET provider_id = coalesce(b.provider_id, m.provider_id),
    status = (%(ranks)s)[greatest(b.rank, coalesce(array_position(%(ranks)s, m.status), 0))]
FROM best b WHERE m.id = b.message_id
"""


async def record_sent(driver: Driver, sent: Sequence[Sent]) -> None:
    """These have left. A status that overtook the send's own answer is given to its message here."""
    await driver.execute(RECORD_SENT, {"sent": dumps(list(sent)), "ranks": list(RANKS)})


def _held(row: Claimed, **more: Any) -> dict[str, Any]:
    """The values of a statement that changes the row only while it is still ours."""
    return {"id": row.id, "attempts": row.attempts, **more}


async def record_part(driver: Driver, row: Claimed, part: int, lease: datetime) -> bool:
    """`part` provider messages of this one have left; a crash from here on does not send them again.

    False: the lease was lost meanwhile, somebody else sends the rest.
    """
    done = await driver.execute(
        """
        UPDATE outbox SET part = %(part)s, lease_until = %(lease)s
        WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s
        """,
        _held(row, part=part, lease=lease),
    )
    return done.rowcount == 1


async def postpone(
    driver: Driver, row: Claimed, due: datetime, error: dict[str, Any] | None, *, attempted: bool = True
) -> None:
    """Certainly not sent: back to the queue until `due`; not `attempted` where it says nothing about this message."""
    await driver.execute(
        """
        UPDATE outbox SET state = 'queued', due_at = %(due)s, lease_until = NULL, error = %(error)s,
                          attempts = attempts - %(untried)s
        WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s
        """,
        _held(row, due=due, error=Jsonb(error) if error else None, untried=0 if attempted else 1),
    )


async def record_failed(
    driver: Driver, row: Claimed, error: dict[str, Any], *, unreachable_at: datetime | None
) -> None:
    """Certainly not sent and not to be tried again by itself; the staff sees it and may resend."""
    await driver.execute(
        """
        WITH o AS (UPDATE outbox SET state = 'failed', lease_until = NULL, error = %(error)s
                   WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s
                   RETURNING message_id, thread_id, channel_id),
             m AS (UPDATE message SET status = 'failed', error = %(error)s FROM o WHERE message.id = o.message_id)
        UPDATE thread_channel c SET unreachable_since = %(unreachable)s FROM o
        WHERE %(unreachable)s::timestamptz IS NOT NULL AND c.thread_id = o.thread_id AND c.channel_id = o.channel_id
        """,
        _held(row, error=Jsonb(error), unreachable=unreachable_at),
    )


async def move_chat(driver: Driver, row: Claimed, address: dict[str, Any]) -> None:
    """The chat has a new address; everything queued for it goes there."""
    await driver.execute(
        "UPDATE thread_channel SET address = %s WHERE thread_id = %s AND channel_id = %s",
        (Jsonb(address), row.thread_id, row.channel_id),
    )


async def record_cancelled(driver: Driver, row: Claimed) -> None:
    """A bot message of an older epoch: the staff took over before it left. What left of it is not denied."""
    await driver.execute(
        """
        WITH o AS (UPDATE outbox SET state = 'cancelled', lease_until = NULL
                   WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s RETURNING message_id)
        UPDATE message m SET status = 'cancelled' FROM o
        WHERE m.id = o.message_id AND m.status IN ('queued', 'sending', 'unknown')
        """,
        _held(row),
    )


async def record_unknown(driver: Driver, row: Claimed, settle_until: datetime) -> None:
    """The request left and nobody answered: wait for the provider's status until `settle_until`."""
    await driver.execute(
        """
        WITH o AS (UPDATE outbox SET state = 'unknown', unknowns = unknowns + 1, lease_until = %(settle)s
                   WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s RETURNING message_id)
        UPDATE message m SET status = 'unknown' FROM o WHERE m.id = o.message_id AND m.status IN ('queued', 'sending')
        """,
        _held(row, settle=settle_until),
    )


EXPIRE = """
WITH lost AS (
    SELECT o.id FROM outbox o WHERE o.state = 'sending' AND o.lease_until < %(now)s FOR UPDATE SKIP LOCKED
), seen AS (
    -- A status of the part that was being sent, recorded while nobody was there to hear the answer.
    -- What came before a failure that somebody then resent says nothing about the new send.
    SELECT lost.id, bool_or((e.data ->> 'part')::int >= o.part) AS taken
    FROM lost JOIN outbox o ON o.id = lost.id
    LEFT JOIN message_event e ON e.message_id = o.message_id
         AND e.id > coalesce((SELECT max(f.id) FROM message_event f WHERE f.message_id = o.message_id
                              AND f.kind = 'failed' AND f.at < date_trunc('second', o.due_at)), 0)
    GROUP BY lost.id
), moved AS (
    UPDATE outbox o SET
        state = CASE WHEN seen.taken THEN 'queued' ELSE 'unknown' END,
        part = CASE WHEN seen.taken THEN o.part + 1 ELSE o.part END,
        unknowns = o.unknowns + CASE WHEN seen.taken THEN 0 ELSE 1 END,
        lease_until = CASE WHEN seen.taken THEN NULL ELSE %(settle)s END,
        due_at = %(now)s
    FROM seen WHERE seen.id = o.id
    RETURNING o.message_id, o.state
)
UPDATE message m SET status = 'unknown' FROM moved
WHERE m.id = moved.message_id AND moved.state = 'unknown' AND m.status IN ('queued', 'sending')
"""


async def expire_leases(driver: Driver, now: datetime, settle_until: datetime) -> None:
    """Sends whose process died: their outcome is unknown, unless a status already told."""
    await driver.execute(EXPIRE, {"now": now, "settle": settle_until})


RETRY = """
WITH over AS (
    SELECT o.id, o.unknowns FROM outbox o
    WHERE o.state = 'unknown' AND o.lease_until < %(now)s FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE outbox o SET state = CASE WHEN over.unknowns < %(tries)s THEN 'queued' ELSE 'failed' END,
        due_at = %(now)s, lease_until = NULL,
        error = CASE WHEN over.unknowns < %(tries)s THEN o.error ELSE %(error)s END
    FROM over WHERE over.id = o.id
    RETURNING o.message_id, o.state
), failed AS (
    UPDATE message m SET status = 'failed', error = %(error)s FROM moved
    WHERE m.id = moved.message_id AND moved.state = 'failed'
)
SELECT count(*) FROM moved
"""


async def retry_unknown(driver: Driver, now: datetime, tries: int, error: dict[str, Any]) -> int:
    """Unknown sends nobody settled in time: once more below `tries`, else failed with `error` for the staff to see."""
    async with driver.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(RETRY, {"now": now, "tries": tries, "error": Jsonb(error)})
        row = await cursor.fetchone()
    return row[0] if row else 0


async def next_due(driver: Driver) -> datetime | None:
    """When the earliest postponed message may leave."""
    async with driver.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute("SELECT min(due_at) FROM outbox WHERE state = 'queued'")
        row = await cursor.fetchone()
    return row[0] if row else None
