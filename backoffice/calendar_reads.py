"""Other calendars of professionals, read now and then: what is in them is busy time. One calendar's slip is its own."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.fetch_calendar import Fetched, fetch_calendar
from core.agenda.ics import BusyEvent, read_busy
from core.agenda.model import CalendarFeed, Closure
from core.clock import Clock
from core.db import tenant_session
from core.errors import HiloError, Refused
from core.organizations.model import Organization
from core.vault import Vault

POLL = 60.0
EVERY = timedelta(minutes=20)
BEHIND, AHEAD = timedelta(days=1), timedelta(days=180)
BATCH = 50

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ReadsCalendars:
    """`loops` finds calendars due to be read in every organization, `app` works in one. Nothing is fetched within a
    transaction."""

    loops: AsyncEngine
    app: AsyncEngine
    vault: Vault
    clock: Clock
    fetch: Callable[[str, str | None], Awaitable[Fetched]] = fetch_calendar

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except (SQLAlchemyError, OSError) as away:
                log.warning("cannot read other calendars", error=str(away))
            await asyncio.sleep(POLL)

    async def once(self) -> None:
        """Read every calendar that is due."""
        due = self.clock() - EVERY
        async with AsyncSession(self.loops) as session:
            rows = await session.execute(
                select(CalendarFeed.id, CalendarFeed.organization_id)
                .where(or_(CalendarFeed.read_at.is_(None), CalendarFeed.read_at <= due))
                .order_by(CalendarFeed.read_at.nulls_first())
                .limit(BATCH)
            )
            found = [(row.id, row.organization_id) for row in rows]
        for feed_id, organization_id in found:
            await self.read(feed_id, organization_id)

    async def read(self, feed_id: int, organization_id: int) -> None:
        """Read one calendar; what is wrong with it is kept on it, and its busy time stays as it was last read."""
        now = self.clock()
        async with tenant_session(self.app, organization_id) as session:
            feed = await session.get(CalendarFeed, feed_id)
            if feed is None:
                return
            sealed, etag = feed.address, feed.etag
            zone = ZoneInfo((await session.get_one(Organization, organization_id)).zone)
        busy: list[BusyEvent] | None = None
        problem = None
        try:
            fetched = await self.fetch(self.vault.open(sealed)["address"], etag)
            etag = fetched.etag
            if fetched.body is not None:
                busy = await asyncio.to_thread(read_busy, fetched.body, zone, now - BEHIND, now + AHEAD)
        except Refused as refused:
            problem = refused.message
        except HiloError as wrong:
            problem = str(wrong)
        async with tenant_session(self.app, organization_id) as session:
            feed = await session.get(CalendarFeed, feed_id, with_for_update=True)
            if feed is None:
                return
            feed.read_at, feed.problem = now, problem
            if busy is not None:
                feed.etag = etag
                await keep_busy(session, feed, busy, now)
            await session.commit()


async def keep_busy(session: AsyncSession, feed: CalendarFeed, busy: list[BusyEvent], now: datetime) -> None:
    """The professional's busy time by this calendar is this, and nothing else from now on."""
    await session.execute(delete(Closure).where(Closure.feed_id == feed.id))
    rows = [
        {
            "organization_id": feed.organization_id,
            "kind": "external",
            "resource_id": feed.resource_id,
            "during": Range(one.start, one.end),
            "reason": feed.name,
            "feed_id": feed.id,
            "external_id": one.key,
        }
        for one in busy
    ]
    for first in range(0, len(rows), 1000):
        await session.execute(insert(Closure).values(rows[first : first + 1000]))
