"""The pipeline as a whole: the board of its stages, and why leads are lost."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.leads import LeadQuery, LeadStageName, LeadView, filters_of, view_lead
from backoffice.api.paging import cursor_of
from core.leads.board import BoardColumn, lost_reasons, read_board

router = staff_router("leads")

Reads = Annotated[Staff, Depends(Needs("leads.read"))]


class ColumnView(BaseModel):
    stage: LeadStageName
    leads: int
    value_minor: int
    """Of what is known, in `currency`, the organization's."""
    currency: str
    cards: list[LeadView]
    next: str | None
    """`cursor` of the rest, in `GET /leads?stage=`."""


class LostReasonRow(BaseModel):
    reason: str
    leads: int
    value_minor: int
    currency: str


class BoardQuery(LeadQuery):
    closed_days: Annotated[
        int, Field(ge=0, le=366, description="How many days a closed lead stays on the board.")
    ] = 30  # fmt: skip
    cards: Annotated[int, Field(ge=0, le=50, description="Leads of each column; 0: only the numbers.")] = 50


class LostQuery(LeadQuery):
    days: Annotated[int, Field(ge=1, le=366)] = 90


@router.get("/leads/board")
async def read_leads_board(staff: Reads, given: Annotated[BoardQuery, Query()]) -> list[ColumnView]:
    """Every stage in its order with its leads, those that came to it last first."""
    filters = await filters_of(staff, given)
    columns = await read_board(staff.session, staff.organization, staff.sight, filters, cards=given.cards)
    return [_view(staff, column) for column in columns]


def _view(staff: Staff, column: BoardColumn) -> ColumnView:
    stage, last = column.stage, column.cards[-1].lead if column.more else None
    return ColumnView(
        stage=LeadStageName(id=staff.public("stage", stage.id), key=stage.key, name=stage.name, kind=stage.kind),
        leads=column.leads,
        value_minor=column.value_minor,
        currency=staff.organization.currency,
        cards=[view_lead(staff, card) for card in column.cards],
        next=cursor_of(staff.runtime.ids, "lead", last.stage_since, last.id) if last else None,
    )


@router.get("/leads/lost-reasons")
async def list_lost_reasons(staff: Reads, given: Annotated[LostQuery, Query()]) -> list[LostReasonRow]:
    """Why leads were lost in the last `days`, the most frequent first."""
    filters, since = await filters_of(staff, given), staff.now - timedelta(days=given.days)
    rows = await lost_reasons(staff.session, staff.organization, staff.sight, filters, since)
    currency = staff.organization.currency
    return [LostReasonRow(reason=x.reason, leads=x.leads, value_minor=x.value_minor, currency=currency) for x in rows]
