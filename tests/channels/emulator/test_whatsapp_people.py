"""What people do on WhatsApp, as Meta tells the business."""

from typing import Any

import httpx
import pytest
from pywa_async import WhatsApp
from pywa_async.types import Button, Section, SectionList, SectionRow

from channels.emulator import EmulatorClient
from tests.channels.emulator.conftest import ANA, Receiver

BUSINESS = "541155550000"


async def act(client: EmulatorClient, receiver: Receiver, **fields: Any) -> dict[str, Any]:
    """The message object the webhook got for one act, without the head every message has."""
    before = len(receiver.received)
    done = await client.act("whatsapp", ANA, **fields)
    await receiver.wait(before + 1)
    message: dict[str, Any] = receiver.values()[-1]["messages"][0]
    assert message.pop("id") == done["id"]
    assert (message.pop("from"), message.pop("from_user_id"), message.pop("timestamp")) == (
        ANA,
        "AR.1349a1208",
        "1780000000",
    )
    return message


async def test_a_tap_quotes_the_message_that_had_the_button(
    phone: EmulatorClient, whatsapp: WhatsApp, receiver: Receiver
) -> None:
    await phone.whatsapp_text(ANA, "hola")
    asked = await whatsapp.send_message(ANA, "¿Confirmas?", buttons=[Button("Sí", "yes"), Button("No", "no")])
    await receiver.wait(3)
    await phone.tap("whatsapp", ANA, "Sí")
    await receiver.wait(4)
    message = receiver.values()[-1]["messages"][0]
    assert message["context"] == {"from": BUSINESS, "id": asked.id}
    assert message["interactive"] == {"type": "button_reply", "button_reply": {"id": "yes", "title": "Sí"}}


async def test_a_row_chosen_from_a_list_comes_with_its_description(
    phone: EmulatorClient, whatsapp: WhatsApp, receiver: Receiver
) -> None:
    await phone.whatsapp_text(ANA, "hola")
    rows = [SectionRow("Botox", "botox", "Desde $100"), SectionRow("Láser", "laser")]
    await whatsapp.send_message(ANA, "¿Qué te interesa?", buttons=SectionList("Ver", [Section("Todo", rows)]))
    await receiver.wait(3)
    await phone.tap("whatsapp", ANA, "Botox")
    await receiver.wait(4)
    assert receiver.values()[-1]["messages"][0]["interactive"] == {
        "type": "list_reply",
        "list_reply": {"id": "botox", "title": "Botox", "description": "Desde $100"},
    }


async def test_an_ad_referral_is_kept_whole(phone: EmulatorClient, receiver: Receiver) -> None:
    referral = {
        "source_url": "https://fb.me/abc",
        "source_id": "120210",
        "source_type": "ad",
        "headline": "Botox en Palermo",
        "ctwa_clid": "ARAk-1",
        "welcome_message": {"text": "Hola"},
    }
    message = await act(phone, receiver, type="text", text="Quiero info", referral=referral)
    assert message == {"type": "text", "text": {"body": "Quiero info"}, "referral": referral}


VCARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nTEL;type=CELL:+54 9 11 2233-4455\nEND:VCARD"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"type": "location", "latitude": -34.5, "longitude": -58.4, "name": "Casa"},
            {"type": "location", "location": {"latitude": -34.5, "longitude": -58.4, "name": "Casa"}},
        ),
        (
            {"type": "contacts", "name": "Ana", "phone": "+54 9 11 2233-4455", "requested": True},
            {
                "type": "contacts",
                "contacts": [
                    {
                        "name": {"formatted_name": "Ana", "first_name": "Ana"},
                        "phones": [{"phone": "+54 9 11 2233-4455", "wa_id": "5491122334455", "type": "CELL"}],
                        "vcard": VCARD,
                    }
                ],
                "origin": "contact_request",
            },
        ),
        (
            {"type": "reaction", "message_id": "wamid.x", "emoji": "👍"},
            {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}},
        ),
        (
            {"type": "template_button", "payload": "p", "text": "Sí", "reply_to": "wamid.t"},
            {
                "type": "button",
                "button": {"payload": "p", "text": "Sí"},
                "context": {"from": BUSINESS, "id": "wamid.t"},
            },
        ),
        (
            {"type": "flow_reply", "response_json": "{not json"},
            {
                "type": "interactive",
                "interactive": {
                    "type": "nfm_reply",
                    "nfm_reply": {"response_json": "{not json", "body": "Sent", "name": "flow"},
                },
            },
        ),
        (
            {"type": "order", "order": {"catalog_id": "1", "product_items": []}},
            {"type": "order", "order": {"catalog_id": "1", "product_items": []}},
        ),
        (
            {"type": "edit", "message_id": "wamid.x", "text": "mejor el martes"},
            {
                "type": "edit",
                "edit": {
                    "original_message_id": "wamid.x",
                    "message": {"type": "text", "text": {"body": "mejor el martes"}},
                },
            },
        ),
        (
            {"type": "revoke", "message_id": "wamid.x"},
            {"type": "revoke", "revoke": {"original_message_id": "wamid.x"}},
        ),
        (
            {"type": "text", "text": "reenviado", "forwarded": True},
            {"type": "text", "text": {"body": "reenviado"}, "context": {"forwarded": True}},
        ),
        (
            {"type": "unsupported"},
            {
                "type": "unsupported",
                "errors": [
                    {
                        "code": 131051,
                        "title": "Message type unknown",
                        "message": "Message type unknown",
                        "error_data": {"details": "Message type is currently not supported."},
                    }
                ],
            },
        ),
    ],
)
async def test_each_act_has_metas_shape(
    phone: EmulatorClient, receiver: Receiver, fields: dict[str, Any], message: dict[str, Any]
) -> None:
    assert await act(phone, receiver, **fields) == message


async def test_a_view_once_photo_says_so(phone: EmulatorClient, receiver: Receiver) -> None:
    media_id = await phone.upload("whatsapp", b"\xff\xd8\xff\xe0", "image/jpeg", "foto.jpg")
    message = await act(phone, receiver, type="image", media_id=media_id, caption="mira", view_once=True)
    assert message["type"] == "image"
    assert (message["image"]["caption"], message["image"]["view_once"]) == ("mira", True)


async def test_edits_and_revokes_change_the_chat(phone: EmulatorClient) -> None:
    first, second = [await phone.whatsapp_text(ANA, word) for word in ("lunes", "martes")]
    await phone.act("whatsapp", ANA, type="edit", message_id=first, text="miércoles")
    await phone.act("whatsapp", ANA, type="revoke", message_id=second)
    await phone.act("whatsapp", ANA, type="reaction", message_id=first, emoji="❤️")
    chat = await phone.chat("whatsapp", ANA)
    assert [(m["content"]["text"]["body"], m["edited"], m["deleted"], m["reactions"]) for m in chat["messages"]] == [
        ("miércoles", True, False, {"person": "❤️"}),
        ("martes", False, True, {}),
    ]


async def test_the_businesss_own_phone_echoes_and_opens_no_window(phone: EmulatorClient, receiver: Receiver) -> None:
    done = await phone.echo(ANA, "Te llamo en un rato")
    [call] = await receiver.wait(1)
    change = call.body["entry"][0]["changes"][0]
    assert change["field"] == "smb_message_echoes"
    assert change["value"]["message_echoes"] == [
        {
            "from": BUSINESS,
            "to": ANA,
            "to_user_id": "AR.1349a1208",
            "id": done["id"],
            "timestamp": "1780000000",
            "type": "text",
            "text": {"body": "Te llamo en un rato"},
        }
    ]
    assert (await phone.chat("whatsapp", ANA))["window_open"] is False


async def test_history_is_imported_in_one_body(phone: EmulatorClient, receiver: Receiver) -> None:
    lines = [{"from": "person", "text": "hola", "at": 1_770_000_000}, {"from": "business", "text": "buenas"}]
    done = await phone.history(ANA, lines)
    [call] = await receiver.wait(1)
    change = call.body["entry"][0]["changes"][0]
    assert change["field"] == "history"
    [thread] = change["value"]["history"][0]["threads"]
    assert [(m["id"], m["from"], m["timestamp"], m["text"]["body"]) for m in thread["messages"]] == [
        (done["ids"][0], ANA, "1770000000", "hola"),
        (done["ids"][1], BUSINESS, "1780000000", "buenas"),
    ]


async def test_an_act_no_person_could_do_is_refused(phone: EmulatorClient) -> None:
    for fields in ({"type": "teleport"}, {"type": "text"}, {"type": "image", "media_id": "none"}):
        with pytest.raises(httpx.HTTPStatusError) as refused:
            await phone.act("whatsapp", ANA, **fields)
        assert refused.value.response.status_code == 422


async def test_registering_can_ask_for_metas_challenge(phone: EmulatorClient, receiver: Receiver) -> None:
    await phone.whatsapp_account("106540352242922", verify=True)
    with pytest.raises(httpx.HTTPStatusError) as refused:
        await phone.whatsapp_account("106540352242922", verify=True, verify_token="other")
    assert "did not echo the challenge" in refused.value.response.text
