"""The staff's devices are told: by their browsers' push services, a few tries, while it is news.

Nothing is sent within a transaction. A device that its push service does not know any more is forgotten.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import orjson
import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.notifies import NEWS
from backoffice.public_web import Resolve, check_address, request_to, resolved
from backoffice.web_push import Voluntary, encrypted
from core.automation.events import listen
from core.clock import Clock
from core.db import tenant_session
from core.errors import Refused
from core.organizations.model import LoginSession, Member
from core.push.model import PushMessage, PushSubscription
from core.threads.away import brief, is_away

POLL = 1.0
SECONDS = 10.0
AT_ONCE = 8
WAITS = tuple(timedelta(seconds=seconds) for seconds in (15, 60, 300))
"""Before each try after the first."""
GONE = (404, 410)
LATER = (408, 429)
"""Statuses that may change by themselves, as all of 5xx may."""

_DUE = text("SELECT id, organization_id FROM push_message WHERE due_at <= :now ORDER BY due_at, id LIMIT 200")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be sent to which device."""

    endpoint: str
    p256dh: bytes
    auth: bytes
    topic: str
    payload: dict[str, Any]


@dataclass(slots=True)
class SendsPush:
    """`loops` finds what is due in every organization, `app` works in one."""

    loops: AsyncEngine
    app: AsyncEngine
    voluntary: Voluntary
    clock: Clock
    resolve: Resolve = resolved
    transport: httpx.AsyncBaseTransport | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except (SQLAlchemyError, OSError) as away:
                log.warning("cannot tell devices", error=brief(away))
            await asyncio.sleep(POLL)

    async def once(self) -> None:
        """Try everything that is due, a few at a time."""
        async with AsyncSession(self.loops) as session:
            due = (await session.execute(_DUE, {"now": self.clock()})).all()
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(message_id: int, organization_id: int) -> None:
            async with turns:
                try:
                    await self.tell(message_id, organization_id)
                except Exception as broken:  # one that breaks must not stop the others
                    if is_away(broken):
                        raise
                    log.exception("a device was not told", message=message_id, error=brief(broken))

        await asyncio.gather(*(one(row.id, row.organization_id) for row in due))

    async def tell(self, message_id: int, organization_id: int) -> None:
        """One try, and what follows from its answer."""
        note = await self._take(message_id, organization_id)
        if note is None:
            return
        status = await self.send(note)
        again = status == 0 or status >= 500 or status in LATER
        async with tenant_session(self.app, organization_id) as session:
            locked = await _lock(session, message_id)
            if locked is None:
                return
            device, message = locked
            device.failed_at = None if 200 <= status < 300 else self.clock()
            if not again or message.attempts > len(WAITS):
                await session.delete(message)
            if status in GONE:
                await session.flush()
                await session.delete(device)
                await listen(session, organization_id)
            await session.commit()
        if not again and device.failed_at and status not in GONE:
            log.warning("a push service refused", status=status, host=httpx.URL(note.endpoint).host)

    async def _take(self, message_id: int, organization_id: int) -> Note | None:
        """What is to be sent, which is nobody else's until the next try is due; None: nothing, any more."""
        now = self.clock()
        async with tenant_session(self.app, organization_id) as session:
            locked = await _lock(session, message_id)
            if locked is None or locked[1].due_at > now:
                return None
            device, message = locked
            holds = await session.scalar(
                select(Member.id)
                .join(LoginSession, LoginSession.id == device.login_session_id)
                .where(Member.id == device.member_id, Member.active, LoginSession.revoked_at.is_(None))
            )
            note = None
            if holds is None:  # thrown out, or gone: whoever holds the device now reads nothing more
                await session.delete(message)
                await session.flush()
                await session.delete(device)
                await listen(session, organization_id)
            elif now - message.created_at > NEWS:
                await session.delete(message)
            else:
                message.due_at = now + WAITS[min(message.attempts, len(WAITS) - 1)]
                message.attempts += 1
                note = Note(device.endpoint, device.p256dh, device.auth, message.topic, message.payload)
            await session.commit()
            return note

    async def send(self, note: Note) -> int:
        """The push service's status; 0 when it was not reached, 400 where it may not be."""
        try:
            async with asyncio.timeout(SECONDS):
                async with httpx.AsyncClient(transport=self.transport, trust_env=False, timeout=SECONDS) as client:
                    url = check_address(note.endpoint)
                    headers = {
                        "Authorization": self.voluntary.authorization(url, self.clock()),
                        "Content-Encoding": "aes128gcm",
                        "Content-Type": "application/octet-stream",
                        "TTL": str(int(NEWS.total_seconds())),
                        "Topic": note.topic,
                        "Urgency": "high",
                        "User-Agent": "Hilo",
                    }
                    body = encrypted(orjson.dumps(note.payload), note.p256dh, note.auth)
                    request = await request_to(client, "POST", url, headers, self.resolve, body)
                    answer = await client.send(request, stream=True)
                    await answer.aclose()
        except (Refused, ValueError, httpx.InvalidURL):
            return 400
        except (TimeoutError, OSError, httpx.HTTPError):
            return 0
        return answer.status_code


async def _lock(session: AsyncSession, message_id: int) -> tuple[PushSubscription, PushMessage] | None:
    """The message and its device, the device first as everybody locks them; None when it is gone."""
    device: PushSubscription | None = await session.scalar(
        select(PushSubscription)
        .join(PushMessage, PushMessage.subscription_id == PushSubscription.id)
        .where(PushMessage.id == message_id)
        .with_for_update(of=PushSubscription)
    )
    message = await session.get(PushMessage, message_id, with_for_update=True, populate_existing=True)
    return (device, message) if device is not None and message is not None else None
