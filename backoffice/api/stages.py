"""The pipeline's stages, which each organization may change."""

from typing import Annotated, Literal

from fastapi import Depends
from pydantic import BaseModel, Field

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.words import Given, Line
from core.leads import stages
from core.leads.model import LeadStage
from core.organizations.audit import audit

router = staff_router("leads")

Reads = Annotated[Staff, Depends(Needs("stages.read"))]
Writes = Annotated[Staff, Depends(Needs("stages.write"))]
Kind = Literal["open", "won", "lost"]


class StageView(BaseModel):
    id: str
    key: str
    name: str
    position: int
    kind: Kind


class StageIn(Given):
    key: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")] | None = Field(
        default=None, description="For flows and programs; never changes. Made of the name if left out."
    )
    name: Line
    kind: Kind = "open"


class StageChange(Given):
    name: Line | None = None
    kind: Kind | None = None
    position: Annotated[int, Field(ge=0, le=1000, strict=True)] | None = None


def _view(staff: Staff, stage: LeadStage) -> StageView:
    return StageView(
        id=staff.public("stage", stage.id),
        key=stage.key,
        name=stage.name,
        position=stage.position,
        kind=stage.kind,  # type: ignore[arg-type]
    )


@router.get("/lead-stages")
async def list_lead_stages(staff: Reads) -> list[StageView]:
    """In their order."""
    return [_view(staff, stage) for stage in await stages.list_stages(staff.session, staff.organization.id)]


@router.post("/lead-stages", status_code=201)
async def create_lead_stage(staff: Writes, given: StageIn) -> StageView:
    """A new stage, at the end."""
    key = given.key or await stages.free_key(staff.session, staff.organization.id, given.name)
    stage = await stages.add_stage(staff.session, staff.organization.id, key=key, name=given.name, kind=given.kind)
    audit(staff.session, staff.member, "stage.created", stage.name, staff.now, key=stage.key, kind=stage.kind)
    await staff.session.commit()
    return _view(staff, stage)


@router.patch("/lead-stages/{stage_id}")
async def change_lead_stage(staff: Writes, stage_id: str, given: StageChange) -> StageView:
    """Its name, its place, or (while no lead is in it) its kind."""
    stage = await stages.find_stage(staff.session, staff.inside("stage", stage_id))
    before = stage.name
    if given.name is not None:
        stage.name = given.name
    if given.kind is not None:
        await stages.change_kind(staff.session, stage, given.kind)
    if given.position is not None:
        await stages.move_stage(staff.session, stage, given.position)
    audit(staff.session, staff.member, "stage.changed", before, staff.now, **given.model_dump(exclude_unset=True))
    await staff.session.commit()
    return _view(staff, stage)


@router.delete("/lead-stages/{stage_id}", status_code=204)
async def delete_lead_stage(staff: Writes, stage_id: str) -> None:
    """Only while no lead is in it; 409 `stage_in_use` says how many are."""
    stage = await stages.find_stage(staff.session, staff.inside("stage", stage_id))
    await stages.remove_stage(staff.session, stage)
    audit(staff.session, staff.member, "stage.deleted", stage.name, staff.now)
    await staff.session.commit()
