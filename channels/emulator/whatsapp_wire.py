"""Shapes of Meta's webhook values: contacts, message heads, statuses. Field names as Meta documents them at
developers.facebook.com/docs/whatsapp/cloud-api/webhooks and …/whatsapp/business-scoped-user-ids."""

import hashlib
from typing import Any

from channels.emulator.world import Json, Message, Person, WhatsAppAccount


def digits(number: str) -> str:
    return "".join(c for c in number if c.isdigit())


def value_head(account: WhatsAppAccount) -> Json:
    return {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": digits(account.display_phone_number),
            "phone_number_id": account.phone_number_id,
        },
    }


def contact(person: Person) -> Json:
    """The `contacts` entry. Who hides their number has no wa_id, and then always a BSUID and a username."""
    profile: Json = {"name": person.name}
    if person.username:
        profile["username"] = person.username
    entry: Json = {"profile": profile}
    if not person.hide_phone:
        entry["wa_id"] = person.id
    if person.user_id:
        entry["user_id"] = person.user_id
    return entry


def message_head(person: Person, message_id: str, at: float, kind: str) -> Json:
    head: Json = {}
    if not person.hide_phone:
        head["from"] = person.id
    if person.user_id:
        head["from_user_id"] = person.user_id
    return {**head, "id": message_id, "timestamp": str(int(at)), "type": kind}


def messages_value(account: WhatsAppAccount, person: Person, message: Json) -> Json:
    return {**value_head(account), "contacts": [contact(person)], "messages": [message]}


def echoes_value(account: WhatsAppAccount, person: Person, message: Json) -> Json:
    """`smb_message_echoes`: what the business wrote on its own phone."""
    to: Json = {"to": person.id} if not person.hide_phone else {}
    if person.user_id:
        to["to_user_id"] = person.user_id
    echo = {"from": digits(account.display_phone_number), **to, **message}
    return {**value_head(account), "contacts": [contact(person)], "message_echoes": [echo]}


def history_value(account: WhatsAppAccount, person: Person, messages: list[Json]) -> Json:
    """`history`: one chunk of an import of earlier chats."""
    return {
        **value_head(account),
        "history": [
            {
                "metadata": {"phase": 0, "chunk_order": 1, "progress": 100},
                "threads": [{"id": person.id, "messages": messages}],
            }
        ],
    }


def status_value(
    account: WhatsAppAccount,
    person: Person,
    message: Message,
    status: str,
    at: float,
    *,
    errors: list[Json] | None = None,
) -> Json:
    """A status webhook's value; `failed` carries errors and, as at Meta, neither contacts nor pricing."""
    entry: dict[str, Any] = {"id": message.id, "status": status, "timestamp": str(int(at))}
    if not person.hide_phone:
        entry["recipient_id"] = person.id
    if person.user_id:
        entry["recipient_user_id"] = person.user_id
    if message.tracker is not None:
        entry["biz_opaque_callback_data"] = message.tracker
    if errors:
        return {**value_head(account), "statuses": [{**entry, "errors": errors}]}
    category = str(message.content.get("_category", "service"))
    conversation = hashlib.sha256(f"{account.key}/{person.id}/{category}".encode()).hexdigest()[:32]
    entry["conversation"] = {"id": conversation, "origin": {"type": category}}
    if status == "sent":
        entry["conversation"]["expiration_timestamp"] = str(int(at) + 24 * 3600)
    entry["pricing"] = {
        "billable": category != "service",
        "pricing_model": "PMP",
        "category": category,
        "type": "free_customer_service" if category == "service" else "regular",
    }
    return {**value_head(account), "contacts": [contact(person)], "statuses": [entry]}
