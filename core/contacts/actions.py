"""What may be done to a contact: consent, corrections, and merging with undo. Takes a session, never commits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.contacts.model import ConsentEvent, Contact, ContactIdentity, MergeSuggestion
from core.errors import Missing, Refused

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


async def find_suggestion(session: AsyncSession, suggestion_id: int) -> MergeSuggestion:
    """The suggestion, locked; raises Missing."""
    suggestion = await session.get(MergeSuggestion, suggestion_id, with_for_update=True)
    if suggestion is None:
        raise Missing("merge_suggestion")
    return suggestion


async def merge(session: AsyncSession, suggestion: MergeSuggestion, keep_id: int) -> Contact:
    """Make one contact of two: identities, consents, touches and leads move to `keep_id`; `undo` remembers each.

    Threads stay two and keep their history; the identities decide that the person's next message goes to the kept one.
    """
    if suggestion.state != "open":
        raise Refused("not_open", "Esta sugerencia ya se resolvió.")
    if keep_id not in (suggestion.contact_id, suggestion.other_id):
        raise Missing("contact")
    gone_id = suggestion.other_id if keep_id == suggestion.contact_id else suggestion.contact_id
    kept = await session.get(Contact, keep_id, with_for_update=True)
    gone = await session.get(Contact, gone_id, with_for_update=True)
    if kept is None or gone is None or kept.merged_into_id or gone.merged_into_id:
        raise Refused("already_merged", "Uno de los dos contactos ya está unido a otro.")
    moved: dict[str, Any] = {"kept": keep_id, "gone": gone_id, "filled": []}
    moved["identities"] = await _move(session, "identity", keep_id, gone_id)
    moved["consents"] = await _move(session, "consent_event", keep_id, gone_id)
    moved["touches"] = await _move(session, "touch", keep_id, gone_id)
    open_leads = await session.scalar(
        text("SELECT count(*) FROM lead WHERE contact_id IN (:one, :other) AND closed_at IS NULL"),
        {"one": keep_id, "other": gone_id},
    )
    moved["leads"] = await _move(session, "lead", keep_id, gone_id) if (open_leads or 0) < 2 else []
    for name in ("phone", "email"):
        if getattr(kept, name) is None and getattr(gone, name) is not None:
            setattr(kept, name, getattr(gone, name))
            moved["filled"].append(name)
    if gone.opted_out_at is not None and kept.opted_out_at is None:
        kept.opted_out_at = gone.opted_out_at
        moved["filled"].append("opted_out_at")
    gone.merged_into_id = keep_id
    suggestion.state = "merged"
    suggestion.undo = moved
    await session.flush()
    return kept


async def undo_merge(session: AsyncSession, suggestion: MergeSuggestion) -> None:
    """Take a merge back: whatever it moved returns, what came afterwards stays with the kept contact."""
    if suggestion.state != "merged" or suggestion.undo is None:
        raise Refused("not_merged", "Esta unión no está hecha: no hay nada que deshacer.")
    moved = suggestion.undo
    kept = await session.get(Contact, moved["kept"], with_for_update=True)
    gone = await session.get(Contact, moved["gone"], with_for_update=True)
    assert kept is not None and gone is not None
    for name, table in (
        ("identities", "identity"),
        ("consents", "consent_event"),
        ("touches", "touch"),
        ("leads", "lead"),
    ):
        await session.execute(
            text(f"UPDATE {table} SET contact_id = :gone WHERE id = ANY (:ids)"),  # noqa: S608 names from this list
            {"gone": gone.id, "ids": moved[name]},
        )
    for name in moved["filled"]:
        setattr(kept, name, None)
    gone.merged_into_id = None
    suggestion.state = "open"
    suggestion.undo = None
    await session.flush()


async def dismiss(session: AsyncSession, suggestion: MergeSuggestion) -> None:
    """They are two people: do not suggest it again."""
    if suggestion.state != "open":
        raise Refused("not_open", "Esta sugerencia ya se resolvió.")
    suggestion.state = "dismissed"
    await session.flush()


async def _move(session: AsyncSession, table: str, keep_id: int, gone_id: int) -> list[int]:
    moved = await session.scalars(
        text(f"UPDATE {table} SET contact_id = :keep WHERE contact_id = :gone RETURNING id"),  # noqa: S608
        {"keep": keep_id, "gone": gone_id},
    )
    return list(moved)


async def add_phone(session: AsyncSession, contact: Contact, phone: str, *, verified: bool) -> None:
    """Keep a phone (E.164) the person gave. One that somebody else has stays theirs; a merge is suggested instead."""
    contact.phone = phone
    owner = await session.scalar(
        select(ContactIdentity.contact_id).where(
            ContactIdentity.organization_id == contact.organization_id,
            ContactIdentity.kind == "phone",
            ContactIdentity.value == phone,
        )
    )
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


async def suggest(session: AsyncSession, organization_id: int, one: int, other: int, reason: str) -> None:
    """Say that two contacts may be one person; once per pair, whatever became of it."""
    await session.execute(
        text(
            "INSERT INTO merge_suggestion (organization_id, contact_id, other_id, reason) "
            "VALUES (:organization, least(:one, :other), greatest(:one, :other), :reason) ON CONFLICT DO NOTHING"
        ),
        {"organization": organization_id, "one": one, "other": other, "reason": reason},
    )
