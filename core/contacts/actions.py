"""What may be done to a contact: consent, a phone, a suggestion to merge. Takes a session, never commits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.contacts.model import ConsentEvent, Contact, ContactIdentity

MESSAGING_KINDS = ("messaging", "marketing_messages")
"""Consents that decide whether non-essential messages may be sent."""


async def record_consent(
    session: AsyncSession,
    organization_id: int,
    contact_id: int,
    kind: str,
    *,
    granted: bool,
    source: str,
    at: datetime,
    evidence: Mapping[str, Any] | None = None,
) -> None:
    """A person allowed or forbade something; messaging kinds also opt the contact in or out."""
    session.add(
        ConsentEvent(
            organization_id=organization_id,
            contact_id=contact_id,
            kind=kind,
            granted=granted,
            source=source,
            evidence=dict(evidence or {}),
            at=at,
        )
    )
    if kind in MESSAGING_KINDS:
        await session.execute(
            update(Contact).where(Contact.id == contact_id).values(opted_out_at=None if granted else at)
        )
    await session.flush()


async def add_phone(session: AsyncSession, contact: Contact, phone: str, *, verified: bool) -> None:
    """Keep a phone (E.164) the person gave. One that somebody else has stays theirs; a merge is suggested instead."""
    contact.phone = phone
    owner = await owner_of_phone(session, contact.organization_id, phone)
    if owner is None:
        session.add(
            ContactIdentity(
                organization_id=contact.organization_id,
                contact_id=contact.id,
                kind="phone",
                value=phone,
                verified=verified,
            )
        )
    elif owner != contact.id:
        await suggest(session, contact.organization_id, contact.id, owner, "same_number")
    await session.flush()


async def owner_of_phone(session: AsyncSession, organization_id: int, phone: str) -> int | None:
    """The contact whose phone (E.164) it is."""
    found: int | None = await session.scalar(
        select(ContactIdentity.contact_id).where(
            ContactIdentity.organization_id == organization_id,
            ContactIdentity.kind == "phone",
            ContactIdentity.value == phone,
        )
    )
    return found


async def suggest(session: AsyncSession, organization_id: int, one: int, other: int, reason: str) -> None:
    """Say that two contacts may be one person; once per pair, whatever became of it."""
    await session.execute(
        text(
            "INSERT INTO merge_suggestion (organization_id, contact_id, other_id, reason) "
            "VALUES (:organization, least(:one, :other), greatest(:one, :other), :reason) ON CONFLICT DO NOTHING"
        ),
        {"organization": organization_id, "one": one, "other": other, "reason": reason},
    )
