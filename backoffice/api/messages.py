"""Reading a thread and answering in it: messages, replies, notes, resending, "typing…"."""

import asyncio
from typing import Annotated

import orjson
from fastapi import Depends, Header, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from backoffice.api.access import Needs, Staff
from backoffice.api.contents import ContentIn, read_content
from backoffice.api.document import staff_router
from backoffice.api.threads import Reads
from backoffice.api.views import MessageView, view_message
from backoffice.api.words import Given, Line, Paragraph
from backoffice.live import tell_pages
from core.errors import HiloError, Missing, Refused
from core.organizations.audit import Seen
from core.organizations.model import Member
from core.threads.actions import append, reply
from core.threads.content import Text
from core.threads.messages import find_message, read_messages, show
from core.threads.model import Mention, Message, Thread, ThreadChannel
from core.threads.queries import name_in
from core.threads.resend import resend

router = staff_router("messages")

Writes = Annotated[Staff, Depends(Needs("threads.write"))]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Made by the client, new for each message; the same again answers with the first one's message.",
    ),
]
PATIENCE = 5.0
"""Seconds a courtesy may take at the provider."""


class MessagesView(BaseModel):
    items: list[MessageView]
    more_before: bool
    more_after: bool


class ReplyIn(Given):
    content: ContentIn
    channel: Line | None = Field(default=None, description="By which channel; where the person last wrote if left out.")
    reply_to: Line | None = Field(default=None, description="The message answered.")


class NoteIn(Given):
    text: Paragraph
    mentions: Annotated[list[Line], Field(max_length=20, description="Members to tell of it.")] = []


class ResendIn(Given):
    content: ContentIn | None = Field(default=None, description="Corrected; as it was if left out.")


@router.get("/threads/{thread_id}/messages")
async def list_messages(
    staff: Reads,
    thread_id: str,
    before: Annotated[Line | None, Query(description="Messages before this one.")] = None,
    after: Annotated[Line | None, Query(description="Messages after this one.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> MessagesView:
    """A page of the thread in its order; the latest messages when neither `before` nor `after` is given."""
    inside = await staff.visible(thread_id)
    staff.seen.add(Seen("thread.seen", thread_id, await name_in(staff.session, inside)))
    page = await read_messages(
        staff.session,
        inside,
        before=staff.inside("message", before) if before else None,
        after=staff.inside("message", after) if after else None,
        limit=limit,
    )
    return MessagesView(
        items=[view_message(staff, message) for message in page.messages],
        more_before=page.more_before,
        more_after=page.more_after,
    )


@router.post("/threads/{thread_id}/messages", status_code=201)
async def send_message(staff: Writes, thread_id: str, given: ReplyIn, key: Key) -> MessageView:
    """Answer the person. Takes the thread over from the bot; what the bot had queued is not sent.

    409 `window_closed` when WhatsApp's 24 hours are over: only a template may be sent then.
    """
    thread = await staff.lock(thread_id)
    scoped = f"{staff.member.id}:{key}"
    message = await reply(
        staff.session,
        thread,
        staff.member,
        await read_content(staff, given.content, scoped),
        staff.now,
        key=scoped,
        channel_id=staff.inside("channel", given.channel) if given.channel else None,
        reply_to=await _provider_id(staff, thread, given.reply_to) if given.reply_to else None,
    )
    return await _committed(staff, message, deliver=True)


async def _provider_id(staff: Staff, thread: Thread, public: str) -> str:
    quoted = await find_message(staff.session, thread.id, staff.inside("message", public))
    if quoted.provider_id is None:
        raise Refused("not_quotable", "Ese mensaje no está en el canal: no se puede citar.")
    return quoted.provider_id


async def _committed(staff: Staff, message: Message, *, deliver: bool) -> MessageView:
    (shown,) = await show(staff.session, [message])
    view = view_message(staff, shown)
    await staff.session.commit()
    if deliver:
        staff.runtime.delivers.wake()
    return view


@router.post("/threads/{thread_id}/notes", status_code=201)
async def add_note(staff: Writes, thread_id: str, given: NoteIn) -> MessageView:
    """A note for the staff alone; the person never sees it. Whoever is mentioned finds it among their mentions."""
    thread = await staff.lock(thread_id)
    named = await _members(staff, given.mentions)
    message = await append(
        staff.session,
        thread,
        Text(given.text),
        author="member",
        direction="internal",
        at=staff.now,
        member_id=staff.member.id,
    )
    about = {"organization_id": staff.organization.id, "thread_id": thread.id, "message_id": message.id}
    staff.session.add_all(Mention(**about, member_id=one) for one in named)
    return await _committed(staff, message, deliver=False)


async def _members(staff: Staff, given: list[str]) -> list[int]:
    """The active members of these public ids; raises Missing."""
    wanted = {staff.inside("member", one) for one in given}
    found = set(await staff.session.scalars(select(Member.id).where(Member.id.in_(wanted), Member.active)))
    if wanted - found:
        raise Missing("member")
    return sorted(found)


@router.post("/threads/{thread_id}/messages/{message_id}/resend")
async def resend_message(staff: Writes, thread_id: str, message_id: str, given: ResendIn | None = None) -> MessageView:
    """Queue a failed message again, as it was or corrected."""
    thread = await staff.lock(thread_id)
    content = given.content if given else None
    message = await resend(
        staff.session,
        thread,
        staff.inside("message", message_id),
        staff.now,
        await read_content(staff, content, f"{message_id}:{staff.now.isoformat()}") if content else None,
    )
    return await _committed(staff, message, deliver=True)


@router.post("/threads/{thread_id}/typing", status_code=204)
async def show_typing(staff: Writes, thread_id: str) -> None:
    """Show the person "typing…" (and blue ticks on WhatsApp), and colleagues who is answering.

    A courtesy: nothing is promised, nothing fails.
    """
    inside = await staff.visible(thread_id)
    thread = await staff.session.get_one(Thread, inside)
    whose = {"owner_id": thread.owner_id, "team": thread.team}
    who = {"member": staff.public("member", staff.member.id), "name": staff.member.name}
    writing = {"thread": thread_id, **who, **whose}
    await tell_pages(staff.session, staff.organization.id, "presence", [orjson.dumps(writing).decode()])
    row = (
        await staff.session.execute(
            select(ThreadChannel.address, ThreadChannel.channel_id)
            .join(Thread, (Thread.id == ThreadChannel.thread_id) & (Thread.channel_id == ThreadChannel.channel_id))
            .where(Thread.id == inside)
        )
    ).one_or_none()
    last = await staff.session.scalar(
        select(Message.provider_id)
        .where(Message.thread_id == inside, Message.direction == "in", Message.provider_id.is_not(None))
        .order_by(Message.seq.desc())
        .limit(1)
    )
    await staff.session.commit()  # no HTTP inside a transaction
    runtime = staff.runtime
    account = runtime.directory.find(row.channel_id) if row else None
    if row is None or account is None:
        return
    try:
        async with asyncio.timeout(PATIENCE):
            if account.kind == "telegram":
                await runtime.telegram.typing(account, row.address)
            elif last is not None:
                await runtime.whatsapp.mark_read(account, last, typing=True)
    except (HiloError, TimeoutError):
        return
