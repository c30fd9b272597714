"""Who a WhatsApp slice is about: identities out of phone ids and business-scoped user ids (BSUID).

Since 2026 a person may have no number (Meta, business-scoped user IDs): every id is optional, one is enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.lenient import NotUnderstood, record, sequence, text
from core.threads.inbound import Identity, Person, SendError

BRAZIL = "55"
"""WhatsApp tells nobody's language; its numbers of Brazil are taken to speak Portuguese."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a body a slice was found: what it needs to know of the entry and value around it."""

    account: str
    waba: str
    at: datetime | None
    """The entry's own time; None when it has none."""
    now: datetime
    """When the body arrived: what is left for a slice without any time."""
    our_number: str | None
    contacts: tuple[dict[str, Any], ...]


def stamp(place: Place, external_id: str, at: datetime, raw: dict[str, Any]) -> dict[str, Any]:
    """The four fields every item carries."""
    return {"account": place.account, "external_id": external_id, "at": at, "raw": raw}


def errors(value: object) -> tuple[SendError, ...]:
    """Meta's error objects; `message` may be missing (then `title` says it), and so may everything else."""
    found = []
    for error in map(record, sequence(value)):
        title = text(error.get("title")) or text(error.get("message"))
        data = error.get("error_data")
        details = text(data.get("details")) if isinstance(data, dict) else text(data)
        found.append(SendError(text(error.get("code")) or "", title or "", details))
    return tuple(found)


def whatsapp_identity(wa_id: str) -> Identity:
    """A number as WhatsApp writes it."""
    return Identity("whatsapp", "", wa_id)


def bsuid_identity(place: Place, user_id: str) -> Identity:
    """A business-scoped user id; Meta gives the same person another one per business."""
    return Identity("bsuid", place.waba, user_id)


def person(place: Place, wa_id: str | None, user_id: str | None) -> Person:
    """The person with these ids, completed by their contact card in the same value; NotUnderstood without any id.

    A card that names another person is not used: ids are never joined on a guess. Without any id the only card
    of the value is who it is about.
    """
    card = _card(place.contacts, wa_id, user_id)
    wa_id = wa_id or text(card.get("wa_id"))
    user_id = user_id or text(card.get("user_id"))
    identities: list[Identity] = []
    if wa_id:
        identities.append(whatsapp_identity(wa_id))
    if user_id:
        identities.append(bsuid_identity(place, user_id))
    if not identities:
        raise NotUnderstood("nobody is named: from, from_user_id and contacts are missing")
    profile = record(card.get("profile"))
    return Person(
        identities=tuple(identities),
        address={"to": wa_id} if wa_id else {"recipient": user_id},
        name=text(profile.get("name")),
        username=text(profile.get("username")) or text(card.get("username")),
        language="pt" if wa_id and wa_id.startswith(BRAZIL) else None,
    )


def _card(contacts: Sequence[dict[str, Any]], wa_id: str | None, user_id: str | None) -> dict[str, Any]:
    for card in contacts:
        if (user_id and card.get("user_id") == user_id) or (wa_id and text(card.get("wa_id")) == wa_id):
            return card
    if not wa_id and not user_id and len(contacts) == 1:
        return contacts[0]
    return {}
