"""What is to be said about an appointment, and when: planned with every change of it, looked at again when due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, text, update
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
    "approved": timedelta(days=2),
    "declined": timedelta(days=2),
    "booked": timedelta(days=2),
    "moved": timedelta(days=2),
    "cancelled": timedelta(days=2),
    "survey": timedelta(days=2),
    "no_show": timedelta(days=2),
    "stranded": timedelta(days=2),
}
"""How long after it was due a notice is still worth sending."""
BEFORE_THE_VISIT = ("reminder_day", "reminder_hour", "approved", "booked", "moved", "stranded")
FITTING: Mapping[str, tuple[str, ...]] = {
    "reminder_day": ("confirmed",),
    "reminder_hour": ("confirmed",),
    "approved": ("confirmed",),
    "declined": ("cancelled",),
    "booked": ("confirmed",),
    "moved": ("confirmed",),
    "cancelled": ("cancelled",),
    "survey": ("attended",),
    "no_show": ("no_show",),
    "stranded": TO_COME,
}
"""The statuses of an appointment in which a notice makes sense."""
CAME_OR_WILL = ("requested", "confirmed", "checked_in", "attended")

_WITHDRAW = text("""
    WITH said AS (
        SELECT o.id, o.message_id FROM outbox o
        JOIN thread t ON t.id = o.thread_id AND t.contact_id = :contact
        JOIN message m ON m.id = o.message_id
        JOIN inbound i ON i.thread_id = o.thread_id AND i.at = m.at AND i.kind = 'action_done'
        JOIN pending_action p ON 'action/' || p.key = i.key
        WHERE o.state = 'queued' AND o.part = 0 AND o.epoch IS NOT NULL AND p.args ->> 'appointment' = :appointment
    ), dropped AS (
        UPDATE outbox o SET state = 'cancelled' FROM said
        WHERE o.id = said.id AND o.state = 'queued' RETURNING o.message_id
    )
    UPDATE message m SET status = 'cancelled' FROM dropped WHERE m.id = dropped.message_id
""")
"""What the bot said when it looked an appointment up, as a reminder does, and has not left yet. Starts from the few
rows of the outbox that are still queued."""


async def plan(session: AsyncSession, appointment: Appointment, now: datetime) -> None:
    """Plan what this version of the appointment calls for; what was planned for an older one is skipped, and what was
    said of it but has not left is not sent."""
    stale = await session.scalars(
        update(AppointmentNotice)
        .where(
            AppointmentNotice.appointment_id == appointment.id,
            AppointmentNotice.state == "waiting",
            AppointmentNotice.version < appointment.version,
        )
        .values(state="skipped", reason="changed", done_at=now)
        .returning(AppointmentNotice.kind)
    )
    was_requested = "approved" in set(stale)
    if appointment.version > 1:
        await session.execute(_WITHDRAW, {"contact": appointment.contact_id, "appointment": str(appointment.id)})
    organization = await session.get(Organization, appointment.organization_id)
    location = await session.get(Location, appointment.location_id)
    assert organization is not None and location is not None
    policy, zone = policy_of(organization), ZoneInfo(location.zone)
    found = _due(appointment, policy, zone, now)
    if was_requested and appointment.status == "confirmed":
        found["approved"] = policy.quiet_ends(now.astimezone(zone))
    elif was_requested and appointment.status == "cancelled" and appointment.cancelled_by != "patient":
        found["declined"] = policy.quiet_ends(now.astimezone(zone))
    for kind, due in found.items():
        statement = insert(AppointmentNotice).values(
            organization_id=appointment.organization_id,
            appointment_id=appointment.id,
            kind=kind,
            version=appointment.version,
            due_at=due,
        )
        await session.execute(statement.on_conflict_do_nothing())


async def tell(session: AsyncSession, appointment: Appointment, kind: str, now: datetime) -> None:
    """Tell the patient what the staff did: booked, moved or cancelled this version of it; at once, but not at night."""
    organization = await session.get(Organization, appointment.organization_id)
    location = await session.get(Location, appointment.location_id)
    assert organization is not None and location is not None
    due = policy_of(organization).quiet_ends(now.astimezone(ZoneInfo(location.zone)))
    about = {"organization_id": appointment.organization_id, "appointment_id": appointment.id}
    notice = insert(AppointmentNotice).values(**about, kind=kind, version=appointment.version, due_at=due)
    await session.execute(notice.on_conflict_do_nothing())


def _due(appointment: Appointment, policy: Policy, zone: ZoneInfo, now: datetime) -> dict[str, datetime]:
    """When each notice is due; a reminder that was due before the appointment was made is not sent."""
    if appointment.status == "confirmed":
        return _reminders(appointment.starts_at, policy, zone, now)
    if appointment.status == "requested":
        # the answer they wait for; it stays planned until the staff gives it, or the visit's time has come
        return {"approved": appointment.starts_at}
    if appointment.status == "attended" and policy.survey_after_hours:
        return {"survey": policy.quiet_ends((now + timedelta(hours=policy.survey_after_hours)).astimezone(zone))}
    if appointment.status == "no_show":
        return {"no_show": policy.quiet_ends((now + timedelta(hours=1)).astimezone(zone))}
    return {}


def _reminders(start: datetime, policy: Policy, zone: ZoneInfo, now: datetime) -> dict[str, datetime]:
    """The day's reminder stays on its day: one for the small hours waits until morning, one for the night goes before
    it. The hour's is sent before the night; where that is the evening before, it says what the day's says, and only
    if that one is not sent."""
    found: dict[str, datetime] = {}
    day = (start - timedelta(hours=policy.reminder_day_hours)).astimezone(zone)
    if policy.reminder_day_hours:
        morning = policy.quiet_ends(day)
        kept = morning.date() == day.date() and morning < start
        found["reminder_day"] = morning if kept else policy.before_quiet(day)
    hour = (start - timedelta(minutes=policy.reminder_hour_minutes)).astimezone(zone)
    sent = policy.before_quiet(hour)
    if policy.reminder_hour_minutes and sent.date() == start.astimezone(zone).date():
        found["reminder_hour"] = sent
    elif policy.reminder_hour_minutes and found.get("reminder_day", now) <= now:
        found["reminder_day"] = sent
    return {kind: due for kind, due in found.items() if due > now}


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


async def put_off(session: AsyncSession, notice_id: int, until: datetime) -> None:
    """Look at a notice that waits again at `until`."""
    waiting = (AppointmentNotice.id == notice_id, AppointmentNotice.state == "waiting")
    await session.execute(update(AppointmentNotice).where(*waiting).values(due_at=until))


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
    if appointment.status not in FITTING[notice.kind]:
        return appointment.status
    if notice.kind in BEFORE_THE_VISIT and now >= appointment.starts_at:
        return "past"
    if now > notice.due_at + TOO_LATE[notice.kind]:
        return "past"
    if notice.kind == "reminder_hour" and appointment.running_late_at is not None:
        return "running_late"
    if await _is_told_already(session, notice, appointment):
        return "same_visit"
    contact = await session.get(Contact, appointment.contact_id)
    return "opted_out" if contact is not None and contact.opted_out_at is not None else None


async def _is_told_already(session: AsyncSession, notice: AppointmentNotice, appointment: Appointment) -> bool:
    """Whether this is a later part of a visit of several services: what is said is said of its first part."""
    if appointment.series_id is None or notice.kind == "stranded":
        return False
    location = await session.get(Location, appointment.location_id)
    assert location is not None
    day = appointment.starts_at.astimezone(ZoneInfo(location.zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    same = CAME_OR_WILL if notice.kind in BEFORE_THE_VISIT else FITTING[notice.kind]
    earlier = await session.scalar(
        select(Appointment.id)
        .where(
            Appointment.series_id == appointment.series_id,
            Appointment.starts_at >= day,
            Appointment.starts_at < appointment.starts_at,
            Appointment.status.in_(same),
        )
        .limit(1)
    )
    return earlier is not None
