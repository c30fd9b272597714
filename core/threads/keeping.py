"""What falls due in threads the staff has: promises that run out, conversations that fell silent, messages that were
scheduled. Takes a session on one organization, never commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Missing, Refused
from core.organizations.hours import OpenTime
from core.organizations.model import Member, Organization
from core.organizations.queries import special_days
from core.threads.actions import HUMAN_STATES, lock_thread, notice, reply, resolve
from core.threads.content import from_json
from core.threads.later_model import ScheduledMessage
from core.threads.model import Episode, Mention, Thread
from core.threads.service_levels import Running, ServiceLevels, nearest
from core.threads.unasked import send_unasked

AHEAD = timedelta(days=60)
"""Days to come in which open time is counted; what is due later is not known yet."""
AT_ONCE = 200
SCHEDULED_KEY = "scheduled"


@dataclass(frozen=True, slots=True)
class Promised:
    """A thread whose promise is not what is kept on it, or of which something must be said."""

    thread_id: int
    version: int
    """Of the thread when it was read."""
    running: Running | None
    say: str | None
    """`soon` or `late`; None: nothing."""


async def open_time(session: AsyncSession, organization: Organization, since: datetime, now: datetime) -> OpenTime:
    """Of the days from `since` on, so that a deadline is the same whenever it is asked for."""
    first, last = (since - timedelta(days=1)).date(), (now + AHEAD).date()
    special = await special_days(session, organization.id, first, last)
    return OpenTime(organization.hours, special, organization.zone, first, last)


async def promises(
    session: AsyncSession, organization: Organization, levels: ServiceLevels, now: datetime
) -> list[Promised]:
    """What changed among the organization's promises; one query, whatever the number of threads."""
    found_rows = await session.execute(
        select(Thread, Episode.handed_over_at, Episode.first_human_reply_at)
        .outerjoin(Episode, (Episode.thread_id == Thread.id) & Episode.resolved_at.is_(None))
        .where(
            Thread.organization_id == organization.id,
            Thread.state.in_(HUMAN_STATES) | Thread.promised_at.is_not(None),
        )
    )
    rows = found_rows.all()
    begun = [at for thread, handed_over, _ in rows for at in (handed_over, thread.waiting_since) if at is not None]
    opened = await open_time(session, organization, min([*begun, now]), now)
    found = []
    for thread, handed_over, replied in rows:
        running = None
        if thread.state in HUMAN_STATES:
            running = nearest(
                levels,
                opened,
                priority=thread.priority,
                handed_over_at=handed_over,
                first_reply_at=replied,
                waiting_since=thread.waiting_since,
            )
        kept = (thread.promise, thread.promised_at)
        fresh = (running.promise, running.due_at) if running else (None, None)
        told = thread.promise_told if kept == fresh else None
        say = _to_say(running, told, now)
        if kept != fresh or say is not None:
            found.append(Promised(thread.id, thread.version, running, say))
    return found


def _to_say(running: Running | None, told: str | None, now: datetime) -> str | None:
    if running is None or told == "late":
        return None
    if running.due_at <= now:
        return "late"
    return "soon" if running.warn_at <= now and told is None else None


async def keep_promise(session: AsyncSession, promised: Promised, now: datetime) -> None:
    """Note what is due next, and say in the thread that little is left, or that it is late."""
    thread = await lock_thread(session, promised.thread_id)
    if thread.version != promised.version:
        return  # somebody did something since: the next round looks again
    running = promised.running
    changed = (running.promise, running.due_at) if running else (None, None)
    if (thread.promise, thread.promised_at) != changed:
        thread.promise, thread.promised_at = changed
        thread.promise_told = None
    if running is not None and promised.say is not None and thread.promise_told != promised.say:
        thread.promise_told = promised.say
        code = "overdue" if promised.say == "late" else "due_soon"
        await notice(session, thread, code, now, promise=running.promise, due=running.due_at.isoformat())


async def fallen_silent(
    session: AsyncSession, organization_id: int, levels: ServiceLevels, now: datetime
) -> Sequence[int]:
    """Threads in which the staff spoke last, so long ago that they end."""
    if not levels.auto_resolve_hours:
        return ()
    since = now - timedelta(hours=levels.auto_resolve_hours)
    found = await session.scalars(
        select(Thread.id)
        .where(
            Thread.organization_id == organization_id,
            Thread.state.in_(("open", "waiting")),
            Thread.last_at < since,
            Thread.waiting_since.is_(None),
            Thread.last_author.in_(("member", "phone")),
        )
        .limit(AT_ONCE)
    )
    return list(found)


async def end_silent(session: AsyncSession, thread_id: int, levels: ServiceLevels, now: datetime) -> None:
    """Resolve it, unless somebody spoke meanwhile."""
    thread = await lock_thread(session, thread_id)
    silent = thread.last_at < now - timedelta(hours=levels.auto_resolve_hours)
    if silent and thread.state in ("open", "waiting") and thread.waiting_since is None:
        await resolve(session, thread, None, now)


async def send_scheduled(session: AsyncSession, scheduled_id: int, now: datetime) -> bool:
    """Send what was scheduled, if it may be sent now; otherwise whoever scheduled it is told why. Whether it was sent.

    Where the bot or somebody else has the thread, they go on having it.
    """
    known = await session.get(ScheduledMessage, scheduled_id)
    if known is None:
        return False
    thread = await lock_thread(session, known.thread_id)
    one = await session.get_one(ScheduledMessage, scheduled_id, with_for_update=True, populate_existing=True)
    if one.state != "waiting" or one.due_at > now:
        return False
    member = await session.get_one(Member, one.member_id)
    try:
        if not member.active:
            raise Refused("inactive", f"{member.name} ya no está en el equipo.")
        async with session.begin_nested():
            await _say(session, thread, member, one, now)
        one.state = "sent"
        return True
    except (Refused, Missing, ValueError) as refused:
        await session.refresh(thread)
        reason = refused.message if isinstance(refused, Refused) else "Lo que se iba a enviar ya no existe."
        one.state, one.problem = "failed", reason
        told = await notice(session, thread, "not_sent", now, member.id, text=one.text, reason=reason)
        session.add(
            Mention(
                organization_id=thread.organization_id, thread_id=thread.id, message_id=told.id, member_id=member.id
            )
        )
        return False


async def _say(session: AsyncSession, thread: Thread, member: Member, one: ScheduledMessage, now: datetime) -> None:
    content = from_json(one.content)
    if thread.state in HUMAN_STATES and thread.owner_id == member.id:
        await reply(session, thread, member, content, now, key=f"{SCHEDULED_KEY}/{one.id}")
    else:
        await send_unasked(session, thread, content, now, member=member)
