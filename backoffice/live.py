"""What changed, told to every page that is open.

PostgreSQL notifies at commit (migration 0005), so nothing is told that is not stored and nothing stored goes untold.
One listener a process keeps the latest changes of each organization somebody looks at; a page that comes back after a
lost connection says the last number it saw and gets what followed, or is told to read everything anew.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
import psycopg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from core.db import driver_connection

CHANNEL = "hilo_changed"
KEPT = 500
"""Changes kept for each organization, for pages that come back."""
IDLE = 600.0
"""Seconds a room is kept after the last page left: who reloads comes back at once."""
AGAIN = 1.0
"""Seconds before the listener connects again."""
GATHER = 0.05
"""Seconds in which changes are gathered, so that what changes thrice at once is read once."""

Kind = Literal["thread", "lead", "appointment", "presence", "resync"]
Read = Callable[[int, Sequence[int]], Awaitable[Sequence[Any]]]
"""(organization, ids of threads) → what the pages are told of each: read once, for all of them."""

log = structlog.get_logger()


async def tell_pages(session: AsyncSession, organization_id: int, kind: Kind, what: Sequence[Any]) -> None:
    """Tell every process, at commit, of something no table holds."""
    told = orjson.dumps({"o": organization_id, "k": kind, "i": what}).decode()
    await session.execute(text("SELECT pg_notify(:channel, :told)"), {"channel": CHANNEL, "told": told})


@dataclass(frozen=True, slots=True)
class Change:
    """`news`: of threads what `Read` gave; of presence, which is stored nowhere, itself. `resync`: read all anew."""

    number: int
    kind: Kind
    news: Sequence[Any] = ()


@dataclass(slots=True)
class Room:
    """An organization somebody looks at."""

    changes: deque[Change] = field(default_factory=lambda: deque(maxlen=KEPT))
    number: int = 0
    looking: int = 0
    left: float = 0.0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, kind: Kind, news: Sequence[Any] = ()) -> None:
        self.number += 1
        self.changes.append(Change(self.number, kind, news))
        self.news.set()
        self.news = asyncio.Event()

    def after(self, number: int) -> list[Change] | None:
        """What followed; None when that is not known any more."""
        if number == self.number:
            return []
        if number > self.number or not self.changes or self.changes[0].number > number + 1:
            return None
        return [change for change in self.changes if change.number > number]


class Live:
    """The rooms of this process. `boot` tells its numbers from those of the process before."""

    def __init__(self, read: Read) -> None:
        self.boot = secrets.token_hex(4)
        self._read = read
        self._rooms: dict[int, Room] = {}
        self._heard: dict[int, dict[Kind, dict[Any, None]]] = {}
        self._wake = asyncio.Event()

    def hear(self, organization_id: int, kind: Kind, what: Iterable[Any]) -> None:
        """Something changed; forgotten at once where nobody looks."""
        room = self._rooms.get(organization_id)
        if room is None:
            return
        if not room.looking and time.monotonic() - room.left > IDLE:
            del self._rooms[organization_id]
            return
        self._heard.setdefault(organization_id, {}).setdefault(kind, {}).update(dict.fromkeys(what))
        self._wake.set()

    def lost(self) -> None:
        """Changes may have been missed: every page reads anew."""
        for room in self._rooms.values():
            room.tell("resync")

    async def run(self, engine: AsyncEngine) -> None:
        """Hear and tell, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(engine))
            group.create_task(self.tell())

    async def tell(self) -> None:
        """Tell what is heard, a little gathered, until cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER)
            self._wake.clear()
            heard, self._heard = self._heard, {}
            for organization_id, kinds in heard.items():
                for kind, what in kinds.items():
                    await self._tell_kind(organization_id, kind, list(what))

    def told(self, organization_id: int, kind: Kind, news: Sequence[Any]) -> None:
        """Tell whoever looks at the organization, now."""
        room = self._rooms.get(organization_id)
        if room is not None:
            room.tell(kind, news)

    async def _tell_kind(self, organization_id: int, kind: Kind, what: list[Any]) -> None:
        if kind == "thread":
            try:
                what = list(await self._read(organization_id, what))
            except (SQLAlchemyError, OSError) as away:
                log.warning("changed threads are not read", error=str(away))
                kind, what = "resync", []
        self.told(organization_id, kind, what)

    def mark(self, number: int) -> str:
        """A number as pages remember it."""
        return f"{self.boot}-{number}"

    async def follow(self, organization_id: int, last: str | None, beat: float) -> AsyncIterator[list[Change]]:
        """Batches of what changed after `last`; an empty one when nothing did for `beat` seconds.

        The first batch is a `resync` when what followed `last` is not known.
        """
        room = self._rooms.setdefault(organization_id, Room())
        room.looking += 1
        try:
            number = self._number(room, last)
            if number is None:
                number = room.number
                yield [Change(number, "resync")]
            while True:
                news = room.news
                changes = room.after(number)
                if changes is None:
                    changes = [Change(room.number, "resync")]
                if changes:
                    number = changes[-1].number
                    yield changes
                    continue
                try:
                    async with asyncio.timeout(beat):
                        await news.wait()
                except TimeoutError:
                    yield []
        finally:
            room.looking -= 1
            room.left = time.monotonic()

    def _number(self, room: Room, last: str | None) -> int | None:
        if last is None:
            return room.number
        boot, _, number = last.partition("-")
        return int(number) if boot == self.boot and number.isascii() and number.isdigit() else None

    async def _listen(self, engine: AsyncEngine) -> None:
        """Hear what PostgreSQL notifies; connects again when the connection is lost."""
        while True:
            try:
                await self._listen_once(engine)
            except (psycopg.Error, SQLAlchemyError, OSError) as away:
                log.warning("live changes are not heard", error=str(away))
            self.lost()
            await asyncio.sleep(AGAIN)

    async def _listen_once(self, engine: AsyncEngine) -> None:
        async with driver_connection(engine) as connection:
            await connection.set_autocommit(True)
            await connection.execute(f"LISTEN {CHANNEL}")
            self.lost()  # what was told before we listened
            async for notice in connection.notifies():
                told = orjson.loads(notice.payload)
                self.hear(told["o"], told["k"], told["i"])
