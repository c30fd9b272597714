"""How an organization deals with reminders, lateness and no-shows, and where a patient stands by it.

Read from `organization.settings["agenda"]`, whose keys are the fields of Policy.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.model import Appointment, Patient, Service
from core.errors import Refused
from core.organizations.model import Organization


@dataclass(frozen=True, slots=True)
class Policy:
    """Durations are in the unit their name says; money in minor units of the organization's currency."""

    reminder_day_hours: int = 24
    """Before the visit; 0: no such reminder."""
    reminder_hour_minutes: int = 60
    quiet_from: str = "21:00"
    quiet_until: str = "08:00"
    """Local hours of the location in which nothing is sent by itself."""
    late_cancel_hours: int = 12
    no_show_limit: int = 2
    """No-shows, in the last `no_show_months`, after which a patient no longer books by themselves; 0: no limit."""
    no_show_months: int = 12
    deposit_after_no_shows: int = 1
    """No-shows after which the next visit needs a deposit; 0: never."""
    deposit_minor: int = 0
    """Of that visit, where the service itself asks for less."""
    penalty_minor: int = 0
    """For cancelling later than `late_cancel_hours` before; patients are told before they cancel."""
    survey_after_hours: int = 3
    """After a visit attended; 0: nobody is asked."""
    review_url: str = ""
    review_from_score: int = 4
    waitlist_hold_minutes: int = 15

    def is_quiet(self, local: datetime) -> bool:
        """Whether nothing is sent at this local time."""
        since, until, at = time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_until), local.time()
        return since <= at < until if since <= until else at >= since or at < until

    def quiet_ends(self, local: datetime) -> datetime:
        """The next local time at which something may be sent; the same when it may be sent now."""
        if not self.is_quiet(local):
            return local
        until = time.fromisoformat(self.quiet_until)
        ends = local.replace(hour=until.hour, minute=until.minute, second=0, microsecond=0)
        return ends if ends > local else ends + timedelta(days=1)

    def before_quiet(self, local: datetime) -> datetime:
        """The last minute before the quiet hours that `local` lies in; the same when it lies in none."""
        if not self.is_quiet(local):
            return local
        since = time.fromisoformat(self.quiet_from)
        began = local.replace(hour=since.hour, minute=since.minute, second=0, microsecond=0)
        return (began if began <= local else began - timedelta(days=1)) - timedelta(minutes=1)


def policy_of(organization: Organization) -> Policy:
    """The organization's policy; what it has not set has its default."""
    return policy_from(organization.settings.get("agenda") or {})


def policy_from(given: Mapping[str, Any]) -> Policy:
    """Raises Refused, naming the setting, for one that is unknown or makes no sense."""
    known: dict[str, type] = {field.name: type(field.default) for field in fields(Policy)}
    for name, value in given.items():
        if name not in known:
            raise Refused("unknown_setting", f"agenda.{name}: no existe ese ajuste. Existen: {', '.join(known)}.")
        kind = known[name]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise Refused(
                "wrong_setting", f"agenda.{name}: debe ser {'un número entero' if kind is int else 'un texto'}."
            )
        if isinstance(value, int):
            least, most = RANGES.get(name, (0, 1_000))
            if not least <= value <= most:
                raise Refused("wrong_setting", f"agenda.{name}: va de {least} a {most}.")
        if name in ("quiet_from", "quiet_until") and not _CLOCK.fullmatch(str(value)):
            raise Refused("wrong_setting", f"agenda.{name}: escribe la hora como 21:00.")
        if name == "review_url" and value and not _LINK.fullmatch(str(value)):
            raise Refused("wrong_setting", f"agenda.{name}: escribe una dirección completa, https://…")
    return Policy(**given)


RANGES = {
    "reminder_day_hours": (0, 336),
    "reminder_hour_minutes": (0, 1440),
    "late_cancel_hours": (0, 720),
    "no_show_limit": (0, 100),
    "no_show_months": (1, 120),
    "deposit_after_no_shows": (0, 100),
    "deposit_minor": (0, 10**12),
    "penalty_minor": (0, 10**12),
    "survey_after_hours": (0, 720),
    "review_from_score": (1, 5),
    "waitlist_hold_minutes": (1, 1440),
}
"""The least and the most of each number; of others 0 to 1000. Dates counted with them stay within the calendar."""
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_LINK = re.compile(r"https://[A-Za-z0-9][^\s<>\"'\\]{2,500}")


def is_late(appointment: Appointment, policy: Policy, now: datetime) -> bool:
    """Whether a cancellation at `now` comes too late to fill the time again."""
    return now > appointment.starts_at - timedelta(hours=policy.late_cancel_hours)


def late_penalty(appointment: Appointment, policy: Policy, now: datetime) -> int:
    """What the patient owes for cancelling at `now`, in minor units."""
    return policy.penalty_minor if is_late(appointment, policy, now) else 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What the policy says about a patient. `reason` is "" when all is well, `blocked` or `deposit`; `no_shows` are
    the patient's own that count."""

    no_shows: int
    may_book: bool
    deposit_minor: int
    reason: str = ""


async def no_shows(session: AsyncSession, patient: Patient, policy: Policy, now: datetime) -> int:
    """How many visits the patient missed in the last months the policy looks at, since the staff last waived them."""
    since = now - timedelta(days=30 * policy.no_show_months)
    missed = await session.scalar(
        select(func.count())
        .select_from(Appointment)
        .where(
            Appointment.patient_id == patient.id,
            Appointment.status == "no_show",
            func.coalesce(Appointment.no_show_at, Appointment.starts_at) >= max(since, patient.waived_at or since),
        )
    )
    return int(missed or 0)


async def standing(session: AsyncSession, patient: Patient, policy: Policy, now: datetime) -> Standing:
    """By the no-shows of the last months. Who writes is blocked with the patient, whatever name they book for next; so
    is the deposit asked for. Staff waive both by `visits.waive`."""
    own = await no_shows(session, patient, policy, now)
    family = list(await session.scalars(select(Patient).where(Patient.contact_id == patient.contact_id)))
    most = max([own, *[await no_shows(session, one, policy, now) for one in family if one.id != patient.id]])
    blocked = not all(one.self_booking for one in family)
    missed = bool(policy.deposit_after_no_shows) and most >= policy.deposit_after_no_shows
    deposit = policy.deposit_minor if missed or blocked else 0
    return Standing(own, not blocked, deposit, "blocked" if blocked else "deposit" if deposit else "")


async def deposit_for(session: AsyncSession, service: Service, patient: Patient, now: datetime) -> int:
    """What is asked for in advance, in minor units: the service's own deposit or the policy's, whichever is more."""
    organization = await session.get(Organization, patient.organization_id)
    assert organization is not None
    stands = await standing(session, patient, policy_of(organization), now)
    return max(service.deposit_minor, stands.deposit_minor)
