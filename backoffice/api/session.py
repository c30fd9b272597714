"""Coming in and going out: login, logout, who am I, my password."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice import auth, second_factor
from backoffice.api.access import CSRF_COOKIE, SESSION_COOKIE, Needs, Staff
from backoffice.api.document import LIMITED, PUBLIC, staff_router
from backoffice.api.views import MemberView, Named, RoleName, view_member
from backoffice.api.words import Given, Line, MaybeLine, Word, Yes
from backoffice.browsers import remember, throw_out
from backoffice.runtime import Runtime
from core.db import enter_organization
from core.errors import Missing, Refused
from core.organizations.model import Login, Member, Organization
from core.organizations.permissions import permissions_of

router = staff_router("session")

Email = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")
]
Password = Annotated[str, StringConstraints(min_length=1, max_length=200)]
SECOND_FACTOR = {
    False: "Escribe el código de tu aplicación de autenticación.",
    True: "Ese código no es, o ya se usó: escribe el que muestra tu aplicación ahora.",
}
Own = Annotated[Staff, Depends(Needs("account.own"))]


class LoginIn(Given):
    email: Email
    password: Password
    organization: Line | None = Field(default=None, description="Which one, for somebody who works in several.")
    code: MaybeLine = Field(default="", description="Of the authenticator app, or a recovery code.")


class PasswordIn(Given):
    current: Password
    new: Password


class MembershipView(BaseModel):
    organization: Named
    role: RoleName
    member: str


class SavedView(Given):
    """A list of the inbox under a name of one's own; `query` as in the page's address: `view=open&label=vip`."""

    name: Word
    query: Annotated[str, StringConstraints(max_length=300, pattern=r"^[\x21-\x7e]*$")]


class Me(BaseModel):
    member: MemberView
    email: str
    organization: Named
    zone: str
    permissions: list[str]
    memberships: list[MembershipView]
    saved_views: list[SavedView]


class MeIn(Given):
    """What is given changes."""

    available: Yes | None = Field(default=None, description="Whether new leads may be given to me.")
    saved_views: Annotated[list[SavedView], Field(max_length=20)] | None = None


@router.post("/login", openapi_extra=PUBLIC, responses=LIMITED)
async def login(given: LoginIn, request: Request, response: Response) -> Me:
    """Come in with e-mail and password: sets the session's cookies. Five wrong tries an e-mail in 15 minutes, then 429.

    409 `choose_organization` when the person works in several; `details.organizations` lists them.
    409 `second_factor` when a code of their authenticator app is needed, or the one given is not it.
    """
    runtime: Runtime = request.app.state.runtime
    now = runtime.clock()
    address = request.client.host if request.client else "?"
    await auth.count_attempt(runtime.app, given.email, address, now)
    async with AsyncSession(runtime.app, expire_on_commit=False) as session:
        found = await auth.find_login(session, given.email)
        await session.commit()  # nobody holds a connection while argon2 works
        if not await auth.proven(found, given.password) or found is None:
            raise auth.Unauthorized("El correo o la contraseña no son correctos.")
        found = await session.get_one(Login, found.id, with_for_update=True, populate_existing=True)
        if not second_factor.take(found, runtime.vault, given.code, now):
            raise Refused("second_factor", SECOND_FACTOR[bool(given.code)])
        await auth.forget_attempts(session, given.email, address, now)
        works = await auth.memberships(session, found.id)
        chosen = _choose(runtime, works, given.organization)
        ticket = auth.Ticket(chosen.organization_id, chosen.member_id, found.generation, auth.new_session_id())
        agent = request.headers.get("user-agent", "")
        remember(session, found.id, ticket.session, agent, address, now)
        await session.commit()
        await enter_organization(session, chosen.organization_id)
        member = await session.get_one(Member, chosen.member_id)
        organization = await session.get_one(Organization, chosen.organization_id)
    _set_cookies(request, response, ticket)
    return _me(Staff(runtime, session, member, found, organization, now, ticket), works)


def _choose(runtime: Runtime, works: list[auth.Membership], wanted: str | None) -> auth.Membership:
    if wanted is not None:
        try:
            inside = runtime.ids.decode("organization", wanted)
        except Missing:
            inside = 0
        works = [one for one in works if one.organization_id == inside]
    if not works:
        raise auth.Unauthorized("Ya no trabajas en esa organización: pide que te vuelvan a activar.")
    if len(works) > 1:
        listed = [
            {"id": runtime.ids.encode("organization", one.organization_id), "name": one.organization_name}
            for one in works
        ]
        raise Refused("choose_organization", "Trabajas en varias organizaciones: elige una.", organizations=listed)
    return works[0]


def _set_cookies(request: Request, response: Response, ticket: auth.Ticket) -> None:
    runtime: Runtime = request.app.state.runtime
    sessions: auth.Sessions = request.app.state.sessions
    options: dict[str, Any] = {
        "max_age": int(auth.LASTS.total_seconds()),
        "secure": runtime.settings.public_url.startswith("https://"),
        "samesite": "lax",
        "path": "/",
    }
    response.set_cookie(SESSION_COOKIE, sessions.sign(ticket, runtime.clock()), httponly=True, **options)
    response.set_cookie(CSRF_COOKIE, sessions.csrf(ticket.session), httponly=False, **options)
    response.headers["Cache-Control"] = "no-store"


def _me(staff: Staff, works: list[auth.Membership]) -> Me:
    return Me(
        member=view_member(staff, staff.member),
        email=staff.login.email,
        organization=Named(id=staff.public("organization", staff.organization.id), name=staff.organization.name),
        zone=staff.organization.zone,
        permissions=permissions_of(staff.member.role),
        memberships=[
            MembershipView(
                organization=Named(id=staff.public("organization", one.organization_id), name=one.organization_name),
                role=one.role,  # type: ignore[arg-type]
                member=staff.public("member", one.member_id),
            )
            for one in works
        ],
        saved_views=[SavedView.model_validate(one) for one in staff.member.saved_views],
    )


@router.post("/logout", status_code=204)
async def logout(staff: Own, response: Response) -> None:
    """End this browser's session."""
    if staff.browser is not None:
        await throw_out(staff.session, staff.login.id, staff.now, one=staff.browser.id)
        await staff.session.commit()
    for cookie in (SESSION_COOKIE, CSRF_COOKIE):
        response.delete_cookie(cookie, path="/")


@router.get("/me")
async def read_me(staff: Own) -> Me:
    """Who asks, what they may do, and where else they work."""
    return _me(staff, await auth.memberships(staff.session, staff.login.id))


@router.patch("/me")
async def change_me(staff: Own, given: MeIn) -> Me:
    """Say whether I take new leads now; keep lists of the inbox."""
    if given.available is not None:
        staff.member.available = given.available
    if given.saved_views is not None:
        staff.member.saved_views = [one.model_dump() for one in given.saved_views]
    works = await auth.memberships(staff.session, staff.login.id)
    await staff.session.commit()
    return _me(staff, works)


@router.post("/password", status_code=204, responses=LIMITED)
async def change_password(staff: Own, given: PasswordIn, request: Request, response: Response) -> None:
    """Change my password: every other session of mine ends; this browser gets a new one."""
    runtime = staff.runtime
    address = request.client.host if request.client else "?"
    email = staff.login.email
    await auth.count_attempt(runtime.app, email, address, staff.now)
    current = await staff.session.scalar(select(Login).where(Login.id == staff.login.id))
    if not await auth.proven(current, given.current):
        raise Refused("wrong_password", "La contraseña actual no es correcta.")
    generation = await auth.set_password(staff.session, staff.login.id, given.new)
    await auth.forget_attempts(staff.session, email, address, staff.now)
    await staff.session.commit()
    if staff.ticket is not None:
        ticket = auth.Ticket(staff.organization.id, staff.member.id, generation, auth.new_session_id())
        agent = request.headers.get("user-agent", "")
        await throw_out(staff.session, staff.login.id, staff.now)
        remember(staff.session, staff.login.id, ticket.session, agent, address, staff.now)
        await staff.session.commit()
        _set_cookies(request, response, ticket)
