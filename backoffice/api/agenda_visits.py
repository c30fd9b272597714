"""What becomes of an appointment: the staff says yes or no to a request; they come, are treated, or do not appear."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends
from pydantic import Field

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_booking import Writes
from backoffice.api.agenda_views import AppointmentView, shown, view_appointment, writable
from backoffice.api.document import staff_router
from backoffice.api.words import Given, MaybeLine
from core.agenda import visits, waitlist
from core.organizations.audit import audit

router = staff_router("agenda")

Receives = Annotated[Staff, Depends(Needs("agenda.visits"))]


async def _become(staff: Staff, public: str, happened: Callable[..., Awaitable[None]], **more: Any) -> AppointmentView:
    appointment = await writable(staff, public)
    await staff.session.refresh(appointment, with_for_update=True)
    await happened(staff.session, appointment, staff.now, **more)
    view = view_appointment(staff, await shown(staff, appointment.id))
    await staff.session.commit()
    return view


@router.post("/appointments/{appointment_id}/confirm")
async def confirm_appointment(staff: Writes, appointment_id: str) -> AppointmentView:
    """The patient told the staff that they come."""
    return await _become(staff, appointment_id, visits.confirm_coming)


@router.post("/appointments/{appointment_id}/running-late")
async def appointment_runs_late(staff: Writes, appointment_id: str) -> AppointmentView:
    """The patient told the staff that they are on their way, late."""
    return await _become(staff, appointment_id, visits.running_late)


class AnswerIn(Given):
    reason: MaybeLine | None = Field(default=None, description="Of a no.")
    version: int | None = Field(default=None, description="Of the appointment as it was read; 409 if it changed since.")


@router.post("/appointments/{appointment_id}/approve")
async def approve_appointment(staff: Writes, appointment_id: str, given: AnswerIn) -> AppointmentView:
    """Yes to what a patient requested. 409 `wrong_status` when somebody answered before, or it was cancelled."""
    appointment = await writable(staff, appointment_id, given.version)
    await visits.approve(staff.session, appointment, staff.now, member_id=staff.member.id)
    audit(staff.session, staff.member, "appointment.approved", f"appointment:{appointment.id}", staff.now)
    view = view_appointment(staff, await shown(staff, appointment.id))
    await staff.session.commit()
    return view


@router.post("/appointments/{appointment_id}/decline")
async def decline_appointment(staff: Writes, appointment_id: str, given: AnswerIn) -> AppointmentView:
    """No to what a patient requested: the time is free, and offered to whoever waits for it."""
    appointment = await writable(staff, appointment_id, given.version)
    freed = waitlist.freed_by(appointment)
    await visits.decline(staff.session, appointment, staff.now, given.reason or None)
    audit(staff.session, staff.member, "appointment.declined", f"appointment:{appointment.id}", staff.now)
    await waitlist.match(staff.session, freed, staff.now)
    view = view_appointment(staff, await shown(staff, appointment.id))
    await staff.session.commit()
    return view


@router.post("/appointments/{appointment_id}/check-in")
async def check_in_appointment(staff: Receives, appointment_id: str) -> AppointmentView:
    """They are here. 409 `missing_consent` names what must be signed first."""
    return await _become(staff, appointment_id, visits.check_in)


@router.post("/appointments/{appointment_id}/attend")
async def attend_appointment(staff: Receives, appointment_id: str) -> AppointmentView:
    """They were treated: the lead is won, the record opened, the survey planned. Mends a no-show marked by mistake."""
    return await _become(staff, appointment_id, visits.attend, member_id=staff.member.id)


@router.post("/appointments/{appointment_id}/no-show")
async def mark_no_show(staff: Receives, appointment_id: str) -> AppointmentView:
    """They did not come; the policy says what follows."""
    return await _become(staff, appointment_id, visits.no_show, member_id=staff.member.id)
