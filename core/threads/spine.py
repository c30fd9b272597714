"""The hot path's SQL, by hand: one read and one write for every turn that is waiting.

Both take lists and are one statement each, whatever the number of turns (20 µs a turn where an ORM takes
1.8 ms). The write moves a thread only if its version is still the one read; everything else of that turn (inbound
row, messages, outbox, actions) hangs on that move in the same statement, so a lost race leaves no trace and the
turn is taken again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import psycopg
from psycopg.rows import tuple_row

from core.threads.inbound import Identity

Driver = psycopg.AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What the read is asked: whose thread, and was this key seen. Either `thread_id` or `identities` is given."""

    key: str
    organization_id: int
    channel_id: int | None = None
    provider_id: str | None = None
    identities: tuple[Identity, ...] = ()
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread as a turn reads it, with what the step may know about the contact."""

    id: int
    organization_id: int
    contact_id: int
    version: int
    state: str
    owner_id: int | None
    team: str | None
    epoch: int
    session: dict[str, Any] | None
    timers: list[list[str]]
    channel_id: int | None
    last_seq: int
    unread: int
    waiting_since: datetime | None
    problem: str | None
    name: str
    language: str | None
    phone: str | None
    opted_out: bool
    channels: dict[str, dict[str, Any]]
    """channel id → the address to answer there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`known`: the event is stored already. `thread` None or `linked` false: identities must be made first."""

    known: bool
    linked: bool
    thread: ThreadRow | None


@dataclass(frozen=True, slots=True)
class MessageWrite:
    thread_id: int
    organization_id: int
    seq: int
    channel_id: int | None
    direction: str
    author: str
    content: dict[str, Any]
    text: str
    at: datetime
    provider_id: str | None = None
    reply_to: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxWrite:
    """`seq` names the message of the same turn; `due_at` is when it may leave."""

    thread_id: int
    organization_id: int
    seq: int
    channel_id: int
    epoch: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ActionWrite:
    thread_id: int
    organization_id: int
    key: str
    step_key: str
    name: str
    args: dict[str, Any]
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ReachWrite:
    """The person wrote on this channel at `at`: answer there, and the free-text window opens anew."""

    thread_id: int
    organization_id: int
    channel_id: int
    address: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class TouchWrite:
    thread_id: int
    organization_id: int
    contact_id: int
    kind: str
    source_id: str | None
    click_id: str | None
    headline: str | None
    payload: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class TurnWrite:
    """All of one turn. `version` is the one read; the thread's columns are given whole."""

    thread_id: int
    version: int
    organization_id: int
    key: str
    kind: str
    event: dict[str, Any]
    found_state: str | None
    at: datetime
    state: str
    owner_id: int | None
    team: str | None
    session: dict[str, Any] | None
    timers: list[list[str]]
    due_at: datetime | None
    channel_id: int | None
    last_seq: int
    last_at: datetime | None
    last_text: str | None
    last_author: str | None
    unread: int
    waiting_since: datetime | None
    problem: str | None
    language: str | None = None
    reopened: bool = False
    handed_over: bool = False
    messages: tuple[MessageWrite, ...] = field(default=())
    outbox: tuple[OutboxWrite, ...] = field(default=())
    actions: tuple[ActionWrite, ...] = field(default=())
    reach: ReachWrite | None = None
    touch: TouchWrite | None = None


# Scalar subqueries with LIMIT keep their index scans whatever the planner believes of the tables' sizes; EXISTS and
# joins became hash joins over a whole organization, and a turn's cost grew with it.
READ = """
SELECT q.ord,
       coalesce((SELECT true FROM inbound i WHERE i.key = q.key LIMIT 1),
                (SELECT true FROM message m
                 WHERE q.provider_id IS NOT NULL AND m.channel_id = q.channel_id AND m.provider_id = q.provider_id
                 LIMIT 1), false) AS known,
       q.thread_id IS NOT NULL OR (who.found = json_array_length(q.identities) AND who.contacts = 1) AS linked,
       t.id, t.organization_id, t.contact_id, t.version, t.state, t.owner_id, t.team, t.epoch, t.session, t.timers,
       t.channel_id, t.last_seq, t.unread, t.waiting_since, t.problem,
       c.name, c.language, c.phone, c.opted_out_at IS NOT NULL,
       (SELECT json_object_agg(a.channel_id, a.address) FROM thread_channel a WHERE a.thread_id = t.id)
FROM json_to_recordset(%s) AS q(ord int, key text, organization_id bigint, channel_id bigint, provider_id text,
                                identities json, thread_id bigint)
LEFT JOIN LATERAL (
    SELECT (array_agg(one.contact_id ORDER BY w.ord))[1] AS contact_id,
           count(DISTINCT one.contact_id) AS contacts, count(*) AS found
    FROM json_to_recordset(q.identities) AS w(ord int, kind text, scope text, value text)
    CROSS JOIN LATERAL (
        SELECT i.contact_id FROM identity i
        WHERE i.organization_id = q.organization_id AND i.kind = w.kind AND i.scope = w.scope AND i.value = w.value
        LIMIT 1
    ) one
) who ON q.thread_id IS NULL
LEFT JOIN LATERAL (
    SELECT x.id FROM thread x WHERE x.contact_id = who.contact_id AND q.thread_id IS NULL LIMIT 1
) of_contact ON true
LEFT JOIN LATERAL (SELECT x.* FROM thread x WHERE x.id = coalesce(q.thread_id, of_contact.id) LIMIT 1) t ON true
LEFT JOIN LATERAL (SELECT y.* FROM contact y WHERE y.id = t.contact_id LIMIT 1) c ON true
"""

WRITE = """
WITH turn AS (
    SELECT * FROM json_to_recordset(%(turns)s) AS x(
        thread_id bigint, version bigint, organization_id bigint, key text, kind text, event jsonb, found_state text,
        at timestamptz, state text, owner_id bigint, team text, session jsonb, timers jsonb, due_at timestamptz,
        channel_id bigint, last_seq int, last_at timestamptz, last_text text, last_author text, unread int,
        waiting_since timestamptz, problem text, language text, reopened bool, handed_over bool)
), moved AS (
    UPDATE thread t SET
        version = t.version + 1, state = x.state, owner_id = x.owner_id, team = x.team, session = x.session,
        timers = x.timers, due_at = x.due_at, channel_id = coalesce(x.channel_id, t.channel_id),
        last_seq = x.last_seq, last_at = coalesce(x.last_at, t.last_at),
        last_text = coalesce(x.last_text, t.last_text), last_author = coalesce(x.last_author, t.last_author),
        unread = x.unread, waiting_since = x.waiting_since, problem = x.problem,
        snoozed_until = CASE WHEN x.state = 'snoozed' THEN t.snoozed_until END
    FROM turn x WHERE t.id = x.thread_id AND t.version = x.version
    RETURNING t.id
), seen AS (
    INSERT INTO inbound (key, organization_id, thread_id, kind, event, state, at)
    SELECT x.key, x.organization_id, x.thread_id, x.kind, x.event, x.found_state, x.at
    FROM turn x JOIN moved ON moved.id = x.thread_id
), said AS (
    INSERT INTO message (organization_id, thread_id, seq, channel_id, direction, author, provider_id, reply_to,
                         content, text, status, at)
    SELECT m.organization_id, m.thread_id, m.seq, m.channel_id, m.direction, m.author, m.provider_id, m.reply_to,
           m.content, m.text, m.status, m.at
    FROM json_to_recordset(%(messages)s) AS m(
        organization_id bigint, thread_id bigint, seq int, channel_id bigint, direction text, author text,
        provider_id text, reply_to text, content jsonb, text text, status text, at timestamptz)
    JOIN moved ON moved.id = m.thread_id
    ORDER BY m.thread_id, m.seq
    RETURNING id, thread_id, seq
), queued AS (
    INSERT INTO outbox (organization_id, thread_id, seq, message_id, channel_id, epoch, due_at)
    SELECT o.organization_id, o.thread_id, o.seq, said.id, o.channel_id, o.epoch, o.due_at
    FROM json_to_recordset(%(outbox)s) AS o(
        organization_id bigint, thread_id bigint, seq int, channel_id bigint, epoch int, due_at timestamptz)
    JOIN said ON said.thread_id = o.thread_id AND said.seq = o.seq
), reach AS (
    INSERT INTO thread_channel (thread_id, channel_id, organization_id, address, last_inbound_at)
    SELECT r.thread_id, r.channel_id, r.organization_id, r.address, r.at
    FROM json_to_recordset(%(reach)s) AS r(
        thread_id bigint, channel_id bigint, organization_id bigint, address jsonb, at timestamptz)
    JOIN moved ON moved.id = r.thread_id
    ON CONFLICT (thread_id, channel_id) DO UPDATE SET address = excluded.address, unreachable_since = NULL,
        last_inbound_at = greatest(thread_channel.last_inbound_at, excluded.last_inbound_at)
)
"""

# Each part is added to the statement only when a turn of the batch needs it: most turns do not.
WRITE_ACTIONS = """, acted AS (
    INSERT INTO pending_action (key, organization_id, thread_id, step_key, name, args, due_at)
    SELECT a.key, a.organization_id, a.thread_id, a.step_key, a.name, a.args, a.due_at
    FROM json_to_recordset(%(actions)s) AS a(
        key text, organization_id bigint, thread_id bigint, step_key text, name text, args jsonb, due_at timestamptz)
    JOIN moved ON moved.id = a.thread_id
    ON CONFLICT (key) DO NOTHING
)
"""
WRITE_TOUCHES = """, touched AS (
    INSERT INTO touch (organization_id, contact_id, kind, source_id, click_id, headline, payload, at)
    SELECT o.organization_id, o.contact_id, o.kind, o.source_id, o.click_id, o.headline, o.payload, o.at
    FROM json_to_recordset(%(touches)s) AS o(
        thread_id bigint, organization_id bigint, contact_id bigint, kind text, source_id text, click_id text,
        headline text, payload jsonb, at timestamptz)
    JOIN moved ON moved.id = o.thread_id
)
"""
WRITE_LANGUAGES = """, spoken AS (
    UPDATE contact c SET language = x.language
    FROM turn x JOIN moved ON moved.id = x.thread_id JOIN thread t ON t.id = x.thread_id
    WHERE c.id = t.contact_id AND x.language IS NOT NULL
)
"""
WRITE_EPISODES = """, reopened AS (
    INSERT INTO episode (organization_id, thread_id, started_at)
    SELECT x.organization_id, x.thread_id, x.at FROM turn x JOIN moved ON moved.id = x.thread_id WHERE x.reopened
    ON CONFLICT DO NOTHING
), handed AS (
    UPDATE episode e SET handed_over_at = coalesce(e.handed_over_at, x.at)
    FROM turn x JOIN moved ON moved.id = x.thread_id
    WHERE e.thread_id = x.thread_id AND e.resolved_at IS NULL AND x.handed_over
)
"""


def dumps(rows: object) -> str:
    """JSON for the statements above. PostgreSQL's jsonb holds no NUL, which a text may carry: it becomes U+FFFD."""
    encoded = orjson.dumps(rows)
    if b"\\u0000" in encoded:
        encoded = orjson.dumps(_without_nul(orjson.loads(encoded)))
    return encoded.decode()


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "�")
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(one) for name, one in value.items()}
    return value


async def read_threads(driver: Driver, questions: Sequence[Question]) -> list[Answer]:
    """One answer per question, in order."""
    asked = [
        {
            "ord": n,
            "key": q.key,
            "organization_id": q.organization_id,
            "channel_id": q.channel_id,
            "provider_id": q.provider_id,
            "thread_id": q.thread_id,
            "identities": [
                {"ord": i, "kind": one.kind, "scope": one.scope, "value": one.value}
                for i, one in enumerate(q.identities)
            ],
        }
        for n, q in enumerate(questions)
    ]
    answers: list[Answer] = [Answer(False, False, None)] * len(questions)
    async with driver.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(READ, (dumps(asked),))
        async for ord_, known, linked, *thread in cursor:
            thread[-1] = thread[-1] or {}
            row = ThreadRow(*thread) if thread[0] is not None else None
            answers[ord_] = Answer(known, bool(linked), row)
    return answers


async def write_turns(driver: Driver, turns: Sequence[TurnWrite]) -> set[int]:
    """Write every turn whose thread is still at the version read; returns the ids of the threads that moved."""
    parts = [WRITE]
    values: dict[str, str] = {
        "turns": dumps([_columns(turn) for turn in turns]),
        "messages": dumps([message for turn in turns for message in turn.messages]),
        "outbox": dumps([row for turn in turns for row in turn.outbox]),
        "reach": dumps([turn.reach for turn in turns if turn.reach]),
    }
    if actions := [action for turn in turns for action in turn.actions]:
        parts.append(WRITE_ACTIONS)
        values["actions"] = dumps(actions)
    if touches := [turn.touch for turn in turns if turn.touch]:
        parts.append(WRITE_TOUCHES)
        values["touches"] = dumps(touches)
    if any(turn.language for turn in turns):
        parts.append(WRITE_LANGUAGES)
    if any(turn.reopened or turn.handed_over for turn in turns):
        parts.append(WRITE_EPISODES)
    parts.append("SELECT id FROM moved")
    async with driver.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute("".join(parts).encode(), values)
        return {row[0] async for row in cursor}


_NESTED = ("messages", "outbox", "actions", "reach", "touch")


def _columns(turn: TurnWrite) -> dict[str, Any]:
    return {name: getattr(turn, name) for name in turn.__slots__ if name not in _NESTED}
