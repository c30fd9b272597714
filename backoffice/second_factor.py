"""A second factor: the codes of an authenticator app (RFC 6238), and what lets somebody in when the app is lost."""

import hashlib
import secrets
from datetime import datetime

import pyotp

from core.errors import Refused
from core.organizations.model import Login
from core.vault import Vault

STEP = 30
WINDOW = 1
"""Steps a phone's clock may be off."""
RECOVERY = 10


def new_secret() -> str:
    return pyotp.random_base32()


def address_of(secret: str, email: str) -> str:
    """What an app reads from the picture: otpauth://totp/…"""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Hilo")


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The 30 seconds a code is of, now or next to it."""
    step = int(now.timestamp()) // STEP
    totp = pyotp.TOTP(secret)
    return next((one for one in range(step - WINDOW, step + WINDOW + 1) if totp.generate_otp(one) == code), None)


def take(login: Login, vault: Vault, code: str, now: datetime) -> bool:
    """Whether a code lets the login in now: of the app, each once; or of the recovery codes, which is then used up."""
    if login.second_factor is None:
        return True
    given = code.replace(" ", "").replace("-", "").lower()
    step = matching_step(str(vault.open(login.second_factor)["secret"]), given, now)
    if step is not None and step > login.second_factor_step:
        login.second_factor_step = step
        return True
    left = [one for one in login.recovery_codes if one != _hash(given)]
    used = len(left) < len(login.recovery_codes)
    login.recovery_codes = left
    return used


def begin(login: Login, vault: Vault, secret: str, code: str, now: datetime) -> list[str]:
    """From now on a code is asked for. Returns the recovery codes, shown this once; raises Refused for a wrong code."""
    step = matching_step(secret, code.strip(), now)
    if step is None:
        raise Refused("wrong_code", "Ese código no es: escribe el que muestra tu aplicación ahora.")
    codes = [secrets.token_hex(5) for _ in range(RECOVERY)]
    login.second_factor, login.second_factor_step = vault.seal({"secret": secret}), step
    login.recovery_codes = [_hash(one) for one in codes]
    return codes


def end(login: Login) -> None:
    """The password is enough again."""
    login.second_factor, login.recovery_codes = None, []


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
