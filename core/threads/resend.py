"""Sending a failed message again, as it was or corrected."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Missing, Refused
from core.threads.actions import check_reach
from core.threads.content import Content, from_json, plain_text, to_json
from core.threads.model import Message, Thread
from core.threads.queues import Outbox


async def resend(
    session: AsyncSession, thread: Thread, message_id: int, now: datetime, content: Content | None = None
) -> Message:
    """Queue a failed message of the locked thread again; with `content`, corrected.

    Parts that left before the failure are not repeated, unless the provider failed it afterwards or it was changed.
    Raises Missing, or Refused when it did not fail or cannot be sent now.
    """
    message = await session.get(Message, message_id, populate_existing=True)
    outbox = await session.scalar(select(Outbox).where(Outbox.message_id == message_id).with_for_update())
    if message is None or outbox is None or message.thread_id != thread.id:
        raise Missing("message")
    if message.status not in ("failed", "cancelled"):
        raise Refused("not_failed", "Este mensaje no falló: no hace falta reenviarlo.")
    await check_reach(session, thread.id, outbox.channel_id, content or from_json(message.content), now)
    if content is not None:
        message.content = to_json(content)
        message.text = plain_text(content)
    if content is not None or outbox.state == "sent":
        outbox.part = 0
        message.provider_id = None
    outbox.state = "queued"
    outbox.epoch = None
    outbox.attempts = 0
    outbox.unknowns = 0
    outbox.due_at = now
    outbox.error = None
    message.status = "queued"
    message.error = None
    thread.version += 1
    await session.flush()
    return message
