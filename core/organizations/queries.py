"""Reads of organizations: what a flow may say about the clinic, and who works there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Missing
from core.organizations.consent_texts import texts_in_force
from core.organizations.hours import NAMES, Intervals, describe, is_open
from core.organizations.model import Holiday, Organization


@dataclass(frozen=True, slots=True)
class OrganizationFacts:
    """What the bot may say about the organization, and how it runs: `pack` names its flows."""

    id: int
    pack: str
    zone: str
    language: str
    facts: Mapping[str, Any]
    revision: int = 0
    """Grows with every change of the organization's settings and flows."""


async def special_days(
    session: AsyncSession, organization_id: int, since: date, until: date | None = None
) -> dict[date, Intervals | None]:
    """Holidays and special days of the whole organization from `since` on, before `until`; for two months without."""
    rows = await session.scalars(
        select(Holiday).where(
            Holiday.organization_id == organization_id,
            Holiday.location_id.is_(None),
            Holiday.day >= since,
            Holiday.day < (until or since + timedelta(days=62)),
        )
    )
    return {row.day: row.hours for row in rows}


def told_notice(organization: Organization, notices: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The privacy notice of every language; one that has none is told by its address, or else in another language."""
    if not notices:
        return {}
    address = organization.settings.get("privacy_url")
    other = address or notices.get(organization.language) or next(iter(notices.values()))
    told = {language: notices.get(language, other) for language in NAMES}
    if address:
        told = {language: words if address in words else f"{words}\n{address}" for language, words in told.items()}
    return {"privacy_url": told}


async def organization_facts(session: AsyncSession, organization_id: int, now: datetime) -> OrganizationFacts:
    """Facts as the flows name them: name, hours (as text, by language), open (bool, now), and whatever the settings
    hold. `privacy_url` is what was published of the privacy notice, its address after it; the address where nothing
    was."""
    organization = await session.get(Organization, organization_id, populate_existing=True)
    if organization is None:
        raise Missing("organization")
    special = await special_days(session, organization_id, now.date() - timedelta(days=1))
    notices = await texts_in_force(session, organization_id, "privacy_notice")
    facts = {
        **organization.settings,
        **told_notice(organization, notices),
        "name": organization.name,
        "country": organization.country,
        "currency": organization.currency,
        "zone": organization.zone,
        "opening": organization.hours,
        "hours": {language: describe(organization.hours, language) for language in NAMES},
        "language": organization.language,
        "register": organization.register,
        "open": is_open(organization.hours, special, organization.zone, now),
    }
    return OrganizationFacts(
        organization.id, organization.pack, organization.zone, organization.language, facts, organization.revision
    )
