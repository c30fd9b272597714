"""The browsers somebody came in with: remembered at login, listed, and thrown out one by one.

Functions that take a session commit nothing unless they say so.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.auth import LASTS
from core.organizations.model import LoginSession

FRESH = timedelta(minutes=5)
"""How exactly it is known when a browser was last seen."""


def fingerprint(session: str) -> bytes:
    """Of a session's own id: what the database knows it by."""
    return hashlib.sha256(session.encode()).digest()


def remember(db: AsyncSession, login_id: int, session: str, agent: str, address: str, now: datetime) -> None:
    """A browser comes in."""
    seen = {"created_at": now, "seen_at": now}
    db.add(LoginSession(sha256=fingerprint(session), login_id=login_id, agent=agent[:300], address=address, **seen))


async def saw(db: AsyncSession, browser: LoginSession, now: datetime) -> bool:
    """It is here again; whether that is news worth committing, which it is now and then."""
    if now - browser.seen_at < FRESH:
        return False
    browser.seen_at = now
    await db.flush()
    return True


async def browsers_of(db: AsyncSession, login_id: int, now: datetime) -> list[LoginSession]:
    """Those whose session still holds, the last seen first."""
    statement = select(LoginSession).where(
        LoginSession.login_id == login_id, LoginSession.revoked_at.is_(None), LoginSession.created_at > now - LASTS
    )
    return list(await db.scalars(statement.order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())))


async def throw_out(db: AsyncSession, login_id: int, now: datetime, *, one: int | None = None, but: str = "") -> int:
    """End one browser's session, or all but the one whose session is `but`; how many were ended."""
    ended = update(LoginSession).where(LoginSession.login_id == login_id, LoginSession.revoked_at.is_(None))
    ended = ended.where(LoginSession.id == one) if one is not None else ended
    ended = ended.where(LoginSession.sha256 != fingerprint(but)) if but else ended
    return len(list(await db.scalars(ended.values(revoked_at=now).returning(LoginSession.id))))
