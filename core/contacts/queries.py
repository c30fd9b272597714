"""Reads of contacts: the list, one with everything known, suggestions to merge."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.contacts.model import ConsentEvent, Contact, ContactIdentity, MergeSuggestion
from core.leads.model import Lead
from core.organizations.permissions import Sight
from core.threads.model import Thread
from core.threads.queries import visible_to


@dataclass(frozen=True, slots=True)
class ListedContact:
    contact: Contact
    thread_id: int | None


@dataclass(frozen=True, slots=True)
class Suggested:
    """Two contacts that may be one person."""

    suggestion: MergeSuggestion
    one: Contact
    other: Contact


def contact_visible_to(sight: Sight) -> ColumnElement[bool]:
    """A member sees the people of the threads they see and of their own leads."""
    if sight.scope == "all":
        return true()
    return or_(
        Contact.id.in_(select(Thread.contact_id).where(visible_to(sight))),
        Contact.id.in_(select(Lead.contact_id).where(Lead.owner_id == sight.member_id)),
    )


async def list_contacts(
    session: AsyncSession,
    organization_id: int,
    sight: Sight,
    *,
    ids: Sequence[int] | None,
    after: int | None,
    limit: int,
) -> list[ListedContact]:
    """Contacts, the newest first, from the one after the id; `ids` limits them to what a search found."""
    statement = (
        select(Contact, Thread.id)
        .outerjoin(Thread, Thread.contact_id == Contact.id)
        .where(Contact.organization_id == organization_id, Contact.merged_into_id.is_(None), contact_visible_to(sight))
        .order_by(Contact.id.desc())
        .limit(limit)
    )
    if ids is not None:
        statement = statement.where(Contact.id.in_(ids))
    if after is not None:
        statement = statement.where(Contact.id < after)
    return [ListedContact(contact, thread_id) for contact, thread_id in await session.execute(statement)]


async def read_contact(
    session: AsyncSession, sight: Sight, contact_id: int, *, lock: bool = False
) -> ListedContact | None:
    statement = (
        select(Contact, Thread.id)
        .outerjoin(Thread, Thread.contact_id == Contact.id)
        .where(Contact.id == contact_id, contact_visible_to(sight))
        .execution_options(populate_existing=True)
    )
    if lock:
        statement = statement.with_for_update(of=Contact)
    row = (await session.execute(statement)).one_or_none()
    return ListedContact(row[0], row[1]) if row else None


async def identities_of(session: AsyncSession, contact_id: int) -> Sequence[ContactIdentity]:
    rows = await session.scalars(
        select(ContactIdentity).where(ContactIdentity.contact_id == contact_id).order_by(ContactIdentity.id).limit(200)
    )
    return list(rows)


async def consents_of(session: AsyncSession, contact_id: int) -> Sequence[ConsentEvent]:
    """What the person allowed and forbade, the newest first."""
    rows = await session.scalars(
        select(ConsentEvent)
        .where(ConsentEvent.contact_id == contact_id)
        .order_by(ConsentEvent.at.desc(), ConsentEvent.id.desc())
        .limit(200)
    )
    return list(rows)


async def list_suggestions(
    session: AsyncSession, organization_id: int, sight: Sight, state: str, *, after: int | None, limit: int
) -> list[Suggested]:
    """Suggestions in `state`, the newest first; open ones only while both contacts still stand alone."""
    one, other = aliased(Contact), aliased(Contact)
    visible = select(Contact.id).where(contact_visible_to(sight))
    statement = (
        select(MergeSuggestion, one, other)
        .join(one, one.id == MergeSuggestion.contact_id)
        .join(other, other.id == MergeSuggestion.other_id)
        .where(MergeSuggestion.organization_id == organization_id, MergeSuggestion.state == state)
        .order_by(MergeSuggestion.id.desc())
        .limit(limit)
    )
    if sight.scope != "all":
        statement = statement.where(one.id.in_(visible), other.id.in_(visible))
    if state == "open":
        statement = statement.where(one.merged_into_id.is_(None), other.merged_into_id.is_(None))
    if after is not None:
        statement = statement.where(MergeSuggestion.id < after)
    return [Suggested(*row) for row in await session.execute(statement)]
