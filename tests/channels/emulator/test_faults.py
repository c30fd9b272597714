"""The emulator misbehaving on demand, and delivering like the providers."""

from typing import Any

import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter
from pywa.errors import WhatsAppError
from pywa_async import WhatsApp

from channels.emulator import EmulatorClient
from tests.channels.emulator.conftest import ANA, BOT_ID, PHONE_ID, TEO, Receiver

BETO = "5491199998888"


def texts(receiver: Receiver) -> list[str]:
    return [m["text"]["body"] for value in receiver.values() for m in value.get("messages", [])]


async def test_a_refused_webhook_is_posted_again_until_taken(phone: EmulatorClient, receiver: Receiver) -> None:
    receiver.answers = [503, 500]
    await phone.whatsapp_text(ANA, "hola")
    calls = await receiver.wait(3)
    assert len({call.raw for call in calls}) == 1
    await delivered(phone)
    [delivery] = await phone.deliveries()
    assert (delivery["state"], delivery["attempts"], delivery["last_status"]) == ("delivered", 3, 200)
    assert (await phone.chat("whatsapp", ANA))["messages"][0]["status"] == "delivered"


async def delivered(phone: EmulatorClient) -> None:
    for _ in range(200):
        if not await phone.deliveries("pending"):
            return
    raise AssertionError(await phone.deliveries("pending"))


async def test_a_webhook_nobody_answers_stays_pending_until_somebody_does(
    phone: EmulatorClient, receiver: Receiver
) -> None:
    await phone.whatsapp_account(PHONE_ID, webhook_url="http://127.0.0.1:9/none")
    await phone.whatsapp_text(ANA, "hola")
    for _ in range(200):
        [delivery] = await phone.deliveries("pending")
        if delivery["attempts"]:
            break
    assert delivery["last_error"].startswith("ConnectError")
    await phone.whatsapp_account(PHONE_ID, webhook_url=receiver.url)
    await receiver.wait(1)
    assert texts(receiver) == ["hola"]


async def test_redelivery_posts_the_same_bytes_again(phone: EmulatorClient, receiver: Receiver, bot: Bot) -> None:
    await phone.faults(redeliver=2)
    await phone.whatsapp_text(ANA, "hola")
    assert len({call.raw for call in await receiver.wait(3)}) == 1
    await bot.set_webhook(receiver.url)
    await phone.telegram_text(TEO, "hola")
    calls = (await receiver.wait(6))[3:]
    assert [call.body["update_id"] for call in calls] == [1, 1, 1]


async def test_a_batch_spreads_over_entries_changes_and_messages(phone: EmulatorClient, receiver: Receiver) -> None:
    await phone.faults(batch=5)
    for who, words in ((ANA, "a1"), (ANA, "a2"), (BETO, "b1"), (BETO, "b2"), (ANA, "a3")):
        await phone.whatsapp_text(who, words)
    [call] = await receiver.wait(1)
    shape = [
        [[m["text"]["body"] for m in change["value"]["messages"]] for change in entry["changes"]]
        for entry in call.body["entry"]
    ]
    assert shape == [[["a1", "a2"], ["b1"]], [["b2"], ["a3"]]]


async def test_an_incomplete_batch_leaves_by_itself(phone: EmulatorClient, receiver: Receiver) -> None:
    await phone.faults(batch=50)
    await phone.whatsapp_text(ANA, "sola")
    await receiver.wait(1)
    assert texts(receiver) == ["sola"]


async def test_reordered_webhooks_leave_last_first(phone: EmulatorClient, receiver: Receiver) -> None:
    await phone.faults(reorder=True)
    for word in ("uno", "dos", "tres"):
        await phone.whatsapp_text(ANA, word)
    await receiver.wait(3)
    assert texts(receiver) == ["tres", "dos", "uno"]


async def test_graph_errors_are_answered_as_often_as_asked(phone: EmulatorClient, whatsapp: WhatsApp) -> None:
    await phone.faults(f"whatsapp:{PHONE_ID}", graph_error={"status": 429, "code": 130429, "times": 2})
    for _ in range(2):
        with pytest.raises(WhatsAppError) as refused:
            await whatsapp.send_message(ANA, "hola")
        assert (refused.value.status_code, refused.value.code) == (429, 130429)
        assert refused.value.message == "(#130429) Rate limit hit"
    await whatsapp.send_message(ANA, "hola")
    assert len(await phone.sent()) == 1


async def test_a_dropped_reply_was_accepted_and_its_status_tells(
    phone: EmulatorClient, whatsapp: WhatsApp, bot: Bot, receiver: Receiver
) -> None:
    await phone.whatsapp_text(ANA, "hola")
    await phone.faults(drop_reply=2)
    with pytest.raises(httpx.RemoteProtocolError):
        await whatsapp.send_message(ANA, "¿Llegó?", tracker="outbox-9")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(TEO, "¿Llegó?")
    await whatsapp.send_message(ANA, "Ahora sí")
    sent = await phone.sent()
    assert [s["account"] for s in sent] == [
        f"whatsapp:{PHONE_ID}",
        f"telegram:{BOT_ID}",
        f"whatsapp:{PHONE_ID}",
    ]
    await receiver.wait(3)
    assert receiver.statuses()[0]["biz_opaque_callback_data"] == "outbox-9"


async def test_muted_statuses_leave_only_the_messages(
    phone: EmulatorClient, whatsapp: WhatsApp, receiver: Receiver
) -> None:
    await phone.faults(mute_statuses=True)
    await phone.whatsapp_text(ANA, "uno")
    sent = await whatsapp.send_message(ANA, "hola")
    while (await phone.chat("whatsapp", ANA))["messages"][-1]["status"] != "delivered":
        pass
    await phone.whatsapp_text(ANA, "dos")
    await receiver.wait(2)
    assert receiver.statuses() == []
    assert sent.id.startswith("wamid.")


async def test_a_closed_window_opens_when_the_person_writes(
    phone: EmulatorClient, whatsapp: WhatsApp, receiver: Receiver
) -> None:
    await phone.whatsapp_text(ANA, "hola")
    await phone.person("whatsapp", ANA, window="closed")
    await whatsapp.send_message(ANA, "fuera")
    await receiver.wait(2)
    assert [s["status"] for s in receiver.statuses()] == ["failed"]
    await phone.whatsapp_text(ANA, "volví")
    await whatsapp.send_message(ANA, "dentro")
    await receiver.wait(5)
    assert [s["status"] for s in receiver.statuses()] == ["failed", "sent", "delivered"]


async def test_an_unknown_fault_is_refused(phone: EmulatorClient) -> None:
    with pytest.raises(httpx.HTTPStatusError) as refused:
        await phone.faults(explode=True)
    assert refused.value.response.status_code == 422


async def test_a_reset_forgets_messages_and_faults(
    phone: EmulatorClient, whatsapp: WhatsApp, receiver: Receiver
) -> None:
    await phone.faults(redeliver=3)
    await whatsapp.send_message(ANA, "hola")
    await phone.reset()
    state: dict[str, Any] = await phone.call("GET", "/emulator/api/state")
    assert (state["faults"], await phone.sent(), await phone.deliveries()) == ({}, [], [])
    assert (await phone.chat("whatsapp", ANA))["messages"] == []


async def test_enforced_rates_refuse_as_the_providers_do_and_recover(
    phone: EmulatorClient, whatsapp: WhatsApp, bot: Bot, clock: Any
) -> None:
    await phone.whatsapp_account(PHONE_ID, enforce_rates=True)
    await phone.telegram_account(BOT_ID, enforce_rates=True)
    for n in range(45):
        await whatsapp.send_message(ANA, str(n))
    with pytest.raises(WhatsAppError) as pair:
        await whatsapp.send_message(ANA, "una más")
    assert pair.value.code == 131056
    clock.at += 6
    await whatsapp.send_message(ANA, "una más")

    for n in range(3):
        await bot.send_message(TEO, str(n))
    with pytest.raises(TelegramRetryAfter) as late:
        await bot.send_message(TEO, "una más")
    assert late.value.retry_after == 1
    clock.at += 1
    await bot.send_message(TEO, "una más")


async def test_any_webhook_can_be_told(phone: EmulatorClient, receiver: Receiver, bot: Bot) -> None:
    event = {"event": "PAUSED", "message_template_name": "recordatorio_turno"}
    await phone.webhook("whatsapp", field="message_template_status_update", value=event)
    [call] = await receiver.wait(1)
    change = call.body["entry"][0]["changes"][0]
    assert change["field"] == "message_template_status_update"
    assert change["value"].items() >= event.items()
    await bot.set_webhook(receiver.url)
    await phone.webhook("telegram", kind="business_connection", payload={"id": "biz-1", "is_enabled": True})
    assert (await receiver.wait(2))[1].body["business_connection"] == {"id": "biz-1", "is_enabled": True}
