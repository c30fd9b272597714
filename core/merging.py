"""Making one contact of two, and taking that back. Takes a session, never commits.

Identities, consents, touches, leads, patients with their appointments and the whole conversation move to the contact
that is kept; the other one's messages come before its own. `undo` on the suggestion remembers each thing moved.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.contacts.model import Contact, MergeSuggestion
from core.errors import Missing, Refused
from core.threads.actions import HUMAN_STATES, PREVIEW, lock_thread, silence_bot
from core.threads.later_model import ThreadSurvey
from core.threads.model import Episode, Message, Thread, ThreadChannel
from core.threads.queues import PendingAction

MOVED = {
    "identities": "identity",
    "consents": "consent_event",
    "touches": "touch",
    "patients": "patient",
    "appointments": "appointment",
    "waitlist": "waitlist_entry",
}
"""Where rows hang from a contact and go with it: the name in `undo` → the table."""


async def find_suggestion(session: AsyncSession, suggestion_id: int) -> MergeSuggestion:
    """The suggestion, locked; raises Missing."""
    suggestion = await session.get(MergeSuggestion, suggestion_id, with_for_update=True)
    if suggestion is None:
        raise Missing("merge_suggestion")
    return suggestion


async def merge(session: AsyncSession, suggestion: MergeSuggestion, keep_id: int, now: datetime) -> Contact:
    """Make one contact of two. Raises Refused when the suggestion is not open or a contact is merged already."""
    if suggestion.state != "open":
        raise Refused("not_open", "Esta sugerencia ya se resolvió.")
    if keep_id not in (suggestion.contact_id, suggestion.other_id):
        raise Missing("contact")
    gone_id = suggestion.other_id if keep_id == suggestion.contact_id else suggestion.contact_id
    kept, gone = await _lock_both(session, keep_id, gone_id)
    if kept.merged_into_id or gone.merged_into_id:
        raise Refused("already_merged", "Uno de los dos contactos ya está unido a otro.")
    moved: dict[str, Any] = {"kept": keep_id, "gone": gone_id}
    for name, table in MOVED.items():
        moved[name] = await _move(session, table, keep_id, gone_id)
    moved["leads"] = await _move_leads(session, keep_id, gone_id)
    moved["filled"] = _fill(kept, gone)
    moved["thread"] = await _move_thread(session, keep_id, gone_id, now)
    gone.merged_into_id = keep_id
    suggestion.state = "merged"
    suggestion.undo = moved
    await session.flush()
    return kept


async def _lock_both(session: AsyncSession, one_id: int, other_id: int) -> tuple[Contact, Contact]:
    """Both contacts, locked in the order of their ids whatever their part, so that two merges cannot deadlock."""
    locked = {
        contact_id: await session.get_one(Contact, contact_id, with_for_update=True, populate_existing=True)
        for contact_id in sorted((one_id, other_id))
    }
    return locked[one_id], locked[other_id]


FILLED = ("name", "phone", "email", "opted_out_at")


def _fill(kept: Contact, gone: Contact) -> list[str]:
    """What the kept contact lacks comes from the other one; returns what was filled."""
    filled = [name for name in FILLED if not getattr(kept, name) and getattr(gone, name)]
    for name in filled:
        setattr(kept, name, getattr(gone, name))
    return filled


async def _move_leads(session: AsyncSession, keep_id: int, gone_id: int) -> list[int]:
    """All leads, except an open one when the kept contact has an open one of its own: it may have only one."""
    moved = await session.scalars(
        text(
            "UPDATE lead SET contact_id = :keep WHERE contact_id = :gone AND (closed_at IS NOT NULL OR NOT EXISTS "
            "(SELECT FROM lead o WHERE o.contact_id = :keep AND o.closed_at IS NULL)) RETURNING id"
        ),
        {"keep": keep_id, "gone": gone_id},
    )
    return list(moved)


async def undo_merge(session: AsyncSession, suggestion: MergeSuggestion, now: datetime) -> None:
    """Take a merge back: whatever it moved returns, what came afterwards stays with the kept contact.

    Raises Refused when it is not merged, or when the kept contact went into another one since.
    """
    if suggestion.state != "merged" or suggestion.undo is None:
        raise Refused("not_merged", "Esta unión no está hecha: no hay nada que deshacer.")
    moved = suggestion.undo
    kept, gone = await _lock_both(session, moved["kept"], moved["gone"])
    if kept.merged_into_id is not None:
        raise Refused("merged_since", "El contacto se unió después a otro: deshaz primero esa unión.")
    for name, table in {**MOVED, "leads": "lead"}.items():
        await session.execute(
            text(f"UPDATE {table} SET contact_id = :gone WHERE id = ANY (:ids)"),  # noqa: S608 names from this list
            {"gone": gone.id, "ids": moved.get(name, [])},
        )
    if moved["thread"]:
        await _return_thread(session, moved["thread"], now)
    for name in moved["filled"]:
        if getattr(kept, name) == getattr(gone, name):  # what was changed since is the kept contact's own
            setattr(kept, name, "" if name == "name" else None)
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


async def _move_thread(session: AsyncSession, keep_id: int, gone_id: int, now: datetime) -> dict[str, Any] | None:
    """Move the messages before the kept thread's own; order within each stays. None: there is nothing to move.

    The thread left behind is over: nothing it had waiting may speak in it any more.
    """
    threads = {
        contact_id: await session.scalar(select(Thread.id).where(Thread.contact_id == contact_id))
        for contact_id in (keep_id, gone_id)
    }
    kept_id, moved_id = threads[keep_id], threads[gone_id]
    if kept_id is None or moved_id is None:
        return None
    ordered = [await lock_thread(session, thread_id) for thread_id in sorted((kept_id, moved_id))]
    kept, gone = ordered if ordered[0].id == kept_id else reversed(ordered)
    remembered: dict[str, Any] = {
        "state": gone.state,
        "owner_id": gone.owner_id,
        "team": gone.team,
        "answers_by": kept.channel_id,
        "unread": gone.unread,
        "addresses": await _addresses(session, kept.id),
    }
    waiting = gone.waiting_since
    await _retire(session, gone, now)
    shift = gone.last_seq - (kept.first_seq - 1)
    ids = {"kept": kept.id, "gone": gone.id, "shift": shift}
    moved = await _move_messages(session, ids)
    if gone.last_at > kept.last_at:
        kept.channel_id = gone.channel_id
    if waiting is not None and kept.state in HUMAN_STATES:
        kept.waiting_since = min(waiting, kept.waiting_since or waiting)
    kept.unread += remembered["unread"]
    kept.first_seq = gone.first_seq - shift
    kept.version += 1
    await session.flush()
    for thread in (kept, gone):
        await _tell_last(session, thread)
    return {**ids, **moved, **remembered}


async def _addresses(session: AsyncSession, thread_id: int) -> list[list[Any]]:
    rows = await session.execute(
        select(ThreadChannel.channel_id, ThreadChannel.address).where(ThreadChannel.thread_id == thread_id)
    )
    return [[channel_id, address] for channel_id, address in rows]


async def _move_messages(session: AsyncSession, ids: dict[str, int]) -> dict[str, list[int]]:
    messages = list(
        await session.scalars(
            text("UPDATE message SET thread_id = :kept, seq = seq - :shift WHERE thread_id = :gone RETURNING id"),
            ids,
        )
    )
    await session.execute(text("UPDATE outbox SET thread_id = :kept, seq = seq - :shift WHERE thread_id = :gone"), ids)
    await session.execute(text("UPDATE mention SET thread_id = :kept WHERE thread_id = :gone"), ids)
    to_come = (
        "UPDATE scheduled_message SET thread_id = :kept WHERE thread_id = :gone AND state = 'waiting' RETURNING id"
    )
    scheduled = list(await session.scalars(text(to_come), ids))
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
    return {"messages": messages, "channels": channels, "scheduled": scheduled}


async def _retire(session: AsyncSession, gone: Thread, now: datetime) -> None:
    """Nothing is left to happen in a thread whose person now writes elsewhere."""
    await silence_bot(session, gone)
    gone.state = "resolved"
    gone.owner_id = gone.team = gone.session = gone.snoozed_until = gone.waiting_since = None
    gone.unread = 0
    await session.execute(
        update(ThreadSurvey)
        .where(ThreadSurvey.thread_id == gone.id, ThreadSurvey.state == "waiting")
        .values(state="skipped")
    )
    await session.execute(
        update(PendingAction)
        .where(PendingAction.thread_id == gone.id, PendingAction.state == "pending")
        .values(state="failed", error="the contact was merged into another")
    )
    await session.execute(
        update(Episode).where(Episode.thread_id == gone.id, Episode.resolved_at.is_(None)).values(resolved_at=now)
    )


async def _tell_last(session: AsyncSession, thread: Thread) -> None:
    """What the list shows of a thread: its latest message, which need not be the last in order."""
    last = await session.scalar(
        select(Message)
        .where(Message.thread_id == thread.id, Message.direction != "internal")
        .order_by(Message.at.desc(), Message.seq.desc())
        .limit(1)
    )
    if last is not None:
        thread.last_at, thread.last_text, thread.last_author = last.at, last.text[:PREVIEW], last.author


async def _return_thread(session: AsyncSession, moved: dict[str, Any], now: datetime) -> None:
    locked = {thread_id: await lock_thread(session, thread_id) for thread_id in sorted((moved["kept"], moved["gone"]))}
    kept, gone = locked[moved["kept"]], locked[moved["gone"]]
    ids = {"gone": gone.id, "shift": moved["shift"], "messages": moved["messages"]}
    for table, column in (("message", "id"), ("outbox", "message_id")):
        await session.execute(
            text(
                f"UPDATE {table} SET thread_id = :gone, seq = seq + :shift WHERE {column} = ANY (:messages)"  # noqa: S608
            ),
            ids,
        )
    await session.execute(text("UPDATE mention SET thread_id = :gone WHERE message_id = ANY (:messages)"), ids)
    await session.execute(
        text("UPDATE scheduled_message SET thread_id = :gone WHERE id = ANY (:scheduled)"),
        {"gone": gone.id, "scheduled": moved.get("scheduled", [])},
    )
    await session.execute(
        text("DELETE FROM thread_channel WHERE thread_id = :kept AND channel_id = ANY (:channels)"),
        {"kept": kept.id, "channels": moved["channels"]},
    )
    for channel_id, address in moved["addresses"]:
        await session.execute(
            update(ThreadChannel)
            .where(ThreadChannel.thread_id == kept.id, ThreadChannel.channel_id == channel_id)
            .values(address=address)
        )
    if kept.channel_id == gone.channel_id:
        kept.channel_id = moved["answers_by"]
    if moved["state"] in HUMAN_STATES:
        gone.state, gone.owner_id, gone.team = "open", moved["owner_id"], moved["team"]
        session.add(Episode(organization_id=gone.organization_id, thread_id=gone.id, started_at=now))
    kept.unread = max(0, kept.unread - moved["unread"])
    gone.unread = moved["unread"]
    for thread in (kept, gone):
        thread.version += 1
    await session.flush()
    for thread in (kept, gone):
        await _tell_last(session, thread)
