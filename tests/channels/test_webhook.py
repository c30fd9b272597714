"""The webhooks over ASGI: who is let in, what is stored before 200, what is said about it."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette

from channels.telegram.webhook import routes as telegram_routes
from channels.webhook import MAX_BODY, BadBody, read_json
from channels.whatsapp.webhook import routes as whatsapp_routes
from core.errors import Transient
from core.threads.inbound import Accepted, AnyItem, MessageReceived, Unreadable
from core.threads.outbound import ChannelAccount
from tests.channels.whatsapp.bodies import messages, said

SECRETS = ["app-one", "app-two"]
NOW = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass
class Store:
    """What was handed over; can be told to be away."""

    items: list[AnyItem] = field(default_factory=list)
    dead: list[tuple[bytes, str, str | None]] = field(default_factory=list)
    away: Transient | None = None
    signers: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    """Known from the next look on: app secrets and verify tokens."""
    looked: int = 0
    verified: list[str] = field(default_factory=list)

    async def look_again(self) -> None:
        if self.away:
            raise self.away
        self.looked += 1

    async def verify(self, token: str) -> None:
        self.verified.append(token)

    async def accept_signed(self, secret: str, items: Sequence[AnyItem]) -> Sequence[Accepted]:
        self.signers.append(secret)
        return await self.accept(items)

    async def accept(self, items: Sequence[AnyItem]) -> Sequence[Accepted]:
        if self.away:
            raise self.away
        self.items.extend(items)
        return [Accepted("dead", i.reason) if isinstance(i, Unreadable) else Accepted("stored") for i in items]

    async def bury(self, raw: bytes, reason: str, account: str | None) -> None:
        if self.away:
            raise self.away
        self.dead.append((raw, reason, account))


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def web(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    bot = ChannelAccount(1, 1, "telegram", "123", {"username": "clinica_bot"}, {"token": "123:x", "secret": "s3cret"})

    async def find(channel: str) -> ChannelAccount | None:
        if channel == "away":
            raise Transient("the database is away")
        return bot if channel == "ch_1" else None

    app = Starlette(
        routes=[
            *whatsapp_routes(
                app_secrets=lambda: SECRETS + store.connected[: store.looked],
                verify_tokens=lambda: ["verify-one", "verify-two", *store.connected[: store.looked]],
                look_again=store.look_again,
                verified=store.verify,
                accept=store.accept_signed,
                dead=store.bury,
                clock=lambda: NOW,
            ),
            *telegram_routes(find=find, accept=store.accept, dead=store.bury, clock=lambda: NOW),
        ]
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hilo.test") as client:
        yield client


def signed(raw: bytes, secret: str = SECRETS[1]) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}


HELLO = json.dumps(messages(said("text", {"body": "Hola"}))).encode()


async def test_a_signed_body_is_stored_and_told(web: httpx.AsyncClient, store: Store) -> None:
    raw = json.dumps(messages(said("text", {"body": "Hola"}), said("poem", {}, "wamid.P"))).encode()
    answer = await web.post("/webhooks/whatsapp", content=raw, headers=signed(raw))
    assert answer.status_code == 200
    assert answer.json() == {
        "items": 2,
        "stored": 1,
        "known": 0,
        "ignored": 0,
        "dead": 1,
        "reasons": ['entry[0].changes[0].value.messages[1]: unknown message type "poem"'],
    }
    assert store.items[0].external_id == "wamid.IN1"
    assert store.signers == [SECRETS[1]], "who signed is told, so that one app cannot speak for another's number"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(HELLO, "not-ours"),
        {"X-Hub-Signature-256": signed(HELLO)["X-Hub-Signature-256"].removeprefix("sha256=")},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature-256": "sha256=ñandú".encode().decode("latin-1")},
        {"X-Hub-Signature": signed(HELLO)["X-Hub-Signature-256"]},
        signed(HELLO + b" "),
    ],
)
async def test_a_wrong_signature_stores_nothing(web: httpx.AsyncClient, store: Store, headers: dict[str, str]) -> None:
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = await web.post("/webhooks/whatsapp", content=HELLO, headers=encoded)
    assert answer.status_code == 401
    assert (store.items, store.dead) == ([], [])


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"a": NaN}', "not valid JSON"),
        (b'{"a": "\xff"}', "not valid JSON"),
        (b'{"a": "\\ud83d", "b": NaN}', "not valid JSON"),
        (b"[" * 5000 + b"]" * 5000, "JSON"),
        (b"[" * 900 + b"]" * 900, "nested too deeply"),
        (b'["\\ud83d"' + b",[1" * 900 + b"]" * 901, "nested too deeply"),
        (b'["\\ud83d"' + b",[1" * 90_000 + b"]" * 90_001, "nested too deeply"),
    ],
)
async def test_a_signed_body_nobody_can_read_is_kept(
    web: httpx.AsyncClient, store: Store, raw: bytes, reason: str
) -> None:
    answer = await web.post("/webhooks/whatsapp", content=raw, headers=signed(raw))
    assert answer.status_code == 200
    assert answer.json()["dead"] == 1
    assert store.dead[0][0] == raw
    assert reason in store.dead[0][1]


async def test_half_an_emoji_costs_nothing(web: httpx.AsyncClient, store: Store) -> None:
    raw = HELLO.replace(b"Hola", b"Hola \\ud83d")
    answer = await web.post("/webhooks/whatsapp", content=raw, headers=signed(raw))
    assert answer.json()["stored"] == 1
    assert isinstance(store.items[0], MessageReceived)


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_body_over_three_megabytes_is_not_read(web: httpx.AsyncClient, store: Store, streamed: bool) -> None:
    raw = b" " * (MAX_BODY + 1)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(raw), 65536):
            yield raw[start : start + 65536]

    answer = await web.post("/webhooks/whatsapp", content=chunks() if streamed else raw, headers=signed(raw))
    assert answer.status_code == 413
    assert store.dead == []


@pytest.mark.parametrize("raw", [HELLO, b"{"])
async def test_when_it_cannot_be_stored_the_provider_sends_again(
    web: httpx.AsyncClient, store: Store, raw: bytes
) -> None:
    store.away = Transient("the database is away", 3)
    answer = await web.post("/webhooks/whatsapp", content=raw, headers=signed(raw))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ({"hub.mode": "subscribe", "hub.verify_token": "verify-two", "hub.challenge": "1158"}, 200, "1158"),
        ({"hub.mode": "subscribe", "hub.verify_token": "verify", "hub.challenge": "1158"}, 403, None),
        ({"hub.mode": "subscribe", "hub.verify_token": "ñ", "hub.challenge": "1158"}, 403, None),
        ({"hub.verify_token": "verify-two", "hub.challenge": "1158"}, 403, None),
        ({}, 403, None),
    ],
)
async def test_the_challenge_answers_who_knows_the_token(
    web: httpx.AsyncClient, query: dict[str, str], status: int, text: str | None
) -> None:
    answer = await web.get("/webhooks/whatsapp", params=query)
    assert answer.status_code == status
    assert text is None or answer.text == text


CHAT = {"id": 42, "type": "private"}
UPDATE = json.dumps(
    {"update_id": 9, "message": {"message_id": 7, "date": 1788000000, "chat": CHAT, "text": "Hola"}}
).encode()
SECRET = {"X-Telegram-Bot-Api-Secret-Token": "s3cret"}


async def test_an_update_with_the_secret_is_stored(web: httpx.AsyncClient, store: Store) -> None:
    answer = await web.post("/webhooks/telegram/ch_1", content=UPDATE, headers=SECRET)
    assert (answer.status_code, answer.json()["stored"]) == (200, 1)
    assert (store.items[0].account, store.items[0].external_id) == ("123", "u9")


@pytest.mark.parametrize("secret", [None, "", "s3cre", "s3cret2", "ñ"])
async def test_a_wrong_secret_stores_nothing(web: httpx.AsyncClient, store: Store, secret: str | None) -> None:
    headers = [(b"X-Telegram-Bot-Api-Secret-Token", secret.encode())] if secret is not None else []
    answer = await web.post("/webhooks/telegram/ch_1", content=UPDATE, headers=headers)
    assert answer.status_code == 401
    assert store.items == []


@pytest.mark.parametrize(("channel", "status"), [("ch_2", 404), ("away", 503)])
async def test_an_unknown_bot_and_an_unreachable_store(web: httpx.AsyncClient, channel: str, status: int) -> None:
    answer = await web.post(f"/webhooks/telegram/{channel}", content=UPDATE, headers=SECRET)
    assert answer.status_code == status


async def test_an_unreadable_update_is_kept_under_its_bot(web: httpx.AsyncClient, store: Store) -> None:
    answer = await web.post("/webhooks/telegram/ch_1", content=b"{", headers=SECRET)
    assert (answer.status_code, answer.json()["dead"]) == (200, 1)
    assert store.dead[0][2] == "123"


@pytest.mark.parametrize("raw", [b"null", b"[]", b'{"a": "\\u0000"}'])
def test_odd_but_valid_json_is_read(raw: bytes) -> None:
    assert read_json(raw) == json.loads(raw)


def test_a_bad_body_says_so() -> None:
    with pytest.raises(BadBody, match="not valid JSON"):
        read_json(b"nope")


async def test_a_number_connected_a_moment_ago_is_known_at_once(web: httpx.AsyncClient, store: Store) -> None:
    store.connected.append("new")
    asked = {"hub.mode": "subscribe", "hub.challenge": "77", "hub.verify_token": "new"}
    assert (await web.get("/webhooks/whatsapp", params=asked)).text == "77"
    assert (store.looked, store.verified) == (1, ["new"])
    refused = await web.get("/webhooks/whatsapp", params={**asked, "hub.verify_token": "guessed"})
    assert (refused.status_code, store.verified) == (403, ["new"])
    store.looked = 0
    raw = json.dumps(messages(said("text", {"body": "Hola"}))).encode()
    signature = "sha256=" + hmac.new(b"new", raw, hashlib.sha256).hexdigest()
    answer = await web.post("/webhooks/whatsapp", content=raw, headers={"X-Hub-Signature-256": signature})
    assert (answer.status_code, store.signers) == (200, ["new"])
