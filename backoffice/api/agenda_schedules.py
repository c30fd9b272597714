"""When somebody works: weeks with their validity, dates that differ, closures and time off."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_stranded import Reads, Strands, strands
from backoffice.api.agenda_views import find_location, find_resource, only_own
from backoffice.api.document import staff_router
from backoffice.api.organization import Hours, Intervals
from backoffice.api.words import Day, Given, Line, MaybeLine, Moment, Yes, told
from core.agenda.checks import check_blocks, check_overlap, check_validity, check_weekly
from core.agenda.model import Closure, Location, Resource, Schedule, ScheduleOverride
from core.errors import Missing, Refused
from core.organizations.audit import audit

router = staff_router("agenda")

Writes = Annotated[Staff, Depends(Needs("schedules.write"))]


class ScheduleView(BaseModel):
    id: str
    resource: str
    location: str
    valid_from: date | None
    valid_until: date | None
    """The first day it no longer holds; null: for good."""
    weekly: dict[str, list[list[str]]]


class ScheduleIn(Given):
    """By day (mon … sun) any number of blocks, on the wall of the place; a day left out is free."""

    location: Line | None = Field(default=None, description="Needed when there are several.")
    valid_from: Day | None = None
    valid_until: Day | None = Field(default=None, description="The first day it no longer holds.")
    weekly: Hours
    reschedule: Yes = Field(default=False, description="Have the bot write to those whose appointment is stranded.")


class ChangedSchedule(Strands):
    schedule: ScheduleView | None


class OverrideView(BaseModel):
    id: str
    resource: str
    location: str
    day: date
    hours: list[list[str]] | None
    """Null: closed."""


class OverrideIn(Given):
    location: Line | None = Field(default=None, description="Needed when there are several.")
    hours: Intervals | None = Field(description="What counts that day instead of the week; null: closed.")
    reschedule: Yes = False


class ChangedOverride(Strands):
    override: OverrideView | None


class ClosureView(BaseModel):
    id: str
    kind: str
    """closure, time_off, or external: busy in another calendar."""
    location: str | None
    resource: str | None
    since: datetime | None
    until: datetime | None
    reason: str


class ClosureIn(Given):
    """Of a place, of a professional, room or machine, or of the whole organization; whole days of it are holidays."""

    location: Line | None = None
    resource: Line | None = None
    organization: Yes = Field(default=False, description="Every place is closed.")
    kind: Literal["closure", "time_off"] = "closure"
    since: Moment
    until: Moment
    reason: MaybeLine = ""
    reschedule: Yes = False


class ChangedClosure(Strands):
    closure: ClosureView | None


def _schedule(staff: Staff, one: Schedule) -> ScheduleView:
    return ScheduleView(
        id=staff.public("schedule", one.id),
        resource=staff.public("resource", one.resource_id),
        location=staff.public("location", one.location_id),
        valid_from=one.valid.lower,
        valid_until=one.valid.upper,
        weekly=one.weekly,
    )


async def _own(staff: Staff, public: str) -> Resource:
    """The resource, if this member may change its hours."""
    resource = await find_resource(staff, public)
    await only_own(staff, resource.id)
    return resource


@router.get("/resources/{resource_id}/schedules")
async def list_schedules(staff: Reads, resource_id: str) -> list[ScheduleView]:
    """Its weeks, the earliest first; without any it keeps the organization's hours."""
    resource = await find_resource(staff, resource_id)
    rows = await staff.session.scalars(
        select(Schedule).where(Schedule.resource_id == resource.id).order_by(func.lower(Schedule.valid), Schedule.id)
    )
    return [_schedule(staff, one) for one in rows]


@router.post("/resources/{resource_id}/schedules", status_code=201)
async def add_schedule(staff: Writes, resource_id: str, given: ScheduleIn) -> ChangedSchedule:
    """A week at a place; answers with the appointments it strands."""
    resource = await _own(staff, resource_id)
    schedule = Schedule(organization_id=staff.organization.id, resource_id=resource.id)
    await _write(staff, schedule, given)
    staff.session.add(schedule)
    return await _changed(staff, schedule, "schedule.added", given)


@router.put("/schedules/{schedule_id}")
async def change_schedule(staff: Writes, schedule_id: str, given: ScheduleIn) -> ChangedSchedule:
    """Another week instead; answers with the appointments it strands."""
    schedule = await _find_schedule(staff, schedule_id)
    await _write(staff, schedule, given)
    return await _changed(staff, schedule, "schedule.changed", given)


@router.delete("/schedules/{schedule_id}")
async def delete_schedule(staff: Writes, schedule_id: str, reschedule: bool = False) -> ChangedSchedule:
    """No longer; answers with the appointments it strands."""
    schedule = await _find_schedule(staff, schedule_id)
    await staff.session.delete(schedule)
    audit(staff.session, staff.member, "schedule.deleted", f"resource:{schedule.resource_id}", staff.now)
    found = await strands(staff, [schedule.resource_id], reschedule=reschedule)
    await staff.session.commit()
    return ChangedSchedule(schedule=None, **dict(found))


async def _find_schedule(staff: Staff, public: str) -> Schedule:
    schedule = await staff.session.get(Schedule, staff.inside("schedule", public))
    if schedule is None:
        raise Missing("schedule")
    await only_own(staff, schedule.resource_id)
    return schedule


async def _write(staff: Staff, schedule: Schedule, given: ScheduleIn) -> None:
    check_validity(given.valid_from, given.valid_until)
    check_weekly(given.weekly)
    place = await find_location(staff, given.location)
    valid = Range(given.valid_from, given.valid_until)
    others = await staff.session.execute(
        select(Schedule, Location.name)
        .join(Location, Location.id == Schedule.location_id)
        .where(
            Schedule.resource_id == schedule.resource_id,
            Schedule.valid.op("&&")(valid),
            Schedule.id != (schedule.id or 0),
        )
    )
    for other, name in others:
        if other.location_id == place.id:
            raise Refused(
                "schedule_overlap",
                f"valid_from: en {name} ya hay un horario vigente en esas fechas: termina ese antes.",
            )
        check_overlap(given.weekly, other.weekly, name)
    schedule.location_id, schedule.valid, schedule.weekly = place.id, valid, given.weekly


async def _changed(staff: Staff, schedule: Schedule, action: str, given: ScheduleIn) -> ChangedSchedule:
    await staff.session.flush()
    audit(staff.session, staff.member, action, f"resource:{schedule.resource_id}", staff.now, **told(given))
    found = await strands(staff, [schedule.resource_id], reschedule=given.reschedule)
    view = _schedule(staff, schedule)
    await staff.session.commit()
    return ChangedSchedule(schedule=view, **dict(found))


def _override(staff: Staff, one: ScheduleOverride) -> OverrideView:
    return OverrideView(
        id=staff.public("schedule_override", one.id),
        resource=staff.public("resource", one.resource_id),
        location=staff.public("location", one.location_id),
        day=one.day,
        hours=one.hours,
    )


@router.get("/resources/{resource_id}/overrides")
async def list_overrides(staff: Reads, resource_id: str) -> list[OverrideView]:
    """Its dates that differ, in order."""
    resource = await find_resource(staff, resource_id)
    rows = await staff.session.scalars(
        select(ScheduleOverride)
        .where(ScheduleOverride.resource_id == resource.id)
        .order_by(ScheduleOverride.day)
        .limit(2000)
    )
    return [_override(staff, one) for one in rows]


@router.put("/resources/{resource_id}/overrides/{day}")
async def set_override(staff: Writes, resource_id: str, day: Day, given: OverrideIn) -> ChangedOverride:
    """Other hours that date, or none; answers with the appointments it strands."""
    resource = await _own(staff, resource_id)
    place = await find_location(staff, given.location)
    check_blocks(given.hours or (), "hours")
    override = await staff.session.scalar(_on(resource.id, place.id, day))
    if override is None:
        override = ScheduleOverride(
            organization_id=staff.organization.id, resource_id=resource.id, location_id=place.id, day=day
        )
        staff.session.add(override)
    override.hours = given.hours
    await staff.session.flush()
    audit(staff.session, staff.member, "override.set", resource.name, staff.now, day=day.isoformat(), hours=given.hours)
    found = await strands(staff, [resource.id], reschedule=given.reschedule)
    view = _override(staff, override)
    await staff.session.commit()
    return ChangedOverride(override=view, **dict(found))


def _on(resource: int, place: int, day: date) -> Any:
    return select(ScheduleOverride).where(
        ScheduleOverride.resource_id == resource, ScheduleOverride.location_id == place, ScheduleOverride.day == day
    )


@router.delete("/resources/{resource_id}/overrides/{day}")
async def delete_override(
    staff: Writes,
    resource_id: str,
    day: Day,
    location: Annotated[Line | None, Query()] = None,
    reschedule: bool = False,
) -> ChangedOverride:
    """An ordinary day after all."""
    resource = await _own(staff, resource_id)
    override = await staff.session.scalar(_on(resource.id, (await find_location(staff, location)).id, day))
    if override is None:
        raise Missing("schedule_override")
    await staff.session.delete(override)
    audit(staff.session, staff.member, "override.deleted", resource.name, staff.now, day=day.isoformat())
    found = await strands(staff, [resource.id], reschedule=reschedule)
    await staff.session.commit()
    return ChangedOverride(override=None, **dict(found))


def _closure(staff: Staff, one: Closure) -> ClosureView:
    return ClosureView(
        id=staff.public("closure", one.id),
        kind=one.kind,
        location=staff.public("location", one.location_id) if one.location_id else None,
        resource=staff.public("resource", one.resource_id) if one.resource_id else None,
        since=one.during.lower,
        until=one.during.upper,
        reason=one.reason,
    )


@router.get("/closures")
async def list_closures(
    staff: Reads,
    since: Annotated[Moment | None, Query(description="Now if left out.")] = None,
    until: Annotated[Moment | None, Query()] = None,
    resource: Annotated[Line | None, Query()] = None,
    location: Annotated[Line | None, Query()] = None,
) -> list[ClosureView]:
    """Closures, time off and busy time of other calendars that are not over, in order."""
    query = select(Closure).where(Closure.during.op("&&")(Range(since or staff.now, until)))
    if resource is not None:
        query = query.where(Closure.resource_id == staff.inside("resource", resource))
    if location is not None:
        query = query.where(Closure.location_id == staff.inside("location", location))
    rows = await staff.session.scalars(query.order_by(func.lower(Closure.during), Closure.id).limit(2000))
    return [_closure(staff, one) for one in rows]


@router.post("/closures", status_code=201)
async def add_closure(staff: Writes, given: ClosureIn) -> ChangedClosure:
    """Closed for a while; answers with the appointments it strands, which stay booked."""
    if given.until <= given.since:
        raise Refused("range", "until: va después de «since».")
    if [given.location is not None, given.resource is not None, given.organization].count(True) != 1:
        raise Refused("needs", "resource: di quién o qué cierra, o la sede, o «organization» si cierra todo: uno solo.")
    resource = await _own(staff, given.resource) if given.resource else None
    place = await find_location(staff, given.location) if given.location else None
    if resource is None:
        await only_own(staff, None)
    closure = Closure(
        organization_id=staff.organization.id,
        kind=given.kind,
        resource_id=resource.id if resource else None,
        location_id=place.id if place else None,
        during=Range(given.since, given.until),
        reason=given.reason,
    )
    staff.session.add(closure)
    await staff.session.flush()
    audit(staff.session, staff.member, "closure.added", f"closure:{closure.id}", staff.now, **told(given))
    found = await strands(staff, [resource.id] if resource else None, reschedule=given.reschedule)
    view = _closure(staff, closure)
    await staff.session.commit()
    return ChangedClosure(closure=view, **dict(found))


@router.delete("/closures/{closure_id}", status_code=204)
async def delete_closure(staff: Writes, closure_id: str) -> None:
    """Open after all."""
    closure = await staff.session.get(Closure, staff.inside("closure", closure_id))
    if closure is None:
        raise Missing("closure")
    await only_own(staff, closure.resource_id)
    if closure.kind == "external":
        raise Refused("external", "Viene de otro calendario: quítalo allí, o deja de leer ese calendario.")
    await staff.session.delete(closure)
    audit(staff.session, staff.member, "closure.deleted", f"closure:{closure.id}", staff.now)
    await staff.session.commit()
