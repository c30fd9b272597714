"""Opaque ids for the outside, made from the inside ids without a column or an index.

A public id is one AES block over (kind, id): it cannot be guessed, counted or turned into another kind's, and an
id somebody made up does not decrypt to its kind. Shape: `th_` and 26 characters of base32.
"""

import base64

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import Missing

KINDS = {
    "organization": "og",
    "member": "mb",
    "channel": "ch",
    "contact": "co",
    "identity": "id",
    "thread": "th",
    "login_session": "se",
    "message": "ms",
    "attachment": "at",
    "outbox": "ob",
    "lead": "ld",
    "stage": "st",
    "token": "tk",
    "dead_letter": "dl",
    "canned_response": "cr",
    "label": "lb",
    "merge_suggestion": "mg",
    "audit_entry": "au",
    "location": "lo",
    "resource": "rs",
    "schedule": "sc",
    "schedule_override": "so",
    "closure": "cl",
    "calendar_feed": "cf",
    "service": "sv",
    "patient": "pa",
    "appointment": "ap",
    "waitlist_entry": "we",
    "scheduled_message": "sm",
    "event": "ev",
    "automation": "am",
    "webhook": "wh",
    "webhook_delivery": "wd",
    "message_template": "mt",
    "push_subscription": "ps",
}


class PublicIds:
    """Turns inside ids into public ones and back, with a key that must never change for an installation."""

    def __init__(self, secret: str) -> None:
        key = HKDF(SHA256(), 16, salt=None, info=b"hilo public ids").derive(secret.encode())
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 one block, never a stream

    def encode(self, kind: str, inside: int) -> str:
        """`encode("thread", 7)` → `th_…`."""
        prefix = KINDS[kind]
        encryptor = self._cipher.encryptor()
        block = encryptor.update(prefix.encode().ljust(8, b"\0") + inside.to_bytes(8, "big"))
        return f"{prefix}_{base64.b32encode(block).decode().rstrip('=').lower()}"

    def decode(self, kind: str, public: str) -> int:
        """The inside id; raises Missing for anything that is not a public id of this kind."""
        prefix = KINDS[kind]
        head, _, body = public.partition("_")
        try:
            block = base64.b32decode(body.upper() + "=" * (-len(body) % 8))
        except ValueError:
            raise Missing(kind) from None
        if head != prefix or len(block) != 16:
            raise Missing(kind)
        decryptor = self._cipher.decryptor()
        plain = decryptor.update(block)
        if plain[:8] != prefix.encode().ljust(8, b"\0"):
            raise Missing(kind)
        return int.from_bytes(plain[8:], "big")
