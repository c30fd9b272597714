"""What becomes of an appointment: they say they come, arrive, are treated, or do not appear. Takes a session, never
commits; every change plans what is to be said about it."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda import booking
from core.agenda.model import TO_COME, Appointment, Patient, Service
from core.agenda.notices import plan
from core.agenda.policy import is_late, no_shows, policy_of
from core.agenda.reasons import coded
from core.contacts.model import ConsentEvent
from core.errors import Refused
from core.leads.actions import reach_stage
from core.organizations.audit import audit
from core.organizations.model import Member, Organization

CONSENT_NAMES = {
    "procedure": "el procedimiento",
    "health_data": "el tratamiento de datos de salud",
    "photos_clinical": "las fotos clínicas",
    "photos_marketing": "las fotos para publicidad",
    "no_show_policy": "la política de ausencias",
}


EARLY = timedelta(hours=12)
"""How long before its time somebody may be there."""


async def confirm_coming(session: AsyncSession, appointment: Appointment, now: datetime) -> None:
    """The patient says they come. What still waits for the staff's yes waits on."""
    _must_be(appointment, *TO_COME)
    appointment.answered_at = now
    await session.flush()


async def approve(session: AsyncSession, appointment: Appointment, now: datetime, member_id: int | None = None) -> None:
    """The staff's yes to what a patient requested; it has had its time all along.

    The status is compared as it is changed: a second yes, or one after a cancellation, is refused.
    """
    requested = update(Appointment).where(Appointment.id == appointment.id, Appointment.status == "requested")
    changed = requested.values(status="confirmed", version=Appointment.version + 1).returning(Appointment.id)
    done = await session.scalar(changed.execution_options(synchronize_session=False))
    await session.refresh(appointment)
    if done is None:
        _must_be(appointment, "requested")
    await reach_stage(session, appointment.contact_id, "cita_agendada", now, member_id=member_id)
    await plan(session, appointment, now)


async def decline(session: AsyncSession, appointment: Appointment, now: datetime, reason: str | None = None) -> None:
    """The staff's no to what a patient requested: its time is free at once."""
    await session.refresh(appointment, with_for_update=True)
    _must_be(appointment, "requested")
    await cancel_visit(session, appointment, now, by="staff", reason=reason)


async def running_late(session: AsyncSession, appointment: Appointment, now: datetime) -> None:
    """The patient says they are on their way, late."""
    _must_be(appointment, *TO_COME)
    appointment.running_late_at = now
    appointment.answered_at = appointment.answered_at or now
    await session.flush()


async def check_in(session: AsyncSession, appointment: Appointment, now: datetime) -> None:
    """They are here. Refused while a consent the service requires is not in force, naming it, and before its day."""
    _must_be(appointment, *TO_COME)
    _must_be_near(appointment, now)
    await _needs_consents(session, appointment)
    await _become(session, appointment, "checked_in", now)


async def _needs_consents(session: AsyncSession, appointment: Appointment) -> None:
    service = await session.get(Service, appointment.service_id)
    assert service is not None
    missing = [kind for kind in service.consents if not await _consented(session, appointment.contact_id, kind)]
    if missing:
        named = ", ".join(CONSENT_NAMES.get(kind, kind) for kind in missing)
        raise Refused(
            "missing_consent", f"Falta el consentimiento para {named}: pídelo antes de empezar.", kinds=missing
        )


async def _consented(session: AsyncSession, contact_id: int, kind: str) -> bool:
    newest = await session.scalar(
        select(ConsentEvent.granted)
        .where(ConsentEvent.contact_id == contact_id, ConsentEvent.kind == kind)
        .order_by(ConsentEvent.at.desc(), ConsentEvent.id.desc())
        .limit(1)
    )
    return bool(newest)


async def attend(session: AsyncSession, appointment: Appointment, now: datetime, member_id: int | None = None) -> None:
    """They were treated: the contact's open lead is won, the patient's record opened.

    Needs the consents that checking in needs. Mends a no-show marked by mistake, with what it led to.
    """
    _must_be(appointment, *TO_COME, "checked_in", "no_show")
    _must_be_near(appointment, now)
    if appointment.status != "checked_in":
        await _needs_consents(session, appointment)
    mended = appointment.status == "no_show"
    patient = await session.get(Patient, appointment.patient_id)
    assert patient is not None
    patient.opened_at = patient.opened_at or now
    await reach_stage(session, appointment.contact_id, "asistio", now, member_id=member_id)
    await _become(session, appointment, "attended", now)
    if mended and not await _missed_too_often(session, patient, now):
        patient.self_booking = True
        await session.flush()


async def no_show(session: AsyncSession, appointment: Appointment, now: datetime, member_id: int | None = None) -> None:
    """They did not come. After as many as the policy allows, only the staff books for them.

    Whoever was never told yes did not miss anything.
    """
    _must_be(appointment, "confirmed")
    if now < appointment.starts_at:
        raise Refused("not_begun", "La cita todavía no empezó: márcala como ausente después de su hora.")
    appointment.no_show_at = now
    await _become(session, appointment, "no_show", now)
    await reach_stage(session, appointment.contact_id, "no_show", now, member_id=member_id)
    patient = await session.get(Patient, appointment.patient_id)
    assert patient is not None
    if await _missed_too_often(session, patient, now):
        patient.self_booking = False
    await session.flush()


async def _missed_too_often(session: AsyncSession, patient: Patient, now: datetime) -> bool:
    organization = await session.get(Organization, patient.organization_id)
    assert organization is not None
    policy = policy_of(organization)
    return policy.no_show_limit > 0 and await no_shows(session, patient, policy, now) >= policy.no_show_limit


async def waive(session: AsyncSession, patient: Patient, member: Member, now: datetime) -> None:
    """Whoever writes for this patient books by themselves again, and what was missed until now no longer counts."""
    family = update(Patient).where(Patient.contact_id == patient.contact_id)
    await session.execute(family.values(self_booking=True, waived_at=now))
    await session.refresh(patient)
    audit(session, member, "patient.waived", f"patient:{patient.id}", now)
    await session.flush()


async def cancel_visit(
    session: AsyncSession,
    appointment: Appointment,
    now: datetime,
    *,
    by: str,
    reason: str | None = None,
    code: str | None = None,
) -> bool:
    """Whether it was still to come; `by` is patient or staff, `code` of `CANCEL_REASONS`. The time is free at once."""
    code, reason = coded(reason, code)
    organization = await session.get(Organization, appointment.organization_id)
    assert organization is not None
    late = by == "patient" and is_late(appointment, policy_of(organization), now)
    done = await booking.cancel(session, appointment, now, by=by, reason=reason, late=late)
    if done:
        appointment.penalty_minor = policy_of(organization).penalty_minor if late else 0
        appointment.cancel_code = code
        await plan(session, appointment, now)
    return done


async def _become(session: AsyncSession, appointment: Appointment, status: str, now: datetime) -> None:
    appointment.status, appointment.version = status, appointment.version + 1
    await session.flush()
    await plan(session, appointment, now)


def _must_be_near(appointment: Appointment, now: datetime) -> None:
    if now < appointment.starts_at - EARLY:
        raise Refused(
            "not_begun", "Todavía falta para esa cita: si vino antes, muévela a hoy y después marca su llegada."
        )


def _must_be(appointment: Appointment, *statuses: str) -> None:
    if appointment.status not in statuses:
        raise Refused(
            "wrong_status",
            f"La cita está {STATUS_NAMES[appointment.status]}: eso ya no se puede.",
            status=appointment.status,
        )


STATUS_NAMES = {
    "requested": "por confirmar",
    "confirmed": "confirmada",
    "checked_in": "en sala",
    "attended": "atendida",
    "no_show": "marcada como ausente",
    "cancelled": "cancelada",
}
