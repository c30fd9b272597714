"""Who is asking: passwords with a limit on guessing, sessions in a cookie, CSRF tokens, bearer tokens for programs.

A session is a JWT (RFC 7519, HS256) naming a membership and the login's generation: raising the generation, or
deactivating the member, ends it at the next request. Functions that take a session commit nothing unless they say so.
"""

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.passwords import NOBODY, hash_password, matches
from core.errors import HiloError, Missing, Refused
from core.organizations.model import ApiToken, Login, LoginAttempt, Member
from core.public_id import PublicIds

LASTS = timedelta(hours=12)
WINDOW = timedelta(minutes=15)
PER_EMAIL = 5
PER_ADDRESS = 20
TOKEN_PREFIX = "hilo_"  # noqa: S105 how a token begins, so that leaked ones can be found
MIN_PASSWORD = 10
_HASHES_AT_ONCE = asyncio.Semaphore(4)
"""argon2 takes 64 MB each: a burst of logins must not take the machine's memory."""


class Unauthorized(HiloError):
    """Nobody we know is asking; the message says why in Spanish."""


class Forbidden(HiloError):
    """We know who asks, and they may not."""


class TooMany(HiloError):
    """Too many tries; `retry_after` in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Membership:
    organization_id: int
    organization_name: str
    member_id: int
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a session cookie says: the membership, the login's generation then, the session's own id."""

    organization_id: int
    member_id: int
    generation: int
    session: str


class Sessions:
    """Signs and reads session cookies and their CSRF tokens, with keys derived from the installation's secret."""

    def __init__(self, secret: str, ids: PublicIds) -> None:
        self._ids = ids
        self._key = _derived(secret, b"hilo sessions")
        self._csrf_key = _derived(secret, b"hilo csrf")

    def sign(self, ticket: Ticket, now: datetime) -> str:
        claims = {
            "m": self._ids.encode("member", ticket.member_id),
            "o": self._ids.encode("organization", ticket.organization_id),
            "g": ticket.generation,
            "s": ticket.session,
            "exp": int((now + LASTS).timestamp()),
        }
        return jwt.encode(claims, self._key, algorithm="HS256")

    def read(self, cookie: str, now: datetime) -> Ticket:
        """The ticket of a cookie; raises Unauthorized for anything we did not sign or that is over."""
        try:
            claims = jwt.decode(
                cookie, self._key, algorithms=["HS256"], options={"verify_exp": False, "require": ["exp"]}
            )
            if datetime.fromtimestamp(claims["exp"], UTC) <= now:
                raise Unauthorized("La sesión terminó: vuelve a entrar.")
            return Ticket(
                self._ids.decode("organization", claims["o"]),
                self._ids.decode("member", claims["m"]),
                int(claims["g"]),
                str(claims["s"]),
            )
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, Missing):
            raise Unauthorized("La sesión no es válida: vuelve a entrar.") from None

    def csrf(self, session: str) -> str:
        """The token a browser must echo on every unsafe request of this session."""
        return hmac.new(self._csrf_key, session.encode(), hashlib.sha256).hexdigest()


def _derived(secret: str, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=info).derive(secret.encode())


def new_session_id() -> str:
    return secrets.token_urlsafe(16)


async def count_attempt(engine: AsyncEngine, email: str, address: str, now: datetime) -> None:
    """Count a try before it is checked, in a transaction of its own, so that parallel guesses count too.

    Raises TooMany, without counting, once the e-mail or the address has used its tries of the last 15 minutes.
    """
    limits = {f"email:{email}": PER_EMAIL, f"address:{address}": PER_ADDRESS}
    async with AsyncSession(engine) as session:
        for key in sorted(limits):
            await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 1))"), {"key": key})
        since = now - WINDOW
        await session.execute(delete(LoginAttempt).where(LoginAttempt.key.in_(limits), LoginAttempt.at <= since))
        for key, limit in limits.items():
            count, oldest = (
                await session.execute(select(func.count(), func.min(LoginAttempt.at)).where(LoginAttempt.key == key))
            ).one()
            if count >= limit:
                wait = max(1, int((oldest + WINDOW - now).total_seconds()) + 1)
                minutes = -(-wait // 60)
                raise TooMany(f"Demasiados intentos de entrar: espera {minutes} min y vuelve a probar.", wait)
        session.add_all([LoginAttempt(key=key, at=now) for key in limits])
        await session.commit()


async def forget_attempts(session: AsyncSession, email: str, address: str, now: datetime) -> None:
    """A right password: the e-mail's tries are forgotten, and this one of the address."""
    await session.execute(delete(LoginAttempt).where(LoginAttempt.key == f"email:{email}"))
    await session.execute(delete(LoginAttempt).where(LoginAttempt.key == f"address:{address}", LoginAttempt.at == now))


async def hashed(password: str) -> str:
    """The argon2id hash, made beside the event loop; raises Refused for a password too short."""
    if len(password) < MIN_PASSWORD:
        raise Refused("password", f"La contraseña necesita al menos {MIN_PASSWORD} caracteres.")
    async with _HASHES_AT_ONCE:
        return await asyncio.to_thread(hash_password, password)


async def proven(login: Login | None, password: str) -> bool:
    """Whether the password is this login's; the same work when there is no such login."""
    async with _HASHES_AT_ONCE:
        right = await asyncio.to_thread(matches, login.password_hash if login else NOBODY, password)
    return right and login is not None


async def find_login(session: AsyncSession, email: str) -> Login | None:
    found: Login | None = await session.scalar(select(Login).where(Login.email == email))
    return found


async def memberships(session: AsyncSession, login_id: int) -> list[Membership]:
    """Where the login works now."""
    rows = await session.execute(
        text("SELECT organization_id, organization_name, member_id, name, role FROM hilo_memberships(:login)"),
        {"login": login_id},
    )
    return [Membership(*row) for row in rows]


async def token_bearer(session: AsyncSession, token: str) -> tuple[int, int] | None:
    """(organization id, member id) of a bearer token in force."""
    row = (
        await session.execute(
            text("SELECT organization_id, member_id FROM hilo_token_bearer(:hash)"), {"hash": _fingerprint(token)}
        )
    ).one_or_none()
    return (row.organization_id, row.member_id) if row else None


async def issue_token(session: AsyncSession, member: Member, name: str) -> tuple[ApiToken, str]:
    """A new bearer token of a member and its text, which nobody can read again. Commits nothing."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    kept = ApiToken(organization_id=member.organization_id, member_id=member.id, name=name, sha256=_fingerprint(token))
    session.add(kept)
    await session.flush()
    return kept, token


def _fingerprint(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def set_password(session: AsyncSession, login_id: int, password: str) -> int:
    """Change a login's password; every session of it ends. Returns the new generation."""
    password_hash = await hashed(password)
    generation: int = (
        await session.execute(
            update(Login)
            .where(Login.id == login_id)
            .values(password_hash=password_hash, generation=Login.generation + 1)
            .returning(Login.generation)
        )
    ).scalar_one()
    return generation
