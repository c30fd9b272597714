"""Making one contact of two, and taking that back. Takes a session, never commits.

Identities, consents, touches, the lead and the whole conversation move to the contact that is kept; the other one's
messages come before its own. `undo` on the suggestion remembers each thing moved.
"""

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.contacts.model import Contact, MergeSuggestion
from core.errors import Missing, Refused
from core.threads.actions import lock_thread, silence_bot
from core.threads.model import Thread


async def find_suggestion(session: AsyncSession, suggestion_id: int) -> MergeSuggestion:
    """The suggestion, locked; raises Missing."""
    suggestion = await session.get(MergeSuggestion, suggestion_id, with_for_update=True)
    if suggestion is None:
        raise Missing("merge_suggestion")
    return suggestion


async def merge(session: AsyncSession, suggestion: MergeSuggestion, keep_id: int) -> Contact:
    """Make one contact of two. Raises Refused when the suggestion is not open or a contact is merged already."""
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
    moved["thread"] = await _move_thread(session, keep_id, gone_id)
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
    if moved["thread"]:
        await _return_thread(session, moved["thread"])
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


async def _move_thread(session: AsyncSession, keep_id: int, gone_id: int) -> dict[str, Any] | None:
    """Move the messages before the kept thread's own; order within each stays. None: there is nothing to move."""
    threads = {
        contact_id: await session.scalar(select(Thread.id).where(Thread.contact_id == contact_id))
        for contact_id in (keep_id, gone_id)
    }
    kept_id, moved_id = threads[keep_id], threads[gone_id]
    if kept_id is None or moved_id is None:
        return None
    ordered = [await lock_thread(session, thread_id) for thread_id in sorted((kept_id, moved_id))]
    kept, gone = ordered if ordered[0].id == kept_id else reversed(ordered)
    await silence_bot(session, gone)
    shift = gone.last_seq - (kept.first_seq - 1)
    ids = {"kept": kept.id, "gone": gone.id, "shift": shift}
    messages = list(
        await session.scalars(
            text("UPDATE message SET thread_id = :kept, seq = seq - :shift WHERE thread_id = :gone RETURNING id"),
            ids,
        )
    )
    await session.execute(text("UPDATE outbox SET thread_id = :kept, seq = seq - :shift WHERE thread_id = :gone"), ids)
    channels = list(
        await session.scalars(
            text(
                "INSERT INTO thread_channel (thread_id, channel_id, organization_id, address, last_inbound_at) "
                "SELECT :kept, channel_id, organization_id, address, last_inbound_at FROM thread_channel "
                "WHERE thread_id = :gone ON CONFLICT DO NOTHING RETURNING channel_id"
            ),
            ids,
        )
    )
    kept.first_seq = gone.first_seq - shift
    kept.version += 1
    gone.state = "resolved"
    await session.flush()
    return {**ids, "messages": messages, "channels": channels, "first_seq": kept.first_seq}


async def _return_thread(session: AsyncSession, moved: dict[str, Any]) -> None:
    ids = {"kept": moved["kept"], "gone": moved["gone"], "shift": moved["shift"], "messages": moved["messages"]}
    for table, column in (("message", "id"), ("outbox", "message_id")):
        await session.execute(
            text(
                f"UPDATE {table} SET thread_id = :gone, seq = seq + :shift WHERE {column} = ANY (:messages)"  # noqa: S608
            ),
            ids,
        )
    await session.execute(
        text("DELETE FROM thread_channel WHERE thread_id = :kept AND channel_id = ANY (:channels)"),
        {"kept": moved["kept"], "channels": moved["channels"]},
    )
    for thread_id in sorted((moved["kept"], moved["gone"])):
        thread = await lock_thread(session, thread_id)
        thread.version += 1
