"""A real emulator on an ephemeral port, the real pywa and aiogram clients, and a tiny webhook receiver."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from pywa_async import WhatsApp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from channels.emulator import EmulatorClient, World, create_emulator
from tests.hosting import Host, hosted

PHONE_ID = "106540352242922"
WABA_ID = "102290129340398"
APP_SECRET = "a-secret-of-the-app"
TOKEN = "EAAtoken"
BOT_ID = 987654
BOT_TOKEN = f"{BOT_ID}:telegram-token"
ANA = "5491122334455"
TEO = 70001


@dataclass(slots=True)
class Received:
    """One webhook call as it arrived."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass(slots=True)
class Receiver:
    """Records what it gets; answers the statuses in `answers` first, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        if request.method == "GET":
            ok = request.query_params.get("hub.verify_token") == "verify-me"
            return PlainTextResponse(request.query_params.get("hub.challenge", "") if ok else "no")
        got = Received(request.url.path, dict(request.headers), await request.body())
        self.received.append(got)
        return Response(status_code=self.answers.pop(0) if self.answers else 200)

    async def wait(self, count: int) -> list[Received]:
        """The first `count` calls; fails after 5 seconds with what came when there are fewer."""
        for _ in range(500):
            if len(self.received) >= count:
                return self.received[:count]
            await asyncio.sleep(0.01)
        raise AssertionError(f"{len(self.received)} of {count}: {[r.body for r in self.received]}")

    def values(self) -> list[dict[str, Any]]:
        """Every value of every WhatsApp body, flattened."""
        return [c["value"] for r in self.received for e in r.body["entry"] for c in e["changes"]]

    def statuses(self) -> list[dict[str, Any]]:
        return [status for value in self.values() for status in value.get("statuses", [])]


@dataclass(slots=True)
class Clock:
    at: float = 1_780_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    world = World(now=clock)
    world.retry_base_seconds = 0.02
    return world


@pytest.fixture(scope="session")
async def emulator_host() -> AsyncIterator[Host]:
    async with hosted() as host:
        yield host


@pytest.fixture(scope="session")
async def receiver_host() -> AsyncIterator[Host]:
    async with hosted() as host:
        yield host


@pytest.fixture
async def served(emulator_host: Host, world: World) -> AsyncIterator[Host]:
    app = emulator_host.app = create_emulator(world)
    yield emulator_host
    await app.state.webhooks.close()


@pytest.fixture
async def receiver(receiver_host: Host) -> Receiver:
    receiver = Receiver(receiver_host.url)
    receiver_host.app = Starlette(routes=[Route("/{path:path}", receiver.take, methods=["GET", "POST"])])
    return receiver


@pytest.fixture
async def phone(served: Host, receiver: Receiver) -> AsyncIterator[EmulatorClient]:
    """The control client with one number and one bot, both posting to the receiver."""
    async with EmulatorClient(served.url) as client:
        await client.whatsapp_account(
            PHONE_ID,
            waba_id=WABA_ID,
            display_phone_number="+54 11 5555-0000",
            name="Clínica Sol",
            app_secret=APP_SECRET,
            verify_token="verify-me",
            access_token=TOKEN,
            webhook_url=receiver.url + "/whatsapp",
            status_delay=0,
        )
        await client.telegram_account(BOT_ID, token=BOT_TOKEN, username="solbot", name="Clínica Sol")
        await client.person("whatsapp", ANA, name="Ana Ruiz", user_id="AR.1349a1208")
        await client.person("telegram", TEO, name="Teo", username="teo_p", language_code="es", phone="+5491166667777")
        yield client


@pytest.fixture
async def whatsapp(served: Host, phone: EmulatorClient) -> AsyncIterator[WhatsApp]:
    async with httpx.AsyncClient(trust_env=False) as session:
        client = WhatsApp(phone_id=PHONE_ID, token=TOKEN, session=session)
        client.api._session.base_url = served.url + "/v26.0"
        yield client


@pytest.fixture(scope="session")
async def telegram_session(emulator_host: Host) -> AsyncIterator[AiohttpSession]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(emulator_host.url))
    yield session
    await session.close()


@pytest.fixture
def bot(telegram_session: AiohttpSession, phone: EmulatorClient) -> Bot:
    return Bot(BOT_TOKEN, session=telegram_session)
