"""Settings: when the organization is open, the days that differ, and whose appointments lie outside of it."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_places import list_locations
from backoffice.api.agenda_stranded import list_the_stranded
from backoffice.api.holidays import list_holidays
from backoffice.api.organization import read_organization
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router
from core.agenda.holidays import regions_of
from core.errors import Refused
from core.organizations.hours import WEEKDAYS

router = page_router()

DAYS = dict(zip(WEEKDAYS, ("Lunes", "Martes", "Miércoles", "Jueves", "Viernes", "Sábado", "Domingo"), strict=True))


def regions(country: str) -> list[str] | None:
    """The country's regions with holidays of their own; None when nothing is known of the country."""
    try:
        return regions_of(country)
    except Refused:
        return None


@router.get("/settings/hours")
async def hours(staff: Annotated[Staff, Depends(Needs("hours.write"))], request: Request) -> Response:
    """The week, the days that differ (those to come first), and the appointments that lie outside."""
    page = Page(request, staff)
    today = page.clock.local(staff.now).date()
    special = await list_holidays(staff)
    places = await list_locations(staff)
    return page.html(
        "settings/hours.html",
        organization=await read_organization(staff),
        days=DAYS,
        to_come=[one for one in special if one.day >= today],
        past=[one for one in reversed(special) if one.day < today],
        places=[one for one in places if one.active],
        place_names={one.id: one.name for one in places},
        stranded=(await list_the_stranded(staff)).items,
        years=(today.year, today.year + 1),
        regions=regions(staff.organization.country),
    )
