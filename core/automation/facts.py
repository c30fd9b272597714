"""What is true of an event when it is looked at. Takes a session, never commits. Six queries, the agenda's included."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.model import Appointment
from core.automation.definition import Facts
from core.automation.events import SUBJECTS
from core.automation.model import Event
from core.contacts.model import Contact
from core.fold import fold
from core.leads.model import Lead, LeadStage
from core.organizations.hours import is_open
from core.organizations.model import Organization
from core.organizations.queries import special_days
from core.threads.actions import lock_thread
from core.threads.model import Channel, Message, Thread


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with what it is about. `thread` is locked; None: the person never wrote. `lead`: the event's, otherwise
    the person's latest."""

    event: Event
    organization: Organization
    thread: Thread | None
    contact: Contact
    message: Message | None
    lead: Lead | None
    stage: LeadStage | None
    appointment: Appointment | None
    facts: Facts


async def look(session: AsyncSession, event: Event) -> Happened | None:
    """None when what it was about is gone."""
    subject = SUBJECTS[event.kind]
    message = await session.get(Message, event.subject_id) if subject == "message" else None
    appointment = await session.get(Appointment, event.subject_id) if subject == "appointment" else None
    where = Thread.id == message.thread_id if message else Thread.contact_id == event.contact_id
    thread_id = await session.scalar(select(Thread.id).where(where))
    thread = await lock_thread(session, thread_id) if thread_id is not None else None
    spoken = message.channel_id if message else thread.channel_id if thread else None
    row = (
        await session.execute(
            select(Contact, Organization, Channel.kind)
            .join(Organization, Organization.id == Contact.organization_id)
            .outerjoin(Channel, Channel.id == spoken)
            .where(Contact.id == (thread.contact_id if thread else event.contact_id))
        )
    ).one_or_none()
    if row is None:
        return None
    contact, organization, channel = row
    about = Lead.id == event.subject_id if subject == "lead" else Lead.contact_id == contact.id
    found = (
        await session.execute(
            select(Lead, LeadStage)
            .join(LeadStage, LeadStage.id == Lead.stage_id)
            .where(about)
            .order_by(Lead.closed_at.desc().nulls_first(), Lead.id.desc())
            .limit(1)
        )
    ).one_or_none()
    lead, stage = found if found else (None, None)
    special = await special_days(session, organization.id, event.at.date() - timedelta(days=1))
    facts: Facts = {
        "text": (fold(message.text),) if message else (),
        "open": ("yes" if is_open(organization.hours, special, organization.zone, event.at) else "no",),
        **(facts_of_thread(thread) if thread else {}),
        "language": _known(contact.language),
        "channel": _known(channel),
        "stage": _known(stage.key if stage else None),
        "source": _known(lead.source if lead else None),
        "interest": _known(lead.interest if lead else None),
        "service": _known(appointment.service_id if appointment else None),
        "location": _known(appointment.location_id if appointment else None),
        "professional": _known(appointment.professional_id if appointment else None),
    }
    return Happened(event, organization, thread, contact, message, lead, stage, appointment, facts)


def facts_of_thread(thread: Thread) -> Facts:
    return {
        "state": (thread.state,),
        "label": tuple(thread.labels),
        "team": _known(thread.team),
        "owner": _known(thread.owner_id),
        "priority": (thread.priority,),
    }


def _known(value: object) -> tuple[str, ...]:
    return () if value is None else (str(value),)
