"""One object of `value.statuses` → what became of a message or call of ours (Meta, status messages webhook)."""

from typing import Any

from channels.lenient import NotUnderstood, fingerprint, needed, record, text
from channels.whatsapp.parse_message import when
from channels.whatsapp.people import Place, errors, person, stamp
from core.threads.inbound import AnyItem, CallChanged, Ignored, Person, Status, StatusChanged

_STATUSES: dict[str, Status] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "played",
    "failed": "failed",
}
_PASSED_OVER = frozenset({"deleted", "warning"})


def status(place: Place, raw: dict[str, Any]) -> AnyItem:
    """A message status. A redelivery has the same id: message and status together."""
    identifier = needed(text(raw.get("id")), "id")
    named = needed(text(raw.get("status")), "status").lower()
    at = when(place, raw)
    if raw.get("recipient_type") == "group":
        return Ignored(
            **stamp(place, fingerprint("group-status", raw), at, raw), reason="a WhatsApp group is not a person"
        )
    if named in _PASSED_OVER or raw.get("type") == "payment":
        return Ignored(
            **stamp(place, f"{identifier}:{named}", at, raw), reason=f'the status "{named}" changes nothing here'
        )
    if named not in _STATUSES:
        raise NotUnderstood(f'unknown status "{named}"')
    return StatusChanged(
        **stamp(place, f"{identifier}:{named}", at, raw),
        provider_id=identifier,
        status=_STATUSES[named],
        tracker=text(raw.get("biz_opaque_callback_data")),
        pricing=_pricing(raw),
        errors=errors(raw.get("errors")),
        recipient=_recipient(place, raw),
    )


def call_status(place: Place, raw: dict[str, Any]) -> AnyItem:
    """A call of ours rings, is accepted or rejected."""
    identifier = needed(text(raw.get("id")), "id")
    named = needed(text(raw.get("status")), "status").lower()
    sender = person(place, text(raw.get("recipient_id")), text(raw.get("recipient_user_id")))
    return CallChanged(
        **stamp(place, f"{identifier}:{named}", when(place, raw), raw),
        sender=sender,
        event=named,
        data={"call": identifier},
    )


def _pricing(raw: dict[str, Any]) -> dict[str, Any] | None:
    """Meta's pricing object with the conversation it counts to; None when the status tells neither."""
    pricing, conversation = record(raw.get("pricing")), record(raw.get("conversation"))
    return {**pricing, **({"conversation": conversation} if conversation else {})} or None


def _recipient(place: Place, raw: dict[str, Any]) -> Person | None:
    try:
        return person(place, text(raw.get("recipient_id")), text(raw.get("recipient_user_id")))
    except NotUnderstood:
        return None
