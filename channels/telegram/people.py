"""Who a Telegram update is about, and the ids Hilo gives its messages."""

from typing import Any

from channels.lenient import NotUnderstood, needed, record, text, whole
from core.threads.inbound import Identity, Person


def chat_id(chat: dict[str, Any]) -> int:
    """The chat's id; NotUnderstood without one."""
    identifier = whole(chat.get("id"))
    if identifier is None:
        raise NotUnderstood("chat.id is missing")
    return identifier


def person(user: dict[str, Any], chat: dict[str, Any], connection: str | None = None) -> Person:
    """The user, answered in this chat. A private chat without a named user is the user: both ids are the same.

    `connection` is the business connection through which the chat was reached.
    """
    chat_number = chat_id(chat) if chat else None
    number = whole(user.get("id"))
    number = chat_number if number is None else number
    if number is None:
        raise NotUnderstood("from.id and chat.id are missing")
    shown = user if user.get("id") is not None else chat
    names = (text(shown.get("first_name")), text(shown.get("last_name")))
    address: dict[str, Any] = {"chat_id": chat_number if chat_number is not None else number}
    if connection:
        address["business_connection_id"] = connection
    return Person(
        identities=(Identity("telegram", "", str(number)),),
        address=address,
        name=" ".join(name for name in names if name) or text(chat.get("title")),
        username=text(shown.get("username")),
        language=text(user.get("language_code")),
    )


def provider_id(chat: int, message: object, connection: str | None = None) -> str:
    """`chat:message`, or `connection:chat:message` for business chats, whose message ids overlap with the bot's own."""
    number = needed(text(message), "message_id")
    return f"{connection}:{chat}:{number}" if connection else f"{chat}:{number}"


def message_ids(provider: str) -> tuple[int, int]:
    """The chat and message id back out of a provider id; NotUnderstood for any other text."""
    parts = provider.split(":")
    chat, number = (whole(parts[-2]), whole(parts[-1])) if len(parts) >= 2 else (None, None)
    if chat is None or number is None:
        raise NotUnderstood("this is not the id of a Telegram message")
    return chat, number


def is_private(chat: dict[str, Any]) -> bool:
    """Whether the chat is with one person."""
    return record(chat).get("type") == "private"
