"""Slices that are neither messages nor statuses: calls, preferences, ids, address book, account and template events."""

from typing import Any

from channels.lenient import NotUnderstood, fingerprint, instant, needed, record, text
from channels.whatsapp.parse_message import when
from channels.whatsapp.people import Place, bsuid_identity, person, stamp
from core.threads.inbound import AccountChanged, AnyItem, CallChanged, IdentityChanged, PreferenceChanged

_CALL_FACTS = frozenset({"id", "direction", "status", "start_time", "end_time", "duration"})


def call(place: Place, raw: dict[str, Any]) -> AnyItem:
    """A call connects or ends. Its media session (SDP) stays in `raw` only."""
    identifier = needed(text(raw.get("id")), "id")
    event = needed(text(raw.get("event")), "event").lower()
    ours = raw.get("direction") == "BUSINESS_INITIATED"
    if len(place.contacts) == 1:
        sender = person(place, None, None)
    elif ours:
        sender = person(place, text(raw.get("to")), text(raw.get("to_user_id")))
    else:
        sender = person(place, text(raw.get("from")), text(raw.get("from_user_id")))
    data = {key: value for key, value in raw.items() if key in _CALL_FACTS}
    return CallChanged(
        **stamp(place, f"{identifier}:{event}", when(place, raw), raw), sender=sender, event=event, data=data
    )


def preference(place: Place, raw: dict[str, Any]) -> AnyItem:
    """The person stopped, resumed or signed up for marketing messages, told to WhatsApp itself."""
    value = needed(text(raw.get("value")), "value").lower()
    if value not in {"stop", "resume", "signup"}:
        raise NotUnderstood(f'unknown preference "{value}"')
    return PreferenceChanged(
        **stamp(place, fingerprint("preference", raw), when(place, raw), raw),
        sender=person(place, text(raw.get("wa_id")), text(raw.get("user_id"))),
        granted=value != "stop",
        category=text(raw.get("category")) or "marketing_messages",
    )


def user_id_change(place: Place, raw: dict[str, Any]) -> AnyItem:
    """The person's BSUID changed (they changed their number): `user_id` is {previous, current}."""
    ids = record(raw.get("user_id"))
    old = needed(text(ids.get("previous")), "user_id.previous")
    new = needed(text(ids.get("current")), "user_id.current")
    return IdentityChanged(
        **stamp(place, fingerprint("user_id", raw), when(place, raw), raw),
        person=person(place, text(raw.get("wa_id")), old),
        old=bsuid_identity(place, old),
        new=bsuid_identity(place, new),
    )


def address_book_change(place: Place, raw: dict[str, Any]) -> AnyItem:
    """The business added, edited or removed somebody in its phone's address book (coexistence)."""
    at = instant(record(raw.get("metadata")).get("timestamp")) or place.at or place.now
    return AccountChanged(**stamp(place, fingerprint("address_book", raw), at, raw), subject="address_book", data=raw)


def history_note(place: Place, raw: dict[str, Any]) -> AnyItem:
    """How far the history import is (phase, chunk, progress), or why there is none (the business declined)."""
    if "metadata" not in raw and "errors" not in raw:
        raise NotUnderstood("metadata is missing")
    at = place.at or place.now
    return AccountChanged(**stamp(place, fingerprint("history", raw), at, raw), subject="history", data=raw)


def account_event(place: Place, raw: dict[str, Any], subject: str) -> AnyItem:
    """Something about the number or the WABA; `subject` is Meta's own field name.

    The entry's time is part of the identity: the same restriction may come again another day.
    """
    at = place.at or place.now
    told = place.at.isoformat() if place.at else None
    identity = fingerprint(subject, {"at": told, "account": place.account, "value": raw})
    return AccountChanged(**stamp(place, identity, at, raw), subject=subject, data=raw)
