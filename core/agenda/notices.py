"""What is to be said about an appointment, and when: planned with every change of it, looked at again when due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.messages_model import AppointmentNotice
from core.agenda.model import TO_COME, Appointment, Location
from core.agenda.policy import Policy, policy_of
from core.contacts.model import Contact
from core.organizations.model import Organization

TOO_LATE: Mapping[str, timedelta] = {
    "reminder_day": timedelta(hours=6),
    "reminder_hour": timedelta(minutes=30),
    "survey": timedelta(days=2),
    "review": timedelta(days=3),
    "no_show": timedelta(days=2),
    "stranded": timedelta(days=2),
}
"""How long after it was due a notice is still worth sending; a reminder never after the visit has begun."""


async def plan(session: AsyncSession, appointment: Appointment, now: datetime) -> None:
    """Plan what this version of the appointment calls for; what was planned for an older one is skipped."""
    await session.execute(
        update(AppointmentNotice)
        .where(
            AppointmentNotice.appointment_id == appointment.id,
            AppointmentNotice.state == "waiting",
            AppointmentNotice.version < appointment.version,
        )
        .values(state="skipped", reason="changed", done_at=now)
    )
    organization = await session.get(Organization, appointment.organization_id)
    location = await session.get(Location, appointment.location_id)
    assert organization is not None and location is not None
    for kind, due in _due(appointment, policy_of(organization), ZoneInfo(location.zone), now).items():
        statement = insert(AppointmentNotice).values(
            organization_id=appointment.organization_id,
            appointment_id=appointment.id,
            kind=kind,
            version=appointment.version,
            due_at=due,
        )
        await session.execute(statement.on_conflict_do_nothing())


def _due(appointment: Appointment, policy: Policy, zone: ZoneInfo, now: datetime) -> dict[str, datetime]:
    """When each notice is due. A reminder that falls into the quiet hours is sent before they begin; one that was due
    before the appointment was made is not sent."""
    start = appointment.starts_at
    found: dict[str, datetime] = {}
    if appointment.status in TO_COME:
        for kind, before in (
            ("reminder_day", timedelta(hours=policy.reminder_day_hours)),
            ("reminder_hour", timedelta(minutes=policy.reminder_hour_minutes)),
        ):
            due = policy.quiet_began((start - before).astimezone(zone))
            if before and due > now:
                found[kind] = due
    elif appointment.status == "attended" and policy.survey_after_hours:
        found["survey"] = policy.quiet_ends((now + timedelta(hours=policy.survey_after_hours)).astimezone(zone))
    elif appointment.status == "no_show":
        found["no_show"] = policy.quiet_ends((now + timedelta(hours=1)).astimezone(zone))
    return found


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that fell due, of whatever organization."""

    id: int
    organization_id: int


async def due(session: AsyncSession, now: datetime, limit: int = 100) -> list[Due]:
    """What fell due, oldest first; for the loop that looks at every organization."""
    rows = await session.execute(
        select(AppointmentNotice.id, AppointmentNotice.organization_id)
        .where(AppointmentNotice.state == "waiting", AppointmentNotice.due_at <= now)
        .order_by(AppointmentNotice.due_at)
        .limit(limit)
    )
    return [Due(row.id, row.organization_id) for row in rows]


async def take(session: AsyncSession, notice_id: int, now: datetime) -> tuple[AppointmentNotice, Appointment] | None:
    """Lock a notice that is still to be sent, and mark it sent; None, with the reason kept, when it must not be.

    Whoever commits with what it says in the same transaction sends it exactly once.
    """
    notice = await session.get(
        AppointmentNotice, notice_id, with_for_update={"skip_locked": True}, populate_existing=True
    )
    if notice is None or notice.state != "waiting":
        return None
    appointment = await session.get(Appointment, notice.appointment_id, with_for_update=True, populate_existing=True)
    assert appointment is not None
    later = await _quiet_until(session, notice, appointment, now)
    if later is not None:
        notice.due_at = later
        await session.flush()
        return None
    reason = await _unfit(session, notice, appointment, now)
    notice.state, notice.reason, notice.done_at = "skipped" if reason else "sent", reason, now
    await session.flush()
    return None if reason else (notice, appointment)


async def _quiet_until(
    session: AsyncSession, notice: AppointmentNotice, appointment: Appointment, now: datetime
) -> datetime | None:
    """When the quiet hours end that `now` lies in, if the notice may still be sent then."""
    organization = await session.get(Organization, notice.organization_id)
    location = await session.get(Location, appointment.location_id)
    assert organization is not None and location is not None
    local = now.astimezone(ZoneInfo(location.zone))
    ends = policy_of(organization).quiet_ends(local)
    return ends if ends > local else None


async def _unfit(
    session: AsyncSession, notice: AppointmentNotice, appointment: Appointment, now: datetime
) -> str | None:
    """Why a notice that is due must not be sent after all."""
    if notice.version != appointment.version:
        return "changed"
    wanted = {"survey": "attended", "review": "attended", "no_show": "no_show"}.get(notice.kind)
    if wanted is None and appointment.status not in TO_COME:
        return appointment.status
    if wanted is not None and appointment.status != wanted:
        return appointment.status
    if wanted is None and now >= appointment.starts_at:
        return "past"
    if now > notice.due_at + TOO_LATE[notice.kind]:
        return "past"
    if notice.kind == "reminder_hour" and appointment.running_late_at is not None:
        return "running_late"
    contact = await session.get(Contact, appointment.contact_id)
    return "opted_out" if contact is not None and contact.opted_out_at is not None else None
