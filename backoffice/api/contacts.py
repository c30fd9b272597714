"""The people: list, search, one with everything known, corrections, consent told to the staff."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.paging import Cursor, Limit, Page, cursor_of, read_cursor
from backoffice.api.session import Email
from backoffice.api.views import StageName
from backoffice.api.words import Given, Line, MaybeLine, MaybeParagraph, Plain, Yes
from core.contacts.actions import add_phone, owner_of_phone, record_consent
from core.contacts.model import Contact
from core.contacts.phones import e164, national
from core.contacts.queries import (
    ListedContact,
    consents_of,
    identities_of,
    list_contacts,
    read_contact,
)
from core.errors import Missing, Refused
from core.leads.queries import leads_of, touches_of
from core.organizations.audit import Seen
from core.organizations.permissions import allows
from core.threads.search import find_candidates

router = staff_router("contacts")

Reads = Annotated[Staff, Depends(Needs("contacts.read"))]
Writes = Annotated[Staff, Depends(Needs("contacts.write"))]


class ContactView(BaseModel):
    id: str
    name: str
    language: str | None
    phone: str | None
    email: str | None
    opted_out_at: datetime | None
    thread: str | None
    created_at: datetime


class IdentityView(BaseModel):
    id: str
    kind: str
    value: str
    username: str | None
    verified: bool


class ConsentView(BaseModel):
    kind: str
    granted: Yes
    source: str
    evidence: dict[str, Any]
    at: datetime


class LeadName(BaseModel):
    id: str
    stage: StageName
    open: bool
    created_at: datetime


class TouchView(BaseModel):
    """One marketing contact, whole."""

    kind: str
    source_id: str | None
    click_id: str | None
    headline: str | None
    payload: dict[str, Any]
    at: datetime


class WholeContact(ContactView):
    attributes: dict[str, Any]
    merged_into: str | None
    identities: list[IdentityView]
    consents: list[ConsentView]
    leads: list[LeadName]
    touches: list[TouchView]


class ContactIn(Given):
    """What is given changes; null clears. `attributes` are merged in, a null in them removes one."""

    name: Line | None = None
    language: Literal["es", "pt", "en"] | None = None
    phone: MaybeLine | None = None
    email: Email | None = None
    attributes: Plain | None = None


class NewContact(Given):
    """Somebody who has not written: who came in, or called. A phone makes it the same person when they write."""

    name: Line
    language: Literal["es", "pt", "en"] | None = None
    phone: Line | None = None
    email: Email | None = None


class ConsentIn(Given):
    """`messaging` and `marketing_messages` also stop, or allow again, everything that is not essential."""

    kind: Literal["messaging", "marketing_messages", "privacy", "health_data", "photos_clinical", "photos_marketing"]
    granted: Yes
    note: MaybeParagraph = Field(default="", description="How the person said so.")


def view_contact(staff: Staff, listed: ListedContact) -> ContactView:
    contact = listed.contact
    return ContactView(
        id=staff.public("contact", contact.id),
        name=contact.name,
        language=contact.language,
        phone=contact.phone,
        email=contact.email,
        opted_out_at=contact.opted_out_at,
        thread=staff.public("thread", listed.thread_id) if listed.thread_id else None,
        created_at=contact.created_at,
    )


@router.get("/contacts", name="list_contacts")
async def list_the_contacts(
    staff: Reads,
    search: Annotated[str | None, Query(max_length=200, description="Name, phone, e-mail or user name.")] = None,
    cursor: Cursor = None,
    limit: Limit = 30,
) -> Page[ContactView]:
    """People, the newest first."""
    after = read_cursor(staff.runtime.ids, "contact", cursor)
    organization_id = staff.organization.id
    ids = None
    if words := (search or "").replace("\0", "").strip():
        ids = (await find_candidates(staff.runtime.loops, organization_id, words, messages=False)).contacts
    rows = await list_contacts(
        staff.session, organization_id, staff.sight, ids=ids, after=after[1] if after else None, limit=limit + 1
    )
    last = rows[limit - 1].contact.id if len(rows) > limit else None
    return Page(
        items=[view_contact(staff, row) for row in rows[:limit]],
        next=cursor_of(staff.runtime.ids, "contact", None, last) if last else None,
    )


@router.post("/contacts", status_code=201)
async def create_contact(staff: Writes, given: NewContact) -> WholeContact:
    """A person who has not written yet. 409 `phone_taken` when somebody has that phone already, with who."""
    phone = _number(given.phone, staff.organization.country) if given.phone else None
    if phone is not None and (known := await owner_of_phone(staff.session, staff.organization.id, phone)) is not None:
        listed = await read_contact(staff.session, staff.sight, known)
        who = {"contact": staff.public("contact", known), "name": listed.contact.name} if listed else {}
        whose = f"{who['name']} ya tiene" if who else "Otra persona ya tiene"
        raise Refused("phone_taken", f"{whose} ese teléfono: búscala, o déjalo vacío.", **who)
    contact = Contact(
        organization_id=staff.organization.id,
        name=given.name,
        named=True,
        language=given.language,
        email=given.email,
    )
    staff.session.add(contact)
    await staff.session.flush()
    if phone is not None:
        await add_phone(staff.session, contact, phone, verified=False)
    await staff.session.refresh(contact)
    view = await _whole(staff, ListedContact(contact, None))
    await staff.session.commit()
    return view


@router.get("/contacts/{contact_id}", name="read_contact")
async def read_the_contact(staff: Reads, contact_id: str) -> WholeContact:
    """One person, with everything known."""
    found = await _find(staff, contact_id)
    staff.seen.add(Seen("contact.seen", contact_id, found.contact.name))
    return await _whole(staff, found)


async def _find(staff: Staff, public: str, *, lock: bool = False) -> ListedContact:
    found = await read_contact(staff.session, staff.sight, staff.inside("contact", public), lock=lock)
    if found is None:
        raise Missing("contact")
    return found


async def _whole(staff: Staff, listed: ListedContact) -> WholeContact:
    session, contact = staff.session, listed.contact
    sells = allows(staff.member.role, "leads.read")
    leads = await leads_of(session, contact.id) if sells else []
    touches = await touches_of(session, contact.id) if sells else []
    return WholeContact(
        **view_contact(staff, listed).model_dump(),
        attributes=contact.attributes,
        merged_into=staff.public("contact", contact.merged_into_id) if contact.merged_into_id else None,
        identities=[
            IdentityView(
                id=staff.public("identity", one.id),
                kind=one.kind,
                value=one.value,
                username=one.username,
                verified=one.verified,
            )
            for one in await identities_of(session, contact.id)
        ],
        consents=[
            ConsentView(kind=one.kind, granted=one.granted, source=one.source, evidence=one.evidence, at=one.at)
            for one in await consents_of(session, contact.id)
        ],
        leads=[
            LeadName(
                id=staff.public("lead", one.lead.id),
                stage=StageName(key=one.stage.key, name=one.stage.name),
                open=one.lead.closed_at is None,
                created_at=one.lead.created_at,
            )
            for one in leads
        ],
        touches=[
            TouchView(
                kind=one.kind,
                source_id=one.source_id,
                click_id=one.click_id,
                headline=one.headline,
                payload=one.payload,
                at=one.at,
            )
            for one in touches
        ],
    )


@router.patch("/contacts/{contact_id}")
async def change_contact(staff: Writes, contact_id: str, given: ContactIn) -> WholeContact:
    """Correct what is known. A phone somebody else has is kept as well, and a merge is suggested."""
    listed = await _find(staff, contact_id, lock=True)
    contact, told = listed.contact, given.model_fields_set
    if given.name is not None:
        contact.name, contact.named = given.name, True
    if "language" in told:
        contact.language = given.language
    if "email" in told:
        contact.email = given.email
    if given.phone:
        await add_phone(staff.session, contact, _number(given.phone, staff.organization.country), verified=False)
    elif "phone" in told:
        contact.phone = None
    if given.attributes is not None:
        merged = {**contact.attributes, **given.attributes}
        contact.attributes = {name: value for name, value in merged.items() if value is not None}
    await staff.session.flush()
    view = await _whole(staff, listed)
    await staff.session.commit()
    return view


def _number(given: str, country: str) -> str:
    """E.164; a number without `+` is of the organization's country."""
    number = e164("".join(letter for letter in given if letter in "0123456789")) if given.startswith("+") else None
    if number is None and not given.startswith("+"):
        number = national(given, country)
    if number is None:
        raise Refused("number", f"«{given}» no es un teléfono: escríbelo con el código del país, como +57 300 1234567.")
    return number


@router.post("/contacts/{contact_id}/consents", status_code=201)
async def record_contact_consent(staff: Writes, contact_id: str, given: ConsentIn) -> WholeContact:
    """The person told the staff what they allow or forbid."""
    listed = await _find(staff, contact_id, lock=True)
    await record_consent(
        staff.session,
        staff.organization.id,
        listed.contact.id,
        given.kind,
        granted=given.granted,
        source="staff",
        at=staff.now,
        evidence={"member": staff.member.name, "note": given.note},
    )
    view = await _whole(staff, await _find(staff, contact_id))
    await staff.session.commit()
    return view
