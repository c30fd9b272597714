"""People of the organization: letting them in, changing what they may do. Takes a session, never commits."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Missing, Refused
from core.organizations.model import Login, Member
from core.organizations.permissions import ROLES

SEATS = {"clinic": 15, "individual": 1}
"""Active members a licence has room for."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


async def take_seat(session: AsyncSession, organization_id: int, licence: str) -> None:
    """Raises Refused when every seat of the licence is taken; two at once cannot take the last one."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('seats', :id))"), {"id": organization_id})
    seated = await session.scalar(select(func.count()).where(Member.organization_id == organization_id, Member.active))
    if (seated or 0) >= SEATS[licence]:
        raise Refused("no_seat", f"La licencia {licence} tiene {SEATS[licence]} lugares y están todos ocupados.")


async def add_member(
    session: AsyncSession,
    organization_id: int,
    *,
    licence: str,
    email: str,
    name: str,
    role: str,
    password_hash: str | None,
    teams: list[str],
    specialities: list[str],
) -> Member:
    """Let somebody in. A login that exists keeps its password; a new one needs `password_hash`.

    Raises Refused: unknown role, no seat left, already a member, no password for a new login.
    """
    if role not in ROLES:
        raise Refused("role", f"El rol es uno de: {', '.join(ROLES)}.")
    await take_seat(session, organization_id, licence)
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise Refused("email", f"«{email}» no es un correo: escríbelo completo, como ana@clinica.co.")
    login = await session.scalar(select(Login).where(Login.email == email))
    if login is None:
        if password_hash is None:
            raise Refused("password", "Una persona nueva necesita una contraseña.")
        login = Login(email=email, password_hash=password_hash)
        session.add(login)
        await session.flush()
    elif await session.scalar(
        select(Member.id).where(Member.login_id == login.id, Member.organization_id == organization_id)
    ):
        raise Refused("already_member", f"{email} ya trabaja en esta organización.")
    member = Member(
        organization_id=organization_id,
        login_id=login.id,
        name=name,
        role=role,
        teams=teams,
        specialities=specialities,
    )
    session.add(member)
    await session.flush()
    return member


async def find_member(session: AsyncSession, organization_id: int, email: str) -> Member:
    """The member with that e-mail; raises Missing."""
    member = await session.scalar(
        select(Member)
        .join(Login, Login.id == Member.login_id)
        .where(Login.email == email.strip().lower(), Member.organization_id == organization_id)
    )
    if member is None:
        raise Missing("member")
    return member


async def change_member(
    session: AsyncSession, organization_id: int, member_id: int, licence: str, changes: dict[str, Any]
) -> tuple[Member, dict[str, Any]]:
    """Set the given columns (name, role, teams, specialities, active, available).

    Returns the member and {column: [before, after]} of what really changed. Raises Missing; Refused when the last
    owner would be gone or no seat is left to come back to.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('seats', :id))"), {"id": organization_id})
    member = await session.get(Member, member_id, with_for_update=True, populate_existing=True)
    if member is None:
        raise Missing("member")
    changed = {
        name: [getattr(member, name), value] for name, value in changes.items() if getattr(member, name) != value
    }
    if "role" in changed and changed["role"][1] not in ROLES:
        raise Refused("role", f"El rol es uno de: {', '.join(ROLES)}.")
    stays_owner = changes.get("role", member.role) == "owner" and changes.get("active", member.active)
    if member.role == "owner" and member.active and not stays_owner:
        others = await session.scalar(
            select(func.count()).where(
                Member.organization_id == organization_id,
                Member.role == "owner",
                Member.active,
                Member.id != member_id,
            )
        )
        if not others:
            raise Refused("last_owner", "Es la única persona dueña: nombra a otra antes de cambiarla.")
    if changed.get("active", [None, False])[1]:
        await take_seat(session, organization_id, licence)
    for name, (_, value) in changed.items():
        setattr(member, name, value)
    await session.flush()
    return member, changed


async def list_members(session: AsyncSession, organization_id: int) -> Sequence[tuple[Member, str]]:
    """Everybody with their e-mail, those who work now first."""
    rows = await session.execute(
        select(Member, Login.email)
        .join(Login, Login.id == Member.login_id)
        .where(Member.organization_id == organization_id)
        .order_by(Member.active.desc(), Member.name, Member.id)
    )
    return [(member, email) for member, email in rows]
