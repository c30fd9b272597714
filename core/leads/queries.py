"""Reads of leads: the pipeline's list, one lead with its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.contacts.model import Contact
from core.leads.model import Lead, LeadEvent, LeadStage, LeadTouch
from core.organizations.model import Member
from core.organizations.permissions import Sight
from core.threads.model import Channel, Thread
from core.threads.queries import visible_to

Sort = Literal["moved", "created", "name", "value", "next"]
SORTS: Mapping[Sort, ColumnElement[Any]] = {
    "moved": Lead.stage_since,  # type: ignore[dict-item]
    "created": Lead.created_at,  # type: ignore[dict-item]
    "name": func.lower(Contact.name),
    "value": func.coalesce(Lead.value_minor, -1),
    "next": func.coalesce(Lead.next_at, literal_column("'infinity'::timestamptz")),
}
"""What the list is ordered by; never null, so that a page may begin after any row."""


@dataclass(frozen=True, slots=True)
class ListedLead:
    lead: Lead
    stage: LeadStage
    contact: Contact
    owner_name: str | None
    thread_id: int | None
    channel: str | None
    """The kind of channel the person last wrote by."""


@dataclass(frozen=True, slots=True)
class LeadFilters:
    """None: any. `closed_since`: open ones, and those closed since then."""

    stage: str | None = None
    owner_id: int | None = None
    unowned: bool = False
    source: str | None = None
    open: bool | None = None
    closed_since: datetime | None = None
    overdue_at: datetime | None = None
    contacts: Sequence[int] | None = None
    ids: Sequence[int] | None = None


def lead_visible_to(sight: Sight) -> ColumnElement[bool]:
    """A member sees their own leads and those of the threads they see."""
    if sight.scope == "all":
        return true()
    return or_(
        Lead.owner_id == sight.member_id, Lead.contact_id.in_(select(Thread.contact_id).where(visible_to(sight)))
    )


def lead_conditions(organization_id: int, sight: Sight, filters: LeadFilters) -> list[ColumnElement[bool]]:
    """Of a statement on leads, their stages and contacts. A merged contact's leads are the kept one's business."""
    wanted = [Lead.organization_id == organization_id, lead_visible_to(sight), Contact.merged_into_id.is_(None)]
    if filters.stage is not None:
        wanted.append(LeadStage.key == filters.stage)
    if filters.owner_id is not None:
        wanted.append(Lead.owner_id == filters.owner_id)
    if filters.unowned:
        wanted.append(Lead.owner_id.is_(None))
    if filters.source is not None:
        wanted.append(Lead.source == filters.source)
    if filters.open is not None:
        wanted.append(Lead.closed_at.is_(None) if filters.open else Lead.closed_at.is_not(None))
    if filters.closed_since is not None:
        wanted.append(or_(Lead.closed_at.is_(None), Lead.closed_at >= filters.closed_since))
    if filters.overdue_at is not None:
        wanted += [Lead.closed_at.is_(None), Lead.next_at < filters.overdue_at]
    if filters.contacts is not None:
        wanted.append(Lead.contact_id.in_(filters.contacts))
    if filters.ids is not None:
        wanted.append(Lead.id.in_(filters.ids))
    return wanted


async def list_leads(
    session: AsyncSession,
    organization_id: int,
    sight: Sight,
    filters: LeadFilters,
    *,
    after: tuple[datetime | None, int] | None,
    limit: int,
    sort: Sort = "moved",
    ascending: bool = False,
) -> list[ListedLead]:
    """Leads in an order, from the one after (stage_since, id).

    Where `after` has no instant, or the order is another one, the page begins after what that lead is now.
    """
    statement = whole_leads().where(*lead_conditions(organization_id, sight, filters))
    key = SORTS[sort]
    if after is not None:
        at, last = after
        then = (
            select(key)
            .select_from(Lead)
            .join(Contact, Contact.id == Lead.contact_id)
            .where(Lead.id == last)
            .correlate(None)
        )
        begins = tuple_(at, last) if sort == "moved" and at is not None else tuple_(then.scalar_subquery(), last)
        row = tuple_(key, Lead.id)
        statement = statement.where(row > begins if ascending else row < begins)
    order = (key.asc(), Lead.id.asc()) if ascending else (key.desc(), Lead.id.desc())
    return [ListedLead(*row) for row in await session.execute(statement.order_by(*order).limit(limit))]


async def read_lead(session: AsyncSession, sight: Sight, lead_id: int) -> ListedLead | None:
    statement = whole_leads().where(Lead.id == lead_id, lead_visible_to(sight))
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    return ListedLead(*row) if row else None


async def leads_of(session: AsyncSession, contact_id: int) -> list[ListedLead]:
    """A contact's leads, the newest first."""
    rows = await session.execute(whole_leads().where(Lead.contact_id == contact_id).order_by(Lead.id.desc()))
    return [ListedLead(*row) for row in rows]


def whole_leads() -> Select[Lead, LeadStage, Contact, str, int, str]:
    return (
        select(Lead, LeadStage, Contact, Member.name, Thread.id, Channel.kind)
        .join(LeadStage, LeadStage.id == Lead.stage_id)
        .join(Contact, Contact.id == Lead.contact_id)
        .outerjoin(Member, Member.id == Lead.owner_id)
        .outerjoin(Thread, Thread.contact_id == Lead.contact_id)
        .outerjoin(Channel, Channel.id == Thread.channel_id)
    )


async def events_of(session: AsyncSession, lead_id: int) -> Sequence[LeadEvent]:
    """The lead's history, oldest first."""
    rows = await session.scalars(
        select(LeadEvent).where(LeadEvent.lead_id == lead_id).order_by(LeadEvent.at, LeadEvent.id).limit(500)
    )
    return list(rows)


async def touches_of(session: AsyncSession, contact_id: int) -> Sequence[LeadTouch]:
    """What brought the contact, oldest first."""
    rows = await session.scalars(
        select(LeadTouch).where(LeadTouch.contact_id == contact_id).order_by(LeadTouch.at, LeadTouch.id).limit(500)
    )
    return list(rows)
