"""Making organizations and letting people in. Takes a session, never commits."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from core.errors import Refused
from core.organizations.hours import problems
from core.organizations.model import Holiday, Login, Member, Organization

ROLES = ("owner", "manager", "doctor", "closer", "receptionist", "assistant")
SEATS = {"clinic": 15, "individual": 1}
"""Active members a licence has room for."""

USUAL_HOURS = {
    **{day: [["09:00", "13:00"], ["15:00", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "sat": [["09:00", "13:00"]],
}


async def create_organization(
    owner_connection: AsyncConnection,
    *,
    slug: str,
    name: str,
    licence: str,
    country: str,
    zone: str,
    currency: str,
    pack: str,
    settings: dict[str, Any],
) -> int:
    """Insert an organization; only the owner of the tables may. Returns its id; raises Refused for bad values."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Refused("zone", f"«{zone}» is not a time zone: use a name like America/Bogota.") from None
    if licence not in SEATS:
        raise Refused("licence", f"The licence is one of {', '.join(SEATS)}.")
    if await owner_connection.scalar(text("SELECT id FROM organization WHERE slug = :slug"), {"slug": slug}):
        raise Refused("slug_taken", f"There is an organization called {slug} already: choose another slug.")
    created: int = (
        await owner_connection.execute(
            insert(Organization)
            .values(
                slug=slug,
                name=name,
                licence=licence,
                country=country.upper(),
                zone=zone,
                currency=currency.upper(),
                pack=pack,
                settings=settings,
                hours=USUAL_HOURS,
            )
            .returning(Organization.id)
        )
    ).scalar_one()
    return created


async def set_hours(session: AsyncSession, organization: Organization, hours: dict[str, Any]) -> None:
    """Replace the opening hours; raises Refused naming each day that is wrong."""
    if found := problems(hours):
        raise Refused("hours", " ".join(found))
    organization.hours = hours
    organization.revision += 1
    await session.flush()


async def import_holidays(session: AsyncSession, organization_id: int, country: str, year: int) -> int:
    """Add the country's public holidays of a year; days already there stay as they are. Returns how many were added."""
    try:
        found = holidays.country_holidays(country, years=year, language="es")
    except NotImplementedError:
        raise Refused("country", f"No holidays are known for {country}: add them by hand.") from None
    rows = [{"organization_id": organization_id, "day": day, "name": name} for day, name in sorted(found.items())]
    added = await session.scalars(insert(Holiday).on_conflict_do_nothing().returning(Holiday.id), rows)
    return len(list(added))


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
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('seats', :id))"), {"id": organization_id})
    seated = await session.scalar(text("SELECT count(*) FROM member WHERE active"))
    if (seated or 0) >= SEATS[licence]:
        raise Refused("no_seat", f"La licencia {licence} tiene {SEATS[licence]} lugares y están todos ocupados.")
    email = email.strip().lower()
    login = await session.scalar(select(Login).where(Login.email == email))
    if login is None:
        if password_hash is None:
            raise Refused("password", "Una persona nueva necesita una contraseña.")
        login = Login(email=email, password_hash=password_hash)
        session.add(login)
        await session.flush()
    elif await session.scalar(select(Member.id).where(Member.login_id == login.id)):
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


def years_ahead(today: date) -> tuple[int, int]:
    """The years whose holidays should be known: this one and the next."""
    return today.year, today.year + 1
