"""One object of `value.messages` (or an echo, or an old message of a history import) → one item."""

import re
from datetime import datetime
from typing import Any, Literal

from channels.lenient import NotUnderstood, instant, needed, record, text
from channels.whatsapp.content import content
from channels.whatsapp.people import Place, bsuid_identity, errors, person, stamp, whatsapp_identity
from core.threads.content import Content, Unsupported
from core.threads.inbound import (
    AnyItem,
    CallChanged,
    EchoReceived,
    HistoryImported,
    IdentityChanged,
    Ignored,
    MessageEdited,
    MessageReceived,
    MessageRevoked,
    Person,
    Reacted,
    Status,
    Touch,
)

_HISTORY_STATUS: dict[str, Status] = {
    "pending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "played",
    "error": "failed",
    "failed": "failed",
}
_NOT_SAID = frozenset({"reaction", "edit", "revoke", "system"})
"""Types that tell of a message or a person instead of being one; meaningless in old history."""
_FROM_TO = re.compile(r"changed from (\S+) to \S+")
"""The words in which a system message names the id before; the only place some bodies have it."""


def message(place: Place, raw: dict[str, Any]) -> AnyItem:
    """What a person sent; NotUnderstood names what is missing or unknown."""
    identifier = needed(text(raw.get("id")), "id")
    kind = needed(text(raw.get("type")), "type")
    at = when(place, raw)
    if text(raw.get("group_id")):
        return Ignored(**stamp(place, identifier, at, raw), reason="a WhatsApp group is not a person")
    if kind == "system":
        return _system(place, raw, identifier, at)
    if kind == "request_welcome":
        return Ignored(
            **stamp(place, identifier, at, raw),
            reason="the chat was opened and nothing said yet",
        )
    sender = person(place, text(raw.get("from")), text(raw.get("from_user_id")))
    interactive = record(raw.get("interactive"))
    if kind == "interactive" and interactive.get("type") == "call_permission_reply":
        return _call_permission(place, raw, identifier, at, sender)
    if kind == "reaction":
        reaction = record(raw.get("reaction"))
        return Reacted(
            **stamp(place, identifier, at, raw),
            sender=sender,
            provider_id=needed(text(reaction.get("message_id")), "reaction.message_id"),
            emoji=text(reaction.get("emoji")),
        )
    if kind == "edit":
        return MessageEdited(
            **stamp(place, identifier, at, raw),
            sender=sender,
            provider_id=_original(raw, kind),
            content=content(record(record(raw.get("edit")).get("message"))),
        )
    if kind == "revoke":
        return MessageRevoked(
            **stamp(place, identifier, at, raw),
            sender=sender,
            provider_id=_original(raw, kind),
        )
    context = record(raw.get("context"))
    forwarded = context.get("forwarded") is True or context.get("frequently_forwarded") is True
    return MessageReceived(
        **stamp(place, identifier, at, raw),
        sender=sender,
        provider_id=identifier,
        content=content(raw),
        reply_to=text(context.get("id")),
        forwarded=forwarded,
        touch=_touch(raw.get("referral")),
        errors=errors(raw.get("errors")),
    )


def echo(place: Place, raw: dict[str, Any]) -> AnyItem:
    """What the business sent, edited or revoked from its own phone (coexistence)."""
    identifier = needed(text(raw.get("id")), "id")
    kind = needed(text(raw.get("type")), "type")
    to, user_id = text(raw.get("to")), text(raw.get("to_user_id"))
    if to is not None and to == place.our_number:
        to = text(raw.get("from"))  # some bodies name our own number on both sides of the arrow
    at, recipient = when(place, raw), person(place, to, user_id)
    if kind == "reaction":
        return Ignored(**stamp(place, identifier, at, raw), reason="a reaction from the business's phone")
    action: Literal["sent", "edited", "revoked"] = "sent"
    provider_id = identifier
    says: Content | None = None
    if kind == "edit":
        action, provider_id = "edited", _original(raw, kind)
        says = content(record(record(raw.get("edit")).get("message")))
    elif kind == "revoke":
        action, provider_id, says = "revoked", _original(raw, kind), Unsupported("revoke")
    return EchoReceived(
        **stamp(place, identifier, at, raw),
        recipient=recipient,
        provider_id=provider_id,
        content=says or content(raw),
        action=action,
        reply_to=text(record(raw.get("context")).get("id")),
    )


def old_message(place: Place, raw: dict[str, Any], thread: str | None) -> AnyItem:
    """A message from before the number was connected. `thread` is the person's wa_id; None in media details.

    The same message comes twice when it has a file: first as a placeholder, later with the media id.
    """
    identifier = needed(text(raw.get("id")), "id")
    kind = needed(text(raw.get("type")), "type")
    at, sender, to = when(place, raw), text(raw.get("from")), text(raw.get("to"))
    external_id = f"{identifier}:placeholder" if kind == "media_placeholder" else identifier
    if kind in _NOT_SAID:
        return Ignored(**stamp(place, external_id, at, raw), reason=f"an old {kind} changes nothing now")
    outgoing = to is not None or (sender is not None and sender == place.our_number)
    status = (text(record(raw.get("history_context")).get("status")) or "").lower()
    user_id = text(raw.get("to_user_id" if outgoing else "from_user_id"))
    return HistoryImported(
        **stamp(place, external_id, at, raw),
        person=person(place, thread or (to if outgoing else sender), user_id),
        direction="out" if outgoing else "in",
        provider_id=identifier,
        content=content(raw),
        status=_HISTORY_STATUS.get(status) if outgoing else None,
    )


def when(place: Place, raw: dict[str, Any]) -> datetime:
    """The slice's own instant, else the entry's, else the arrival."""
    return instant(raw.get("timestamp")) or place.at or place.now


def _original(raw: dict[str, Any], kind: str) -> str:
    return needed(text(record(raw.get(kind)).get("original_message_id")), f"{kind}.original_message_id")


def _touch(referral: object) -> Touch | None:
    """The ad or post the person tapped, kept whole. Only `ctwa_clid` is a click id; the ad's id never stands in."""
    if not isinstance(referral, dict) or not referral:
        return None
    return Touch(
        kind="ctwa",
        source_id=text(referral.get("source_id")),
        click_id=text(referral.get("ctwa_clid")),
        headline=text(referral.get("headline")),
        payload=referral,
    )


def _call_permission(place: Place, raw: dict[str, Any], identifier: str, at: datetime, sender: Person) -> CallChanged:
    reply = record(record(raw.get("interactive")).get("call_permission_reply"))
    response = needed(text(reply.get("response")), "interactive.call_permission_reply.response")
    return CallChanged(
        **stamp(place, identifier, at, raw),
        sender=sender,
        event=f"permission_{response.lower()}",
        data=reply,
    )


def _system(place: Place, raw: dict[str, Any], identifier: str, at: datetime) -> AnyItem:
    """The person's number, BSUID or device changed (Meta, system messages webhook)."""
    system = record(raw.get("system"))
    kind = needed(text(system.get("type")), "system.type")
    number = text(raw.get("from")) or text(system.get("customer"))
    if kind in {"user_changed_number", "customer_changed_number"}:
        new = needed(text(system.get("wa_id")) or text(system.get("new_wa_id")), "system.wa_id")
        old_identity = whatsapp_identity(needed(number, "from"))
        new_identity = whatsapp_identity(new)
    elif kind == "user_changed_user_id":
        told = _FROM_TO.search(text(system.get("body")) or "")
        old = text(system.get("previous_user_id")) or text(raw.get("from_user_id")) or (told and told[1])
        number = number or text(system.get("wa_id"))
        old_identity = bsuid_identity(place, needed(old, "from_user_id"))
        new_identity = bsuid_identity(place, needed(text(system.get("user_id")), "system.user_id"))
    elif kind in {"customer_identity_changed", "user_identity_changed"}:
        whom = person(place, number, text(raw.get("from_user_id")))
        return IdentityChanged(
            **stamp(place, identifier, at, raw),
            person=whom,
            old=whom.identities[0],
            new=None,
        )
    else:
        raise NotUnderstood(f'unknown system message "{kind}"')
    whom = person(place, number, old_identity.value if old_identity.kind == "bsuid" else text(raw.get("from_user_id")))
    return IdentityChanged(
        **stamp(place, identifier, at, raw),
        person=whom,
        old=old_identity,
        new=new_identity,
    )
