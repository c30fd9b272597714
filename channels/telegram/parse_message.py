"""One Message object of an update (private, edited, business, or in a group that should not have the bot) → items."""

from typing import Any

from channels.lenient import needed, record, sequence, text, whole
from channels.telegram.content import content, service_kind
from channels.telegram.people import chat_id, is_private, person, provider_id
from channels.telegram.update import Update
from core.threads.inbound import (
    AnyItem,
    ChatMigrated,
    Declined,
    EchoReceived,
    Ignored,
    MessageEdited,
    MessageReceived,
    Touch,
)


def message(update: Update, raw: dict[str, Any]) -> list[AnyItem]:
    """A new message."""
    chat = record(raw.get("chat"))
    here = str(chat_id(chat))
    if "migrate_to_chat_id" in raw:
        new = needed(text(raw.get("migrate_to_chat_id")), "migrate_to_chat_id")
        return [ChatMigrated(**update.stamp(), old=here, new=new)]
    if "migrate_from_chat_id" in raw:
        old = needed(text(raw.get("migrate_from_chat_id")), "migrate_from_chat_id")
        return [ChatMigrated(**update.stamp(), old=old, new=here)]
    if not is_private(chat):
        return [_in_a_group(update, raw, chat)]
    passed_over = _passed_over(raw)
    if passed_over is not None:
        return [Ignored(**update.stamp(), reason=passed_over)]
    says = content(raw)
    return [
        MessageReceived(
            **update.stamp(),
            sender=person(record(raw.get("from")), chat),
            provider_id=provider_id(chat_id(chat), raw.get("message_id")),
            content=says,
            reply_to=_quoted(raw, chat, None),
            forwarded="forward_origin" in raw or "forward_date" in raw,
            touch=_touch(raw.get("text")),
        )
    ]


def edited_message(update: Update, raw: dict[str, Any]) -> list[AnyItem]:
    """The person changed a message; a live location that moves comes this way too."""
    chat = record(raw.get("chat"))
    if not is_private(chat):
        return [Ignored(**update.stamp(), reason="groups are not used")]
    passed_over = _passed_over(raw)
    if passed_over is not None:
        return [Ignored(**update.stamp(), reason=passed_over)]
    return [
        MessageEdited(
            **update.stamp(),
            sender=person(record(raw.get("from")), chat),
            provider_id=provider_id(chat_id(chat), raw.get("message_id")),
            content=content(raw),
        )
    ]


def business_message(update: Update, raw: dict[str, Any], *, edited: bool = False) -> list[AnyItem]:
    """A message in a chat of the owner's own account: the customer's, or what the owner answered by themselves.

    In a private chat the chat's id is the customer's, so whoever else writes there is the owner.
    """
    chat, user = record(raw.get("chat")), record(raw.get("from"))
    connection = text(raw.get("business_connection_id"))
    here = chat_id(chat)
    if text(record(raw.get("sender_business_bot")).get("id")) == update.account:
        return [Ignored(**update.stamp(), reason="the bot's own message, sent for the business")]
    if (kind := service_kind(raw)) is not None:
        return [Ignored(**update.stamp(), reason=f"a service line: {kind}")]
    identifier, says = provider_id(here, raw.get("message_id"), connection), content(raw)
    author = whole(user.get("id"))
    if author is not None and author != here:
        return [
            EchoReceived(
                **update.stamp(),
                recipient=person({}, chat, connection),
                provider_id=identifier,
                content=says,
                action="edited" if edited else "sent",
                reply_to=_quoted(raw, chat, connection),
            )
        ]
    sender = person(user, chat, connection)
    if edited:
        return [MessageEdited(**update.stamp(), sender=sender, provider_id=identifier, content=says)]
    return [
        MessageReceived(
            **update.stamp(),
            sender=sender,
            provider_id=identifier,
            content=says,
            reply_to=_quoted(raw, chat, connection),
            forwarded="forward_origin" in raw or "forward_date" in raw,
        )
    ]


def _passed_over(raw: dict[str, Any]) -> str | None:
    if record(raw.get("from")).get("is_bot") is True:
        return "a bot wrote it"
    kind = service_kind(raw)
    return f"a service line: {kind}" if kind is not None else None


def _quoted(raw: dict[str, Any], chat: dict[str, Any], connection: str | None) -> str | None:
    quoted = text(record(raw.get("reply_to_message")).get("message_id"))
    return provider_id(chat_id(chat), quoted, connection) if quoted else None


def _touch(said: object) -> Touch | None:
    """The payload of a deep link, `t.me/bot?start=payload`, which the app sends as `/start payload`."""
    if not isinstance(said, str) or not said.startswith("/start"):
        return None
    command, _, payload = said.partition(" ")
    payload = payload.strip()
    if command.partition("@")[0] != "/start" or not payload:
        return None
    return Touch(kind="deep_link", source_id=payload, click_id=None, headline=None, payload={"start": payload})


def _in_a_group(update: Update, raw: dict[str, Any], chat: dict[str, Any]) -> AnyItem:
    """Groups get one polite answer, and only when the bot is spoken to; being added comes as my_chat_member."""
    if text(chat.get("type")) in {"group", "supergroup"} and _addressed(update, raw):
        return Declined(**update.stamp(), chat=person({}, chat), reason="the bot was addressed in a group")
    return Ignored(**update.stamp(), reason="groups are not used")


def _addressed(update: Update, raw: dict[str, Any]) -> bool:
    said = raw.get("text")
    if not isinstance(said, str):
        return False
    first = said.split(maxsplit=1)[0] if said.split() else ""
    command, _, addressee = first.partition("@")
    ours = (update.username or "").lower()
    if command == "/start" and (not addressee or addressee.lower() == ours):
        return True
    if text(record(record(raw.get("reply_to_message")).get("from")).get("id")) == update.account:
        return True
    words = {word.strip(".,;:!?¡¿()").lower() for word in said.split()}
    named = bool(ours) and f"@{ours}" in words
    entities = map(record, sequence(raw.get("entities")))
    return named or any(text(record(entity.get("user")).get("id")) == update.account for entity in entities)
