"""Reads of leads: the pipeline's list, one lead with its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.contacts.model import Contact
from core.leads.model import Lead, LeadEvent, LeadStage, LeadTouch
from core.organizations.model import Member
from core.organizations.permissions import Sight
from core.threads.model import Thread
from core.threads.queries import visible_to


@dataclass(frozen=True, slots=True)
class ListedLead:
    lead: Lead
    stage: LeadStage
    contact: Contact
    owner_name: str | None
    thread_id: int | None


@dataclass(frozen=True, slots=True)
class LeadFilters:
    stage: str | None = None
    owner_id: int | None = None
    source: str | None = None
    open: bool | None = None


def lead_visible_to(sight: Sight) -> ColumnElement[bool]:
    """A member sees their own leads and those of the threads they see."""
    if sight.scope == "all":
        return true()
    return or_(
        Lead.owner_id == sight.member_id, Lead.contact_id.in_(select(Thread.contact_id).where(visible_to(sight)))
    )


async def list_leads(
    session: AsyncSession,
    organization_id: int,
    sight: Sight,
    filters: LeadFilters,
    *,
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[ListedLead]:
    """Leads, those that changed stage last first, from the one after (stage_since, id)."""
    statement = _whole().where(Lead.organization_id == organization_id, lead_visible_to(sight))
    if filters.stage is not None:
        statement = statement.where(LeadStage.key == filters.stage)
    if filters.owner_id is not None:
        statement = statement.where(Lead.owner_id == filters.owner_id)
    if filters.source is not None:
        statement = statement.where(Lead.source == filters.source)
    if filters.open is not None:
        statement = statement.where(Lead.closed_at.is_(None) if filters.open else Lead.closed_at.is_not(None))
    if after is not None:
        statement = statement.where(tuple_(Lead.stage_since, Lead.id) < after)
    statement = statement.order_by(Lead.stage_since.desc(), Lead.id.desc()).limit(limit)
    return [ListedLead(*row) for row in await session.execute(statement)]


async def read_lead(session: AsyncSession, sight: Sight, lead_id: int) -> ListedLead | None:
    statement = _whole().where(Lead.id == lead_id, lead_visible_to(sight))
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    return ListedLead(*row) if row else None


async def leads_of(session: AsyncSession, contact_id: int) -> list[ListedLead]:
    """A contact's leads, the newest first."""
    rows = await session.execute(_whole().where(Lead.contact_id == contact_id).order_by(Lead.id.desc()))
    return [ListedLead(*row) for row in rows]


def _whole() -> Select[Lead, LeadStage, Contact, str, int]:
    return (
        select(Lead, LeadStage, Contact, Member.name, Thread.id)
        .join(LeadStage, LeadStage.id == Lead.stage_id)
        .join(Contact, Contact.id == Lead.contact_id)
        .outerjoin(Member, Member.id == Lead.owner_id)
        .outerjoin(Thread, Thread.contact_id == Lead.contact_id)
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
