"""What WhatsApp is asked over real HTTP, and what its answers mean."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from channels.media import MediaFile, MediaProblem
from channels.render import render
from channels.whatsapp import LIMITS
from channels.whatsapp.errors import REASONS, reason_es
from channels.whatsapp.send import WhatsAppClients
from core.errors import Transient
from core.threads.content import Card, Cards, Content, Media, Option, Prompt, Reaction, Text
from core.threads.outbound import AccountBroken, ChannelAccount, OutcomeUnknown, SendLater, SendRefused, Wire
from tests.channels.provider import Provider, closed_port, dropping_provider

TOKEN = "EAAsecrettoken"
OGG = b"OggS\x00\x02" + bytes(60)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
TO = {"to": "5491155550101"}
HELLO = Wire("text", {"body": "Hola", "preview_url": False})


def account(base: str) -> ChannelAccount:
    return ChannelAccount(1, 1, "whatsapp", "106540", {"waba_id": "900", "api_base": base}, {"access_token": TOKEN})


async def no_media(attachment: int) -> MediaFile:
    raise AssertionError(f"attachment {attachment} is not needed here")


def taken(identifier: str = "wamid.OUT1") -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "messages": [{"id": identifier}]}


@pytest.fixture(scope="module")
async def clients() -> AsyncIterator[WhatsAppClients]:
    built = WhatsAppClients(connect_timeout=2, read_timeout=0.5)
    yield built
    await built.close()


async def test_a_text_goes_to_the_number_with_its_tracker(provider: Provider, clients: WhatsAppClients) -> None:
    provider.says("/106540/messages", 200, taken())
    assert await clients.send(account(provider.url), TO, HELLO, "77", no_media) == "wamid.OUT1"
    asked = provider.asked[0]
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "5491155550101",
        "type": "text",
        "text": {"body": "Hola", "preview_url": False},
        "biz_opaque_callback_data": "77",
    }


async def test_a_bsuid_with_letters_is_an_individual(provider: Provider, clients: WhatsAppClients) -> None:
    provider.says("/messages", 200, taken())
    await clients.send(account(provider.url), {"recipient": "AR.1a2b3c"}, HELLO, None, no_media)
    assert provider.asked[0].json["recipient"] == "AR.1a2b3c"
    assert provider.asked[0].json["recipient_type"] == "individual"
    assert "to" not in provider.asked[0].json


async def test_what_is_rendered_is_what_is_sent(provider: Provider, clients: WhatsAppClients) -> None:
    provider.says("/messages", 200, taken())
    options = (Option("si", "Sí"), Option("no", "No"))
    contents: list[Content] = [
        Prompt("¿Seguimos?", "t1", options),
        Prompt("¿Seguimos?", "t1", tuple(Option(str(n), f"Opción {n}") for n in range(5))),
        Prompt("¿Dónde estás?", "t1", request="location"),
        Prompt("¿Tu número?", "t1", request="phone"),
        Cards((Card("Ana", ("+5491155550101",)),)),
        Reaction("wamid.IN", None),
    ]
    for content in contents:
        for wire in render(content, LIMITS):
            await clients.send(account(provider.url), TO, wire, None, no_media)
    sent = [(asked.json["type"], asked.json[asked.json["type"]]) for asked in provider.asked]
    assert [body["type"] for kind, body in sent if kind == "interactive"] == [
        "button",
        "list",
        "location_request_message",
        "request_contact_info",
    ]
    assert sent[0][1]["action"]["buttons"][0] == {"type": "reply", "reply": {"id": "t1:si", "title": "Sí"}}
    assert sent[4][1][0]["phones"] == [{"phone": "+5491155550101"}]
    assert sent[5] == ("reaction", {"message_id": "wamid.IN", "emoji": ""})


async def test_a_voice_note_is_uploaded_first_as_opus(provider: Provider, clients: WhatsAppClients) -> None:
    provider.says("/106540/media", 200, {"id": "MEDIA1"})
    provider.says("/106540/messages", 200, taken())

    async def load(attachment: int) -> MediaFile:
        assert attachment == 5
        return MediaFile(OGG, "audio/ogg")

    (wire,) = render(Media("voice", attachment=5, mime="audio/ogg"), LIMITS)
    await clients.send(account(provider.url), TO, wire, None, load)
    upload, message = provider.asked
    assert b"audio/ogg; codecs=opus" in upload.body
    assert OGG in upload.body
    assert message.json["audio"] == {"id": "MEDIA1", "voice": True}


async def test_a_failed_upload_has_sent_nothing(provider: Provider, clients: WhatsAppClients) -> None:
    provider.answers["/media"] = PlainTextResponse("bad gateway", status_code=502)

    async def load(_: int) -> MediaFile:
        return MediaFile(PNG, "image/png")

    with pytest.raises(SendLater) as later:
        await clients.send(account(provider.url), TO, Wire("image", {}, 5), None, load)
    assert later.value.code == "upload"


def error(code: int, **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": f"(#{code}) words with {TOKEN}", "type": "OAuthException", **more}}


@pytest.mark.parametrize(
    ("status", "code", "expected", "flags"),
    [
        (400, 131047, SendRefused, {"window_closed": True, "unreachable": False}),
        (400, 131026, SendRefused, {"unreachable": True, "window_closed": False}),
        (400, 131030, SendRefused, {"unreachable": True}),
        (400, 131049, SendRefused, {"unreachable": False}),
        (400, 999999, SendRefused, {"unreachable": False}),
        (400, 131056, SendLater, {"account_wide": False}),
        (429, 130429, SendLater, {"account_wide": True, "retry_after": 7.0}),
        (400, 80007, SendLater, {"account_wide": True}),
        (400, 4, SendLater, {"account_wide": True}),
        (400, 131048, SendLater, {"account_wide": True}),
        (500, 131000, SendLater, {"account_wide": False}),
        (401, 190, AccountBroken, {}),
        (403, 131031, AccountBroken, {}),
        (403, 368, AccountBroken, {}),
        (403, 200, AccountBroken, {}),
        (500, 1, OutcomeUnknown, {}),
        (503, 999999, OutcomeUnknown, {}),
    ],
)
async def test_a_code_says_what_may_be_tried_again(
    provider: Provider,
    clients: WhatsAppClients,
    status: int,
    code: int,
    expected: type[Exception],
    flags: dict[str, Any],
) -> None:
    provider.says("/messages", status, error(code), {"retry-after": "7"})
    with pytest.raises(expected) as raised:
        await clients.send(account(provider.url), TO, HELLO, None, no_media)
    assert {name: getattr(raised.value, name) for name in flags} == flags
    assert TOKEN not in str(raised.value)
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("<html>bad gateway</html>", status_code=502),
        PlainTextResponse("not json", status_code=200),
        JSONResponse({"messaging_product": "whatsapp"}),
        JSONResponse({"messages": []}),
        JSONResponse({"error": "a text"}, status_code=500),
        JSONResponse({"error": {"code": 131000}}, status_code=500),
    ],
)
async def test_an_answer_without_an_id_leaves_the_outcome_unknown(
    provider: Provider, clients: WhatsAppClients, answer: Response
) -> None:
    provider.answers["/messages"] = answer
    with pytest.raises(OutcomeUnknown):
        await clients.send(account(provider.url), TO, HELLO, None, no_media)


async def test_a_refused_connection_has_sent_nothing(clients: WhatsAppClients) -> None:
    with pytest.raises(SendLater) as later:
        await clients.send(account(closed_port()), TO, HELLO, None, no_media)
    assert later.value.code == "connect"


async def test_a_dropped_connection_leaves_the_outcome_unknown(clients: WhatsAppClients) -> None:
    async with dropping_provider() as url:
        with pytest.raises(OutcomeUnknown):
            await clients.send(account(url), TO, HELLO, None, no_media)


async def test_an_earlier_refused_connection_says_nothing_about_a_later_drop(clients: WhatsAppClients) -> None:
    async with dropping_provider() as url:
        try:
            await clients.send(account(closed_port()), TO, HELLO, None, no_media)
        except SendLater:
            with pytest.raises(OutcomeUnknown):
                await clients.send(account(url), TO, HELLO, None, no_media)


async def test_silence_after_the_request_leaves_the_outcome_unknown(
    provider: Provider, clients: WhatsAppClients
) -> None:
    async def slow(_: Request) -> Response:
        await asyncio.sleep(0.8)
        return JSONResponse(taken())

    provider.answers["/messages"] = slow
    with pytest.raises(OutcomeUnknown):
        await clients.send(account(provider.url), TO, HELLO, None, no_media)


async def test_tokens_share_one_connection_pool_and_keep_apart(provider: Provider, clients: WhatsAppClients) -> None:
    provider.says("/messages", 200, taken())
    first = account(provider.url)
    second = ChannelAccount(2, 2, "whatsapp", "207", first.settings, {"access_token": "EAAother"})
    for one in (first, second, first):
        await clients.send(one, TO, HELLO, None, no_media)
    assert [asked.headers["authorization"] for asked in provider.asked] == [
        f"Bearer {TOKEN}",
        "Bearer EAAother",
        f"Bearer {TOKEN}",
    ]


@pytest.mark.parametrize(("typing", "indicator"), [(False, None), (True, {"type": "text"})])
async def test_reading_may_show_typing(
    provider: Provider, clients: WhatsAppClients, typing: bool, indicator: dict[str, str] | None
) -> None:
    provider.says("/messages", 200, {"success": True})
    await clients.mark_read(account(provider.url), "wamid.IN", typing)
    assert provider.asked[0].json["status"] == "read"
    assert provider.asked[0].json["message_id"] == "wamid.IN"
    assert provider.asked[0].json.get("typing_indicator") == indicator


def has_file(provider: Provider, data: bytes, mime: str, url: str | None = None, size: int | None = None) -> None:
    provider.says("/MEDIA9", 200, {"url": url or f"{provider.url}/files/9", "mime_type": mime, "file_size": size})
    provider.answers["/files/9"] = Response(data, media_type=mime)


async def test_a_file_is_fetched_with_the_token(provider: Provider, clients: WhatsAppClients) -> None:
    has_file(provider, OGG, "audio/ogg; codecs=opus")
    file = await clients.fetch_media(account(provider.url), Media("voice", "MEDIA9"))
    assert file == MediaFile(OGG, "audio/ogg")
    assert provider.asked[1].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "https://fbsbx.com.evil.example/x",
        "https://evilfbsbx.com/x",
        "http://lookaside.fbsbx.com/x",
        "https://user@lookaside.fbsbx.com/x",
        "https://lookaside.fbsbx.com:8443/x",
        "file:///etc/passwd",
        "",
    ],
)
async def test_the_token_goes_to_meta_alone(provider: Provider, clients: WhatsAppClients, url: str) -> None:
    provider.says("/MEDIA9", 200, {"url": url, "mime_type": "image/png"})
    with pytest.raises(MediaProblem) as problem:
        await clients.fetch_media(account(provider.url), Media("image", "MEDIA9"))
    assert problem.value.code == "forbidden_host"


async def test_a_redirection_elsewhere_is_not_followed(provider: Provider, clients: WhatsAppClients) -> None:
    has_file(provider, PNG, "image/png")
    provider.answers["/files/9"] = RedirectResponse("http://127.0.0.1:1/steal")
    with pytest.raises(MediaProblem) as problem:
        await clients.fetch_media(account(provider.url), Media("image", "MEDIA9"))
    assert problem.value.code == "forbidden_host"


@pytest.mark.parametrize(
    ("type_", "data", "mime", "size", "code"),
    [
        ("image", b"MZ\x90\x00" + bytes(60), "image/jpeg", None, "wrong_type"),
        ("image", b"<svg onload=alert(1)>", "image/svg+xml", None, "wrong_type"),
        ("document", b"<html><script>", "application/pdf", None, "wrong_type"),
        ("audio", PNG, "audio/mpeg", None, "wrong_type"),
        ("image", PNG, "image/png", 6 * 1024 * 1024, "too_big"),
        ("sticker", b"RIFF\x00\x00\x00\x00WEBP" + bytes(500 * 1024), "image/webp", None, "too_big"),
    ],
)
async def test_a_file_that_lies_or_is_too_big_is_not_kept(
    provider: Provider, clients: WhatsAppClients, type_: Any, data: bytes, mime: str, size: int | None, code: str
) -> None:
    has_file(provider, data, mime, size=size)
    with pytest.raises(MediaProblem) as problem:
        await clients.fetch_media(account(provider.url), Media(type_, "MEDIA9"))
    assert problem.value.code == code


async def test_an_expired_file_is_final_and_a_failing_server_is_not(
    provider: Provider, clients: WhatsAppClients
) -> None:
    provider.says("/GONE", 400, error(100, error_subcode=33))
    with pytest.raises(MediaProblem) as problem:
        await clients.fetch_media(account(provider.url), Media("image", "GONE"))
    assert problem.value.code == "expired"
    has_file(provider, PNG, "image/png")
    provider.answers["/files/9"] = Response(status_code=404)
    with pytest.raises(MediaProblem):
        await clients.fetch_media(account(provider.url), Media("image", "MEDIA9"))
    provider.answers["/files/9"] = Response(status_code=503)
    with pytest.raises(Transient):
        await clients.fetch_media(account(provider.url), Media("image", "MEDIA9"))


async def test_the_token_is_never_logged(
    provider: Provider, clients: WhatsAppClients, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.says("/messages", 401, error(190))
    with pytest.raises(AccountBroken):
        await clients.send(account(provider.url), TO, HELLO, None, no_media)
    ours = [record for record in caplog.records if not record.name.startswith("pywa")]
    assert TOKEN not in "\n".join(record.getMessage() for record in ours)


async def test_without_a_token_the_account_is_broken(clients: WhatsAppClients) -> None:
    with pytest.raises(AccountBroken):
        await clients.send(ChannelAccount(1, 1, "whatsapp", "1", {}, {}), TO, HELLO, None, no_media)


def test_every_code_speaks_spanish() -> None:
    assert all(reason.es.endswith(".") for reason in REASONS.values())
    assert reason_es("131047").startswith("Pasaron más de 24 horas")
    assert reason_es(204) == REASONS[10].es
    assert reason_es("nonsense") == "WhatsApp no entregó el mensaje (código nonsense)."


def test_text_is_text() -> None:
    assert render(Text("Hola"), LIMITS) == (HELLO,)
