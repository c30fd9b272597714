"""Sales opportunities: the pipeline's list, one with its history, and moving it on."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel, Field, StringConstraints

from backoffice.api.access import Needs, Staff
from backoffice.api.contacts import TouchView
from backoffice.api.document import staff_router
from backoffice.api.paging import Cursor, Limit, Page, cursor_of, read_cursor
from backoffice.api.views import Named
from backoffice.api.words import Given, Line, MaybeLine, Moment, Word
from core.errors import Missing, Refused
from core.leads.actions import move_to_stage, set_next, set_owner, set_value
from core.leads.model import Lead, LeadEvent
from core.leads.queries import LeadFilters, ListedLead, Sort, events_of, list_leads, read_lead, touches_of
from core.organizations.model import Member
from core.organizations.permissions import Sight
from core.threads.search import find_candidates

router = staff_router("leads")

Reads = Annotated[Staff, Depends(Needs("leads.read"))]
Writes = Annotated[Staff, Depends(Needs("leads.write"))]


class LeadStageName(BaseModel):
    id: str
    key: str
    name: str
    kind: str


class LeadView(BaseModel):
    id: str
    contact: Named
    thread: str | None
    channel: str | None
    """The kind of channel the person last wrote by."""
    stage: LeadStageName
    stage_since: datetime
    owner: Named | None
    source: str
    interest: str | None
    score: int | None
    score_reasons: list[str]
    value_minor: int | None
    currency: str | None
    lost_reason: str | None
    next_step: str | None
    next_at: datetime | None
    """By when; in the past: overdue."""
    created_at: datetime
    closed_at: datetime | None


class LeadEventView(BaseModel):
    kind: str
    data: dict[str, Any]
    member: str | None
    """The id of the member who did it; null: the bot."""
    at: datetime


class WholeLead(LeadView):
    answers: dict[str, Any]
    events: list[LeadEventView]
    touches: list[TouchView]


class LeadIn(Given):
    """What is given changes; null clears `owner`, `value_minor`, `next_step` and `next_at`."""

    stage: Word | None = None
    lost_reason: MaybeLine | None = Field(default=None, description="Needed to mark it lost.")
    owner: Line | None = None
    value_minor: Annotated[int, Field(ge=0, le=10**15, strict=True)] | None = None
    next_step: MaybeLine | None = None
    next_at: Moment | None = None


class LeadQuery(BaseModel):
    """Everything given must hold."""

    model_config = {"extra": "ignore"}

    stage: Annotated[Word | None, Field(description="A stage's key.")] = None
    owner: Line | None = None
    mine: bool = False
    unowned: bool = False
    source: Word | None = None
    open: bool | None = None
    overdue: Annotated[bool, Field(description="The next step should have been done.")] = False
    closed_days: Annotated[
        int | None, Field(ge=0, le=366, description="Of the closed ones, only those of so many days.")
    ] = None
    search: Annotated[str, StringConstraints(max_length=200)] | None = None
    ids: Annotated[list[Line] | None, Field(max_length=100)] = None


class LeadListQuery(LeadQuery):
    sort: Sort = "moved"
    ascending: bool = False
    cursor: Cursor = None
    limit: Limit = 30


def view_lead(staff: Staff, listed: ListedLead) -> LeadView:
    lead, stage = listed.lead, listed.stage
    owner = Named(id=staff.public("member", lead.owner_id), name=listed.owner_name or "") if lead.owner_id else None
    return LeadView(
        id=staff.public("lead", lead.id),
        contact=Named(id=staff.public("contact", listed.contact.id), name=listed.contact.name),
        thread=staff.public("thread", listed.thread_id) if listed.thread_id else None,
        channel=listed.channel,
        stage=LeadStageName(id=staff.public("stage", stage.id), key=stage.key, name=stage.name, kind=stage.kind),
        stage_since=lead.stage_since,
        owner=owner,
        source=lead.source,
        interest=lead.interest,
        score=lead.score,
        score_reasons=lead.score_reasons,
        value_minor=lead.value_minor,
        currency=lead.currency,
        lost_reason=lead.lost_reason,
        next_step=lead.next_step,
        next_at=lead.next_at,
        created_at=lead.created_at,
        closed_at=lead.closed_at,
    )


async def filters_of(staff: Staff, given: LeadQuery) -> LeadFilters:
    """What was asked for, in ids of the inside; people are looked for as in the inbox."""
    search = (given.search or "").replace("\0", "").strip()
    contacts = None
    if search:
        found = await find_candidates(staff.runtime.loops, staff.organization.id, search, messages=False)
        contacts = found.contacts
    return LeadFilters(
        stage=given.stage,
        owner_id=staff.member.id if given.mine else staff.inside("member", given.owner) if given.owner else None,
        unowned=given.unowned,
        source=given.source,
        open=given.open,
        closed_since=staff.now - timedelta(days=given.closed_days) if given.closed_days is not None else None,
        overdue_at=staff.now if given.overdue else None,
        contacts=contacts,
        ids=[staff.inside("lead", one) for one in given.ids] if given.ids is not None else None,
    )


@router.get("/leads", name="list_leads")
async def list_the_leads(staff: Reads, given: Annotated[LeadListQuery, Query()]) -> Page[LeadView]:
    """Leads, those that changed stage last first, or in another order."""
    after, limit = read_cursor(staff.runtime.ids, "lead", given.cursor), given.limit
    rows = await list_leads(
        staff.session,
        staff.organization.id,
        staff.sight,
        await filters_of(staff, given),
        after=after,
        limit=limit + 1,
        sort=given.sort,
        ascending=given.ascending,
    )
    last = rows[limit - 1].lead if len(rows) > limit else None
    return Page(
        items=[view_lead(staff, row) for row in rows[:limit]],
        next=cursor_of(staff.runtime.ids, "lead", last.stage_since, last.id) if last else None,
    )


async def _whole(staff: Staff, lead_id: int, sight: Sight) -> WholeLead:
    listed = await read_lead(staff.session, sight, lead_id)
    if listed is None:
        raise Missing("lead")
    events = await events_of(staff.session, lead_id)
    touches = await touches_of(staff.session, listed.contact.id)
    return WholeLead(
        **view_lead(staff, listed).model_dump(),
        answers=listed.lead.answers,
        events=[_event(staff, event) for event in events],
        touches=[
            TouchView(
                kind=one.kind,
                source_id=one.source_id,
                click_id=one.click_id,
                headline=one.headline,
                payload=one.payload,
                at=one.at,
            )
            for one in touches
        ],
    )


def _event(staff: Staff, event: LeadEvent) -> LeadEventView:
    data = dict(event.data)
    if isinstance(data.get("owner"), int):
        data["owner"] = staff.public("member", data["owner"])
    member = staff.public("member", event.member_id) if event.member_id else None
    return LeadEventView(kind=event.kind, data=data, member=member, at=event.at)


@router.get("/leads/{lead_id}", name="read_lead")
async def read_the_lead(staff: Reads, lead_id: str) -> WholeLead:
    """One lead with its history and what brought it."""
    return await _whole(staff, staff.inside("lead", lead_id), staff.sight)


@router.patch("/leads/{lead_id}")
async def change_lead(staff: Writes, lead_id: str, given: LeadIn) -> WholeLead:
    """Move it to another stage, give it to somebody, say what it is worth."""
    inside = staff.inside("lead", lead_id)
    if await read_lead(staff.session, staff.sight, inside) is None:
        raise Missing("lead")
    lead = await staff.session.get_one(Lead, inside, with_for_update=True, populate_existing=True)
    told, me = given.model_fields_set, staff.member.id
    if given.stage is not None:
        await move_to_stage(
            staff.session, lead, given.stage, staff.now, member_id=me, lost_reason=given.lost_reason or None
        )
    if "owner" in told:
        owner = await _member(staff, given.owner) if given.owner else None
        await set_owner(staff.session, lead, owner, staff.now, me)
    if "value_minor" in told:
        await set_value(staff.session, lead, given.value_minor, staff.organization.currency, staff.now, me)
    if told & {"next_step", "next_at"}:
        step = (given.next_step or None) if "next_step" in told else lead.next_step
        when = given.next_at if "next_at" in told else lead.next_at
        await set_next(staff.session, lead, step, when, staff.now, me)
    view = await _whole(staff, inside, Sight("all", me))
    await staff.session.commit()
    return view


async def _member(staff: Staff, public: str) -> Member:
    member = await staff.session.get(Member, staff.inside("member", public))
    if member is None:
        raise Missing("member")
    if not member.active:
        raise Refused("inactive", f"{member.name} ya no está en el equipo: elige a otra persona.")
    return member
