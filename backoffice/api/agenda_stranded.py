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
from core.errors import Missing
from core.organizations.audit import audit

router = staff_router("agenda")

Reads = Annotated[Staff, Depends(Needs("schedules.read"))]
Writes = Annotated[Staff, Depends(Needs("agenda.settings"))]


class Strands(BaseModel):
    """What a change answers besides what it made."""

    stranded: list[AppointmentView]
    """Appointments to come that lie outside the hours of somebody or something they need."""
    asked: int
    """To how many of those people the bot writes to find another time."""


class RescheduleIn(Given):
    appointments: Annotated[list[Line], Field(min_length=1, max_length=500)]


class Asked(BaseModel):
    asked: int


async def strands(staff: Staff, resources: Sequence[int] | None, *, reschedule: bool) -> Strands:
    """Of these resources, of all when None; call before the commit."""
    await staff.session.flush()
    found = await stranded(staff.session, staff.organization.id, staff.now, resources)
    asked = await ask_to_reschedule(staff.session, found, staff.now) if reschedule else 0
    rows = await these(staff.session, staff.sight, [one.id for one in found])
    if asked:
        audit(staff.session, staff.member, "agenda.rescheduling", "agenda", staff.now, appointments=asked)
    return Strands(stranded=[view_appointment(staff, row) for row in rows], asked=asked)


@router.get("/agenda/stranded", name="list_stranded")
async def list_the_stranded(staff: Reads) -> AppointmentsView:
    """Every appointment to come that lies outside the hours of somebody or something it needs."""
    return AppointmentsView(items=(await strands(staff, None, reschedule=False)).stranded)


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
