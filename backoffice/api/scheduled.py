"""Messages to be sent later."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel
from sqlalchemy import select

from backoffice.api.access import Staff
from backoffice.api.contents import ContentIn, ContentView, read_content, view_content
from backoffice.api.document import staff_router
from backoffice.api.messages import Writes
from backoffice.api.threads import Reads
from backoffice.api.views import Named
from backoffice.api.words import Given, Moment
from core.errors import Missing, Refused
from core.organizations.model import Member
from core.threads.content import plain_text, to_json
from core.threads.later_model import ScheduledMessage

router = staff_router("messages")

MOST = 20


class ScheduledIn(Given):
    content: ContentIn
    at: Moment


class ScheduledView(BaseModel):
    """`problem`: why it was not sent."""

    id: str
    member: Named
    content: ContentView
    text: str
    at: datetime
    state: Literal["waiting", "sent", "failed", "cancelled"]
    problem: str | None


def _view(staff: Staff, one: ScheduledMessage, name: str) -> ScheduledView:
    return ScheduledView(
        id=staff.public("scheduled_message", one.id),
        member=Named(id=staff.public("member", one.member_id), name=name),
        content=view_content(staff.runtime.ids, one.content),
        text=one.text,
        at=one.due_at,
        state=one.state,  # type: ignore[arg-type]
        problem=one.problem,
    )


@router.get("/threads/{thread_id}/scheduled")
async def list_scheduled(staff: Reads, thread_id: str) -> list[ScheduledView]:
    """What will be sent, the next first."""
    inside = await staff.visible(thread_id)
    rows = await staff.session.execute(
        select(ScheduledMessage, Member.name)
        .join(Member, Member.id == ScheduledMessage.member_id)
        .where(ScheduledMessage.thread_id == inside, ScheduledMessage.state == "waiting")
        .order_by(ScheduledMessage.due_at, ScheduledMessage.id)
    )
    return [_view(staff, one, name) for one, name in rows]


@router.post("/threads/{thread_id}/scheduled", status_code=201)
async def schedule_message(staff: Writes, thread_id: str, given: ScheduledIn) -> ScheduledView:
    """Send it at that time. Whether it may be sent is asked then: when it may not, whoever scheduled it is told why."""
    thread = await staff.lock(thread_id)
    if given.at <= staff.now:
        raise Refused("past", "Esa hora ya pasó: elige una futura.")
    content = await read_content(staff, given.content, f"scheduled:{thread_id}:{given.at.isoformat()}")
    waiting = list(
        await staff.session.scalars(
            select(ScheduledMessage).where(ScheduledMessage.thread_id == thread.id, ScheduledMessage.state == "waiting")
        )
    )
    for known in waiting:  # sent twice by a bad network
        if (known.member_id, known.due_at, known.content) == (staff.member.id, given.at, to_json(content)):
            return _view(staff, known, staff.member.name)
    if len(waiting) >= MOST:
        raise Refused("too_many", f"Ya hay {MOST} mensajes programados aquí: quita alguno.")
    one = ScheduledMessage(
        organization_id=staff.organization.id,
        thread_id=thread.id,
        member_id=staff.member.id,
        content=to_json(content),
        text=plain_text(content),
        due_at=given.at,
    )
    staff.session.add(one)
    await staff.session.flush()
    await staff.session.refresh(one)
    await staff.session.commit()
    return _view(staff, one, staff.member.name)


@router.delete("/threads/{thread_id}/scheduled/{scheduled_id}", status_code=204)
async def cancel_scheduled(staff: Writes, thread_id: str, scheduled_id: str) -> None:
    """It will not be sent."""
    thread = await staff.lock(thread_id)
    one = await staff.session.get(
        ScheduledMessage, staff.inside("scheduled_message", scheduled_id), with_for_update=True
    )
    if one is None or one.thread_id != thread.id:
        raise Missing("scheduled_message")
    if one.state != "waiting":
        raise Refused("already_done", "Ese mensaje ya salió o se canceló.")
    one.state = "cancelled"
    await staff.session.commit()
