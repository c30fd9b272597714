"""The pipeline as a board: every stage with its leads, how many they are and what they are worth."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from core.contacts.model import Contact
from core.leads.model import Lead, LeadStage
from core.leads.queries import LeadFilters, ListedLead, lead_conditions, whole_leads
from core.leads.stages import list_stages
from core.organizations.model import Organization
from core.organizations.permissions import Sight


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """`value_minor`: the sum of what is known, in the organization's currency. `more`: cards were left out."""

    stage: LeadStage
    leads: int
    value_minor: int
    cards: list[ListedLead] = field(default_factory=list)
    more: bool = False


async def read_board(
    session: AsyncSession, organization: Organization, sight: Sight, filters: LeadFilters, *, cards: int
) -> list[BoardColumn]:
    """A column for each stage, in the organization's order, with its first `cards` leads; three queries.

    Each stage is read through the index (organization, stage, stage_since) and no further than its cards.
    """
    stages = await list_stages(session, organization.id)
    wanted = lead_conditions(organization.id, sight, filters)
    own = func.coalesce(func.sum(Lead.value_minor).filter(Lead.currency == organization.currency), 0)
    counted = await session.execute(
        select(Lead.stage_id, func.count(), own)
        .join(LeadStage, LeadStage.id == Lead.stage_id)
        .join(Contact, Contact.id == Lead.contact_id)
        .where(*wanted)
        .group_by(Lead.stage_id)
    )
    sums = {stage: (leads, int(value or 0)) for stage, leads, value in counted}
    found: dict[int, list[ListedLead]] = {}
    if cards and sums:
        parts = [
            select(Lead.id)
            .join(LeadStage, LeadStage.id == Lead.stage_id)
            .join(Contact, Contact.id == Lead.contact_id)
            .where(*wanted, Lead.stage_id == stage)
            .order_by(Lead.stage_since.desc(), Lead.id.desc())
            .limit(cards + 1)
            .subquery()
            .select()
            for stage in sums
        ]
        top = union_all(*parts).subquery()
        rows = await session.execute(
            whole_leads().join(top, top.c.id == Lead.id).order_by(Lead.stage_since.desc(), Lead.id.desc())
        )
        for row in rows:
            found.setdefault(row[0].stage_id, []).append(ListedLead(*row))
    return [_column(stage, sums.get(stage.id, (0, 0)), found.get(stage.id, []), cards) for stage in stages]


def _column(stage: LeadStage, sums: tuple[int, int], found: list[ListedLead], cards: int) -> BoardColumn:
    return BoardColumn(stage, *sums, cards=found[:cards], more=len(found) > cards)


@dataclass(frozen=True, slots=True)
class LostFor:
    reason: str
    leads: int
    value_minor: int


async def lost_reasons(
    session: AsyncSession, organization: Organization, sight: Sight, filters: LeadFilters, since: datetime
) -> list[LostFor]:
    """Why leads were lost since then, the most frequent first; however it was capitalized."""
    reason = func.lower(func.trim(Lead.lost_reason))
    own = func.coalesce(func.sum(Lead.value_minor).filter(Lead.currency == organization.currency), 0)
    rows = await session.execute(
        select(func.max(func.trim(Lead.lost_reason)), func.count(), own)
        .join(LeadStage, LeadStage.id == Lead.stage_id)
        .join(Contact, Contact.id == Lead.contact_id)
        .where(
            *lead_conditions(organization.id, sight, filters),
            LeadStage.kind == "lost",
            Lead.lost_reason.is_not(None),
            Lead.closed_at >= since,
        )
        .group_by(reason)
        .order_by(func.count().desc(), reason)
    )
    return [LostFor(told[:1].upper() + told[1:], leads, int(value or 0)) for told, leads, value in rows]


async def sources_of(session: AsyncSession, organization_id: int) -> Sequence[str]:
    """What leads came by, to choose from."""
    statement = select(Lead.source).where(Lead.organization_id == organization_id).distinct().order_by(Lead.source)
    return list(await session.scalars(statement))
