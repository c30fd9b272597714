"""What is done to leads: opened, filled, scored, assigned, moved. Takes a session, never commits."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.contacts.model import Contact
from core.errors import Missing, Refused
from core.leads.model import Lead, LeadEvent, LeadStage, LeadTouch
from core.leads.rules import Score
from core.organizations.model import Member

DEFAULT_STAGES = (
    ("nuevo", "Nuevo", "open"),
    ("contactado", "Contactado", "open"),
    ("calificado", "Calificado", "open"),
    ("cita_agendada", "Cita agendada", "open"),
    ("asistio", "Asistió", "won"),
    ("no_show", "No-show", "open"),
    ("perdido", "Perdido", "lost"),
)


async def add_default_stages(session: AsyncSession, organization_id: int) -> None:
    for position, (key, name, kind) in enumerate(DEFAULT_STAGES):
        session.add(LeadStage(organization_id=organization_id, key=key, name=name, position=position, kind=kind))
    await session.flush()


def record(
    session: AsyncSession, lead: Lead, kind: str, at: datetime, member_id: int | None = None, **data: Any
) -> None:
    session.add(
        LeadEvent(
            organization_id=lead.organization_id, lead_id=lead.id, kind=kind, data=data, member_id=member_id, at=at
        )
    )


async def find_open(session: AsyncSession, contact_id: int) -> Lead | None:
    """The contact's open lead, locked."""
    lead: Lead | None = await session.scalar(
        select(Lead).where(Lead.contact_id == contact_id, Lead.closed_at.is_(None)).with_for_update()
    )
    return lead


async def open_lead(session: AsyncSession, contact: Contact, now: datetime) -> Lead:
    """The contact's open lead, made when there is none: in the first stage, with the source of the latest touch."""
    existing = await find_open(session, contact.id)
    if existing is not None:
        return existing
    stage = await session.scalar(
        select(LeadStage)
        .where(LeadStage.organization_id == contact.organization_id)
        .order_by(LeadStage.position)
        .limit(1)
    )
    if stage is None:
        raise Refused("no_stages", "La organización no tiene etapas de venta: crea al menos una.")
    touch = await session.scalar(
        select(LeadTouch).where(LeadTouch.contact_id == contact.id).order_by(LeadTouch.at.desc()).limit(1)
    )
    lead = Lead(
        organization_id=contact.organization_id,
        contact_id=contact.id,
        stage_id=stage.id,
        source=touch.kind if touch else "organic",
        answers={},
        score_reasons=[],
        created_at=now,
        stage_since=now,
    )
    session.add(lead)
    await session.flush()
    record(session, lead, "created", now, source=lead.source, stage=stage.key)
    await session.flush()
    return lead


async def add_answers(session: AsyncSession, lead: Lead, answers: Mapping[str, Any]) -> None:
    """Keep what the person answered; a later answer replaces the earlier one of its name."""
    given = {name: value for name, value in answers.items() if value not in (None, "")}
    lead.answers = {**lead.answers, **given}
    if given.get("interes"):
        lead.interest = str(given["interes"])
    await session.flush()


async def set_score(session: AsyncSession, lead: Lead, score: Score, now: datetime) -> None:
    lead.score = score.points
    lead.score_reasons = list(score.reasons)
    record(session, lead, "scored", now, points=score.points, reasons=list(score.reasons))
    await session.flush()


async def move_to_stage(
    session: AsyncSession,
    lead: Lead,
    key: str,
    now: datetime,
    *,
    member_id: int | None = None,
    lost_reason: str | None = None,
) -> None:
    """Put the lead in the stage named `key`. A lost or won stage closes it; an open one opens it again.

    Raises Missing for an unknown stage, Refused for a loss without its reason.
    """
    stage = await session.scalar(
        select(LeadStage).where(LeadStage.organization_id == lead.organization_id, LeadStage.key == key)
    )
    if stage is None:
        raise Missing("stage")
    if stage.kind == "lost" and not lost_reason:
        raise Refused("reason_needed", "Para marcarlo como perdido, elige el motivo.")
    if lead.stage_id == stage.id:
        return
    before = await session.get(LeadStage, lead.stage_id)
    lead.stage_id = stage.id
    lead.stage_since = now
    lead.lost_reason = lost_reason if stage.kind == "lost" else None
    lead.closed_at = None if stage.kind == "open" else now
    record(session, lead, "stage_changed", now, member_id, before=before.key if before else None, after=key)
    await session.flush()


async def reach_stage(
    session: AsyncSession, contact_id: int, key: str, now: datetime, *, member_id: int | None = None
) -> None:
    """The contact's open lead, if any, goes to the stage `key`, if the organization has kept one of that key."""
    lead = await find_open(session, contact_id)
    if lead is not None:
        with suppress(Missing):
            await move_to_stage(session, lead, key, now, member_id=member_id)


async def next_in_turn(
    session: AsyncSession, organization_id: int, now: datetime, *, speciality: str | None, team: str | None = None
) -> Member | None:
    """Whose turn it is: available closers with the speciality first, then any closer; who waited longest goes next.

    Locks the candidates, so that two leads at once go to two people. None when nobody is available.
    """
    available = (
        select(Member)
        .where(
            Member.organization_id == organization_id,
            Member.role == "closer",
            Member.active,
            Member.available,
        )
        .order_by(Member.assigned_at.asc().nulls_first(), Member.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if team is not None:
        available = available.where(Member.teams.contains([team]))
    closers = list(await session.scalars(available))
    skilled = [closer for closer in closers if speciality in closer.specialities]
    chosen = next(iter(skilled or closers), None)
    if chosen is not None:
        chosen.assigned_at = now
        await session.flush()
    return chosen


async def set_owner(
    session: AsyncSession, lead: Lead, owner: Member | None, now: datetime, member_id: int | None = None
) -> None:
    lead.owner_id = owner.id if owner else None
    record(session, lead, "owner_changed", now, member_id, owner=owner.id if owner else None)
    await session.flush()


async def set_value(
    session: AsyncSession, lead: Lead, value_minor: int | None, currency: str, now: datetime, member_id: int
) -> None:
    """What the lead is worth, in minor units of the currency; None: nobody knows."""
    lead.value_minor = value_minor
    lead.currency = currency if value_minor is not None else None
    record(session, lead, "value_changed", now, member_id, value_minor=value_minor, currency=lead.currency)
    await session.flush()


async def set_next(
    session: AsyncSession, lead: Lead, step: str | None, at: datetime | None, now: datetime, member_id: int
) -> None:
    """What is to be done next with the lead, and by when; None: nothing, or whenever."""
    lead.next_step, lead.next_at = step, at
    when = at.isoformat() if at else None
    record(session, lead, "next_changed", now, member_id, step=step, due=when)
    await session.flush()
