"""Making organizations, and when they are open. Takes a session, never commits."""

from datetime import date
from typing import Any
from zoneinfo import available_timezones

import holidays
import phonenumbers
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from core.errors import Refused
from core.organizations.hours import problems
from core.organizations.members import SEATS
from core.organizations.model import Holiday, Organization

USUAL_HOURS = {
    **{day: [["09:00", "13:00"], ["15:00", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "sat": [["09:00", "13:00"]],
}

VOSEO = frozenset({"AR", "UY", "PY"})
"""ISO 3166 of the countries where a business says *vos*."""


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
    check_zone(zone)
    if licence not in SEATS:
        raise Refused("licence", f"The licence is one of {', '.join(SEATS)}.")
    if country.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise Refused("country", f"«{country}» is not a country: use its two letters (ISO 3166), like CO or BR.")
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise Refused("currency", f"«{currency}» is not a currency: use its three letters (ISO 4217), like COP or BRL.")
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
                register="vos" if country.upper() in VOSEO else "tu",
                currency=currency.upper(),
                pack=pack,
                settings=settings,
                hours=USUAL_HOURS,
            )
            .returning(Organization.id)
        )
    ).scalar_one()
    return created


def check_zone(zone: str, field: str = "zone") -> str:
    """The zone; raises Refused for anything that is no IANA time zone."""
    if zone not in available_timezones():
        raise Refused("unknown_zone", f"{field}: «{zone}» no es una zona horaria: usa un nombre como America/Bogota.")
    return zone


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
        raise Refused("country", f"No se conocen los feriados de {country}: agrégalos a mano.") from None
    rows = [{"organization_id": organization_id, "day": day, "name": name} for day, name in sorted(found.items())]
    if not rows:
        return 0
    added = await session.scalars(insert(Holiday).on_conflict_do_nothing().returning(Holiday.id), rows)
    return len(list(added))


def years_ahead(today: date) -> tuple[int, int]:
    """The years whose holidays should be known: this one and the next."""
    return today.year, today.year + 1
