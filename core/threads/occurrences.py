"""What happens to a thread besides a message: edits, deletions, reactions, the business's own phone, old history,
new numbers, blocks, preferences, calls. Rare, so each is its own small transaction; the caller commits.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.contacts.actions import record_consent, suggest
from core.contacts.model import ContactIdentity
from core.threads import inbound as items
from core.threads.actions import HUMAN_STATES, append, lock_thread, mark_handed_over, notice, reopen, silence_bot
from core.threads.content import Media, plain_text, to_json
from core.threads.message_templates import record_news
from core.threads.model import Message, MessageEvent, ThreadChannel
from core.threads.queues import InboundEvent


@dataclass(frozen=True, slots=True)
class Occurred:
    """Where it happened. `thread_id` is the person's thread; None only where the item has no person."""

    organization_id: int
    channel_id: int
    channel_kind: str
    thread_id: int | None
    key: str


Record = Callable[[AsyncSession, Occurred, Any], Awaitable[None]]


async def record(session: AsyncSession, occurred: Occurred, item: items.AnyItem) -> bool:
    """Store the item once; False when it was stored before."""
    fresh = await session.scalar(
        insert(InboundEvent)
        .values(
            key=occurred.key,
            organization_id=occurred.organization_id,
            thread_id=occurred.thread_id,
            kind=kind_of(item),
            event=_event(item),
            at=item.at,
        )
        .on_conflict_do_nothing()
        .returning(InboundEvent.id)
    )
    if fresh is None:
        return False
    await RECORDS[type(item)](session, occurred, item)
    return True


def _event(item: items.AnyItem) -> dict[str, Any]:
    """What is kept of items whose whole effect is not in other tables."""
    match item:
        case items.AccountChanged():
            return {"subject": item.subject, "data": item.data}
        case items.TemplateChanged():
            return {"data": item.raw}
    return {}


def kind_of(item: items.Item) -> str:
    """`MessageEdited` → `message_edited`: the name an event has in the tables."""
    name = type(item).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


async def _message(session: AsyncSession, channel_id: int, provider_id: str) -> Message | None:
    found: Message | None = await session.scalar(
        select(Message).where(Message.channel_id == channel_id, Message.provider_id == provider_id).with_for_update()
    )
    return found


def _note(
    session: AsyncSession,
    occurred: Occurred,
    message: Message | None,
    provider_id: str,
    kind: str,
    data: dict[str, Any],
    at: datetime,
) -> None:
    session.add(
        MessageEvent(
            organization_id=occurred.organization_id,
            channel_id=occurred.channel_id,
            message_id=message.id if message else None,
            provider_id=provider_id,
            kind=kind,
            data=data,
            at=at,
        )
    )


async def _edited(session: AsyncSession, occurred: Occurred, item: items.MessageEdited) -> None:
    message = await _message(session, occurred.channel_id, item.provider_id)
    before = {"before": message.content} if message else {"after": to_json(item.content)}
    _note(session, occurred, message, item.provider_id, "edited", before, item.at)
    if message is not None:
        message.content = to_json(item.content)
        message.text = plain_text(item.content)
        message.edited_at = item.at


async def _revoked(session: AsyncSession, occurred: Occurred, item: items.MessageRevoked) -> None:
    message = await _message(session, occurred.channel_id, item.provider_id)
    _note(session, occurred, message, item.provider_id, "revoked", {}, item.at)
    if message is not None:
        message.revoked_at = item.at


async def _reacted(session: AsyncSession, occurred: Occurred, item: items.Reacted) -> None:
    message = await _message(session, occurred.channel_id, item.provider_id)
    _note(session, occurred, message, item.provider_id, "reacted", {"emoji": item.emoji}, item.at)


async def is_latest_from_bot(session: AsyncSession, channel_id: int, provider_id: str) -> bool:
    """Whether this is the last message the bot sent in its thread, and so the one a reaction would answer."""
    message = await session.scalar(
        select(Message).where(Message.channel_id == channel_id, Message.provider_id == provider_id)
    )
    if message is None or message.author != "bot":
        return False
    last = await session.scalar(
        select(func.max(Message.seq)).where(Message.thread_id == message.thread_id, Message.direction != "internal")
    )
    return last == message.seq


async def _echoed(session: AsyncSession, occurred: Occurred, item: items.EchoReceived) -> None:
    """The business answered from its own phone: that is the staff, so the bot is silent. It opens no window."""
    if item.action != "sent":
        change = items.MessageEdited if item.action == "edited" else items.MessageRevoked
        shared: dict[str, Any] = {
            "account": item.account,
            "external_id": item.external_id,
            "at": item.at,
            "raw": item.raw,
            "sender": item.recipient,
            "provider_id": item.provider_id,
        }
        if change is items.MessageEdited:
            await _edited(session, occurred, items.MessageEdited(**shared, content=item.content))
        else:
            await _revoked(session, occurred, items.MessageRevoked(**shared))
        return
    if await _message(session, occurred.channel_id, item.provider_id) is not None:
        return
    assert occurred.thread_id is not None
    thread = await lock_thread(session, occurred.thread_id)
    await silence_bot(session, thread)
    if thread.state == "resolved":
        await reopen(session, thread, item.at)
    elif thread.state not in HUMAN_STATES:
        await mark_handed_over(session, thread, item.at)
        await notice(session, thread, "answered_on_phone", item.at)
    thread.state = "waiting"
    thread.snoozed_until = None
    thread.waiting_since = None
    thread.unread = 0
    await append(
        session,
        thread,
        item.content,
        author="phone",
        direction="out",
        at=item.at,
        channel_id=occurred.channel_id,
        provider_id=item.provider_id,
        reply_to=item.reply_to,
        status="sent",
    )


async def _imported(session: AsyncSession, occurred: Occurred, item: items.HistoryImported) -> None:
    """Old messages count down from the thread's beginning: no bot, no notification, no window.

    A file comes twice: first its place, then the file; the second time completes the first.
    """
    known = await _message(session, occurred.channel_id, item.provider_id)
    if known is not None:
        if isinstance(item.content, Media):
            known.content = to_json(item.content)
            known.text = plain_text(item.content)
        return
    assert occurred.thread_id is not None
    thread = await lock_thread(session, occurred.thread_id)
    thread.first_seq -= 1
    incoming = item.direction == "in"
    session.add(
        Message(
            organization_id=thread.organization_id,
            thread_id=thread.id,
            seq=thread.first_seq,
            channel_id=occurred.channel_id,
            direction=item.direction,
            author="contact" if incoming else "phone",
            provider_id=item.provider_id,
            content=to_json(item.content),
            text=plain_text(item.content),
            status=None if incoming else (item.status or "sent"),
            at=item.at,
        )
    )
    await session.flush()


async def _identity_changed(session: AsyncSession, occurred: Occurred, item: items.IdentityChanged) -> None:
    """The old identity stays (its messages are there), the new one is added unless somebody else has it."""
    assert occurred.thread_id is not None
    thread = await lock_thread(session, occurred.thread_id)
    data: dict[str, Any] = {"old": item.old.value, "new": item.new.value if item.new else None}
    await notice(session, thread, "identity_changed", item.at, **data)
    if item.new is None:
        return
    new = item.new
    owner = await session.scalar(
        select(ContactIdentity.contact_id).where(
            ContactIdentity.organization_id == thread.organization_id,
            ContactIdentity.kind == new.kind,
            ContactIdentity.scope == new.scope,
            ContactIdentity.value == new.value,
        )
    )
    if owner is None:
        await _readdress(session, occurred, item.old, new)
        session.add(
            ContactIdentity(
                organization_id=thread.organization_id,
                contact_id=thread.contact_id,
                kind=new.kind,
                scope=new.scope,
                value=new.value,
                verified=True,
            )
        )
    elif owner != thread.contact_id:
        await suggest(session, thread.organization_id, thread.contact_id, owner, "number_changed")


async def _readdress(session: AsyncSession, occurred: Occurred, old: items.Identity, new: items.Identity) -> None:
    """What was answered at the old number or id is answered at the new one."""
    name = "to" if old.kind == "whatsapp" else "recipient"
    await session.execute(
        update(ThreadChannel)
        .where(
            ThreadChannel.thread_id == occurred.thread_id,
            ThreadChannel.channel_id == occurred.channel_id,
            ThreadChannel.address[name].astext == old.value,
        )
        .values(address=ThreadChannel.address.concat({name: new.value}))
    )


async def _reach_changed(session: AsyncSession, occurred: Occurred, item: items.ReachChanged) -> None:
    await session.execute(
        update(ThreadChannel)
        .where(ThreadChannel.thread_id == occurred.thread_id, ThreadChannel.channel_id == occurred.channel_id)
        .values(unreachable_since=None if item.reachable else item.at)
    )
    assert occurred.thread_id is not None
    thread = await lock_thread(session, occurred.thread_id)
    await notice(session, thread, "unblocked" if item.reachable else "blocked", item.at, channel=occurred.channel_kind)


async def _preference_changed(session: AsyncSession, occurred: Occurred, item: items.PreferenceChanged) -> None:
    assert occurred.thread_id is not None
    thread = await lock_thread(session, occurred.thread_id)
    await record_consent(
        session,
        thread.organization_id,
        thread.contact_id,
        item.category,
        granted=item.granted,
        source="provider",
        at=item.at,
    )
    await notice(session, thread, "consent", item.at, category=item.category, granted=item.granted)


async def _called(session: AsyncSession, occurred: Occurred, item: items.CallChanged) -> None:
    assert occurred.thread_id is not None
    thread = await lock_thread(session, occurred.thread_id)
    await notice(session, thread, "call", item.at, event=item.event, data=item.data)


async def _migrated(session: AsyncSession, occurred: Occurred, item: items.ChatMigrated) -> None:
    await session.execute(
        update(ThreadChannel)
        .where(ThreadChannel.channel_id == occurred.channel_id, ThreadChannel.address["chat_id"].astext == item.old)
        .values(address=ThreadChannel.address.concat({"chat_id": int(item.new)}))
    )


async def _template_changed(session: AsyncSession, occurred: Occurred, item: items.TemplateChanged) -> None:
    await record_news(session, occurred.organization_id, item)


async def _nothing_more(_session: AsyncSession, _occurred: Occurred, _item: items.Item) -> None:
    """Stored, and that is all there is to do."""


RECORDS: dict[type[items.Item], Record] = {
    items.MessageEdited: _edited,
    items.MessageRevoked: _revoked,
    items.Reacted: _reacted,
    items.EchoReceived: _echoed,
    items.HistoryImported: _imported,
    items.IdentityChanged: _identity_changed,
    items.ReachChanged: _reach_changed,
    items.PreferenceChanged: _preference_changed,
    items.CallChanged: _called,
    items.AccountChanged: _nothing_more,
    items.TemplateChanged: _template_changed,
    items.ChatMigrated: _migrated,
    items.Declined: _nothing_more,
}


def person_of(item: items.AnyItem) -> items.Person | None:
    """Whose thread the item belongs to; None when it has no person of ours."""
    match item:
        case (
            items.MessageReceived(sender=person)
            | items.MessageEdited(sender=person)
            | items.MessageRevoked(sender=person)
            | items.Reacted(sender=person)
            | items.ReachChanged(sender=person)
            | items.PreferenceChanged(sender=person)
            | items.CallChanged(sender=person)
            | items.EchoReceived(recipient=person)
            | items.HistoryImported(person=person)
            | items.IdentityChanged(person=person)
        ):
            return person
    return None
