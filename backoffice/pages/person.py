"""The side panel of a conversation: the person, what is booked for them, their files, who they may also be."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from backoffice.api.access import Staff
from backoffice.api.agenda_reads import list_appointments_of_contact
from backoffice.api.agenda_views import AppointmentView
from backoffice.api.contacts import WholeContact, read_the_contact
from backoffice.api.contents import view_content
from backoffice.api.views import ThreadView
from core.contacts.model import Contact, MergeSuggestion
from core.organizations.permissions import allows
from core.threads.model import Message

FILES = 24
VISITS = 6


@dataclass(frozen=True, slots=True)
class SameAs:
    """Another contact this may be. `id` is the suggestion's."""

    id: str
    name: str
    phone: str | None
    merged: bool


@dataclass(frozen=True, slots=True)
class Person:
    """What of a person a member may see."""

    contact: WholeContact | None
    appointments: list[AppointmentView]
    files: list[dict[str, str]]
    same_as: list[SameAs]


async def person_of(staff: Staff, thread: ThreadView) -> Person:
    """Of the thread's contact."""
    role = staff.member.role
    contact = await read_the_contact(staff, thread.contact.id) if allows(role, "contacts.read") else None
    booked = await list_appointments_of_contact(staff, thread.contact.id) if allows(role, "agenda.read") else None
    return Person(
        contact,
        booked.items[:VISITS] if booked else [],
        await _files(staff, thread),
        await _same_as(staff, thread) if allows(role, "contacts.merge") else [],
    )


async def _files(staff: Staff, thread: ThreadView) -> list[dict[str, str]]:
    """The latest files of the thread: where each is, of which type, and its name."""
    contents = await staff.session.scalars(
        select(Message.content)
        .where(
            Message.thread_id == staff.inside("thread", thread.id),
            Message.content["kind"].astext == "media",
            Message.content["attachment"].astext.is_not(None),
            Message.revoked_at.is_(None),
        )
        .order_by(Message.seq.desc())
        .limit(FILES)
    )
    views = [view_content(staff.runtime.ids, content) for content in contents]
    return [{"url": view.url, "type": view.type, "name": view.filename or view.caption} for view in views]


async def _same_as(staff: Staff, thread: ThreadView) -> list[SameAs]:
    """Suggestions about this contact: those open, and those taken, which can be undone."""
    inside = staff.inside("contact", thread.contact.id)
    one, other = aliased(Contact), aliased(Contact)
    rows = await staff.session.execute(
        select(MergeSuggestion, one, other)
        .join(one, one.id == MergeSuggestion.contact_id)
        .join(other, other.id == MergeSuggestion.other_id)
        .where(
            or_(MergeSuggestion.contact_id == inside, MergeSuggestion.other_id == inside),
            MergeSuggestion.state != "dismissed",
        )
        .order_by(MergeSuggestion.id.desc())
        .limit(5)
    )
    found = []
    for suggestion, first, second in rows:
        who = second if first.id == inside else first
        public = staff.public("merge_suggestion", suggestion.id)
        found.append(SameAs(public, who.name, who.phone, suggestion.state == "merged"))
    return found
