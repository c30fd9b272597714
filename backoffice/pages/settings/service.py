"""Settings: what is promised to people, and how conversations end by themselves."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.service_levels import TargetsView, read_service_levels
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router

router = page_router()

KINDS = (
    ("first_reply", "Primera respuesta"),
    ("next_reply", "Respuesta"),
    ("resolution", "Resolución"),
)
ROWS = (("", "Todas"), ("high", "Alta"), ("urgent", "Urgente"))
"""Priority, and its words; "": those that have no row of their own."""


@router.get("/settings/service")
async def service(staff: Annotated[Staff, Depends(Needs("service.read"))], request: Request) -> Response:
    """One form."""
    levels = await read_service_levels(staff)
    rows = [
        (priority, name, levels.by_priority.get(priority, TargetsView()) if priority else levels.targets)
        for priority, name in ROWS
    ]
    return Page(request, staff).html("settings/service.html", levels=levels, rows=rows, kinds=KINDS)
