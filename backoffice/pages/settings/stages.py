"""Settings: the stages of the sales pipeline, in their order."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.stages import list_lead_stages
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router

router = page_router()

KIND_NAMES = {"open": "Abierta", "won": "Ganada", "lost": "Perdida"}


@router.get("/settings/stages")
async def stages(staff: Annotated[Staff, Depends(Needs("stages.write"))], request: Request) -> Response:
    """In their order."""
    found = await list_lead_stages(staff)
    return Page(request, staff).html("settings/stages.html", stages=found, kinds=KIND_NAMES)
