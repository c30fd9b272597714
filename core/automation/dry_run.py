"""What an automation would have done in the last month. Reads only; three queries.

What was said, when, by which channel and whether the organization was open is as it was then. Labels, owners, stages
and the like have no past: they are as they are now, and the answer says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.model import Appointment
from core.automation.definition import Condition, Facts, all_hold
from core.automation.facts import facts_of_thread
from core.contacts.model import Contact
from core.errors import Refused
from core.fold import fold
from core.leads.model import Lead, LeadEvent, LeadStage
from core.organizations.hours import is_open
from core.organizations.model import Organization
from core.organizations.queries import special_days
from core.threads.model import Channel, Message, Thread

BACK = timedelta(days=30)
MOST = 5000
SHOWN = 20
AS_THEN = frozenset({"text", "open", "channel", "service", "location", "professional"})
"""Facts that are known as they were."""


@dataclass(frozen=True, slots=True)
class Past:
    """One event of the past."""

    thread_id: int
    name: str
    at: datetime
    text: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class DryRun:
    """`looked` events of the kind (the latest `MOST`), those it would have acted on, `people` among them."""

    looked: int
    matched: tuple[Past, ...]
    people: int
    as_now: tuple[str, ...]
    """Facts of the conditions that were judged by how things are today."""


async def try_on_the_past(
    session: AsyncSession,
    organization: Organization,
    kind: str,
    conditions: Sequence[Condition],
    pause_hours: int,
    now: datetime,
) -> DryRun:
    """The newest first. Raises Refused for a kind that leaves no trace."""
    past = await _past(session, organization, kind, now)
    matched: list[Past] = []
    last: dict[int, datetime] = {}
    for one in sorted(past, key=lambda one: one.at):
        rests = pause_hours and one.thread_id in last and one.at < last[one.thread_id] + timedelta(hours=pause_hours)
        if not rests and all_hold(conditions, one.facts):
            matched.append(one)
            last[one.thread_id] = one.at
    as_now = tuple(dict.fromkeys(each.fact for each in conditions if each.fact not in AS_THEN))
    return DryRun(len(past), tuple(matched[::-1]), len(last), as_now)


async def _past(session: AsyncSession, organization: Organization, kind: str, now: datetime) -> list[Past]:
    statement = _statement(kind, organization.id, now - BACK)
    rows = (await session.execute(statement.limit(MOST))).all()
    leads = await _leads(session, {row.Contact.id for row in rows})
    special = await special_days(session, organization.id, (now - BACK).date() - timedelta(days=1))
    found = []
    for row in rows:
        opened = is_open(organization.hours, special, organization.zone, row.at)
        facts: Facts = {
            **facts_of_thread(row.Thread),
            "language": (row.Contact.language,) if row.Contact.language else (),
            **leads.get(row.Contact.id, {}),
            "text": (fold(row.text),) if row.text is not None else (),
            "open": ("yes" if opened else "no",),
            **{
                name: (str(value),)
                for name in ("channel", "service", "location", "professional")
                if (value := getattr(row, name)) is not None
            },
        }
        found.append(Past(row.Thread.id, row.Contact.name, row.at, row.text or "", facts))
    return found


async def _leads(session: AsyncSession, contacts: set[int]) -> dict[int, Facts]:
    rows = await session.execute(
        select(Lead.contact_id, Lead.source, Lead.interest, LeadStage.key)
        .join(LeadStage, LeadStage.id == Lead.stage_id)
        .where(Lead.contact_id.in_(contacts))
        .order_by(Lead.closed_at.asc().nulls_last(), Lead.id)
    )
    return {
        row.contact_id: {
            name: (value,)
            for name, value in (("source", row.source), ("interest", row.interest), ("stage", row.key))
            if value is not None
        }
        for row in rows
    }


_NAMES = ("text", "channel", "service", "location", "professional")


def _about(at: Any, **columns: Any) -> Select[*tuple[Any, ...]]:
    """Threads with their contacts, `at`, and each of `_NAMES`, null where it is not given."""
    named = [columns.get(name, null()).label(name) for name in _NAMES]
    return select(Thread, Contact, at.label("at"), *named).join(Contact, Contact.id == Thread.contact_id)


def _statement(kind: str, organization_id: int, since: datetime) -> Select[*tuple[Any, ...]]:
    messages = (
        _about(Message.at, text=Message.text, channel=Channel.kind)
        .join(Message, Message.thread_id == Thread.id)
        .outerjoin(Channel, Channel.id == func.coalesce(Message.channel_id, Thread.channel_id))
        .where(Message.organization_id == organization_id, Message.at >= since, Message.seq > 0)
        .order_by(Message.id.desc())
    )
    match kind.split("_", 1):
        case ["message", direction]:
            return messages.where(Message.direction == ("in" if direction == "received" else "out"))
        case ["thread", code]:
            return messages.where(Message.direction == "internal", Message.content["code"].astext == code)
        case ["lead", what]:
            return (
                _about(LeadEvent.at)
                .join(Lead, Lead.contact_id == Thread.contact_id)
                .join(LeadEvent, LeadEvent.lead_id == Lead.id)
                .where(LeadEvent.organization_id == organization_id, LeadEvent.at >= since, LeadEvent.kind == what)
                .order_by(LeadEvent.id.desc())
            )
    at, *wanted = _of_appointments(kind)
    return (
        _about(
            at,
            service=Appointment.service_id,
            location=Appointment.location_id,
            professional=Appointment.professional_id,
        )
        .join(Appointment, Appointment.contact_id == Thread.contact_id)
        .where(Appointment.organization_id == organization_id, at >= since, *wanted)
        .order_by(at.desc())
    )


def _of_appointments(kind: str) -> tuple[Any, ...]:
    """When it happened to an appointment, and how one knows that it did."""
    match kind:
        case "appointment_booked":
            return Appointment.created_at, Appointment.status != "requested"
        case "appointment_cancelled":
            return (Appointment.cancelled_at,)
        case "appointment_no_show":
            return (Appointment.no_show_at,)
        case "appointment_attended":
            return Appointment.ends_at, Appointment.status == "attended"
    raise Refused("no_past", "De eso no queda historia: sólo se puede probar con lo que pase desde ahora.")
