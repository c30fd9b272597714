"""The running application without its delivery loops, so that what staff queues stays where tests can see it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from backoffice.app import create_app
from backoffice.settings import Settings
from channels.emulator import EmulatorClient, World, create_emulator
from tests.backoffice.clinic import NOON, SECRET, Clinic, FixedClock, make_clinic
from tests.core.agenda.agenda_clinic import Agenda, make_agenda
from tests.hosting import Host, hosted


@pytest.fixture(scope="session")
def one_clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def clock(one_clock: FixedClock) -> FixedClock:
    one_clock.now = NOON
    return one_clock


@pytest.fixture(scope="session")
async def app(database_url: str, one_clock: FixedClock) -> AsyncIterator[FastAPI]:
    made = create_app(
        Settings(_env_file=None, secret=SecretStr(SECRET), database_url=database_url), deliver=False, clock=one_clock
    )
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def client(app: FastAPI, empty_database: AsyncEngine, clock: FixedClock) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has not come in yet."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hilo.test") as browser:
        yield browser


@pytest.fixture
async def clinic(empty_database: AsyncEngine) -> Clinic:
    return await make_clinic(empty_database)


@pytest.fixture
async def agenda(app: FastAPI, client: httpx.AsyncClient, empty_database: AsyncEngine) -> Agenda:
    """A clinic whose two professionals work on weekday mornings."""
    return await make_agenda(empty_database, app.state.runtime.app, professionals=2)


@pytest.fixture(scope="session")
async def web_host() -> AsyncIterator[Host]:
    async with hosted() as host:
        yield host


@pytest.fixture(scope="session")
async def emulator_host() -> AsyncIterator[Host]:
    async with hosted() as host:
        yield host


@pytest.fixture(scope="session")
async def reachable(database_url: str, one_clock: FixedClock, web_host: Host) -> AsyncIterator[FastAPI]:
    """The application where providers reach it."""
    settings = Settings(_env_file=None, secret=SecretStr(SECRET), database_url=database_url, public_url=web_host.url)
    made = web_host.app = create_app(settings, deliver=False, clock=one_clock)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def browser(
    reachable: FastAPI, empty_database: AsyncEngine, clock: FixedClock
) -> AsyncIterator[httpx.AsyncClient]:
    """As `client`, of the application that providers reach."""
    transport = httpx.ASGITransport(app=reachable)
    async with httpx.AsyncClient(transport=transport, base_url="http://hilo.test") as browser:
        yield browser


@pytest.fixture
async def provider(emulator_host: Host, clock: FixedClock) -> AsyncIterator[EmulatorClient]:
    """Meta and Telegram, emulated over HTTP, at the same time as the application."""
    world = World(now=lambda: clock().timestamp())
    world.retry_base_seconds = 0.02
    app = emulator_host.app = create_emulator(world)
    async with EmulatorClient(emulator_host.url) as client:
        yield client
    await app.state.webhooks.close()
