"""What could not be understood, and what could not be sent."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends
from pydantic import BaseModel
from sqlalchemy import func, or_, select

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.paging import Cursor, Limit, Page, cursor_of, read_cursor
from backoffice.api.replay import reread
from backoffice.api.views import MessageError, Named
from core.contacts.model import Contact
from core.db import enter_organization
from core.errors import Missing, Refused
from core.organizations.audit import audit
from core.threads.model import Message, Thread
from core.threads.queues import DeadLetter, Outbox

router = staff_router("failures")

Reads = Annotated[Staff, Depends(Needs("failures.read"))]
Writes = Annotated[Staff, Depends(Needs("failures.write"))]
SHOWN = 256 * 1024
"""Bytes of a dead letter's body that are shown."""


class DeadLetterView(BaseModel):
    id: str
    channel: str
    account: str | None
    reason: str
    size: int
    received_at: datetime
    replayed_at: datetime | None


class WholeDeadLetter(DeadLetterView):
    body: str


class Outcome(BaseModel):
    outcome: Literal["stored", "known", "ignored", "dead"]
    reason: str | None


class Replayed(BaseModel):
    items: list[Outcome]


class FailedMessage(BaseModel):
    message: str
    thread: str
    contact: Named
    text: str
    state: Literal["failed", "unknown"]
    error: MessageError | None
    attempts: int
    at: datetime


_SUMMARY = (
    DeadLetter.id,
    DeadLetter.channel,
    DeadLetter.account,
    DeadLetter.reason,
    func.length(DeadLetter.body).label("size"),
    DeadLetter.received_at,
    DeadLetter.replayed_at,
)


def _summary(staff: Staff, row: Any) -> dict[str, Any]:
    return {
        "id": staff.public("dead_letter", row.id),
        "channel": row.channel,
        "account": row.account,
        "reason": row.reason,
        "size": row.size,
        "received_at": row.received_at,
        "replayed_at": row.replayed_at,
    }


@router.get("/dead-letters")
async def list_dead_letters(
    staff: Reads, replayed: bool = False, cursor: Cursor = None, limit: Limit = 30
) -> Page[DeadLetterView]:
    """What was signed and not understood, the newest first; `replayed` shows those read again since."""
    after = read_cursor(staff.runtime.ids, "dead_letter", cursor)
    statement = (
        select(*_SUMMARY)
        .where(DeadLetter.organization_id == staff.organization.id)
        .where(DeadLetter.replayed_at.is_not(None) if replayed else DeadLetter.replayed_at.is_(None))
        .order_by(DeadLetter.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        statement = statement.where(DeadLetter.id < after[1])
    rows = (await staff.session.execute(statement)).all()
    last = rows[limit - 1].id if len(rows) > limit else None
    return Page(
        items=[DeadLetterView(**_summary(staff, row)) for row in rows[:limit]],
        next=cursor_of(staff.runtime.ids, "dead_letter", None, last) if last else None,
    )


async def _body(staff: Staff, public: str) -> Any:
    inside = staff.inside("dead_letter", public)
    row = (await staff.session.execute(select(*_SUMMARY, DeadLetter.body).where(DeadLetter.id == inside))).one_or_none()
    if row is None:
        raise Missing("dead_letter")
    return row


@router.get("/dead-letters/{letter_id}")
async def read_dead_letter(staff: Reads, letter_id: str) -> WholeDeadLetter:
    """With its body; bytes that are no text are shown as �, and what is beyond 256 KB is left out."""
    row = await _body(staff, letter_id)
    return WholeDeadLetter(**_summary(staff, row), body=row.body[:SHOWN].decode("utf-8", "replace"))


@router.post("/dead-letters/{letter_id}/replay")
async def replay_dead_letter(staff: Writes, letter_id: str) -> Replayed:
    """Read it again, as if it had just come. What was stored before is known and changes nothing."""
    row = await _body(staff, letter_id)
    runtime, organization_id, member = staff.runtime, staff.organization.id, staff.member
    await staff.session.commit()  # the items are stored in transactions of their own
    account = await runtime.directory.of_account(row.channel, row.account or "")
    if account is None or account.organization_id != organization_id:
        raise Refused("no_channel", "El canal de ese mensaje ya no está conectado: conéctalo y vuelve a probar.")
    items = reread(account, row.body, row.reason, runtime.clock)
    accepted = await runtime.accepts.accept(row.channel, items, lambda one: one.organization_id == organization_id)
    await enter_organization(staff.session, organization_id)
    if not any(one.outcome == "dead" for one in accepted):
        letter = await staff.session.get_one(DeadLetter, row.id, with_for_update=True)
        letter.replayed_at = staff.now
    outcomes = [one.outcome for one in accepted]
    audit(staff.session, member, "dead_letter.replayed", letter_id, staff.now, outcomes=outcomes)
    await staff.session.commit()
    return Replayed(items=[Outcome(outcome=one.outcome, reason=one.reason) for one in accepted])


@router.get("/failed-messages")
async def list_failed_messages(staff: Reads, cursor: Cursor = None, limit: Limit = 30) -> Page[FailedMessage]:
    """What did not leave, or nobody knows whether it did, the newest first. Resend each in its thread."""
    after = read_cursor(staff.runtime.ids, "outbox", cursor)
    statement = (
        select(Outbox, Message, Contact)
        .join(Message, Message.id == Outbox.message_id)
        .join(Thread, Thread.id == Outbox.thread_id)
        .join(Contact, Contact.id == Thread.contact_id)
        .where(
            Outbox.organization_id == staff.organization.id,
            or_(Outbox.state.in_(("failed", "unknown")), Message.status == "failed"),
        )
        .order_by(Outbox.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        statement = statement.where(Outbox.id < after[1])
    rows = (await staff.session.execute(statement)).all()
    last = rows[limit - 1][0].id if len(rows) > limit else None
    return Page(
        items=[_failed(staff, outbox, message, contact) for outbox, message, contact in rows[:limit]],
        next=cursor_of(staff.runtime.ids, "outbox", None, last) if last else None,
    )


def _failed(staff: Staff, outbox: Outbox, message: Message, contact: Contact) -> FailedMessage:
    error = message.error or outbox.error
    return FailedMessage(
        message=staff.public("message", message.id),
        thread=staff.public("thread", outbox.thread_id),
        contact=Named(id=staff.public("contact", contact.id), name=contact.name),
        text=message.text,
        state="unknown" if outbox.state == "unknown" else "failed",
        error=MessageError(**{name: str(error.get(name) or "") for name in MessageError.model_fields})
        if error
        else None,
        attempts=outbox.attempts,
        at=message.at,
    )
