"""The one way into an endpoint: `Needs(permission)` finds out who asks, whether they may, and opens their tenant."""

import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from backoffice.auth import Forbidden, Sessions, Ticket, Unauthorized, token_bearer
from backoffice.browsers import fingerprint, saw
from backoffice.runtime import Runtime
from core.db import enter_organization, tenant_session
from core.errors import Missing
from core.organizations.audit import Seen, note_seen
from core.organizations.model import Login, LoginSession, Member, Organization
from core.organizations.permissions import PERMISSIONS, Sight, allows, sight_of
from core.threads.actions import lock_thread
from core.threads.model import Thread
from core.threads.queries import is_visible

SESSION_COOKIE = "hilo_session"
CSRF_COOKIE = "hilo_csrf"
CSRF_HEADER = "X-CSRF-Token"
SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Staff:
    """Who asks, in their organization's transaction. Handlers commit; nothing is kept otherwise."""

    runtime: Runtime
    session: AsyncSession
    member: Member
    login: Login
    organization: Organization
    now: datetime
    ticket: Ticket | None
    """The browser's session; None for a program with a bearer token."""
    browser: LoginSession | None = None
    """The same as the database knows it."""
    seen: set[Seen] = field(default_factory=set)
    """Whose affairs were looked at; the audit notes it when the answer has been given."""

    @property
    def sight(self) -> Sight:
        member = self.member
        return sight_of(member.role, member.id, member.teams, self.organization.settings, member.locations)

    def public(self, kind: str, inside: int) -> str:
        return self.runtime.ids.encode(kind, inside)

    def inside(self, kind: str, public: str) -> int:
        """The inside id; raises Missing."""
        return self.runtime.ids.decode(kind, public)

    async def visible(self, public_thread: str) -> int:
        """The inside id of a thread this member sees; raises Missing."""
        thread_id = self.inside("thread", public_thread)
        if not await is_visible(self.session, self.sight, thread_id):
            raise Missing("thread")
        return thread_id

    async def lock(self, public_thread: str) -> Thread:
        """The thread, locked, if this member sees it; raises Missing."""
        return await lock_thread(self.session, await self.visible(public_thread))


@dataclass(frozen=True, slots=True)
class Needs:
    """A dependency: whoever asks must have `permission`. The document and the tests read it off the route."""

    permission: str

    def __post_init__(self) -> None:
        if self.permission not in PERMISSIONS:
            raise ValueError(f"no such permission: {self.permission}")

    async def __call__(self, request: Request) -> AsyncIterator[Staff]:
        runtime: Runtime = request.app.state.runtime
        now = runtime.clock()
        organization_id, member_id, ticket = await _claimed(request, runtime, now)
        async with tenant_session(runtime.app, organization_id) as session:
            row = (
                await session.execute(
                    select(Member, Login, Organization)
                    .join(Login, Login.id == Member.login_id)
                    .join(Organization, Organization.id == Member.organization_id)
                    .where(Member.id == member_id, Member.active)
                )
            ).one_or_none()
            holds = row is not None and (ticket is None or row.Login.generation == ticket.generation)
            browser = await _browser(session, ticket) if holds else None
            if row is None or not holds or (ticket is not None and browser is None):
                raise Unauthorized("La sesión ya no vale: vuelve a entrar.")
            if not allows(row.Member.role, self.permission):
                raise Forbidden("Tu rol no permite hacer esto: pídeselo a quien administra la organización.")
            if browser is not None and await saw(session, browser, now):
                await session.commit()  # by itself, whatever becomes of the request, and on the same connection
                await enter_organization(session, organization_id)
            staff = Staff(runtime, session, row.Member, row.Login, row.Organization, now, ticket, browser)
            yield staff
            if staff.seen:
                await enter_organization(session, organization_id)  # the handler may have committed
                await note_seen(session, organization_id, member_id, staff.seen, now)
                await session.commit()


async def _browser(session: AsyncSession, ticket: Ticket | None) -> LoginSession | None:
    """The browser of a session that was not thrown out."""
    if ticket is None:
        return None
    found: LoginSession | None = await session.scalar(
        select(LoginSession).where(
            LoginSession.sha256 == fingerprint(ticket.session), LoginSession.revoked_at.is_(None)
        )
    )
    return found


async def _claimed(request: Request, runtime: Runtime, now: datetime) -> tuple[int, int, Ticket | None]:
    """(organization, member, ticket) as the token or the cookie says; raises Unauthorized or Forbidden."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        async with AsyncSession(runtime.app) as session:
            bearer = await token_bearer(session, token.strip())
        if bearer is None:
            raise Unauthorized("La clave no existe o fue revocada.")
        return *bearer, None
    cookie = request.cookies.get(SESSION_COOKIE)
    if not cookie:
        raise Unauthorized("Falta entrar: usa tu correo y contraseña, o una clave.")
    sessions: Sessions = request.app.state.sessions
    ticket = sessions.read(cookie, now)
    if request.method not in SAFE:
        given = request.headers.get(CSRF_HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, sessions.csrf(ticket.session).encode()):
            raise Forbidden(f"Falta el encabezado {CSRF_HEADER} de esta sesión: recarga la página.")
    return ticket.organization_id, ticket.member_id, ticket
