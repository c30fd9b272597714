"""Web Push as its standards say: a message only its browser can read (RFC 8291, aes128gcm of RFC 8188), sent in the
name of this installation (RFC 8292, VAPID)."""

import base64
import os
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve's group (FIPS 186-4, D.1.2.3)."""
RECORD = 4096
LONGEST = 3993
"""What fits into one record, in bytes; push services take no more (RFC 8291, 4)."""
CLAIM = timedelta(hours=12)
"""How long a claim to be this installation holds; 24 hours at the most (RFC 8292, 2)."""


def wide(data: bytes) -> str:
    """base64url without padding, as all of Web Push writes bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def narrow(written: str) -> bytes:
    """The bytes; raises ValueError."""
    return base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)


def public_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def check_public(point: bytes) -> ec.EllipticCurvePublicKey:
    """A browser's public key; raises ValueError for what is no point of the curve."""
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)


def encrypted(
    plain: bytes,
    receiver: bytes,
    auth: bytes,
    *,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The body of a push message: one record, with the sender's key and the salt before it. `sender` and `salt` are
    made anew for each message; only the standard's own example gives them."""
    if len(plain) > LONGEST:
        raise ValueError("longer than a push message can be")
    sender = sender or ec.generate_private_key(CURVE)
    salt = salt or os.urandom(16)
    own = public_bytes(sender)
    shared = sender.exchange(ec.ECDH(), check_public(receiver))
    secret = _derive(shared, auth, b"WebPush: info\0" + receiver + own, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    record = AESGCM(key).encrypt(nonce, plain + b"\2", None)
    return salt + RECORD.to_bytes(4, "big") + bytes([len(own)]) + own + record


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=salt, info=info).derive(secret)


@dataclass(frozen=True, slots=True)
class Voluntary:
    """Who this installation is for push services. The key follows from the installation's secret: nothing is kept,
    and browsers that know it go on knowing it as long as the secret stays."""

    key: ec.EllipticCurvePrivateKey
    subject: str
    """Where whoever runs a push service can reach whoever runs this one."""

    @classmethod
    def of(cls, secret: str, public_url: str) -> "Voluntary":
        drawn = HKDF(SHA256(), 48, salt=None, info=b"hilo web push").derive(secret.encode())
        number = int.from_bytes(drawn, "big") % (ORDER - 1) + 1
        subject = public_url if public_url.startswith("https://") else "mailto:nobody@hilo.invalid"
        return cls(ec.derive_private_key(number, CURVE), subject)

    @property
    def public(self) -> str:
        """What browsers subscribe with."""
        return wide(public_bytes(self.key))

    def authorization(self, endpoint: httpx.URL, now: datetime) -> str:
        """The header that proves it."""
        audience = f"{endpoint.scheme}://{endpoint.netloc.decode('ascii')}"
        claims = {"aud": audience, "exp": int((now + CLAIM).timestamp()), "sub": self.subject}
        return f"vapid t={jwt.encode(claims, self.key, algorithm='ES256')}, k={self.public}"
