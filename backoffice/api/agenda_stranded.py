"""Appointments a change leaves without their hours: told with the change, rescheduled only when the staff says so."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, Field

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_reads import AppointmentsView
from backoffice.api.agenda_views import AppointmentView, view_appointment
from backoffice.api.document import staff_router
from backoffice.api.words import Given, Line
from core.agenda.diary import these
from core.agenda.stranded import ask_to_reschedule, stranded
from core.db import tenant_session
from core.errors import Missing
from core.organizations.audit import audit

router = staff_router("agenda")

Reads = Annotated[Staff, Depends(Needs("schedules.read"))]
Writes = Annotated[Staff, Depends(Needs("agenda.settings"))]


class Strands(BaseModel):
    """What a change answers besides what it made."""

    stranded: list[AppointmentView]
    """Appointments to come that now lie outside the hours of somebody or something they need, and did not before."""
    asked: int
    """To how many of those people the bot writes to find another time."""


class RescheduleIn(Given):
    appointments: Annotated[list[Line], Field(min_length=1, max_length=500)]


class Asked(BaseModel):
    asked: int


async def strands(staff: Staff, resources: Sequence[int] | None, *, reschedule: bool) -> Strands:
    """What this change strands, of these resources, of all when None; call before the commit.

    What was stranded before is nobody's news, and nobody is written to for it: it is read where nothing is changed yet.
    """
    await staff.session.flush()
    organization_id = staff.organization.id
    async with tenant_session(staff.runtime.app, organization_id) as unchanged:
        before = {one.id for one in await stranded(unchanged, organization_id, staff.now, resources)}
    after = await stranded(staff.session, organization_id, staff.now, resources)
    found = [one for one in after if one.id not in before]
    asked = await ask_to_reschedule(staff.session, found, staff.now) if reschedule else 0
    rows = await these(staff.session, staff.sight, [one.id for one in found])
    if asked:
        audit(staff.session, staff.member, "agenda.rescheduling", "agenda", staff.now, appointments=asked)
    return Strands(stranded=[view_appointment(staff, row) for row in rows], asked=asked)


@router.get("/agenda/stranded", name="list_stranded")
async def list_the_stranded(staff: Reads) -> AppointmentsView:
    """Every appointment to come that lies outside the hours of somebody or something it needs."""
    found = await stranded(staff.session, staff.organization.id, staff.now, None)
    rows = await these(staff.session, staff.sight, [one.id for one in found])
    return AppointmentsView(items=[view_appointment(staff, row) for row in rows])


@router.post("/agenda/stranded/reschedule")
async def reschedule_stranded(staff: Writes, given: RescheduleIn) -> Asked:
    """The bot writes to these people to find another time; each is asked once. Only stranded ones may be given."""
    wanted = {staff.inside("appointment", one) for one in given.appointments}
    found = [one for one in await stranded(staff.session, staff.organization.id, staff.now, None) if one.id in wanted]
    if len(found) != len(wanted):
        raise Missing("appointment")
    asked = await ask_to_reschedule(staff.session, found, staff.now)
    audit(staff.session, staff.member, "agenda.rescheduling", "agenda", staff.now, appointments=asked)
    await staff.session.commit()
    return Asked(asked=asked)
