"""People of the organization, and the keys of its programs."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, Field
from sqlalchemy import select

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_views import find_location
from backoffice.api.document import staff_router
from backoffice.api.session import Email, Password
from backoffice.api.views import MemberView, Named, RoleName, view_member
from backoffice.api.words import Given, Line, Word, Yes
from backoffice.auth import find_login, hashed, issue_token
from backoffice.password_links import check_own, make_link
from core.errors import Missing, Refused
from core.organizations.audit import audit
from core.organizations.members import add_member, change_member, list_members
from core.organizations.model import ApiToken, Login, Member

router = staff_router("organization")

Reads = Annotated[Staff, Depends(Needs("members.read"))]
Writes = Annotated[Staff, Depends(Needs("members.write"))]
Words = Annotated[list[Word], Field(max_length=20)]
Places = Annotated[
    Annotated[list[Line], Field(min_length=1, max_length=100)] | None,
    Field(description="Where reception and assistants work and what they see; null: everywhere."),
]


class ListedMember(MemberView):
    email: str


class MemberIn(Given):
    email: Email
    name: Line
    role: RoleName
    password: Password | None = Field(
        default=None, description="For somebody who has no login anywhere yet; left out, they choose it by a link."
    )
    teams: Words = []
    specialities: Words = []
    locations: Places = None


class CreatedMember(ListedMember):
    link: str | None
    """Where they choose their password, for 72 hours, once; shown this once. Null: they have one."""


class LinkView(BaseModel):
    link: str


class MemberChange(Given):
    """What is given changes; null in `locations`: everywhere."""

    name: Line | None = None
    role: RoleName | None = None
    teams: Words | None = None
    specialities: Words | None = None
    locations: Places = None
    active: Yes | None = None
    available: Yes | None = None


class TokenIn(Given):
    name: Line
    member: Line | None = Field(default=None, description="Whose rights it has; mine if left out.")


class TokenView(BaseModel):
    id: str
    name: str
    member: Named
    created_at: datetime
    revoked_at: datetime | None


class NewToken(TokenView):
    token: str
    """Shown this once."""


@router.get("/members", name="list_members")
async def list_the_members(staff: Reads) -> list[ListedMember]:
    """Everybody, those who work now first."""
    rows = await list_members(staff.session, staff.organization.id)
    return [ListedMember(**view_member(staff, member).model_dump(), email=email) for member, email in rows]


@router.post("/members", status_code=201)
async def create_member(staff: Writes, given: MemberIn) -> CreatedMember:
    """Let somebody in. Who has a login already keeps its password; anybody else chooses one by the link."""
    known = await find_login(staff.session, given.email)
    password_hash = await hashed(given.password or secrets.token_urlsafe(24)) if known is None else None
    member = await add_member(
        staff.session,
        staff.organization.id,
        licence=staff.organization.licence,
        email=given.email,
        name=given.name,
        role=given.role,
        password_hash=password_hash,
        teams=given.teams,
        specialities=given.specialities,
    )
    member.locations = await _places(staff, given.locations)
    await staff.session.flush()
    await staff.session.refresh(member)
    audit(staff.session, staff.member, "member.created", given.email, staff.now, role=given.role)
    link = None
    if known is None and given.password is None:
        link = await _link(staff, member)
    await staff.session.commit()
    return CreatedMember(**view_member(staff, member).model_dump(), email=given.email, link=link)


async def _link(staff: Staff, member: Member) -> str:
    login = await staff.session.get_one(Login, member.login_id)
    return await make_link(staff.session, login, staff.runtime.settings.public_url, staff.now)


@router.post("/members/{member_id}/password-link", status_code=201)
async def create_password_link(staff: Writes, member_id: str) -> LinkView:
    """A link for somebody who forgot their password, to be given to them; good for 72 hours, once.

    409 `works_elsewhere` for a login that also works in another organization.
    """
    member = await staff.session.get(Member, staff.inside("member", member_id))
    if member is None:
        raise Missing("member")
    await check_own(staff.session, member.login_id, staff.organization.id)
    audit(staff.session, staff.member, "member.password_link", f"member:{member.id}", staff.now)
    link = await _link(staff, member)
    await staff.session.commit()
    return LinkView(link=link)


@router.patch("/members/{member_id}", name="change_member")
async def change_the_member(staff: Writes, member_id: str, given: MemberChange) -> MemberView:
    """Role, teams, specialities; deactivating somebody ends their sessions and keys at once."""
    changes = {name: value for name, value in given.model_dump(exclude_unset=True).items() if value is not None}
    if "locations" in given.model_fields_set:
        changes["locations"] = await _places(staff, given.locations)
    member, changed = await change_member(
        staff.session,
        staff.organization.id,
        staff.inside("member", member_id),
        staff.organization.licence,
        changes,
    )
    if changed:
        audit(staff.session, staff.member, "member.changed", member.name, staff.now, **changed)
    await staff.session.commit()
    return view_member(staff, member)


async def _places(staff: Staff, public: Sequence[str] | None) -> list[int] | None:
    if public is None:
        return None
    return sorted({(await find_location(staff, one)).id for one in public})


def _token(staff: Staff, token: ApiToken, member: Member) -> TokenView:
    return TokenView(
        id=staff.public("token", token.id),
        name=token.name,
        member=Named(id=staff.public("member", member.id), name=member.name),
        created_at=token.created_at,
        revoked_at=token.revoked_at,
    )


@router.get("/tokens")
async def list_tokens(staff: Annotated[Staff, Depends(Needs("tokens.read"))]) -> list[TokenView]:
    """Keys of programs, the newest first; never the keys themselves."""
    rows = await staff.session.execute(
        select(ApiToken, Member).join(Member, Member.id == ApiToken.member_id).order_by(ApiToken.id.desc()).limit(500)
    )
    return [_token(staff, token, member) for token, member in rows]


@router.post("/tokens", status_code=201)
async def create_token(staff: Annotated[Staff, Depends(Needs("tokens.write"))], given: TokenIn) -> NewToken:
    """A key for a program, with the rights of a member. It is shown once."""
    wanted = staff.inside("member", given.member) if given.member else staff.member.id
    member = await staff.session.get(Member, wanted)
    if member is None:
        raise Missing("member")
    if not member.active:
        raise Refused("inactive", f"{member.name} ya no está en el equipo: elige a otra persona.")
    kept, token = await issue_token(staff.session, member, given.name)
    await staff.session.refresh(kept)
    audit(staff.session, staff.member, "token.created", given.name, staff.now, whose=member.name)
    await staff.session.commit()
    return NewToken(**_token(staff, kept, member).model_dump(), token=token)


@router.delete("/tokens/{token_id}", status_code=204)
async def revoke_token(staff: Annotated[Staff, Depends(Needs("tokens.write"))], token_id: str) -> None:
    """It works no more, at once."""
    token = await staff.session.get(ApiToken, staff.inside("token", token_id))
    if token is None:
        raise Missing("token")
    if token.revoked_at is None:
        token.revoked_at = staff.now
        audit(staff.session, staff.member, "token.revoked", token.name, staff.now)
    await staff.session.commit()
