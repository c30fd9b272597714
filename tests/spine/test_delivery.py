"""What becomes of what we send: statuses, unknown outcomes, broken accounts, limits, people who are gone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from core.clock import system_clock
from core.db import create_engine, driver_connection, tenant_session
from core.public_id import PublicIds
from core.threads.actions import lock_thread
from core.threads.delivery import Sent, record_sent
from core.threads.resend import resend
from core.threads.tracker import make_tracker
from tests.spine.clinic import BOT, NUMBER, SECRET, Clinic
from tests.spine.people import Walker
from tests.spine.posts import new_id, post, status

IDS = PublicIds(SECRET)


@pytest.fixture(autouse=True)
async def no_faults_left(clinic: Clinic) -> AsyncIterator[None]:
    yield
    await clinic.emulator.faults(f"whatsapp:{NUMBER}")
    await clinic.emulator.faults(f"telegram:{BOT}")
    await clinic.settled()


async def first_row(walker: Walker) -> dict[str, Any]:
    thread = await walker.thread_id()
    await walker.clinic.until("SELECT count(*) > 0 FROM outbox WHERE thread_id = %s", thread)
    return (await walker.outbox())[0]


async def row_when(walker: Walker, state: str, within: float = 15.0) -> dict[str, Any]:
    row = await first_row(walker)
    await walker.clinic.until("SELECT state = %s FROM outbox WHERE id = %s", state, row["id"], within=within)
    return (await walker.outbox())[0]


async def message(clinic: Clinic, row: dict[str, Any]) -> dict[str, Any]:
    return (await clinic.rows("SELECT status, error, provider_id FROM message WHERE id = %s", row["message_id"]))[0]


async def test_statuses_only_move_forward_and_a_failure_is_the_last_word(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp")
    await clinic.emulator.faults(f"whatsapp:{NUMBER}", mute_statuses=True)
    await person.say("hola")
    await person.answered(2)
    row = await first_row(person)
    wamid = (await message(clinic, row))["provider_id"]
    seen = []
    for told in ("read", "delivered", "sent", "failed", "read"):
        body = status(person.id, wamid, told, code=131047 if told == "failed" else None)
        assert (await post(clinic, body)).status_code == 200
        seen.append((await message(clinic, row))["status"])
    assert seen == ["read", "read", "read", "failed", "failed"]
    error = (await message(clinic, row))["error"]
    assert error["code"] == "131047" and "24 horas" in error["reason"]


async def test_a_status_that_overtakes_the_sends_own_answer_counts(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp")
    await clinic.emulator.faults(f"whatsapp:{NUMBER}", mute_statuses=True)
    await person.say("hola")
    await person.answered(2)
    row, wamid = await first_row(person), new_id()
    await clinic.rows("UPDATE message SET status = 'queued', provider_id = NULL WHERE id = %s", row["message_id"])
    await clinic.rows(
        "UPDATE outbox SET state = 'sending', lease_until = now() + interval '1 min' WHERE id = %s", row["id"]
    )
    await post(clinic, status(person.id, wamid, "delivered", tracker=make_tracker(IDS, row["id"], 0)))
    channel = await clinic.value("SELECT channel_id FROM outbox WHERE id = %s", row["id"])
    spine = create_engine(clinic.url, "hilo_spine", autocommit=True)
    async with driver_connection(spine) as driver:
        await record_sent(driver, [Sent(row["id"], row["message_id"], channel, 1, wamid)])
    await spine.dispose()
    assert await message(clinic, row) == {"status": "delivered", "error": None, "provider_id": wamid}
    assert await clinic.value("SELECT state FROM outbox WHERE id = %s", row["id"]) == "sent"


async def test_an_unanswered_send_is_settled_by_its_status_and_leaves_once(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp")
    await clinic.emulator.faults(f"whatsapp:{NUMBER}", drop_reply=1)
    await person.say("hola")
    await person.answered(2)
    assert [row["unknowns"] for row in await person.outbox()] == [1, 0]
    assert len(await person.received()) == 2


async def test_an_unanswered_send_without_a_status_is_retried_once_and_then_left_to_the_staff(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp")
    await clinic.emulator.faults(f"whatsapp:{NUMBER}", drop_reply=2, mute_statuses=True)
    await person.say("hola")
    row = await row_when(person, "failed")
    told = await message(clinic, row)
    assert (told["status"], told["error"]["code"], row["unknowns"]) == ("failed", "unknown_outcome", 2)
    assert "No sabemos si este mensaje llegó" in told["error"]["reason"]
    sent = [
        one for one in await clinic.emulator.sent(to=person.id) if one["tracker"] == make_tracker(IDS, row["id"], 0)
    ]
    assert len(sent) == 2
    # The provider's word comes late, and is better than none.
    await post(clinic, status(person.id, sent[0]["id"], "delivered", tracker=sent[0]["tracker"]))
    await clinic.until("SELECT state = 'sent' FROM outbox WHERE id = %s", row["id"])
    told = await message(clinic, row)
    assert (told["status"], told["error"]) == ("delivered", None)
    assert len([one for one in await clinic.emulator.sent(to=person.id) if one["tracker"] == sent[0]["tracker"]]) == 2


async def test_telegram_gets_an_unanswered_message_twice_at_most(clinic: Clinic) -> None:
    person = Walker(clinic, "telegram")
    await clinic.emulator.faults(f"telegram:{BOT}", drop_reply=-1)
    await person.say("hola")
    row = await row_when(person, "failed")
    assert row["unknowns"] == 2
    assert (await person.received()).count((await person.received())[0]) == 2


async def test_a_broken_account_is_told_and_its_messages_wait_for_as_long_as_it_takes(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp")
    await clinic.emulator.faults(f"whatsapp:{NUMBER}", graph_error={"status": 401, "code": 190})
    await person.say("hola")
    row = await first_row(person)
    problem = await clinic.until("SELECT problem FROM channel WHERE account = %s", NUMBER)
    assert "conectar" in problem
    await asyncio.sleep(2.5)  # a few tries, a second apart in these tests
    waiting = (await clinic.rows("SELECT state, attempts FROM outbox WHERE id = %s", row["id"]))[0]
    assert waiting["state"] in ("queued", "sending") and waiting["attempts"] <= 1
    await clinic.emulator.faults(f"whatsapp:{NUMBER}")
    await person.answered(2)
    assert len(await person.received()) == 2
    await person.say("precios")  # the next send after the directory was read anew says that all is well
    await asyncio.sleep(10.5)
    await person.say("horario")
    await clinic.until("SELECT problem IS NULL FROM channel WHERE account = %s", NUMBER)


async def test_a_closed_window_fails_with_what_to_do_and_the_message_can_be_sent_again(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp")
    await clinic.emulator.faults(f"whatsapp:{NUMBER}", graph_error={"status": 400, "code": 131047, "times": 1})
    await person.say("hola")
    row = await row_when(person, "failed")
    assert "24 horas" in (await message(clinic, row))["error"]["reason"]
    async with tenant_session(clinic.app, clinic.organization_id) as session:
        thread = await lock_thread(session, row["thread_id"])
        await resend(session, thread, row["message_id"], system_clock())
        await session.commit()
    await person.answered(2)
    assert (await message(clinic, row))["error"] is None
    assert len(await person.received()) == 2


async def test_telegrams_retry_after_is_obeyed(clinic: Clinic) -> None:
    person = Walker(clinic, "telegram")
    await clinic.emulator.faults(f"telegram:{BOT}", telegram_error={"status": 429, "retry_after": 2, "times": 1})
    await person.say("hola")
    row = await first_row(person)
    told = await clinic.until("SELECT error ->> 'code' FROM outbox WHERE id = %s", row["id"])
    refused = asyncio.get_running_loop().time()
    assert told == "429"
    await person.answered(2)
    assert asyncio.get_running_loop().time() - refused > 1.5
    assert len(await person.received()) == 2


async def test_somebody_who_blocked_us_is_marked_unreachable_until_they_write_again(clinic: Clinic) -> None:
    person = Walker(clinic, "telegram")
    await clinic.emulator.faults(f"telegram:{BOT}", telegram_error={"status": 403, "times": 2})
    await person.say("hola")
    row = await row_when(person, "failed")
    assert "bloqueó" in (await message(clinic, row))["error"]["reason"]
    reach = "SELECT unreachable_since IS NOT NULL FROM thread_channel WHERE thread_id = %s"
    assert await clinic.until(reach, row["thread_id"])
    await clinic.until("SELECT bool_and(state = 'failed') FROM outbox WHERE thread_id = %s", row["thread_id"])
    await person.say("hola otra vez")
    assert not await clinic.value(reach, row["thread_id"]) or await clinic.until(
        "SELECT unreachable_since IS NULL FROM thread_channel WHERE thread_id = %s", row["thread_id"]
    )


async def test_a_failed_message_resent_by_a_process_that_dies_is_not_taken_for_sent(clinic: Clinic) -> None:
    """The statuses of the first send say nothing about the second."""
    person = Walker(clinic, "whatsapp")
    await clinic.emulator.faults(f"whatsapp:{NUMBER}", mute_statuses=True)
    await person.say("hola")
    await person.answered(2)
    row = await first_row(person)
    wamid = (await message(clinic, row))["provider_id"]
    tracker = make_tracker(IDS, row["id"], 0)
    for told in ("sent", "failed"):
        await post(clinic, status(person.id, wamid, told, tracker=tracker, code=131026 if told == "failed" else None))
    await asyncio.sleep(1.1)  # statuses carry whole seconds
    async with tenant_session(clinic.app, clinic.organization_id) as session:
        thread = await lock_thread(session, row["thread_id"])
        await resend(session, thread, row["message_id"], system_clock())
        # As a process leaves it that claimed it and died before sending.
        await session.flush()
        await session.execute(
            text(
                "UPDATE outbox SET state = 'sending', attempts = 1, lease_until = now() - interval '1 s' WHERE id = :id"
            ),
            {"id": row["id"]},
        )
        await session.commit()
    await clinic.until("SELECT state = 'sent' FROM outbox WHERE id = %s", row["id"])
    assert len([one for one in await clinic.emulator.sent(to=person.id) if one["tracker"] == tracker]) == 2
