"""Settings: what the organization is called, where it is, how its bot speaks, whose conversations closers see."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.organization import read_organization
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router

router = page_router()

TOLD = (
    *("phone", "address", "privacy_url", "website", "payment_methods", "parking"),
    *("latitude", "longitude", "maps_url", "visibility", "payment_url"),
)
"""The settings of this page; what is not set is null."""


@router.get("/settings/organization")
async def organization(staff: Annotated[Staff, Depends(Needs("organization.write"))], request: Request) -> Response:
    """Name, zone, languages, what people read of it, visibility."""
    shown = await read_organization(staff)
    told = {name: shown.settings.get(name) for name in TOLD}
    return Page(request, staff).html("settings/organization.html", organization=shown, settings=told)
