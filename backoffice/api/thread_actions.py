"""What staff does to a thread besides writing in it."""

from typing import Annotated

from fastapi import Depends
from pydantic import AwareDatetime, Field, model_validator
from sqlalchemy import update

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.messages import Writes
from backoffice.api.threads import shown
from backoffice.api.views import Priority, ThreadView
from backoffice.api.words import Given, Line, Word, Yes
from bot.apply import Happening
from bot.events import Released
from bot.turn import take_locked_turn
from core.db import driver_of
from core.errors import Missing, Refused
from core.leads.actions import find_open, next_in_turn
from core.organizations.model import Member
from core.threads import actions
from core.threads.labels import learn
from core.threads.model import Mention, Thread

router = staff_router("threads")

Assigns = Annotated[Staff, Depends(Needs("threads.assign"))]
MAX_LABELS = 20


class AssignIn(Given):
    """To a member, to a team, to whoever's turn it is (of the team, when given), or (nothing given) to nobody."""

    member: Line | None = None
    team: Word | None = None
    round_robin: Yes = False

    @model_validator(mode="after")
    def _one_way(self) -> "AssignIn":
        if self.member and self.round_robin:
            raise ValueError("elige una persona o el turno, no ambos.")
        return self


class SnoozeIn(Given):
    until: AwareDatetime


class PriorityIn(Given):
    priority: Priority


class LabelsIn(Given):
    labels: Annotated[list[Word], Field(max_length=MAX_LABELS)]


async def _done(staff: Staff, thread: Thread) -> ThreadView:
    # Shown whatever the member's sight: the action may have taken it out of it.
    await staff.session.flush()
    view = await shown(staff, thread.id, whatever=True)
    await staff.session.commit()
    return view


@router.post("/threads/{thread_id}/take-over")
async def take_over(staff: Writes, thread_id: str) -> ThreadView:
    """The thread is mine; the bot is silent and what it had queued is not sent."""
    thread = await staff.lock(thread_id)
    if thread.state == "resolved":
        await actions.reopen(staff.session, thread, staff.now)
    await actions.take_over(staff.session, thread, staff.member, staff.now)
    return await _done(staff, thread)


@router.post("/threads/{thread_id}/release")
async def release(staff: Writes, thread_id: str) -> ThreadView:
    """Give the thread back to the bot, which goes on where it was."""
    thread = await staff.lock(thread_id)
    await actions.release(staff.session, thread, staff.member, staff.now)
    await staff.session.flush()
    key = f"staff/release/{thread.id}/{thread.version}"
    driver = await driver_of(staff.session)
    await take_locked_turn(
        driver,
        staff.runtime.conversing,
        thread.id,
        staff.organization.id,
        Happening(key, Released(), staff.now),
        staff.now,
    )
    view = await shown(staff, thread.id, whatever=True)
    await staff.session.commit()
    staff.runtime.delivers.wake()
    staff.runtime.due.wake()
    return view


@router.post("/threads/{thread_id}/assign")
async def assign(staff: Assigns, thread_id: str, given: AssignIn) -> ThreadView:
    """Give the thread to a member, a team, or the closer whose turn it is."""
    thread = await staff.lock(thread_id)
    owner = None
    if given.member:
        owner = await staff.session.get(Member, staff.inside("member", given.member))
        if owner is None:
            raise Missing("member")
        if not owner.active:
            raise Refused("inactive", f"{owner.name} ya no está en el equipo: elige a otra persona.")
    elif given.round_robin:
        owner = await _whose_turn(staff, thread, given.team)
    await actions.assign(staff.session, thread, staff.member, staff.now, owner=owner, team=given.team)
    return await _done(staff, thread)


async def _whose_turn(staff: Staff, thread: Thread, team: str | None) -> Member:
    lead = await find_open(staff.session, thread.contact_id)
    chosen = await next_in_turn(
        staff.session,
        staff.organization.id,
        staff.now,
        speciality=lead.interest if lead else None,
        team=team,
    )
    if chosen is None:
        raise Refused("nobody_available", "No hay nadie disponible para recibirla: asígnala a una persona.")
    return chosen


@router.post("/threads/{thread_id}/snooze")
async def snooze(staff: Writes, thread_id: str, given: SnoozeIn) -> ThreadView:
    """Out of sight until then, or until the person writes."""
    thread = await staff.lock(thread_id)
    await actions.snooze(staff.session, thread, staff.member, given.until, staff.now)
    return await _done(staff, thread)


@router.post("/threads/{thread_id}/resolve")
async def resolve(staff: Writes, thread_id: str) -> ThreadView:
    """Done; the person's next message begins anew with the bot."""
    thread = await staff.lock(thread_id)
    await actions.resolve(staff.session, thread, staff.member, staff.now)
    return await _done(staff, thread)


@router.post("/threads/{thread_id}/read")
async def mark_read(staff: Writes, thread_id: str) -> ThreadView:
    """I have read it, and the notes that name me; that answers nobody, so the person goes on waiting."""
    thread = await staff.lock(thread_id)
    await staff.session.execute(
        update(Mention)
        .where(Mention.thread_id == thread.id, Mention.member_id == staff.member.id, Mention.seen_at.is_(None))
        .values(seen_at=staff.now)
    )
    if thread.unread:
        thread.unread = 0
        thread.version += 1
    return await _done(staff, thread)


@router.post("/threads/{thread_id}/unread")
async def mark_unread(staff: Writes, thread_id: str) -> ThreadView:
    """Leave it for later, as if nobody had read it."""
    thread = await staff.lock(thread_id)
    if not thread.unread:
        thread.unread = 1
        thread.version += 1
    return await _done(staff, thread)


@router.post("/threads/{thread_id}/priority")
async def set_priority(staff: Writes, thread_id: str, given: PriorityIn) -> ThreadView:
    """How urgent it is."""
    thread = await staff.lock(thread_id)
    thread.priority = given.priority
    return await _done(staff, thread)


@router.post("/threads/{thread_id}/labels")
async def set_labels(staff: Writes, thread_id: str, given: LabelsIn) -> ThreadView:
    """Replace the thread's labels; a word that is no label yet becomes one."""
    await staff.visible(thread_id)
    labels = await learn(staff.session, staff.organization.id, given.labels)
    thread = await staff.lock(thread_id)
    thread.labels = labels
    return await _done(staff, thread)
