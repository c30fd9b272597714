"""A browser that is told things, as its push service and its own keys make it: the receiving half of RFC 8291."""

import os
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backoffice.web_push import CURVE, public_bytes, wide


class Device:
    """Its endpoint, its keys, and what it can read."""

    def __init__(self, name: str = "one") -> None:
        self.endpoint = f"https://push.example/{name}"
        self.key = ec.generate_private_key(CURVE)
        self.public = public_bytes(self.key)
        self.auth = os.urandom(16)

    def subscription(self, **given: Any) -> dict[str, Any]:
        """What the page sends for it."""
        return {"endpoint": self.endpoint, "keys": {"p256dh": wide(self.public), "auth": wide(self.auth)}, **given}

    def decrypted(self, body: bytes) -> bytes:
        """What a body says; raises for one that is not for this device."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        point = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender)
        info = b"WebPush: info\0" + self.public + sender
        secret = HKDF(SHA256(), 32, self.auth, info).derive(self.key.exchange(ec.ECDH(), point))
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        plain = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        assert plain.endswith(b"\2")
        return plain[:-1]

    def read(self, body: bytes) -> dict[str, Any]:
        said: dict[str, Any] = orjson.loads(self.decrypted(body))
        return said
