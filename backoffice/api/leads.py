"""Sales opportunities: the pipeline's list, one with its history, and moving it on."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from backoffice.api.access import Needs, Staff
from backoffice.api.contacts import TouchView
from backoffice.api.document import staff_router
from backoffice.api.paging import Cursor, Limit, Page, cursor_instant, cursor_of, read_cursor
from backoffice.api.views import Named
from backoffice.api.words import Given, Line, MaybeLine, Word
from core.errors import Missing, Refused
from core.leads.actions import move_to_stage, set_owner, set_value
from core.leads.model import Lead, LeadEvent
from core.leads.queries import LeadFilters, ListedLead, events_of, list_leads, read_lead, touches_of
from core.organizations.model import Member
from core.organizations.permissions import Sight

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
    """What is given changes; null clears `owner` and `value_minor`."""

    stage: Word | None = None
    lost_reason: MaybeLine | None = Field(default=None, description="Needed to mark it lost.")
    owner: Line | None = None
    value_minor: Annotated[int, Field(ge=0, le=10**15, strict=True)] | None = None


def view_lead(staff: Staff, listed: ListedLead) -> LeadView:
    lead, stage = listed.lead, listed.stage
    owner = Named(id=staff.public("member", lead.owner_id), name=listed.owner_name or "") if lead.owner_id else None
    return LeadView(
        id=staff.public("lead", lead.id),
        contact=Named(id=staff.public("contact", listed.contact.id), name=listed.contact.name),
        thread=staff.public("thread", listed.thread_id) if listed.thread_id else None,
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
        created_at=lead.created_at,
        closed_at=lead.closed_at,
    )


@router.get("/leads", name="list_leads")
async def list_the_leads(
    staff: Reads,
    stage: Annotated[Word | None, Query(description="A stage's key.")] = None,
    owner: Annotated[Line | None, Query()] = None,
    mine: bool = False,
    source: Annotated[Word | None, Query()] = None,
    open: Annotated[bool | None, Query()] = None,  # noqa: A002 the parameter's name in the API
    cursor: Cursor = None,
    limit: Limit = 30,
) -> Page[LeadView]:
    """Leads, those that changed stage last first."""
    after = cursor_instant(read_cursor(staff.runtime.ids, "lead", cursor))
    owner_id = staff.inside("member", owner) if owner else None
    filters = LeadFilters(stage, staff.member.id if mine else owner_id, source, open)
    rows = await list_leads(staff.session, staff.organization.id, staff.sight, filters, after=after, limit=limit + 1)
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
