"""My account: the browsers I am in with, the second factor; and setting a password by a link somebody gave me."""

from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice import auth, second_factor
from backoffice.api.access import Staff
from backoffice.api.document import LIMITED, PUBLIC, staff_router
from backoffice.api.session import Own, Password
from backoffice.api.words import Given, Line
from backoffice.browsers import browsers_of, throw_out
from backoffice.password_links import use_link
from backoffice.qr_picture import picture_of
from backoffice.runtime import Runtime
from core.errors import Missing, Refused
from core.organizations.model import Login

router = staff_router("session")


class BrowserView(BaseModel):
    id: str
    agent: str
    address: str
    created_at: datetime
    seen_at: datetime
    current: bool


class FactorView(BaseModel):
    on: bool
    recovery_codes_left: int


class FactorBegun(BaseModel):
    """Show the picture to the app, or type the secret; then give a code to `confirm`."""

    secret: str
    address: str
    picture: str
    """A data: address of an SVG."""


class FactorIn(Given):
    secret: Annotated[str, Field(pattern=r"^[A-Z2-7]{32}$")]
    code: Line


class RecoveryCodes(BaseModel):
    codes: list[str]
    """Each lets in once without the app; shown this once."""


class ProofIn(Given):
    password: Password


class LinkIn(Given):
    token: Line
    password: Password


@router.get("/sessions")
async def list_sessions(staff: Own) -> list[BrowserView]:
    """Where I am in, the last seen first."""
    return [
        BrowserView(
            id=staff.public("login_session", one.id),
            agent=one.agent,
            address=one.address,
            created_at=one.created_at,
            seen_at=one.seen_at,
            current=staff.browser is not None and one.id == staff.browser.id,
        )
        for one in await browsers_of(staff.session, staff.login.id, staff.now)
    ]


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(staff: Own, session_id: str) -> None:
    """Throw one browser out."""
    one = staff.inside("login_session", session_id)
    if not await throw_out(staff.session, staff.login.id, staff.now, one=one):
        raise Missing("session")
    await staff.session.commit()


@router.delete("/sessions", status_code=204)
async def end_other_sessions(staff: Own) -> None:
    """Throw every other browser out."""
    but = staff.ticket.session if staff.ticket else ""
    await throw_out(staff.session, staff.login.id, staff.now, but=but)
    await staff.session.commit()


@router.get("/second-factor")
async def read_second_factor(staff: Own) -> FactorView:
    """Whether a code is asked for when I come in."""
    return FactorView(on=staff.login.second_factor is not None, recovery_codes_left=len(staff.login.recovery_codes))


@router.post("/second-factor")
async def begin_second_factor(staff: Own) -> FactorBegun:
    """A new secret for an authenticator app. Nothing is kept until a code of it is confirmed."""
    secret = second_factor.new_secret()
    address = second_factor.address_of(secret, staff.login.email)
    return FactorBegun(secret=secret, address=address, picture=picture_of(address))


@router.post("/second-factor/confirm")
async def confirm_second_factor(staff: Own, given: FactorIn) -> RecoveryCodes:
    """From now on a code is asked for; every other browser is thrown out."""
    login = await staff.session.get_one(Login, staff.login.id, with_for_update=True, populate_existing=True)
    codes = second_factor.begin(login, staff.runtime.vault, given.secret, given.code, staff.now)
    await throw_out(staff.session, login.id, staff.now, but=staff.ticket.session if staff.ticket else "")
    await staff.session.commit()
    return RecoveryCodes(codes=codes)


@router.post("/second-factor/end", status_code=204, responses=LIMITED)
async def end_second_factor(staff: Own, given: ProofIn, request: Request) -> None:
    """The password alone is enough again; asks for it."""
    await _prove(staff, given.password, request)
    login = await staff.session.get_one(Login, staff.login.id, with_for_update=True, populate_existing=True)
    second_factor.end(login)
    await staff.session.commit()


async def _prove(staff: Staff, password: str, request: Request) -> None:
    address = request.client.host if request.client else "?"
    await auth.count_attempt(staff.runtime.app, staff.login.email, address, staff.now)
    if not await auth.proven(staff.login, password):
        raise Refused("wrong_password", "La contraseña no es correcta.")
    await auth.forget_attempts(staff.session, staff.login.email, address, staff.now)


@router.post("/password-link", status_code=204, openapi_extra=PUBLIC, responses=LIMITED)
async def set_password_by_link(given: LinkIn, request: Request) -> None:
    """Set my password with the link of an invitation, or of somebody who lets me in again."""
    runtime: Runtime = request.app.state.runtime
    now = runtime.clock()
    address = request.client.host if request.client else "?"
    await auth.count_attempt(runtime.app, f"link:{address}", address, now)
    async with AsyncSession(runtime.app) as session:
        login = await use_link(session, given.token, given.password, now)
        await throw_out(session, login.id, now)
        await auth.forget_attempts(session, login.email, address, now)
        await session.commit()
