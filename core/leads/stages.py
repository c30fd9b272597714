"""The stages of the sales pipeline, which the organization may change. Takes a session, never commits."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import chain, count

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Missing, Refused
from core.leads.model import Lead, LeadStage


async def list_stages(session: AsyncSession, organization_id: int) -> Sequence[LeadStage]:
    return list(
        await session.scalars(
            select(LeadStage)
            .where(LeadStage.organization_id == organization_id)
            .order_by(LeadStage.position, LeadStage.id)
        )
    )


async def find_stage(session: AsyncSession, stage_id: int) -> LeadStage:
    """The stage, locked; raises Missing."""
    stage = await session.get(LeadStage, stage_id, with_for_update=True, populate_existing=True)
    if stage is None:
        raise Missing("stage")
    return stage


async def add_stage(session: AsyncSession, organization_id: int, *, key: str, name: str, kind: str) -> LeadStage:
    """A new stage at the end; raises Refused for a key that is taken."""
    stages = await list_stages(session, organization_id)
    if any(stage.key == key for stage in stages):
        raise Refused("key_taken", f"Ya hay una etapa «{key}»: elige otra clave.")
    stage = LeadStage(
        organization_id=organization_id,
        key=key,
        name=name,
        kind=kind,
        position=1 + max((stage.position for stage in stages), default=-1),
    )
    session.add(stage)
    await session.flush()
    return stage


async def free_key(session: AsyncSession, organization_id: int, name: str) -> str:
    """A key made of the name, as `en_valoracion`; with a number when that is taken."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    key = re.sub("[^a-z0-9]+", "_", plain).strip("_")[:30] or "etapa"
    taken = {stage.key for stage in await list_stages(session, organization_id)}
    numbered = (f"{key}_{number}" for number in count(2))
    return next(one for one in chain([key], numbered) if one not in taken)


async def move_stage(session: AsyncSession, stage: LeadStage, place: int) -> None:
    """Put the stage at `place` (0: first); the others keep their order."""
    others = [one for one in await list_stages(session, stage.organization_id) if one.id != stage.id]
    others.insert(min(place, len(others)), stage)
    for position, one in enumerate(others):
        one.position = position
    await session.flush()


async def change_kind(session: AsyncSession, stage: LeadStage, kind: str) -> None:
    """Make a stage open, won or lost; raises Refused while leads are in it, whose history it would rewrite."""
    if kind == stage.kind:
        return
    await _refuse_in_use(session, stage)
    await _refuse_last_open(session, stage)
    stage.kind = kind
    await session.flush()


async def remove_stage(session: AsyncSession, stage: LeadStage) -> None:
    """Raises Refused while leads are in it, or when it is the last open one."""
    await _refuse_in_use(session, stage)
    await _refuse_last_open(session, stage)
    await session.delete(stage)
    await session.flush()


async def _refuse_in_use(session: AsyncSession, stage: LeadStage) -> None:
    count = await session.scalar(select(func.count()).where(Lead.stage_id == stage.id))
    if count:
        raise Refused(
            "stage_in_use",
            f"Hay {count} oportunidades en «{stage.name}»: pásalas antes a otra etapa.",
            leads=count,
        )


async def _refuse_last_open(session: AsyncSession, stage: LeadStage) -> None:
    stages = await list_stages(session, stage.organization_id)
    if stage.kind == "open" and not any(one.kind == "open" and one.id != stage.id for one in stages):
        raise Refused("last_stage", "Es la única etapa abierta: crea otra antes.")
