"""Other calendars of professionals, read now and then: what is in them is busy time. One calendar's slip is its own."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.fetch_calendar import Fetched, fetch_calendar
from backoffice.unfold_calendar import unfold
from core.agenda.feeds import mark_of
from core.agenda.ics import BusyEvent
from core.agenda.model import CalendarFeed, Closure
from core.clock import Clock
from core.db import tenant_session
from core.errors import Refused
from core.organizations.model import Organization
from core.threads.away import brief
from core.vault import Vault

POLL = 60.0
EVERY = timedelta(minutes=20)
SELDOM = timedelta(days=1)
"""At most between two tries at a calendar that fails, and between two unfoldings of one that does not change."""
LEASE = timedelta(minutes=5)
"""What is taken and not finished by then, its process gone, is due again."""
BEHIND, AHEAD = timedelta(days=1), timedelta(days=180)
AT_ONCE = 4
UNREADABLE = "No pudimos leer este calendario: revisa la dirección, o quítalo y agrégalo de nuevo."

_TAKE = text("""
    UPDATE calendar_feed SET due_at = :later WHERE id = (
        SELECT id FROM calendar_feed WHERE due_at <= :now ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, organization_id
""")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ReadsCalendars:
    """`loops` finds calendars due to be read in every organization, `app` works in one. Nothing is fetched within a
    transaction. Several processes may run it at once: each calendar is taken by one of them."""

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
                log.warning("cannot read other calendars", error=brief(away))
            await asyncio.sleep(POLL)

    async def once(self) -> None:
        """Read every calendar that is due, a few at once."""
        ended = await asyncio.gather(*(self._read_due() for _ in range(AT_ONCE)), return_exceptions=True)
        for broken in ended:
            if isinstance(broken, BaseException):
                raise broken

    async def _read_due(self) -> None:
        while (taken := await self._take()) is not None:
            await self.read(*taken)

    async def _take(self) -> tuple[int, int] | None:
        """(calendar, organization) of the one longest due, which is nobody else's for a while."""
        now = self.clock()
        async with AsyncSession(self.loops) as session:
            row = (await session.execute(_TAKE, {"now": now, "later": now + LEASE})).one_or_none()
            await session.commit()
        return (row.id, row.organization_id) if row else None

    async def read(self, feed_id: int, organization_id: int) -> None:
        """Read one calendar; what is wrong with it is kept on it, and its busy time stays as it was last read."""
        try:
            await self._renew(feed_id, organization_id)
            return
        except Refused as refused:
            problem = refused.message
        except Exception as broken:  # whatever a stranger's calendar can do, the others are read
            log.exception("a calendar was not read", calendar=feed_id, error=brief(broken))
            problem = UNREADABLE
        async with tenant_session(self.app, organization_id) as session:
            feed = await session.get(CalendarFeed, feed_id, with_for_update=True)
            if feed is not None:
                now = self.clock()
                feed.read_at, feed.problem = now, problem
                feed.due_at = now + min(EVERY * 2 ** min(feed.failures, 10), SELDOM)
                feed.failures += 1
                await session.commit()

    async def _renew(self, feed_id: int, organization_id: int) -> None:
        now = self.clock()
        async with tenant_session(self.app, organization_id) as session:
            feed = await session.get(CalendarFeed, feed_id)
            if feed is None:
                return
            organization = await session.get_one(Organization, organization_id)
            sealed, zone, own = feed.address, ZoneInfo(organization.zone), mark_of(organization)
            fresh = feed.unfolded_at is not None and feed.unfolded_at > now - SELDOM
            etag = feed.etag if fresh else None  # without one it is sent whole, and its repetitions reach further
        fetched = await self.fetch(self.vault.open(sealed)["address"], etag)
        busy = None
        if fetched.body is not None:
            busy = await unfold(fetched.body, zone, now - BEHIND, now + AHEAD, own)
        async with tenant_session(self.app, organization_id) as session:
            feed = await session.get(CalendarFeed, feed_id, with_for_update=True)
            if feed is None:
                return
            feed.read_at, feed.due_at, feed.problem, feed.failures = now, now + EVERY, None, 0
            if busy is not None:
                feed.etag, feed.unfolded_at = fetched.etag, now
                await keep_busy(session, feed, busy)
            await session.commit()


async def keep_busy(session: AsyncSession, feed: CalendarFeed, busy: list[BusyEvent]) -> None:
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
