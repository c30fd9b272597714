"""What becomes of an appointment on the day: they confirm, arrive, are treated, or do not appear."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_booking import Writes
from backoffice.api.agenda_views import AppointmentView, shown, view_appointment, writable
from backoffice.api.document import staff_router
from core.agenda import visits

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
