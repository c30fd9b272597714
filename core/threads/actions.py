"""What people do to a thread, under its row lock: append messages, take over, release, assign, reply, resolve.

Functions take a session, never commit, never enqueue. Every one that changes a thread raises its version, so that a
bot's turn that read it before loses the race and is taken again with the new facts.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Missing, Refused
from core.organizations.model import Member
from core.threads.content import Content, Notice, Template, plain_text, to_json
from core.threads.message_templates import check_sendable
from core.threads.model import Channel, Episode, Message, Thread, ThreadChannel
from core.threads.queues import Outbox
from core.threads.surveys import plan_survey

Author = Literal["contact", "bot", "member", "phone", "system"]
HUMAN_STATES = ("open", "waiting", "snoozed")
WINDOW = {"whatsapp": timedelta(hours=24), "telegram": None}
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
PREVIEW = 200


async def lock_thread(session: AsyncSession, thread_id: int) -> Thread:
    """The thread, locked until the transaction ends; raises Missing."""
    thread = await session.get(Thread, thread_id, with_for_update=True, populate_existing=True)
    if thread is None:
        raise Missing("thread")
    return thread


async def append(
    session: AsyncSession,
    thread: Thread,
    content: Content,
    *,
    author: Author,
    direction: Literal["in", "out", "internal"],
    at: datetime,
    member_id: int | None = None,
    channel_id: int | None = None,
    provider_id: str | None = None,
    reply_to: str | None = None,
    status: str | None = None,
) -> Message:
    """Add a message to a locked thread, next in order."""
    thread.version += 1
    thread.last_seq += 1
    message = Message(
        organization_id=thread.organization_id,
        thread_id=thread.id,
        seq=thread.last_seq,
        channel_id=channel_id,
        direction=direction,
        author=author,
        member_id=member_id,
        provider_id=provider_id,
        reply_to=reply_to,
        content=to_json(content),
        text=plain_text(content),
        status=status,
        at=at,
    )
    session.add(message)
    await session.flush()
    if direction != "internal":
        thread.last_at = at
        thread.last_text = message.text[:PREVIEW]
        thread.last_author = author
    return message


async def notice(
    session: AsyncSession, thread: Thread, code: str, at: datetime, member_id: int | None = None, **data: Any
) -> Message:
    """A line nobody said: who took over, assigned, resolved."""
    return await append(
        session, thread, Notice(code, data or None), author="system", direction="internal", at=at, member_id=member_id
    )


async def silence_bot(session: AsyncSession, thread: Thread) -> None:
    """A person answers from here on: what the bot had queued is not sent, and its timers are forgotten.

    A message of which a part has left already (or whose part a status settled) is left to the delivery, which knows
    how many parts it has and finds it of an old epoch.
    """
    thread.epoch += 1
    thread.version += 1
    thread.timers = []
    thread.due_at = None
    cancelled = await session.scalars(
        update(Outbox)
        .where(Outbox.thread_id == thread.id, Outbox.epoch.is_not(None), Outbox.state == "queued", Outbox.part == 0)
        .values(state="cancelled")
        .returning(Outbox.message_id)
    )
    if ids := list(cancelled):
        await session.execute(update(Message).where(Message.id.in_(ids)).values(status="cancelled"))


async def take_over(session: AsyncSession, thread: Thread, member: Member, now: datetime) -> None:
    """`member` owns the thread from now on; the bot is silent.

    Also where the thread was given to them by the bot: what it still had to say, or would say if nobody answered, is
    not said any more.
    """
    await silence_bot(session, thread)
    if thread.state in HUMAN_STATES and thread.owner_id == member.id:
        return
    thread.state = "open"
    thread.owner_id = member.id
    thread.snoozed_until = None
    await mark_handed_over(session, thread, now)
    await notice(session, thread, "taken_over", now, member.id, name=member.name)


async def mark_handed_over(session: AsyncSession, thread: Thread, now: datetime) -> None:
    """The running episode is with people from now on (kept if it already was)."""
    await session.execute(
        update(Episode)
        .where(Episode.thread_id == thread.id, Episode.resolved_at.is_(None), Episode.handed_over_at.is_(None))
        .values(handed_over_at=now)
    )


async def release(session: AsyncSession, thread: Thread, member: Member, now: datetime) -> None:
    """Give the thread back to the bot. The caller lets the bot take its turn in the same transaction."""
    if thread.state == "bot":
        raise Refused("already_bot", "El bot ya está atendiendo esta conversación.")
    thread.state = "bot"
    thread.owner_id = None
    thread.team = None
    thread.problem = None
    thread.snoozed_until = None
    thread.waiting_since = None
    await notice(session, thread, "released", now, member.id, name=member.name)
    await session.flush()


async def assign(
    session: AsyncSession, thread: Thread, by: Member | None, now: datetime, *, owner: Member | None, team: str | None
) -> None:
    """Give the thread to somebody of the staff, to a team, or (neither) to nobody in particular. `by` None: nobody
    did, it follows from something."""
    await silence_bot(session, thread)
    if thread.state == "bot":
        thread.state = "open"
        await mark_handed_over(session, thread, now)
    elif thread.state == "resolved":
        await reopen(session, thread, now)
    thread.owner_id = owner.id if owner else None
    thread.team = team
    await notice(session, thread, "assigned", now, by.id if by else None, to=owner.name if owner else None, team=team)


async def reopen(session: AsyncSession, thread: Thread, now: datetime) -> None:
    """A resolved thread goes on: with the staff, in a new episode."""
    thread.state = "open"
    session.add(Episode(organization_id=thread.organization_id, thread_id=thread.id, started_at=now))


async def snooze(session: AsyncSession, thread: Thread, member: Member, until: datetime, now: datetime) -> None:
    """Out of sight until `until`, or until the person writes."""
    if until <= now:
        raise Refused("past", "La hora para posponer ya pasó: elige una futura.")
    if thread.state == "bot":
        await take_over(session, thread, member, now)
    else:
        await silence_bot(session, thread)
    if thread.state == "resolved":
        await reopen(session, thread, now)
    thread.state = "snoozed"
    thread.snoozed_until = until
    await notice(session, thread, "snoozed", now, member.id, until=until.isoformat())


async def resolve(session: AsyncSession, thread: Thread, member: Member | None, now: datetime) -> None:
    """Done: the episode ends, and the person's next message begins a new one with the bot. `member` None: nobody said
    so, it follows from something."""
    if thread.state == "resolved":
        return
    await plan_survey(session, thread, now)
    await silence_bot(session, thread)
    thread.state = "resolved"
    thread.owner_id = None
    thread.team = None
    thread.session = None
    thread.snoozed_until = None
    thread.waiting_since = None
    thread.unread = 0
    await session.execute(
        update(Episode)
        .where(Episode.thread_id == thread.id, Episode.resolved_at.is_(None))
        .values(resolved_at=now, resolved_by_id=member.id if member else None)
    )
    who = (member.id, member.name) if member else (None, None)
    await notice(session, thread, "resolved", now, who[0], name=who[1])


async def reply(
    session: AsyncSession,
    thread: Thread,
    member: Member,
    content: Content,
    now: datetime,
    *,
    key: str,
    channel_id: int | None = None,
    reply_to: str | None = None,
) -> Message:
    """Queue a staff message; the same `key` again returns the first one's message and queues nothing.

    Answering takes the thread over from the bot. Raises Refused: no channel, person unreachable, window closed.
    """
    earlier = await session.scalar(
        select(Message)
        .join(Outbox, Outbox.message_id == Message.id)
        .where(Outbox.organization_id == thread.organization_id, Outbox.request_key == key)
    )
    if earlier is not None:
        if earlier.thread_id != thread.id or earlier.content != to_json(content):
            raise Refused("key_reused", "Esa clave de envío ya se usó para otro mensaje: genera una nueva.")
        return earlier
    channel_id = channel_id or thread.channel_id
    if channel_id is None:
        raise Refused("no_channel", "Esta persona todavía no escribió por ningún canal.")
    await check_reach(session, thread.id, channel_id, content, now)
    if thread.state == "resolved":
        await reopen(session, thread, now)
    if thread.state == "bot" or thread.owner_id is None:
        await take_over(session, thread, member, now)
    else:
        await silence_bot(session, thread)
    message = await append(
        session,
        thread,
        content,
        author="member",
        direction="out",
        at=now,
        member_id=member.id,
        channel_id=channel_id,
        reply_to=reply_to,
        status="queued",
    )
    session.add(outbox_of(thread, message, channel_id, now, key))
    thread.state = "waiting"
    thread.snoozed_until = None
    thread.waiting_since = None
    thread.unread = 0
    await session.execute(
        update(Episode)
        .where(Episode.thread_id == thread.id, Episode.resolved_at.is_(None), Episode.first_human_reply_at.is_(None))
        .values(first_human_reply_at=now)
    )
    await session.flush()
    return message


def outbox_of(thread: Thread, message: Message, channel_id: int, now: datetime, key: str | None) -> Outbox:
    """The row by which a message leaves, whoever has the thread by then."""
    return Outbox(
        organization_id=thread.organization_id,
        thread_id=thread.id,
        seq=message.seq,
        message_id=message.id,
        channel_id=channel_id,
        request_key=key,
        due_at=now,
    )


async def check_reach(session: AsyncSession, thread_id: int, channel_id: int, content: Content, now: datetime) -> None:
    """Refuse what the provider would refuse: an address that blocked us, free text after the window closed, a template
    it paused."""
    row = (
        await session.execute(
            select(ThreadChannel, Channel)
            .join(Channel, Channel.id == ThreadChannel.channel_id)
            .where(ThreadChannel.thread_id == thread_id, ThreadChannel.channel_id == channel_id)
        )
    ).one_or_none()
    if row is None:
        raise Refused("no_channel", "Esta persona no escribió por ese canal: elige otro.")
    reach, channel = row
    if isinstance(content, Template) and channel.kind == "whatsapp":
        await check_sendable(session, channel, content)
    if channel.problem or not channel.active:
        raise Refused("channel_broken", f"El canal {channel.name} no puede enviar: {channel.problem or 'inactivo'}.")
    if reach.unreachable_since is not None:
        raise Refused("unreachable", "La persona bloqueó este canal: escríbele por otro.")
    closes = window_closes(channel.kind, reach.last_inbound_at)
    if closes is not None and closes <= now and not isinstance(content, Template):
        raise Refused(
            "window_closed",
            "Pasaron más de 24 horas desde su último mensaje: por WhatsApp sólo puedes enviar una plantilla aprobada.",
            closed_at=closes.isoformat(),
        )


def window_closes(kind: str, last_inbound_at: datetime | None) -> datetime | None:
    """When free text may no longer be sent; None: never closes. A channel with a window and no inbound is closed."""
    window = WINDOW[kind]
    if window is None:
        return None
    return (last_inbound_at or NEVER) + window
