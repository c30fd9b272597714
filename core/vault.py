"""Secrets at rest: channel tokens are stored encrypted with a key derived from the installation's secret."""

import base64
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import Refused


class Vault:
    """Encrypts small JSON objects (AES-CBC with HMAC, the Fernet recipe)."""

    def __init__(self, secret: str) -> None:
        key = HKDF(SHA256(), 32, salt=None, info=b"hilo vault").derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, plain: dict[str, Any]) -> bytes:
        return self._fernet.encrypt(orjson.dumps(plain))

    def open(self, sealed: bytes) -> dict[str, Any]:
        """The object sealed; raises Refused when it was sealed with another secret."""
        try:
            opened: dict[str, Any] = orjson.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise Refused(
                "secret_changed",
                "HILO_SECRET is not the one these tokens were stored with: restore it, or store the tokens again "
                "with `hilo channel add`.",
            ) from None
        return opened
