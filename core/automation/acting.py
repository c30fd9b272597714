"""What automations do when something happened. Takes a session, never commits. Refusals are kept, never raised."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.automation import definition as does
from core.automation.facts import Happened
from core.automation.model import Automation, AutomationRun, Webhook
from core.contacts.model import Contact
from core.errors import HiloError, Missing, Refused
from core.leads.actions import find_open, move_to_stage, next_in_turn
from core.organizations.model import Member
from core.threads import actions
from core.threads.content import Template, Text
from core.threads.labels import learn
from core.threads.model import Thread
from core.threads.unasked import send_unasked

DEEPEST = 3
"""Automations that lead to automations stop here: two that undo each other must not go on for ever."""
LABELS = 20


@dataclass(frozen=True, slots=True)
class Told:
    """Webhooks to be told of the event, and by which automation."""

    webhook_id: int
    automation: str


async def automate(session: AsyncSession, happened: Happened, now: datetime) -> list[Told]:
    """Run every automation of this event whose conditions hold, in their order. Returns the webhooks to be told."""
    if happened.event.depth >= DEEPEST:
        return []
    found = await session.scalars(
        select(Automation)
        .where(
            Automation.organization_id == happened.organization.id,
            Automation.event == happened.event.kind,
            Automation.active,
        )
        .order_by(Automation.id)
    )
    told: list[Told] = []
    await session.execute(
        text("SELECT set_config('hilo.depth', :depth, true)"), {"depth": str(happened.event.depth + 1)}
    )
    for automation in found.all():
        conditions = does.conditions_from_json(automation.conditions)
        if not does.all_hold(conditions, happened.facts) or await _rests(session, automation, happened, now):
            continue
        told += await _run(session, automation, happened, now)
    return told


async def _rests(session: AsyncSession, automation: Automation, happened: Happened, now: datetime) -> bool:
    if not automation.pause_hours:
        return False
    last = await session.scalar(
        select(func.max(AutomationRun.at)).where(
            AutomationRun.automation_id == automation.id, AutomationRun.contact_id == happened.contact.id
        )
    )
    return last is not None and last > now - timedelta(hours=automation.pause_hours)


async def _run(session: AsyncSession, automation: Automation, happened: Happened, now: datetime) -> list[Told]:
    outcomes: list[dict[str, str]] = []
    told: list[Told] = []
    for action in does.actions_from_json(automation.actions):
        outcome: dict[str, str] = {"do": action.do}
        try:
            async with session.begin_nested():
                await _do(session, action, happened, now)
            if isinstance(action, does.TellWebhook):
                told.append(Told(action.webhook, automation.name))
        except HiloError as refused:
            outcome["refused"] = refused.message if isinstance(refused, Refused) else "Lo que nombra ya no existe."
            if happened.thread is not None:
                await session.refresh(happened.thread)
        outcomes.append(outcome)
    session.add(
        AutomationRun(
            organization_id=automation.organization_id,
            automation_id=automation.id,
            event_id=happened.event.id,
            contact_id=happened.contact.id,
            outcomes=outcomes,
            at=now,
        )
    )
    if happened.thread is not None:
        await actions.notice(session, happened.thread, "automated", now, name=automation.name, outcomes=outcomes)
    return told


async def _do(session: AsyncSession, action: does.Action, happened: Happened, now: datetime) -> None:
    match action:
        case does.Stage(stage=stage, reason=reason):
            lead = await find_open(session, happened.contact.id)
            if lead is None:
                raise Refused("no_lead", "No tiene una oportunidad abierta.")
            await move_to_stage(session, lead, stage, now, lost_reason=reason)
        case does.TellWebhook(webhook=webhook):
            if await session.scalar(select(Webhook.id).where(Webhook.id == webhook, Webhook.active)) is None:
                raise Missing("webhook")
        case _:
            if happened.thread is None:
                raise Refused("no_thread", "Todavía no escribió: no hay conversación.")
            await _do_in_thread(session, action, happened, happened.thread, now)
    await session.flush()


async def _do_in_thread(
    session: AsyncSession, action: does.Action, happened: Happened, thread: Thread, now: datetime
) -> None:
    match action:
        case does.Assign():
            owner = await _whose(session, action, happened, now)
            await actions.assign(session, thread, None, now, owner=owner, team=action.team)
        case does.Label(label=word, remove=remove):
            (label,) = await learn(session, thread.organization_id, [word])
            others = [one for one in thread.labels if one != label]
            if not remove and len(others) >= LABELS:
                raise Refused("too_many_labels", f"La conversación ya tiene {LABELS} etiquetas.")
            thread.labels = others if remove else [*others, label]
            thread.version += 1
        case does.Priority(level=level):
            thread.priority = level
            thread.version += 1
        case does.Note(text=words):
            note = Text(filled(words, happened.contact.name))
            await actions.append(session, thread, note, author="system", direction="internal", at=now)
        case does.Send():
            await _send(session, action, thread, happened.contact, now)
        case does.Resolve():
            await actions.resolve(session, thread, None, now)


async def _whose(session: AsyncSession, action: does.Assign, happened: Happened, now: datetime) -> Member | None:
    if action.round_robin:
        interest = happened.lead.interest if happened.lead else None
        chosen = await next_in_turn(session, happened.organization.id, now, speciality=interest, team=action.team)
        if chosen is None:
            raise Refused("nobody_available", "No había nadie disponible.")
        return chosen
    if action.member is None:
        return None
    member = await session.get(Member, action.member)
    if member is None or not member.active:
        raise Refused("inactive", "Esa persona ya no está en el equipo.")
    return member


async def _send(session: AsyncSession, action: does.Send, thread: Thread, contact: Contact, now: datetime) -> None:
    if action.text is not None:
        try:
            await send_unasked(session, thread, Text(filled(action.text, contact.name)), now)
            return
        except Refused as refused:
            if refused.code != "window_closed" or action.template is None:
                raise
    if action.template is not None:
        await send_unasked(session, thread, template_of(action.template, contact.name), now)


def filled(words: str, name: str) -> str:
    """{contact} is the person's first name."""
    return words.replace("{contact}", name.partition(" ")[0])


def template_of(chosen: does.TemplateToSend, name: str) -> Template:
    """The template with its variables; its text as the person reads it."""
    parameters = tuple(filled(one, name) for one in chosen.parameters)

    def value(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        return parameters[place] if place < len(parameters) else match[0]

    said = re.sub(r"\{\{(\d+)\}\}", value, chosen.body)
    return Template(chosen.name, chosen.language, said, parameters)
