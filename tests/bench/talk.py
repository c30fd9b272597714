"""What is said in the bench: many people answering the same four questions, as signed webhook bodies."""

import hashlib
import hmac
from dataclasses import dataclass

import orjson

ANSWERS = ("Carolina", "láser", "34", "sí")
SECRET = b"bench-app-secret"
NUMBERS = 40
"""A number may send 80 messages a second, so the people are spread over as many as a few clinics have."""


@dataclass(frozen=True, slots=True)
class Post:
    """One HTTP request, whole, and whose it is."""

    person: str
    request: bytes


def number(index: int) -> str:
    """The phone_number_id of the bench's `index`-th number."""
    return f"3000000000{index:05d}"


def whatsapp_post(person: int, turn: int) -> Post:
    """The `turn`-th message of a person (0 greets), signed as Meta signs."""
    wa_id = f"5730{person:08d}"
    text = "hola" if turn == 0 else ANSWERS[(turn - 1) % len(ANSWERS)]
    message = {
        "from": wa_id,
        "id": f"wamid.BENCH{person:08d}T{turn:06d}",
        "timestamp": "1795255200",
        "type": "text",
        "text": {"body": text},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "576015550100", "phone_number_id": number(person % NUMBERS)},
        "contacts": [{"profile": {"name": "Carolina"}, "wa_id": wa_id}],
        "messages": [message],
    }
    entry = {"id": "400000000000001", "changes": [{"field": "messages", "value": value}]}
    body = orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
    signature = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    return Post(wa_id, _request("/webhooks/whatsapp", body, f"X-Hub-Signature-256: sha256={signature}"))


def telegram_post(person: int, turn: int) -> Post:
    """The same message as a Bot API update."""
    text = "hola" if turn == 0 else ANSWERS[(turn - 1) % len(ANSWERS)]
    chat = {"id": 10_000_000 + person, "type": "private", "first_name": "Carolina"}
    update = {
        "update_id": person * 100_000 + turn,
        "message": {
            "message_id": turn + 1,
            "date": 1795255200,
            "chat": chat,
            "from": {"id": chat["id"], "is_bot": False, "first_name": "Carolina"},
            "text": text,
        },
    }
    body = orjson.dumps(update)
    return Post(str(chat["id"]), _request("/tg", body, "X-Telegram-Bot-Api-Secret-Token: bench-secret"))


def _request(path: str, body: bytes, header: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{header}\r\n\r\n"
    )
    return head.encode() + body
