"""What the Bot API is asked over real HTTP, and what its answers mean."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from channels.media import MediaFile, MediaProblem
from channels.render import render
from channels.telegram import LIMITS
from channels.telegram.send import TelegramClients
from core.errors import Transient
from core.threads.content import Card, Cards, Content, Location, Media, Option, Prompt, Reaction, Text
from core.threads.outbound import (
    AccountBroken,
    ChannelAccount,
    ChatMoved,
    OutcomeUnknown,
    SendLater,
    SendRefused,
    Wire,
)
from tests.channels.provider import Asked, Provider, closed_port, dropping_provider

TOKEN = "123456:AAsecrettoken"
HELLO = Wire("sendMessage", {"text": "Hola"})
TO = {"chat_id": 42}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)


def account(base: str, token: str = TOKEN) -> ChannelAccount:
    return ChannelAccount(1, 1, "telegram", "123456", {"api_base": base}, {"token": token, "secret": "s"})


async def no_media(attachment: int) -> MediaFile:
    raise AssertionError(f"attachment {attachment} is not needed here")


def ok(result: Any) -> dict[str, Any]:
    return {"ok": True, "result": result}


def sent(number: int = 7) -> dict[str, Any]:
    return ok({"message_id": number, "date": 1780000000, "chat": {"id": 42, "type": "private"}})


def refused(status: int, words: str, **parameters: int) -> dict[str, Any]:
    return {"ok": False, "error_code": status, "description": words, "parameters": parameters or None}


def form(asked: Asked) -> dict[str, str]:
    """The fields of a urlencoded or multipart request; files by their bytes' beginning."""
    kind = asked.headers["content-type"]
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(asked.body.decode()))
    parsed: Any = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + asked.body)
    fields = {}
    for part in parsed.get_payload():
        name = part.get_param("name", header="content-disposition")
        fields[str(name)] = part.get_payload(decode=True).decode("latin-1")
    return fields


@pytest.fixture(scope="module")
async def clients() -> AsyncIterator[TelegramClients]:
    built = TelegramClients(timeout=0.5)
    yield built
    await built.close()


async def test_a_text_goes_with_its_entities(provider: Provider, clients: TelegramClients) -> None:
    provider.says("/sendMessage", 200, sent())
    (wire,) = render(Text("Hola *Ana*"), LIMITS)
    assert await clients.send(account(provider.url), TO, wire, "77", no_media) == "42:7"
    fields = form(provider.asked[0])
    assert provider.asked[0].path == f"/bot{TOKEN}/sendMessage"
    assert (fields["chat_id"], fields["text"]) == ("42", "Hola Ana")
    assert json.loads(fields["entities"]) == [{"type": "bold", "offset": 5, "length": 3}]
    assert "parse_mode" not in fields


async def test_every_kind_of_wire_is_a_call_the_bot_api_knows(provider: Provider, clients: TelegramClients) -> None:
    provider.says("", 200, sent())
    contents: list[Content] = [
        Prompt("¿Seguimos?", "t", (Option("si", "Sí"), Option("no", "No"))),
        Prompt("¿Tu número?", "t", request="phone", request_label="Compartir mi número"),
        Location(-34.6, -58.4),
        Location(-34.6, -58.4, "Clínica", "Av. Siempre Viva 1"),
        Cards((Card("Ana", ("+5491155550101",)),)),
        Media("image", url="https://example.org/a.png"),
    ]
    for content in contents:
        for wire in render(content, LIMITS):
            assert await clients.send(account(provider.url), TO, wire, None, no_media) == "42:7"
    names = [asked.path.rsplit("/", 1)[1] for asked in provider.asked]
    assert names == ["sendMessage", "sendMessage", "sendLocation", "sendVenue", "sendContact", "sendPhoto"]
    keyboard = json.loads(form(provider.asked[0])["reply_markup"])
    assert [button["callback_data"] for row in keyboard["inline_keyboard"] for button in row] == ["t:si", "t:no"]
    asking = json.loads(form(provider.asked[1])["reply_markup"])
    assert asking["keyboard"][0][0]["request_contact"] is True


async def test_a_reaction_is_named_after_its_outbox_row(provider: Provider, clients: TelegramClients) -> None:
    provider.says("/setMessageReaction", 200, ok(True))
    (wire,) = render(Reaction("42:9", "👍"), LIMITS)
    assert await clients.send(account(provider.url), TO, wire, "77", no_media) == "setMessageReaction:77"
    assert form(provider.asked[0])["message_id"] == "9"


async def test_a_business_chat_is_answered_through_its_connection(provider: Provider, clients: TelegramClients) -> None:
    provider.says("/sendMessage", 200, sent())
    address = {"chat_id": 42, "business_connection_id": "bc1"}
    assert await clients.send(account(provider.url), address, HELLO, None, no_media) == "bc1:42:7"
    assert form(provider.asked[0])["business_connection_id"] == "bc1"


async def test_a_file_goes_with_its_bytes(provider: Provider, clients: TelegramClients) -> None:
    provider.says("/sendPhoto", 200, sent())

    async def load(_: int) -> MediaFile:
        return MediaFile(PNG, "image/png", "antes.png")

    (wire,) = render(Media("image", attachment=5, caption="Antes"), LIMITS)
    await clients.send(account(provider.url), TO, wire, None, load)
    assert PNG in provider.asked[0].body
    assert b'filename="antes.png"' in provider.asked[0].body
    assert form(provider.asked[0])["caption"] == "Antes"


async def test_a_photo_over_ten_megabytes_goes_as_a_document(provider: Provider, clients: TelegramClients) -> None:
    provider.says("/sendDocument", 200, sent())

    async def load(_: int) -> MediaFile:
        return MediaFile(PNG + bytes(10 * 1024 * 1024), "image/png")

    await clients.send(account(provider.url), TO, Wire("sendPhoto", {}, 5), None, load)
    assert provider.asked[0].path.endswith("/sendDocument")


@pytest.mark.parametrize(
    ("status", "body", "expected", "flags"),
    [
        (429, refused(429, "Too Many Requests: retry after 13", retry_after=13), SendLater, {"retry_after": 13.0}),
        (403, refused(403, "Forbidden: bot was blocked by the user"), SendRefused, {"unreachable": True}),
        (400, refused(400, "Bad Request: chat not found"), SendRefused, {"unreachable": True}),
        (400, refused(400, "Bad Request: message text is empty"), SendRefused, {"unreachable": False}),
        (
            400,
            refused(400, "Bad Request: upgraded", migrate_to_chat_id=-100),
            ChatMoved,
            {"address": {"chat_id": -100}},
        ),
        (401, refused(401, "Unauthorized"), AccountBroken, {"code": "401"}),
        (404, refused(404, "Not Found"), AccountBroken, {"code": "401"}),
        (500, refused(500, f"Internal Server Error {TOKEN}"), OutcomeUnknown, {}),
        (413, refused(413, "Request Entity Too Large"), SendRefused, {"code": "413"}),
    ],
)
async def test_an_answer_says_what_may_be_tried_again(
    provider: Provider,
    clients: TelegramClients,
    status: int,
    body: dict[str, Any],
    expected: type[Exception],
    flags: dict[str, Any],
) -> None:
    provider.says("/sendMessage", status, body)
    with pytest.raises(expected) as raised:
        await clients.send(account(provider.url), TO, HELLO, None, no_media)
    assert {name: getattr(raised.value, name) for name in flags} == flags
    assert TOKEN not in str(raised.value)
    assert len(provider.asked) == 1


async def test_an_answer_that_is_no_json_leaves_the_outcome_unknown(
    provider: Provider, clients: TelegramClients
) -> None:
    provider.answers["/sendMessage"] = PlainTextResponse("<html>", status_code=502)
    with pytest.raises(OutcomeUnknown):
        await clients.send(account(provider.url), TO, HELLO, None, no_media)


async def test_silence_after_the_request_leaves_the_outcome_unknown(
    provider: Provider, clients: TelegramClients
) -> None:
    async def slow(_: Request) -> Response:
        await asyncio.sleep(0.8)
        return JSONResponse(sent())

    provider.answers["/sendMessage"] = slow
    with pytest.raises(OutcomeUnknown):
        await clients.send(account(provider.url), TO, HELLO, None, no_media)


async def test_a_dropped_connection_leaves_the_outcome_unknown(clients: TelegramClients) -> None:
    async with dropping_provider() as url:
        with pytest.raises(OutcomeUnknown):
            await clients.send(account(url), TO, HELLO, None, no_media)


async def test_an_earlier_refused_connection_says_nothing_about_a_later_drop(clients: TelegramClients) -> None:
    async with dropping_provider() as url:
        try:
            await clients.send(account(closed_port()), TO, HELLO, None, no_media)
        except SendLater:
            with pytest.raises(OutcomeUnknown):
                await clients.send(account(url), TO, HELLO, None, no_media)


async def test_a_refused_connection_has_sent_nothing(clients: TelegramClients) -> None:
    with pytest.raises(SendLater):
        await clients.send(account(closed_port()), TO, HELLO, None, no_media)


async def test_a_wrong_token_or_wire_is_told_apart(clients: TelegramClients) -> None:
    with pytest.raises(AccountBroken):
        await clients.send(account("http://127.0.0.1:1", "no token"), TO, HELLO, None, no_media)
    with pytest.raises(SendRefused):
        await clients.send(account("http://127.0.0.1:1"), TO, Wire("sendNothing", {}), None, no_media)
    with pytest.raises(SendRefused):
        await clients.send(account("http://127.0.0.1:1"), TO, Wire("sendMessage", {}), None, no_media)


async def test_a_tap_answered_too_late_is_no_error(provider: Provider, clients: TelegramClients) -> None:
    provider.says("/answerCallbackQuery", 400, refused(400, "Bad Request: query is too old"))
    await clients.answer_tap(account(provider.url), "555")
    assert form(provider.asked[0]) == {"callback_query_id": "555"}


async def test_the_webhook_asks_for_reactions_by_name(provider: Provider, clients: TelegramClients) -> None:
    provider.says("/setWebhook", 200, ok(True))
    await clients.set_webhook(account(provider.url), "https://hilo.example/webhooks/telegram/abc", "s3cret")
    fields = form(provider.asked[0])
    wanted = json.loads(fields["allowed_updates"])
    assert {"message_reaction", "my_chat_member", "business_message"} <= set(wanted)
    assert fields["secret_token"] == "s3cret"


async def test_typing_is_shown_in_the_chat(provider: Provider, clients: TelegramClients) -> None:
    provider.says("/sendChatAction", 200, ok(True))
    await clients.typing(account(provider.url), TO)
    assert form(provider.asked[0]) == {"chat_id": "42", "action": "typing"}


async def test_a_file_is_fetched_by_its_path(provider: Provider, clients: TelegramClients) -> None:
    provider.says("/getFile", 200, ok({"file_id": "F", "file_unique_id": "U", "file_path": "photos/1.png"}))
    provider.answers[f"/file/bot{TOKEN}/photos/1.png"] = Response(PNG)
    file = await clients.fetch_media(account(provider.url), Media("image", "F", filename="a.png"))
    assert file == MediaFile(PNG, "image/png", "a.png")


@pytest.mark.parametrize(
    ("media", "words", "status", "code"),
    [
        (Media("video", "F"), "Bad Request: file is too big", 200, "too_big"),
        (Media("video", "F"), "Bad Request: wrong file_id or the file is temporarily unavailable", 200, "expired"),
        (Media("video", "F"), None, 404, "expired"),
        (Media("video", "F", size=21 * 1024 * 1024), None, 200, "too_big"),
        (Media("video"), None, 200, "missing"),
        (Media("video", "F"), None, 200, "wrong_type"),
    ],
)
async def test_a_file_that_cannot_be_kept_says_why(
    provider: Provider, clients: TelegramClients, media: Media, words: str | None, status: int, code: str
) -> None:
    known = ok({"file_id": "F", "file_unique_id": "U", "file_path": "videos/1.mp4"})
    provider.says("/getFile", 400 if words else 200, refused(400, words) if words else known)
    provider.answers["/videos/1.mp4"] = Response(PNG, status_code=status)
    with pytest.raises(MediaProblem) as problem:
        await clients.fetch_media(account(provider.url), media)
    assert problem.value.code == code
    assert TOKEN not in str(problem.value)


async def test_the_token_stays_out_of_errors_and_logs(
    provider: Provider, clients: TelegramClients, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.says("/getFile", 200, ok({"file_id": "F", "file_unique_id": "U", "file_path": "v/1.mp4"}))
    provider.answers["/v/1.mp4"] = Response(status_code=500)
    with pytest.raises(Transient) as transient:
        await clients.fetch_media(account(provider.url), Media("video", "F"))
    assert TOKEN not in str(transient.value)
    assert transient.value.__suppress_context__
    assert TOKEN not in caplog.text
