"""Automations: when something happens and the conditions hold, things are done. Tried on the last month before."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel, Field, field_validator
from sqlalchemy import func, select

from backoffice.api.access import Needs, Staff
from backoffice.api.automation_views import (
    ActionIn,
    ConditionIn,
    read_actions,
    read_conditions,
    show_action,
    show_conditions,
)
from backoffice.api.document import staff_router
from backoffice.api.views import Named
from backoffice.api.words import Given, Line, Yes, told
from core.automation import definition as does
from core.automation.dry_run import SHOWN, try_on_the_past
from core.automation.events import EVENTS, listen
from core.automation.model import Automation, AutomationRun, Event
from core.contacts.model import Contact
from core.errors import Missing
from core.organizations.audit import audit
from core.threads.model import Thread

router = staff_router("automations")

Reads = Annotated[Staff, Depends(Needs("automations.read"))]
Writes = Annotated[Staff, Depends(Needs("automations.write"))]
Conditions = Annotated[list[ConditionIn], Field(max_length=20)]
Actions = Annotated[list[ActionIn], Field(min_length=1, max_length=10)]
Hours = Annotated[int, Field(ge=0, le=24 * 90, strict=True)]
RUNS = 50


def _known_event(kind: str) -> str:
    if kind not in EVENTS:
        raise ValueError(f"es una de: {', '.join(EVENTS)}.")
    return kind


class TryIn(Given):
    event: Line
    conditions: Conditions = []
    pause_hours: Hours = 0

    @field_validator("event")
    @classmethod
    def _event(cls, kind: str) -> str:
        return _known_event(kind)


class AutomationIn(TryIn):
    """`pause_hours`: for so long it does nothing again with the same person. The actions are done in order."""

    name: Line
    actions: Actions
    active: Yes = True


class AutomationChange(Given):
    """What is given changes."""

    name: Line | None = None
    event: Line | None = None
    conditions: Conditions | None = None
    actions: Actions | None = None
    pause_hours: Hours | None = None
    active: Yes | None = None

    @field_validator("event")
    @classmethod
    def _event(cls, kind: str | None) -> str | None:
        return None if kind is None else _known_event(kind)


class AutomationView(BaseModel):
    id: str
    name: str
    event: str
    conditions: list[ConditionIn]
    actions: list[ActionIn]
    pause_hours: int
    active: bool
    runs: int
    """In the last 30 days."""
    last_run_at: datetime | None


class RunView(BaseModel):
    """`outcomes`: each action, and why not where it was refused."""

    contact: Named
    thread: str | None
    outcomes: list[dict[str, str]]
    at: datetime


class TriedView(BaseModel):
    thread: str
    contact: str
    text: str
    at: datetime


class DryRunView(BaseModel):
    """On the last 30 days (at most 5,000 events). `as_now`: conditions judged by how things are today, because nobody
    wrote down how they were."""

    looked: int
    matched: int
    people: int
    examples: list[TriedView]
    as_now: list[str]


class StuckView(BaseModel):
    """An event nothing followed from, because something broke; nobody tries again."""

    id: str
    kind: str
    error: str
    at: datetime


def _view(staff: Staff, one: Automation, runs: int = 0, last: datetime | None = None) -> AutomationView:
    return AutomationView(
        id=staff.public("automation", one.id),
        name=one.name,
        event=one.event,
        conditions=show_conditions(staff, does.conditions_from_json(one.conditions)),
        actions=[show_action(staff, action) for action in does.actions_from_json(one.actions)],
        pause_hours=one.pause_hours,
        active=one.active,
        runs=runs,
        last_run_at=last,
    )


@router.get("/automations")
async def list_automations(staff: Reads) -> list[AutomationView]:
    """In the order in which they run."""
    runs = (
        select(AutomationRun.automation_id, func.count().label("runs"), func.max(AutomationRun.at).label("last"))
        .group_by(AutomationRun.automation_id)
        .subquery()
    )
    rows = await staff.session.execute(
        select(Automation, func.coalesce(runs.c.runs, 0), runs.c.last)
        .outerjoin(runs, runs.c.automation_id == Automation.id)
        .order_by(Automation.id)
    )
    return [_view(staff, *row) for row in rows]


async def _find(staff: Staff, public: str) -> Automation:
    found = await staff.session.get(Automation, staff.inside("automation", public), with_for_update=True)
    if found is None:
        raise Missing("automation")
    return found


@router.post("/automations", status_code=201)
async def create_automation(staff: Writes, given: AutomationIn) -> AutomationView:
    """It runs from now on, for what happens from now on."""
    made = Automation(
        organization_id=staff.organization.id,
        name=given.name,
        event=given.event,
        conditions=does.conditions_to_json(await read_conditions(staff, given.conditions)),
        actions=does.actions_to_json(await read_actions(staff, given.actions)),
        pause_hours=given.pause_hours,
        active=given.active,
    )
    staff.session.add(made)
    await listen(staff.session, staff.organization.id)
    audit(staff.session, staff.member, "automation.created", given.name, staff.now, **told(given))
    await staff.session.commit()
    return _view(staff, made)


@router.patch("/automations/{automation_id}")
async def change_automation(staff: Writes, automation_id: str, given: AutomationChange) -> AutomationView:
    """Also to pause it, or to let it run again."""
    one = await _find(staff, automation_id)
    changes: dict[str, Any] = {
        name: value
        for name, value in given.model_dump(exclude_unset=True, exclude={"conditions", "actions"}).items()
        if value is not None
    }
    if given.conditions is not None:
        changes["conditions"] = does.conditions_to_json(await read_conditions(staff, given.conditions))
    if given.actions is not None:
        changes["actions"] = does.actions_to_json(await read_actions(staff, given.actions))
    for name, value in changes.items():
        setattr(one, name, value)
    await listen(staff.session, staff.organization.id)
    audit(staff.session, staff.member, "automation.changed", one.name, staff.now, **told(given))
    await staff.session.commit()
    return _view(staff, one)


@router.delete("/automations/{automation_id}", status_code=204)
async def delete_automation(staff: Writes, automation_id: str) -> None:
    """With the list of what it did; what it did stays done."""
    one = await _find(staff, automation_id)
    await staff.session.delete(one)
    await listen(staff.session, staff.organization.id)
    audit(staff.session, staff.member, "automation.deleted", one.name, staff.now)
    await staff.session.commit()


@router.post("/automations/try")
async def try_automation(staff: Reads, given: TryIn) -> DryRunView:
    """What it would have acted on in the last 30 days. Nothing is done."""
    conditions = await read_conditions(staff, given.conditions)
    found = await try_on_the_past(
        staff.session, staff.organization, given.event, conditions, given.pause_hours, staff.now
    )
    return DryRunView(
        looked=found.looked,
        matched=len(found.matched),
        people=found.people,
        examples=[
            TriedView(thread=staff.public("thread", one.thread_id), contact=one.name, text=one.text[:200], at=one.at)
            for one in found.matched[:SHOWN]
        ],
        as_now=list(found.as_now),
    )


@router.get("/automations/{automation_id}/runs")
async def list_automation_runs(staff: Reads, automation_id: str) -> list[RunView]:
    """What it did lately, the newest first."""
    inside = staff.inside("automation", automation_id)
    rows = await staff.session.execute(
        select(AutomationRun, Contact, Thread.id)
        .join(Contact, Contact.id == AutomationRun.contact_id)
        .outerjoin(Thread, Thread.contact_id == Contact.id)
        .where(AutomationRun.automation_id == inside)
        .order_by(AutomationRun.id.desc())
        .limit(RUNS)
    )
    return [
        RunView(
            contact=Named(id=staff.public("contact", contact.id), name=contact.name),
            thread=staff.public("thread", thread_id) if thread_id else None,
            outcomes=run.outcomes,
            at=run.at,
        )
        for run, contact, thread_id in rows
    ]


@router.get("/events/stuck")
async def list_stuck_events(staff: Reads) -> list[StuckView]:
    """What happened and nothing followed from, the newest first."""
    rows = await staff.session.scalars(
        select(Event).where(Event.error.is_not(None)).order_by(Event.id.desc()).limit(100)
    )
    return [
        StuckView(id=staff.public("event", one.id), kind=one.kind, error=one.error or "", at=one.at) for one in rows
    ]


@router.post("/events/{event_id}/again", status_code=204)
async def try_event_again(staff: Writes, event_id: str) -> None:
    """Once more from the beginning: nothing of it was kept."""
    event = await staff.session.get(Event, staff.inside("event", event_id), with_for_update=True)
    if event is None or event.error is None:
        raise Missing("event")
    event.error, event.attempts, event.due_at = None, 0, staff.now
    audit(staff.session, staff.member, "event.again", event.kind, staff.now)
    await staff.session.commit()
