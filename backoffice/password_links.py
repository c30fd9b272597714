"""Links that let somebody set a password once: an invitation, or because it was forgotten.

The secret stands behind the `#` of the address, which browsers send to nobody: it comes back in a form's body.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.auth import memberships, set_password
from core.errors import Refused
from core.organizations.model import Login, PasswordLink

LASTS = timedelta(hours=72)


async def make_link(session: AsyncSession, login: Login, public_url: str, now: datetime) -> str:
    """The address to give to the person; only the hash of its secret is kept."""
    secret = secrets.token_urlsafe(32)
    session.add(PasswordLink(sha256=_hash(secret), login_id=login.id, expires_at=now + LASTS))
    await session.flush()
    return f"{public_url.rstrip('/')}/join#{secret}"


async def check_own(session: AsyncSession, login_id: int, organization_id: int) -> None:
    """Raises Refused when the login works elsewhere too: who runs one organization must not get into another."""
    elsewhere = [one for one in await memberships(session, login_id) if one.organization_id != organization_id]
    if elsewhere:
        raise Refused(
            "works_elsewhere",
            "Esta persona también trabaja en otra organización: cambia su contraseña ella misma, en Mi cuenta.",
        )


async def use_link(session: AsyncSession, secret: str, password: str, now: datetime) -> Login:
    """Set the password; every session of the login ends. Raises Refused for a link that is used, old or unknown."""
    link = await session.scalar(select(PasswordLink).where(PasswordLink.sha256 == _hash(secret)).with_for_update())
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise Refused("link", "Este enlace ya se usó o venció: pide otro a quien administra la organización.")
    await set_password(session, link.login_id, password)
    link.used_at = now
    return await session.get_one(Login, link.login_id, populate_existing=True)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
