"""What is sent to a person without a turn or a reply: by automations, and what was scheduled while others have the
thread. Takes a session, never commits."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.contacts.model import Contact
from core.errors import Refused
from core.organizations.model import Member
from core.threads.actions import append, check_reach, outbox_of
from core.threads.content import Content
from core.threads.model import Message, Thread


async def send_unasked(
    session: AsyncSession, thread: Thread, content: Content, now: datetime, member: Member | None = None
) -> Message:
    """Queue it where the person last wrote; who has the thread, and that the person waits, stays as it is.

    `member` None: the bot says it. Raises Refused as a reply does, and for somebody who asked not to be written to.
    """
    contact = await session.get_one(Contact, thread.contact_id)
    if contact.opted_out_at is not None and member is None:
        raise Refused("opted_out", "Pidió no recibir mensajes.")
    if thread.channel_id is None:
        raise Refused("no_channel", "Esta persona todavía no escribió por ningún canal.")
    await check_reach(session, thread.id, thread.channel_id, content, now)
    message = await append(
        session,
        thread,
        content,
        author="member" if member else "bot",
        direction="out",
        at=now,
        member_id=member.id if member else None,
        channel_id=thread.channel_id,
        status="queued",
    )
    session.add(outbox_of(thread, message, thread.channel_id, now, None))
    await session.flush()
    return message
