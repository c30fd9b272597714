"""Public holidays of a country and its region, as rows that may be edited: some open all the same."""

from datetime import date

import holidays
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Refused
from core.organizations.model import Holiday, Organization


def public_holidays(country: str, region: str | None, year: int, language: str = "es") -> dict[date, str]:
    """Date → name. Raises Refused, saying which exist, for a country or region that is not known.

    The region is the subdivision of ISO 3166-2 without the country («SP» of Brazil). Needed where holidays differ so
    much by region that the country's own say little, which the caller decides.
    """
    check_region(country, region)
    found = holidays.country_holidays(country, subdiv=region, years=year, language=_spoken(country, language))
    return {day: name for day, name in sorted(found.items()) if day.year == year}


def regions_of(country: str) -> list[str]:
    """The regions whose own holidays are known. Raises Refused for a country that is not."""
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise Refused(
            "unknown_country", f"country: no conozco los feriados de «{country}». Usa el código de dos letras."
        )
    return list(known[country])


def check_region(country: str, region: str | None) -> None:
    """Raises Refused, saying which exist, for a country or region that is not known."""
    regions = regions_of(country)
    if region is not None and region not in regions:
        options = ", ".join(regions) or "ninguna"
        raise Refused("unknown_region", f"region: «{region}» no existe en {country}. Regiones: {options}.")


def _spoken(country: str, language: str) -> str | None:
    """The language the names can be had in that is nearest to the wanted one; None: the country's own."""
    offered = holidays.list_localized_countries(include_aliases=False).get(country, [])
    exact = [tag for tag in offered if tag == language or tag.partition("_")[0] == language]
    return exact[0] if exact else None


async def add_public_holidays(
    session: AsyncSession,
    organization: Organization,
    country: str,
    region: str | None,
    year: int,
    location_id: int | None = None,
) -> int:
    """Rows for every holiday of the year that has none yet; how many were new. A day already there is left as it is.

    For a location those the whole organization keeps are left out: they hold there as well.
    """
    days = public_holidays(country, region, year, organization.language)
    known = set(
        await session.scalars(
            select(Holiday.day).where(Holiday.organization_id == organization.id, Holiday.location_id.is_(None))
        )
    )
    rows = [
        {"organization_id": organization.id, "location_id": location_id, "day": day, "name": name}
        for day, name in days.items()
        if day not in known
    ]
    if not rows:
        return 0
    statement = insert(Holiday).values(rows).on_conflict_do_nothing()
    return len(list(await session.scalars(statement.returning(Holiday.id))))
