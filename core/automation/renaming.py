"""Automations follow when a label or a team is called otherwise, and keep one from being taken away. Takes a session,
never commits."""

from dataclasses import replace
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.automation.definition import (
    Action,
    Assign,
    Condition,
    Label,
    actions_from_json,
    actions_to_json,
    conditions_from_json,
    conditions_to_json,
)
from core.automation.model import Automation
from core.errors import Refused


async def refuse_named(session: AsyncSession, organization_id: int, kind: Literal["label", "team"], word: str) -> None:
    """Raises Refused while an automation puts the label on, or gives threads to the team."""
    rows = await session.scalars(select(Automation).where(Automation.organization_id == organization_id))
    for automation in rows:
        for action in actions_from_json(automation.actions):
            puts = kind == "label" and isinstance(action, Label) and action.label == word
            gives = kind == "team" and isinstance(action, Assign) and action.team == word
            if puts or gives:
                raise Refused("in_use", f"La automatización «{automation.name}» usa «{word}»: cámbiala antes.")


async def rename_in_automations(
    session: AsyncSession, organization_id: int, kind: Literal["label", "team"], before: str, after: str
) -> None:
    """In conditions and actions."""

    def condition(one: Condition) -> Condition:
        return (
            replace(one, any=tuple(after if word == before else word for word in one.any)) if one.fact == kind else one
        )

    def action(one: Action) -> Action:
        match one:
            case Label(label=label) if kind == "label" and label == before:
                return replace(one, label=after)
            case Assign(team=team) if kind == "team" and team == before:
                return replace(one, team=after)
        return one

    rows = await session.scalars(
        select(Automation).where(Automation.organization_id == organization_id).with_for_update()
    )
    for automation in rows:
        automation.conditions = conditions_to_json(
            [condition(one) for one in conditions_from_json(automation.conditions)]
        )
        automation.actions = actions_to_json([action(one) for one in actions_from_json(automation.actions)])
    await session.flush()
