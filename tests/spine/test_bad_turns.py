"""One bad turn, action, timer or row harms nobody else."""

import asyncio
import random
import string
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.runtime import Runtime
from channels.deliver import Delivers
from channels.whatsapp.parse import parse
from core.clock import system_clock
from core.db import driver_connection
from core.threads import delivery
from core.threads.inbound import Accepted
from core.threads.pending import next_wake
from tests.spine.people import Walker
from tests.spine.posts import said

ANYBODY: Any = None  # a clinic is not needed where no process runs


async def accept(still: Runtime, *bodies: dict[str, Any]) -> Sequence[Accepted]:
    items = [item for body in bodies for item in parse(body, now=system_clock())]
    return await still.accepts.accept("whatsapp", items, lambda _account: True)


async def rows(still: Runtime, query: str, **values: Any) -> list[dict[str, Any]]:
    async with AsyncSession(still.loops) as session:
        found = await session.execute(text(query), values)
        rows = [dict(row) for row in found.mappings()] if found.returns_rows else []
        await session.commit()
        return rows


async def new_person(still: Runtime, *words: str) -> tuple[str, int]:
    """(wa_id, thread id) of somebody who said this."""
    person = Walker(ANYBODY, "whatsapp").id
    await accept(still, said(person, *words))
    found = await rows(
        still,
        "SELECT t.id FROM thread t JOIN identity i ON i.contact_id = t.contact_id WHERE i.value = :value",
        value=person,
    )
    return person, found[0]["id"]


async def test_a_message_postgresql_refuses_is_parked_and_the_others_of_its_body_are_stored(still: Runtime) -> None:
    """A text with more words than a search index holds: PostgreSQL says "program limit exceeded", for ever."""
    dice = random.Random(1)
    words = " ".join("".join(dice.choices(string.ascii_lowercase, k=9)) for _ in range(150_000))
    good, bad = Walker(ANYBODY, "whatsapp").id, Walker(ANYBODY, "whatsapp").id
    outcomes = await accept(still, said(good, "hola"), said(bad, words), said(bad, "¿llegó?"))
    assert [one.outcome for one in outcomes] == ["stored", "dead", "stored"]
    assert outcomes[1].reason == "ProgramLimitExceeded (54000)", "the kind of refusal, and not what was said"


async def test_a_thread_whose_flow_revision_is_broken_is_handed_over_with_the_error(still: Runtime) -> None:
    person, thread = await new_person(still, "hola")
    bystander, _ = await new_person(still, "hola")
    await rows(
        still,
        "INSERT INTO flow_revision (sha256, flow, source) VALUES ('broken', 'inicio', '{\"steps\": 1}') "
        "ON CONFLICT DO NOTHING",
    )
    await rows(
        still,
        "UPDATE thread SET session = jsonb_set(session, '{k,0,r}', '\"broken\"'), version = version + 1 WHERE id = :id",
        id=thread,
    )
    outcomes = await accept(still, said(person, "precios"), said(bystander, "precios"))
    assert [one.outcome for one in outcomes] == ["stored", "stored"]
    (found,) = await rows(still, "SELECT state, problem FROM thread WHERE id = :id", id=thread)
    assert found["state"] == "open" and "broken" in found["problem"]


async def test_a_thread_whose_session_makes_no_sense_is_handed_over_with_the_error(still: Runtime) -> None:
    person, thread = await new_person(still, "hola")
    await rows(still, "UPDATE thread SET session = '{\"k\": [7]}', version = version + 1 WHERE id = :id", id=thread)
    assert [one.outcome for one in await accept(still, said(person, "precios"))] == ["stored"]
    (found,) = await rows(still, "SELECT state, problem FROM thread WHERE id = :id", id=thread)
    assert found["state"] == "open" and found["problem"]


async def test_an_action_that_breaks_holds_nobody_up_and_ends_with_the_staff(still: Runtime) -> None:
    """The session is made unreadable while the action waits: every try to write its result breaks."""
    _, broken = await new_person(still, "hola", "precios")
    _, fine = await new_person(still, "hola", "precios")
    (action,) = await rows(still, "SELECT id FROM pending_action WHERE thread_id = :id", id=broken)
    await rows(
        still,
        "UPDATE pending_action SET args = '{\"service\": [[]]}', name = 'no.such', "
        "step_key = 'x', due_at = due_at - interval '1 hour' WHERE id = :id",
        id=action["id"],
    )
    original = still.due.actions.run

    async def break_one(due: Any) -> Any:
        if due.id == action["id"]:
            raise KeyError("a defect")
        return await original(due)

    class Breaking:
        park = staticmethod(still.due.actions.park)
        run = staticmethod(break_one)

    still.due.actions, kept = Breaking(), still.due.actions  # type: ignore[assignment]
    try:
        for _ in range(3):
            await still.due.once()
            await rows(still, "UPDATE pending_action SET due_at = now() - interval '1 s' WHERE state = 'pending'")
    finally:
        still.due.actions = kept
    (one,) = await rows(still, "SELECT state FROM pending_action WHERE thread_id = :id", id=fine)
    (other,) = await rows(still, "SELECT state, attempts, error FROM pending_action WHERE thread_id = :id", id=broken)
    (thread,) = await rows(still, "SELECT state, problem FROM thread WHERE id = :id", id=broken)
    assert one["state"] == "done"
    assert other == {"state": "failed", "attempts": 3, "error": "KeyError: 'a defect'"}
    assert thread == {"state": "open", "problem": "KeyError: 'a defect'"}


async def test_nothing_overdue_makes_the_loop_spin(still: Runtime) -> None:
    """A snooze that ended another way, and a due instant without a timer: neither is looked at without a pause."""
    _, thread = await new_person(still, "hola")
    await rows(
        still,
        "UPDATE thread SET snoozed_until = now() - interval '1 h', timers = '[]', due_at = now() - interval '1 h' "
        "WHERE id = :id",
        id=thread,
    )
    while (pause := await still.due.once()) == 0.0:
        pass
    assert pause > 0.1
    await rows(still, "UPDATE thread SET due_at = NULL WHERE id = :id", id=thread)
    now = system_clock()
    async with driver_connection(still.spine) as driver:
        assert await next_wake(driver, now, timedelta(seconds=1)) > now


class Fake:
    """A sender of the test's own."""

    def __init__(self, takes: float) -> None:
        self.takes = takes
        self.sent: list[str] = []

    async def send(self, *args: Any, **_more: Any) -> str:
        await asyncio.sleep(self.takes)
        self.sent.append(str(args[3]))
        return f"wamid.fake-{time.time_ns()}"


def delivering(still: Runtime, sender: Fake, lease: float) -> Delivers:
    mine = still.delivers
    return Delivers(
        mine.engine,
        mine.directory,
        {"whatsapp": sender},
        mine.limits,
        mine.buckets,
        mine.ids,
        mine.clock,
        mine.load_media,
        mine.explain,
        lambda _account, _provider_id: None,
        timedelta(seconds=lease),
        timedelta(seconds=60),
    )


async def test_a_send_never_outlives_its_lease(still: Runtime) -> None:
    await rows(still, "UPDATE outbox SET state = 'cancelled'")
    _, thread = await new_person(still, "hola")
    sender = Fake(takes=30)
    loop = asyncio.create_task(delivering(still, sender, lease=1).run())
    started = time.monotonic()
    try:
        while not await rows(
            still, "SELECT 1 FROM outbox WHERE thread_id = :id AND state = 'unknown' AND unknowns = 1", id=thread
        ):
            assert time.monotonic() - started < 5
            await asyncio.sleep(0.02)
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
    assert sender.sent == []


async def test_a_stop_in_the_middle_of_a_claim_leaves_nothing_claimed(still: Runtime) -> None:
    for n in range(15):
        await rows(still, "UPDATE outbox SET state = 'cancelled'")
        await new_person(still, "hola")
        sender = Fake(takes=0)
        loop = asyncio.create_task(delivering(still, sender, lease=5).run())
        await asyncio.sleep(n / 1000)
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        assert await rows(still, "SELECT id FROM outbox WHERE state = 'sending'") == []


async def test_who_lost_the_lease_changes_nothing_any_more(still: Runtime) -> None:
    """A process stopped for longer than its lease wakes up after another one has sent the message."""
    await rows(still, "UPDATE outbox SET state = 'cancelled'")
    _, thread = await new_person(still, "hola")
    now = system_clock()
    async with driver_connection(still.spine) as driver:
        (stopped,) = await delivery.claim(driver, now, now - timedelta(seconds=1), 1)
        await delivery.expire_leases(driver, now, now - timedelta(seconds=1))
        await delivery.retry_unknown(driver, now, 2, {})
        (other,) = await delivery.claim(driver, now, now + timedelta(seconds=60), 1)
        assert other.id == stopped.id
        late = [
            partial(delivery.postpone, row=stopped, due=now, error=None),
            partial(delivery.record_failed, row=stopped, error={"code": "x"}, unreachable_at=now),
            partial(delivery.record_unknown, row=stopped, settle_until=now),
            partial(delivery.record_cancelled, row=stopped),
            partial(delivery.record_part, row=stopped, part=3, lease=now),
        ]
        for write in late:
            await write(driver)
    (row,) = await rows(still, "SELECT state, attempts, part, unknowns FROM outbox WHERE id = :id", id=other.id)
    assert row == {"state": "sending", "attempts": 2, "part": 0, "unknowns": 1}
    assert await rows(still, "SELECT 1 FROM thread_channel WHERE unreachable_since IS NOT NULL") == []
    await rows(still, "UPDATE outbox SET state = 'cancelled' WHERE thread_id = :id", id=thread)


async def test_a_provider_id_given_twice_costs_that_message_its_id_and_no_other_anything(still: Runtime) -> None:
    await rows(still, "UPDATE outbox SET state = 'cancelled'")
    _, first = await new_person(still, "hola")
    _, second = await new_person(still, "hola")
    sender = Fake(takes=0)

    async def same(*_args: Any, **_more: Any) -> str:
        return "wamid.the-same"

    sender.send = same  # type: ignore[method-assign]
    loop = asyncio.create_task(delivering(still, sender, lease=5).run())
    done = "SELECT bool_and(state = 'sent') AS done FROM outbox WHERE thread_id IN (:first, :second)"
    started = time.monotonic()
    try:
        while not (await rows(still, done, first=first, second=second))[0]["done"]:
            assert time.monotonic() - started < 5
            await asyncio.sleep(0.02)
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
    ids = await rows(
        still,
        "SELECT provider_id FROM message WHERE author = 'bot' AND status = 'sent' AND thread_id IN (:first, :second)",
        first=first,
        second=second,
    )
    assert sorted(str(row["provider_id"]) for row in ids) == ["None", "None", "None", "wamid.the-same"]
