"""Shapes several parts of the API show."""

from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from backoffice.api.access import Staff
from backoffice.api.contents import ContentView, view_content
from core.organizations.model import Member
from core.threads.actions import HUMAN_STATES
from core.threads.messages import ShownMessage
from core.threads.model import Message, Thread
from core.threads.queries import ListedThread, ReachRow

Priority = Literal["low", "normal", "high", "urgent"]
State = Literal["bot", "open", "waiting", "snoozed", "resolved"]
RoleName = Literal["owner", "manager", "doctor", "closer", "receptionist", "assistant"]


class Named(BaseModel):
    """Something with an id and a name: an organization, a member, a contact."""

    id: str
    name: str


class MemberView(BaseModel):
    id: str
    name: str
    role: RoleName
    teams: list[str]
    specialities: list[str]
    locations: list[str] | None
    """Where they work, for reception and assistants; null: everywhere."""
    active: bool
    available: bool


class ThreadChannelView(BaseModel):
    id: str
    kind: str
    name: str
    window_closes_at: datetime | None
    """When free text may no longer be sent; null: never closes. In the past: only a template may be sent."""
    reachable: bool


class LastMessage(BaseModel):
    text: str
    author: str
    at: datetime


class StageName(BaseModel):
    key: str
    name: str


class PromiseView(BaseModel):
    """What was promised and is due next: the first answer of a person, the next one, or to resolve it."""

    kind: Literal["first_reply", "next_reply", "resolution"]
    due_at: datetime
    told: Literal["soon", "late"] | None
    """Little of the time is left, or none."""


class ThreadView(BaseModel):
    """A row of the inbox."""

    id: str
    state: State
    contact: Named
    owner: Named | None
    team: str | None
    priority: Priority
    labels: list[str]
    unread: int
    waiting_since: datetime | None
    snoozed_until: datetime | None
    last_message: LastMessage
    channel: str | None
    """The id of the channel the person last wrote by: answers go there."""
    channels: list[ThreadChannelView]
    window_closes_at: datetime | None
    """Of that channel."""
    stage: StageName | None
    opted_out: bool
    problem: str | None
    promise: PromiseView | None


class MessageError(BaseModel):
    code: str
    message: str
    reason: str
    """What happened and what to do, in Spanish."""


class EditView(BaseModel):
    content: ContentView
    until: datetime


class QuotedView(BaseModel):
    """The message answered; `id` null when it is one Hilo never saw."""

    id: str | None
    text: str
    author: str | None


class MessageView(BaseModel):
    id: str
    seq: int
    direction: Literal["in", "out", "internal"]
    author: Literal["contact", "bot", "member", "phone", "system"]
    member: Named | None
    channel: str | None
    content: ContentView
    text: str
    status: str | None
    """Outgoing only: queued, sending, unknown, sent, delivered, read, played, failed, cancelled."""
    error: MessageError | None
    reaction: str | None
    edits: list[EditView]
    edited_at: datetime | None
    revoked_at: datetime | None
    quoted: QuotedView | None
    at: datetime


def view_member(staff: Staff, member: Member) -> MemberView:
    return MemberView(
        id=staff.public("member", member.id),
        name=member.name,
        role=member.role,  # type: ignore[arg-type]
        teams=member.teams,
        specialities=member.specialities,
        locations=None if member.locations is None else [staff.public("location", one) for one in member.locations],
        active=member.active,
        available=member.available,
    )


class Names(Protocol):
    """Whoever knows the public ids: the staff's request, or what is told to many."""

    def public(self, kind: str, inside: int) -> str: ...


def view_reach(staff: Names, row: ReachRow) -> ThreadChannelView:
    return ThreadChannelView(
        id=staff.public("channel", row.channel_id),
        kind=row.kind,
        name=row.name,
        window_closes_at=row.closes_at,
        reachable=row.unreachable_since is None,
    )


def view_thread(staff: Names, listed: ListedThread) -> ThreadView:
    thread: Thread = listed.thread
    answers = next((row for row in listed.channels if row.channel_id == thread.channel_id), None)
    return ThreadView(
        id=staff.public("thread", thread.id),
        state=thread.state,  # type: ignore[arg-type]
        contact=Named(id=staff.public("contact", listed.contact.id), name=listed.contact.name),
        owner=_owner(staff, thread.owner_id, listed.owner_name),
        team=thread.team,
        priority=thread.priority,  # type: ignore[arg-type]
        labels=thread.labels,
        unread=thread.unread,
        waiting_since=thread.waiting_since,
        snoozed_until=thread.snoozed_until,
        last_message=LastMessage(text=thread.last_text, author=thread.last_author, at=thread.last_at),
        channel=staff.public("channel", thread.channel_id) if thread.channel_id else None,
        channels=[view_reach(staff, row) for row in listed.channels],
        window_closes_at=answers.closes_at if answers else None,
        stage=StageName(key=listed.stage[0], name=listed.stage[1]) if listed.stage else None,
        opted_out=listed.contact.opted_out_at is not None,
        problem=thread.problem,
        promise=_promise(thread),
    )


def _promise(thread: Thread) -> PromiseView | None:
    if thread.promise is None or thread.promised_at is None or thread.state not in HUMAN_STATES:
        return None
    told = {"kind": thread.promise, "due_at": thread.promised_at, "told": thread.promise_told}
    return PromiseView.model_validate(told)


def _owner(staff: Names, owner_id: int | None, name: str | None) -> Named | None:
    return Named(id=staff.public("member", owner_id), name=name or "") if owner_id else None


def view_message(staff: Staff, shown: ShownMessage) -> MessageView:
    message: Message = shown.message
    ids = staff.runtime.ids
    return MessageView(
        id=staff.public("message", message.id),
        seq=message.seq,
        direction=message.direction,  # type: ignore[arg-type]
        author=message.author,  # type: ignore[arg-type]
        member=_owner(staff, message.member_id, shown.member_name),
        channel=staff.public("channel", message.channel_id) if message.channel_id else None,
        content=view_content(ids, message.content),
        text=message.text,
        status=message.status,
        error=_error(message.error),
        reaction=shown.emoji,
        edits=[EditView(content=view_content(ids, edit.content), until=edit.at) for edit in shown.edits],
        edited_at=message.edited_at,
        revoked_at=message.revoked_at,
        quoted=_quoted(staff, message, shown.quoted),
        at=message.at,
    )


def _error(stored: dict[str, Any] | None) -> MessageError | None:
    if stored is None:
        return None
    return MessageError(**{name: str(stored.get(name) or "") for name in MessageError.model_fields})


def _quoted(staff: Staff, message: Message, quoted: Message | None) -> QuotedView | None:
    if message.reply_to is None:
        return None
    if quoted is None:
        return QuotedView(id=None, text="", author=None)
    return QuotedView(id=staff.public("message", quoted.id), text=quoted.text, author=quoted.author)
