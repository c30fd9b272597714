"""A new organization with everything it needs to work on its first day. Runs as the tables' owner; never commits."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.db import enter_organization
from core.leads.actions import add_default_stages
from core.organizations.actions import create_organization, import_holidays, years_ahead
from core.organizations.members import add_member
from core.organizations.model import Member


async def found_organization(
    session: AsyncSession,
    clock: Clock,
    *,
    slug: str,
    name: str,
    licence: str,
    country: str,
    zone: str,
    currency: str,
    owner_email: str,
    owner_name: str,
    owner_password_hash: str | None,
    pack: str = "estetica",
    settings: dict[str, Any] | None = None,
) -> tuple[int, Member]:
    """The organization with its stages, usual hours, two years of holidays and its owner.

    Returns (organization id, owner). Raises Refused for bad values, a slug that is taken, or a new login without a
    password. `session` as the owner of the tables: nobody else may add an organization.
    """
    organization_id = await create_organization(
        await session.connection(),
        slug=slug,
        name=name,
        licence=licence,
        country=country,
        zone=zone,
        currency=currency,
        pack=pack,
        settings=settings or {},
    )
    await enter_organization(session, organization_id)
    await add_default_stages(session, organization_id)
    for year in years_ahead(clock().date()):
        await import_holidays(session, organization_id, country, year)
    owner = await add_member(
        session,
        organization_id,
        licence=licence,
        email=owner_email,
        name=owner_name,
        role="owner",
        password_hash=owner_password_hash,
        teams=[],
        specialities=[],
    )
    return organization_id, owner
