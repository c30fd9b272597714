"""The fake Graph API through the real pywa client."""

from typing import Any

import httpx
import pytest
from pywa.errors import WhatsAppError
from pywa.utils import webhook_updates_validator
from pywa_async import WhatsApp
from pywa_async.types import Button, Section, SectionList, SectionRow, URLButton

from channels.emulator import EmulatorClient
from tests.channels.emulator.conftest import ANA, APP_SECRET, PHONE_ID, TOKEN, WABA_ID, Receiver

METADATA = {"display_phone_number": "541155550000", "phone_number_id": PHONE_ID}
CONTACT = {"profile": {"name": "Ana Ruiz"}, "wa_id": ANA, "user_id": "AR.1349a1208"}


async def test_a_text_from_a_person_arrives_signed_in_metas_shape(phone: EmulatorClient, receiver: Receiver) -> None:
    message_id = await phone.whatsapp_text(ANA, "¿Atienden a/c los sábados?")

    [call] = await receiver.wait(1)
    assert call.body == {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": WABA_ID,
                "changes": [
                    {
                        "field": "messages",
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": METADATA,
                            "contacts": [CONTACT],
                            "messages": [
                                {
                                    "from": ANA,
                                    "from_user_id": "AR.1349a1208",
                                    "id": message_id,
                                    "timestamp": "1780000000",
                                    "type": "text",
                                    "text": {"body": "¿Atienden a/c los sábados?"},
                                }
                            ],
                        },
                    }
                ],
            }
        ],
    }
    assert message_id.startswith("wamid.HBg")
    assert webhook_updates_validator(APP_SECRET, call.raw, call.headers["x-hub-signature-256"])
    assert b"\\u00bfAtienden a\\/c" in call.raw


async def test_a_sent_text_is_recorded_and_its_statuses_carry_the_tracker(
    phone: EmulatorClient, whatsapp: WhatsApp, receiver: Receiver
) -> None:
    await phone.whatsapp_text(ANA, "hola")
    sent = await whatsapp.send_message(ANA, "Hola, Ana", tracker="outbox-7")

    await receiver.wait(3)
    common = {
        "id": sent.id,
        "timestamp": "1780000000",
        "recipient_id": ANA,
        "recipient_user_id": "AR.1349a1208",
        "biz_opaque_callback_data": "outbox-7",
        "pricing": {
            "billable": False,
            "pricing_model": "PMP",
            "category": "service",
            "type": "free_customer_service",
        },
    }
    first, second = receiver.statuses()
    conversation = second["conversation"]
    assert first == {
        **common,
        "status": "sent",
        "conversation": {**conversation, "expiration_timestamp": "1780086400"},
    }
    assert second == {**common, "status": "delivered", "conversation": conversation}
    assert conversation["origin"] == {"type": "service"}
    assert await phone.sent(to=ANA) == [
        {
            "account": f"whatsapp:{PHONE_ID}",
            "to": ANA,
            "id": sent.id,
            "at": 1_780_000_000.0,
            "tracker": "outbox-7",
            "method": "messages",
            "payload": {
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "type": "text",
                "to": ANA,
                "text": {"body": "Hola, Ana", "preview_url": False},
                "biz_opaque_callback_data": "outbox-7",
            },
        }
    ]


async def test_opening_the_chat_reads_what_was_delivered(
    phone: EmulatorClient, whatsapp: WhatsApp, receiver: Receiver
) -> None:
    await phone.whatsapp_text(ANA, "hola")
    sent = await whatsapp.send_message(ANA, "Hola")
    await receiver.wait(3)

    assert await phone.read(ANA) == [sent.id]
    await receiver.wait(4)
    assert [status["status"] for status in receiver.statuses()] == ["sent", "delivered", "read"]
    assert (await phone.chat("whatsapp", ANA))["messages"][-1]["status"] == "read"


async def test_outside_the_window_a_send_is_accepted_and_then_fails(
    phone: EmulatorClient, whatsapp: WhatsApp, receiver: Receiver, clock: Any
) -> None:
    await phone.whatsapp_text(ANA, "hola")
    clock.at += 24 * 3600
    sent = await whatsapp.send_message(ANA, "¿Sigues ahí?", tracker="outbox-8")

    await receiver.wait(2)
    assert receiver.statuses() == [
        {
            "id": sent.id,
            "status": "failed",
            "timestamp": "1780086400",
            "recipient_id": ANA,
            "recipient_user_id": "AR.1349a1208",
            "biz_opaque_callback_data": "outbox-8",
            "errors": [
                {
                    "code": 131047,
                    "title": "Re-engagement message",
                    "message": "Re-engagement message",
                    "error_data": {
                        "details": "Message failed to send because more than 24 hours have passed "
                        "since the customer last replied to this number."
                    },
                    "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
                }
            ],
        }
    ]
    assert (await phone.chat("whatsapp", ANA))["messages"][-1]["status"] == "failed"


async def test_a_template_passes_outside_the_window_and_is_billed(
    phone: EmulatorClient, whatsapp: WhatsApp, receiver: Receiver
) -> None:
    await phone.call(
        "POST",
        f"/v26.0/{PHONE_ID}/messages",
        headers={"Authorization": f"Bearer {TOKEN}"},
        json=template("recordatorio_turno", "Ana", "martes", "10:00"),
    )
    await receiver.wait(2)
    assert [(s["status"], s["pricing"]["category"], s["pricing"]["billable"]) for s in receiver.statuses()] == [
        ("sent", "utility", True),
        ("delivered", "utility", True),
    ]
    shown = (await phone.chat("whatsapp", ANA))["messages"][-1]["content"]["_shown"]
    assert shown == {"body": "Hola Ana, te recordamos tu turno del martes a las 10:00."}


def template(name: str, *values: str) -> dict[str, Any]:
    parameters = [{"type": "text", "text": value} for value in values]
    return {
        "messaging_product": "whatsapp",
        "to": ANA,
        "type": "template",
        "template": {
            "name": name,
            "language": {"code": "es"},
            "components": [{"type": "body", "parameters": parameters}],
        },
    }


@pytest.mark.parametrize(
    ("body", "status", "code", "details"),
    [
        (template("no_existe"), 404, 132001, "template name (no_existe) does not exist in es"),
        (
            template("recordatorio_turno", "Ana"),
            400,
            132000,
            "body: number of localizable_params (1) does not match the expected number of params (3)",
        ),
    ],
)
async def test_a_wrong_template_is_refused(
    whatsapp: WhatsApp, body: dict[str, Any], status: int, code: int, details: str
) -> None:
    with pytest.raises(WhatsAppError) as refused:
        await whatsapp.api.send_raw_request("POST", f"/{PHONE_ID}/messages", json=body)
    assert (refused.value.status_code, refused.value.code, refused.value.details) == (status, code, details)


async def test_templates_are_listed(whatsapp: WhatsApp) -> None:
    listed = await whatsapp.api.send_raw_request("GET", f"/{WABA_ID}/message_templates")
    assert [t["name"] for t in listed["data"]] == [
        "hello_world",
        "recordatorio_turno",
        "retomar_conversacion",
    ]


async def test_a_wrong_token_is_error_190(served: Any, phone: EmulatorClient) -> None:
    async with httpx.AsyncClient(trust_env=False) as session:
        stranger = WhatsApp(phone_id=PHONE_ID, token="wrong", session=session)
        stranger.api._session.base_url = served.url + "/v26.0"
        with pytest.raises(WhatsAppError) as refused:
            await stranger.send_message(ANA, "hola")
    assert (refused.value.status_code, refused.value.code) == (401, 190)
    assert refused.value.message == "Invalid OAuth access token - Cannot parse access token"


async def test_a_bsuid_reaches_somebody_whose_number_is_hidden(
    phone: EmulatorClient, whatsapp: WhatsApp, receiver: Receiver
) -> None:
    await phone.person("whatsapp", ANA, hide_phone=True, username="ana.ruiz")
    await phone.whatsapp_text(ANA, "hola")
    [call] = await receiver.wait(1)
    value = call.body["entry"][0]["changes"][0]["value"]
    assert value["contacts"] == [{"profile": {"name": "Ana Ruiz", "username": "ana.ruiz"}, "user_id": "AR.1349a1208"}]
    assert "from" not in value["messages"][0]

    answer = await whatsapp.api.send_message(PHONE_ID, None, "AR.1349a1208", "individual", "text", {"body": "Hola"})
    assert answer["contacts"] == [{"input": "AR.1349a1208", "user_id": "AR.1349a1208"}]
    await receiver.wait(3)
    assert "recipient_id" not in receiver.statuses()[0]


async def test_every_kind_of_send_is_accepted(phone: EmulatorClient, whatsapp: WhatsApp) -> None:
    message_id = await phone.whatsapp_text(ANA, "hola")
    picture = await whatsapp.upload_media(b"\x89PNG\r\n\x1a\n....", mime_type="image/png", filename="a.png")
    await whatsapp.send_image(ANA, picture.id, caption="Antes y después")
    await whatsapp.send_image(ANA, "https://example.org/a.jpg")
    await whatsapp.send_document(ANA, "https://example.org/a.pdf", filename="presupuesto.pdf")
    await whatsapp.send_location(ANA, -34.6, -58.4, name="Clínica Sol", address="Calle 1")
    await whatsapp.send_message(ANA, "¿Sí?", buttons=[Button("Sí", "y")], reply_to_message_id=message_id)
    await whatsapp.send_message(
        ANA, "Elige", buttons=SectionList("Ver", [Section("A", [SectionRow("Botox", "b", "d")])])
    )
    await whatsapp.send_message(ANA, "Paga", buttons=URLButton("Pagar", "https://example.org/p"))
    await whatsapp.request_location(ANA, "¿Dónde estás?")
    await whatsapp.request_contact_info(ANA, "¿Tu número?")
    await whatsapp.send_reaction(ANA, "👍", message_id)
    await whatsapp.remove_reaction(ANA, message_id)
    assert [send["payload"]["type"] for send in await phone.sent()] == [
        "image", "image", "document", "location", "interactive", "interactive", "interactive", "interactive",
        "interactive", "reaction", "reaction",
    ]  # fmt: skip


async def test_media_goes_up_and_comes_down_with_the_token_only(
    phone: EmulatorClient, whatsapp: WhatsApp, receiver: Receiver
) -> None:
    data = b"OggS" + b"\0" * 100
    media_id = await phone.upload("whatsapp", data, "audio/ogg; codecs=opus", "voz.ogg")
    await phone.act("whatsapp", ANA, type="voice", media_id=media_id)
    [call] = await receiver.wait(1)
    audio = call.body["entry"][0]["changes"][0]["value"]["messages"][0]["audio"]
    assert audio == {
        "mime_type": "audio/ogg; codecs=opus",
        "sha256": "k2AVY4FH3hdY+Un+8piDJK1phpNFLW/q37D8Uazn/B0=",
        "id": media_id,
        "voice": True,
    }
    media = await whatsapp.get_media_url(media_id)
    assert (media.mime_type, media.file_size) == ("audio/ogg; codecs=opus", 104)
    assert await whatsapp.get_media_bytes(media.url) == data
    async with httpx.AsyncClient(trust_env=False) as nobody:
        assert (await nobody.get(media.url)).status_code == 401
    await whatsapp.delete_media(media_id)
    with pytest.raises(WhatsAppError):
        await whatsapp.get_media_url(media_id)


async def test_a_file_type_meta_does_not_take_is_refused(whatsapp: WhatsApp) -> None:
    with pytest.raises(WhatsAppError) as refused:
        await whatsapp.upload_media(b"MZ", mime_type="application/x-msdownload", filename="a.exe")
    assert refused.value.message.endswith("Received file of type 'application/x-msdownload'.")


async def test_marking_read_turns_the_persons_ticks_blue_and_shows_typing(
    phone: EmulatorClient, whatsapp: WhatsApp, receiver: Receiver
) -> None:
    message_id = await phone.whatsapp_text(ANA, "hola")
    await receiver.wait(1)
    await whatsapp.indicate_typing(message_id)
    chat = await phone.chat("whatsapp", ANA)
    assert (chat["messages"][0]["status"], chat["typing_seconds"]) == ("read", 25.0)
    with pytest.raises(WhatsAppError):
        await whatsapp.mark_message_as_read("wamid.unknown")


async def test_the_number_can_be_looked_up(whatsapp: WhatsApp) -> None:
    number = await whatsapp.get_business_phone_number()
    assert (number.id, number.display_phone_number, number.verified_name) == (
        PHONE_ID,
        "+54 11 5555-0000",
        "Clínica Sol",
    )
