"""Work that may take seconds, done by dramatiq: fetching the files people sent.

A job is only a hint that there is something to do; PostgreSQL says what. With Redis the `hilo jobs` process works
them off; without it a worker thread of the same process does. Losing every job loses nothing: they are hinted anew.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, AsyncIO, Callbacks, CurrentMessage, Retries, ShutdownNotifications
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.settings import Settings
from channels.media import MediaProblem
from channels.telegram.late import LateTelegramClients
from channels.whatsapp.send import WhatsAppClients
from core.clock import Clock, system_clock
from core.db import create_engine
from core.threads.channels import Directory
from core.threads.media import Awaited, awaited_file, awaited_files, give_up_file, keep_file
from core.vault import Vault

POLL = 2.0
BATCH = 100
HINT_AGAIN = timedelta(minutes=2)

log = structlog.get_logger()


def make_broker(redis_url: str | None) -> dramatiq.Broker:
    """Redis when there is one, otherwise a queue in memory."""
    middleware = [AgeLimit(), ShutdownNotifications(), Callbacks(), CurrentMessage()]
    middleware += [Retries(max_retries=5, min_backoff=2_000, max_backoff=300_000), AsyncIO()]
    if redis_url is None:
        return StubBroker(middleware=middleware)
    return RedisBroker(url=redis_url, middleware=middleware)  # type: ignore[no-untyped-call]


@dataclass(slots=True)
class _Tools:
    """What fetching needs, made inside the worker's own event loop at the first job and kept."""

    engine: AsyncEngine
    directory: Directory
    clients: dict[str, WhatsAppClients | LateTelegramClients]


@dataclass(slots=True)
class Jobs:
    """The declared jobs of a broker."""

    broker: dramatiq.Broker
    fetch_file: "dramatiq.Actor[[int], Any]"


def declare_jobs(broker: dramatiq.Broker, settings: Settings) -> Jobs:
    """Bind the jobs to the broker; raises Refused for a missing secret."""
    vault = Vault(settings.require_secret())
    made: list[_Tools] = []

    async def fetch_file(message_id: int) -> None:
        if not made:
            engine = create_engine(settings.require_database(), "hilo_spine", pool_size=3)
            directory = Directory(engine, vault, system_clock)
            made.append(_Tools(engine, directory, {"whatsapp": WhatsAppClients(), "telegram": LateTelegramClients()}))
        await fetch(made[0], message_id)

    declare = dramatiq.actor(broker=broker, actor_name="fetch_file", queue_name="files")
    return Jobs(broker, declare(fetch_file))


async def fetch(tools: _Tools, message_id: int) -> None:
    """Fetch one message's file and keep it; a final problem is written on the message, any other error is raised."""
    async with AsyncSession(tools.engine) as session:
        awaited = await awaited_file(session, message_id)
    if awaited is None:
        return None
    await tools.directory.refresh()
    account = tools.directory.find(awaited.channel_id)
    if account is None:
        return await _give_up(tools.engine, awaited, "no_channel")
    try:
        file = await tools.clients[account.kind].fetch_media(account, awaited.media)
    except MediaProblem as problem:
        log.info("a file cannot be kept", message=message_id, problem=problem.code)
        return await _give_up(tools.engine, awaited, problem.code)
    async with AsyncSession(tools.engine) as session:
        await keep_file(session, awaited, file.data, file.mime, file.filename)
        await session.commit()
    return None


async def _give_up(engine: AsyncEngine, awaited: Awaited, problem: str) -> None:
    async with AsyncSession(engine) as session:
        await give_up_file(session, awaited, problem)
        await session.commit()


@dataclass(slots=True)
class HintsFiles:
    """Looks for files still with the provider and hints them to the jobs. `engine` as `hilo_spine`."""

    engine: AsyncEngine
    jobs: Jobs
    clock: Clock
    _hinted: dict[int, datetime] = field(default_factory=dict)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except (SQLAlchemyError, OSError, dramatiq.errors.DramatiqError) as away:
                log.warning("cannot hint files", error=str(away))
            await asyncio.sleep(POLL)

    async def once(self) -> None:
        now = self.clock()
        self._hinted = {message: at for message, at in self._hinted.items() if at > now - HINT_AGAIN}
        async with AsyncSession(self.engine) as session:
            waiting = await awaited_files(session, now, BATCH, self._hinted.keys())
        for awaited in waiting:
            if awaited.message_id not in self._hinted:
                self._hinted[awaited.message_id] = now
                await asyncio.to_thread(self.jobs.fetch_file.send, awaited.message_id)


@asynccontextmanager
async def working(jobs: Jobs) -> AsyncIterator[None]:
    """Work the jobs off in threads of this process until the block ends."""
    worker = dramatiq.Worker(jobs.broker, worker_threads=2, worker_timeout=100)
    await asyncio.to_thread(worker.start)
    try:
        yield
    finally:
        await asyncio.to_thread(worker.stop)
