"""Reads of messages: a page of a thread with everything that became of each. Four queries, however long the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Missing
from core.organizations.model import Member
from core.threads.model import Message, MessageEvent


@dataclass(frozen=True, slots=True)
class Edit:
    """What a message said until `at`."""

    content: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """`emoji` is the reaction that stands now; `quoted` the message answered, when it is one we have."""

    message: Message
    member_name: str | None
    emoji: str | None
    edits: tuple[Edit, ...]
    quoted: Message | None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """In the thread's order, oldest first."""

    messages: tuple[ShownMessage, ...]
    more_before: bool
    more_after: bool


async def find_message(session: AsyncSession, thread_id: int, message_id: int) -> Message:
    """A message of this thread; raises Missing."""
    message = await session.get(Message, message_id)
    if message is None or message.thread_id != thread_id:
        raise Missing("message")
    return message


async def read_messages(
    session: AsyncSession, thread_id: int, *, before: int | None, after: int | None, limit: int
) -> MessagePage:
    """The page that ends before the message `before`, or begins after `after`; the latest when neither is given.

    Raises Missing when the message named is not of this thread.
    """
    statement = select(Message).where(Message.thread_id == thread_id)
    for named, sign in ((before, -1), (after, 1)):
        if named is not None:
            seq = (await find_message(session, thread_id, named)).seq
            statement = statement.where(Message.seq < seq if sign < 0 else Message.seq > seq)
    forward = after is not None and before is None
    order = Message.seq.asc() if forward else Message.seq.desc()
    found = list(await session.scalars(statement.order_by(order).limit(limit + 1)))
    more, found = len(found) > limit, found[:limit]
    messages = found if forward else found[::-1]
    return MessagePage(
        await show(session, messages),
        more_before=(after is not None) if forward else more,
        more_after=more if forward else before is not None,
    )


async def show(session: AsyncSession, messages: Sequence[Message]) -> tuple[ShownMessage, ...]:
    """The messages with their authors, reactions, former contents and what they answer."""
    events = await _events(session, [message.id for message in messages])
    quoted = await _quoted(session, messages)
    names = await _names(session, {message.member_id for message in messages if message.member_id})
    shown = []
    for message in messages:
        own = events.get(message.id, ())
        emojis = [event.data.get("emoji") for event in own if event.kind == "reacted"]
        edits = tuple(
            Edit(event.data["before"], event.at) for event in own if event.kind == "edited" and "before" in event.data
        )
        shown.append(
            ShownMessage(
                message,
                names.get(message.member_id or 0),
                emojis[-1] if emojis else None,
                edits,
                quoted.get((message.channel_id, message.reply_to)),
            )
        )
    return tuple(shown)


async def _events(session: AsyncSession, ids: Sequence[int]) -> dict[int, list[MessageEvent]]:
    events: dict[int, list[MessageEvent]] = {}
    for event in await session.scalars(
        select(MessageEvent)
        .where(MessageEvent.message_id.in_(ids), MessageEvent.kind.in_(("reacted", "edited")))
        .order_by(MessageEvent.at, MessageEvent.id)
    ):
        events.setdefault(event.message_id or 0, []).append(event)
    return events


async def _quoted(session: AsyncSession, messages: Sequence[Message]) -> dict[tuple[int | None, str | None], Message]:
    wanted = {(message.channel_id, message.reply_to) for message in messages if message.channel_id and message.reply_to}
    if not wanted:
        return {}
    threads = {message.thread_id for message in messages}
    rows = await session.scalars(
        select(Message).where(
            tuple_(Message.channel_id, Message.provider_id).in_(wanted), Message.thread_id.in_(threads)
        )
    )
    return {(row.channel_id, row.provider_id): row for row in rows}


async def _names(session: AsyncSession, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = await session.execute(select(Member.id, Member.name).where(Member.id.in_(ids)))
    return {row.id: row.name for row in rows}
