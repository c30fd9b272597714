"""A Bot API update → items. Pure, and never raises: what is not understood comes out as Unreadable with its reason.

Source: Telegram Bot API, Update. `account` is the bot's id.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from channels.lenient import EPOCH, NotUnderstood, fingerprint, instant, needed, record, sequence, storable, text, whole
from channels.telegram.parse_message import business_message, edited_message, message
from channels.telegram.people import chat_id, is_private, person, provider_id
from channels.telegram.update import Update
from core.threads.content import Reply
from core.threads.inbound import (
    AccountChanged,
    AnyItem,
    Declined,
    Ignored,
    MessageReceived,
    MessageRevoked,
    ReachChanged,
    Reacted,
    Unreadable,
)

_UNUSED = {
    "channel_post": "a channel post is not a conversation",
    "edited_channel_post": "a channel post is not a conversation",
    "chat_boost": "boosts are not used",
    "chat_join_request": "groups are not used",
    "chat_member": "groups are not used",
    "chosen_inline_result": "inline mode is not used",
    "guest_message": "guest chats are not used",
    "inline_query": "inline mode is not used",
    "managed_bot": "managed bots are not used",
    "message_reaction_count": "anonymous reactions name nobody",
    "poll": "polls are not used",
    "poll_answer": "polls are not used",
    "pre_checkout_query": "Telegram payments are not used",
    "purchased_paid_media": "Telegram payments are not used",
    "removed_chat_boost": "boosts are not used",
    "shipping_query": "Telegram payments are not used",
    "subscription": "Telegram payments are not used",
}


def parse(body: object, *, account: str, username: str | None = None, now: datetime = EPOCH) -> list[AnyItem]:
    """Every item of an update; at least one, whatever the body is.

    `username` (the bot's, without @) tells whether a group addresses the bot. `now` dates what Telegram gives no
    time for: taps on buttons, deleted messages.
    """
    body = storable(body)
    raw = body if isinstance(body, dict) else {"body": body}
    number = whole(raw.get("update_id"))
    if number is None:
        return [_unreadable(account, fingerprint("unreadable", raw), now, raw, "update_id is missing or not a number")]
    external_id = f"u{number}"
    kind = next((key for key in raw if key in _READERS or key in _UNUSED), None)
    if kind is None:
        others = ", ".join(sorted(key for key in raw if key != "update_id")) or "nothing"
        return [_unreadable(account, external_id, now, raw, f"unknown kind of update: {others}")]
    slice_ = raw[kind]
    if not isinstance(slice_, dict):
        return [_unreadable(account, external_id, now, raw, f"{kind} is not an object")]
    at = instant(slice_.get("date")) or now
    update = Update(account, username, external_id, at, raw)
    if kind in _UNUSED:
        return [Ignored(**update.stamp(), reason=_UNUSED[kind])]
    try:
        return _READERS[kind](update, slice_)
    except NotUnderstood as reason:
        return [_unreadable(account, external_id, at, raw, f"{kind}: {reason}")]
    except Exception as fault:
        # A fault of ours must not make Telegram send the same update for ever; the dead letter can be replayed.
        return [_unreadable(account, external_id, at, raw, f"{kind}: the parser failed with {type(fault).__name__}")]


def _tap(update: Update, query: dict[str, Any]) -> list[AnyItem]:
    """A tap on an inline button. The message may be old and inaccessible, or absent; its chat is then the person's."""
    user, message_ = record(query.get("from")), record(query.get("message"))
    chat = record(message_.get("chat"))
    if chat and not is_private(chat):
        return [Ignored(**update.stamp(), reason="groups are not used")]
    if "data" not in query:
        return [Ignored(**update.stamp(), reason="games are not used")]
    option = needed(text(query.get("data")), "data")
    identifier = needed(text(query.get("id")), "id")
    connection = text(message_.get("business_connection_id"))
    answered = provider_id(chat_id(chat), message_.get("message_id"), connection) if chat else None
    return [
        MessageReceived(
            **update.stamp(),
            sender=person(user, chat, connection),
            provider_id=f"cb:{identifier}",
            content=Reply(option, _label(message_, option), source="keyboard"),
            reply_to=answered,
        )
    ]


def _label(message_: dict[str, Any], option: str) -> str:
    """What the tapped button says; an inaccessible message no longer tells."""
    for row in sequence(record(message_.get("reply_markup")).get("inline_keyboard")):
        for button in map(record, sequence(row)):
            if button.get("callback_data") == option:
                return text(button.get("text")) or ""
    return ""


def _reaction(update: Update, reaction: dict[str, Any]) -> list[AnyItem]:
    chat, user = record(reaction.get("chat")), record(reaction.get("user"))
    if not is_private(chat):
        return [Ignored(**update.stamp(), reason="groups are not used")]
    old = [_emoji(one) for one in sequence(reaction.get("old_reaction"))]
    new = [_emoji(one) for one in sequence(reaction.get("new_reaction"))]
    added = [emoji for emoji in new if emoji not in old] or new
    return [
        Reacted(
            **update.stamp(),
            sender=person(user, chat),
            provider_id=provider_id(chat_id(chat), reaction.get("message_id")),
            emoji=added[0] if added else None,
        )
    ]


def _emoji(reaction: object) -> str:
    """The emoji; a custom one has no character, only Telegram's id of its picture."""
    kind = record(reaction)
    if kind.get("type") == "paid":
        return "⭐"
    return text(kind.get("emoji")) or f"custom_emoji:{text(kind.get('custom_emoji_id')) or ''}"


def _membership(update: Update, change: dict[str, Any]) -> list[AnyItem]:
    """The person blocked or unblocked the bot, or a group added or removed it."""
    chat = record(change.get("chat"))
    was = text(record(change.get("old_chat_member")).get("status"))
    now = needed(text(record(change.get("new_chat_member")).get("status")), "new_chat_member.status")
    present = now in {"member", "administrator", "creator"}
    if is_private(chat):
        return [ReachChanged(**update.stamp(), sender=person(record(change.get("from")), chat), reachable=present)]
    if text(chat.get("type")) in {"group", "supergroup"} and present and was in {None, "left", "kicked"}:
        return [Declined(**update.stamp(), chat=person({}, chat), reason="the bot was added to a group")]
    return [Ignored(**update.stamp(), reason="groups are not used")]


def _connection(update: Update, connection: dict[str, Any]) -> list[AnyItem]:
    return [AccountChanged(**update.stamp(), subject="business_connection", data=connection)]


def _deleted(update: Update, deletion: dict[str, Any]) -> list[AnyItem]:
    """Messages deleted in a business chat, one item each; Telegram does not say by whom."""
    chat = record(deletion.get("chat"))
    connection = text(deletion.get("business_connection_id"))
    numbers = list(dict.fromkeys(text(number) for number in sequence(deletion.get("message_ids"))))
    if not numbers:
        raise NotUnderstood("message_ids is missing or empty")
    whose = person({}, chat, connection)
    return [
        MessageRevoked(
            **update.stamp(number or "?"),
            sender=whose,
            provider_id=provider_id(chat_id(chat), number, connection),
        )
        for number in numbers
    ]


def _unreadable(account: str, external_id: str, at: datetime, raw: dict[str, Any], reason: str) -> Unreadable:
    return Unreadable(account=account, external_id=external_id, at=at, raw=raw, reason=reason)


_READERS: dict[str, Callable[[Update, dict[str, Any]], list[AnyItem]]] = {
    "message": message,
    "edited_message": edited_message,
    "callback_query": _tap,
    "message_reaction": _reaction,
    "my_chat_member": _membership,
    "business_connection": _connection,
    "business_message": business_message,
    "edited_business_message": lambda update, slice_: business_message(update, slice_, edited=True),
    "deleted_business_messages": _deleted,
}
