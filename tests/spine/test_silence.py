"""The bot and the staff never talk over each other."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.runtime import Runtime
from bot.apply import Happening, take_turn
from bot.effects import Effect, HandOver, RunAction, Send, SetTimer
from bot.events import ActionDone, Event, Released, TimerFired
from bot.turn import take_locked_turn
from core.clock import system_clock
from core.db import driver_of, tenant_session
from core.organizations.model import Member
from core.threads.actions import lock_thread, release, take_over
from core.threads.content import Text
from core.threads.spine import ThreadRow
from tests.spine.clinic import BOT, NUMBER, Clinic
from tests.spine.people import Walker
from tests.spine.posts import post, said

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


async def _member(clinic: Clinic, session: AsyncSession) -> Member:
    member = await session.get(Member, await clinic.value("SELECT min(id) FROM member"))
    assert member is not None
    return member


async def take(clinic: Clinic, thread_id: int) -> None:
    async with tenant_session(clinic.app, clinic.organization_id) as session:
        thread = await lock_thread(session, thread_id)
        await take_over(session, thread, await _member(clinic, session), system_clock())
        await session.commit()


async def give_back(clinic: Clinic, thread_id: int) -> None:
    async with tenant_session(clinic.app, clinic.organization_id) as session:
        thread = await lock_thread(session, thread_id)
        await release(session, thread, await _member(clinic, session), system_clock())
        await session.commit()


async def test_queued_bot_messages_are_cancelled_when_the_staff_takes_over(clinic: Clinic) -> None:
    person = Walker(clinic, "telegram")
    await clinic.emulator.faults(f"telegram:{BOT}", telegram_error={"status": 429, "retry_after": 2})
    try:
        await person.say("hola")
        thread = await person.thread_id()
        await clinic.until(
            "SELECT count(*) = 2 AND sum(attempts) >= 1 AND bool_and(state = 'queued') FROM outbox "
            "WHERE thread_id = %s",
            thread,
        )
        await take(clinic, thread)
    finally:
        await clinic.emulator.faults(f"telegram:{BOT}")
    await asyncio.sleep(2.5)
    assert [(row["state"], row["status"]) for row in await person.outbox()] == [("cancelled", "cancelled")] * 2
    assert await person.received() == []


async def test_the_bot_is_silent_while_a_person_has_the_thread_and_goes_on_when_released(
    clinic: Clinic, still: Runtime
) -> None:
    person = Walker(clinic, "whatsapp")
    await person.say("hola")
    await person.answered(2)
    thread = await person.thread_id()
    await take(clinic, thread)
    await person.say("¿hay alguien?")
    await person.answered(2)
    assert (await clinic.value("SELECT unread FROM thread WHERE id = %s", thread)) == 1
    async with tenant_session(clinic.app, clinic.organization_id) as session:
        locked = await lock_thread(session, thread)
        now = system_clock()
        await release(session, locked, await _member(clinic, session), now)
        happening = Happening(f"staff/release-{thread}", Released(), now)
        driver = await driver_of(session)
        await take_locked_turn(driver, still.conversing, thread, clinic.organization_id, happening, now)
        await session.commit()
    await person.answered(3)
    assert len(await person.received()) == 3
    await person.tap("Precios")
    await person.answered(5)


async def test_two_messages_at_once_are_both_answered_in_order(clinic: Clinic) -> None:
    person = Walker(clinic, "telegram")
    await asyncio.gather(person.say("hola"), person.say("precios"))
    await person.answered(3)
    authors = await clinic.rows(
        "SELECT author, text FROM message WHERE thread_id = %s AND direction <> 'internal' ORDER BY seq",
        await person.thread_id(),
    )
    spoken = [row["author"] for row in authors]
    assert spoken[:4] == ["contact", "bot", "bot", "contact"] or spoken[:2] == ["contact", "contact"]
    assert sorted(await person.heard()) == ["hola", "precios"]
    assert len(await person.received()) == spoken.count("bot")


async def test_what_a_person_writes_while_their_turn_runs_takes_its_own_turn(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp").id
    answers = await asyncio.gather(*(post(clinic, said(person, "menú")) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    walker = Walker(clinic, "whatsapp", id=person, said=["x"] * 20)
    await walker.answered(20)
    rows = await clinic.rows(
        "SELECT direction FROM message m JOIN thread t ON t.id = m.thread_id "
        "JOIN identity i ON i.contact_id = t.contact_id WHERE i.value = %s ORDER BY seq",
        person,
    )
    assert [row["direction"] for row in rows].count("in") == 20
    assert rows[0]["direction"] == "in" and rows[1]["direction"] == "out"


async def test_a_stale_button_is_answered_and_changes_nothing_it_should_not(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp")
    await person.say("hola")
    await person.answered(2)
    await person.tap("Precios")
    await person.answered(4)
    await person.tap("Cuidados")  # the menu's, which was answered already: this answer counts now
    await person.answered(5)
    assert "cuidados" in (await person.received())[-1]
    assert await clinic.value("SELECT state FROM thread WHERE id = %s", await person.thread_id()) == "bot"
    assert await clinic.value("SELECT problem FROM thread WHERE id = %s", await person.thread_id()) is None


async def test_an_answer_from_the_business_phone_silences_the_bot(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp")
    await person.say("hola")
    await person.answered(2)
    thread = await person.thread_id()
    await clinic.emulator.echo(person.id, "Hola, te atiendo yo", NUMBER)
    await clinic.until("SELECT state = 'waiting' AND epoch = 1 FROM thread WHERE id = %s", thread)
    await person.say("gracias")
    await person.answered(2)
    assert (await clinic.rows("SELECT author FROM message WHERE thread_id = %s ORDER BY seq DESC LIMIT 1", thread)) == [
        {"author": "contact"}
    ]


async def test_an_echo_ends_a_snooze_for_good(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp")
    await person.say("hola")
    await person.answered(2)
    thread = await person.thread_id()
    await clinic.rows(
        "UPDATE thread SET state = 'snoozed', snoozed_until = now() + interval '1 hour', version = version + 1 "
        "WHERE id = %s",
        thread,
    )
    await clinic.emulator.echo(person.id, "Hola, te atiendo yo", NUMBER)
    await clinic.until("SELECT state = 'waiting' FROM thread WHERE id = %s", thread)
    assert await clinic.value("SELECT snoozed_until FROM thread WHERE id = %s", thread) is None


async def test_a_takeover_that_races_a_turn_is_never_talked_over(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp").id
    await post(clinic, said(person, "hola"))
    walker = Walker(clinic, "whatsapp", id=person)
    thread = await walker.thread_id()
    for n in range(200):

        async def a_moment_later(n: int = n) -> None:
            await asyncio.sleep(n % 10 / 1000)
            await take(clinic, thread)

        answer, _ = await asyncio.gather(post(clinic, said(person, "menú")), a_moment_later())
        assert answer.json()["stored"] == 1
        await give_back(clinic, thread)
    over = await clinic.rows(
        """
        SELECT m.seq FROM message m
        WHERE m.thread_id = %(t)s AND m.author = 'bot'
          AND (SELECT x.content ->> 'code' FROM message x WHERE x.thread_id = %(t)s AND x.seq < m.seq
               AND x.content ->> 'code' IN ('taken_over', 'released') ORDER BY x.seq DESC LIMIT 1) = 'taken_over'
        """.replace("%(t)s", str(thread))
    )
    assert over == []
    assert await clinic.value("SELECT epoch FROM thread WHERE id = %s", thread) == 200
    assert len(await walker.heard()) == 201
    await clinic.settled()
    states = await clinic.rows("SELECT DISTINCT state FROM outbox WHERE thread_id = %s", thread)
    assert {row["state"] for row in states} <= {"sent", "cancelled"}


ROW = ThreadRow(
    id=1,
    organization_id=1,
    contact_id=1,
    version=7,
    state="open",
    owner_id=3,
    team=None,
    epoch=1,
    session={"q": 1},
    timers=[],
    channel_id=1,
    last_seq=9,
    unread=0,
    waiting_since=None,
    problem=None,
    name="Ana",
    language="es",
    phone=None,
    opted_out=False,
    channels={},
)


def _step(*effects: Effect) -> Any:
    return lambda _row, _event: ({"q": 2}, list(effects))


SPEAKS: tuple[Effect, ...] = (
    Send(Text("¡Listo!")),
    SetTimer("t", NOW + timedelta(hours=1)),
    RunAction("k", "leads.assign", {}),
    HandOver("ventas"),
)


@pytest.mark.parametrize("state", ["open", "waiting", "snoozed"])
def test_an_action_that_ends_after_a_takeover_says_nothing_and_keeps_what_it_found(state: str) -> None:
    event: Event = ActionDone("k", "ok", {})
    write = take_turn(replace(ROW, state=state), Happening("action/1", event, NOW), _step(*SPEAKS), NOW)
    assert (write.messages, write.outbox, write.timers, write.state) == ((), (), [], state)
    assert write.session == {"q": 2}
    assert [action.name for action in write.actions] == ["leads.assign"]


def test_an_action_that_ends_while_the_bot_has_the_thread_goes_on_talking() -> None:
    event: Event = ActionDone("k", "ok", {})
    write = take_turn(replace(ROW, state="bot"), Happening("action/1", event, NOW), _step(*SPEAKS), NOW)
    assert [message.text for message in write.messages] == ["¡Listo!", ""]
    assert write.state == "open"


def test_a_timer_forgotten_when_a_person_took_the_thread_says_nothing() -> None:
    """It was read as due just before the takeover, and takes its turn after it."""
    happening = Happening("timer/1/t", TimerFired("t"), NOW)
    row = replace(ROW, timers=[["t", NOW.isoformat()]])
    assert len(take_turn(row, happening, _step(*SPEAKS), NOW).outbox) == 1
    write = take_turn(replace(row, timers=[]), happening, _step(*SPEAKS), NOW)
    assert (write.messages, write.outbox, write.timers, write.actions) == ((), (), [], ())
    assert (write.session, write.state) == (ROW.session, "open")
    assert write.found_state is None, "it was not stepped: a replay leaves it out"


async def test_a_message_that_left_in_part_is_not_cancelled_as_if_it_had_not(clinic: Clinic) -> None:
    """What a status settled waits for the delivery to record it; a takeover in between does not deny it."""
    person = Walker(clinic, "telegram")
    await person.say("hola")
    await person.answered(2)
    thread = await person.thread_id()
    first = (await person.outbox())[0]
    await clinic.rows(
        "UPDATE outbox SET state = 'queued', part = 1, due_at = now() + interval '1 second' WHERE id = %s", first["id"]
    )
    await take(clinic, thread)
    await clinic.until("SELECT state = 'sent' FROM outbox WHERE id = %s", first["id"])
    row = (await person.outbox())[0]
    assert (row["state"], row["status"]) == ("sent", "sent")
    assert len(await person.received()) == 2


@pytest.mark.parametrize("event", [ActionDone("9:a", "ok"), Released()])
def test_a_resolved_thread_sleeps_until_the_person_writes(event: Event) -> None:
    """What still ran when the staff resolved neither speaks nor reopens anything."""

    def step(_row: ThreadRow, _event: Event) -> tuple[dict[str, Any], list[Effect]]:
        return {"q": 2}, [Send(Text("¿Algo más?"))]

    row = replace(ROW, state="resolved", owner_id=None)
    turn = take_turn(row, Happening("k", event, NOW), step, NOW)
    assert (turn.state, turn.session, turn.messages, turn.reopened) == ("resolved", row.session, (), False)
