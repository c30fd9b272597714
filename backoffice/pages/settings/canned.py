"""Settings: the canned responses, as they would be sent."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.canned import list_canned_responses
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router

router = page_router()


@router.get("/settings/canned")
async def canned(staff: Annotated[Staff, Depends(Needs("canned.write"))], request: Request) -> Response:
    """By shortcut."""
    responses = await list_canned_responses(staff)
    return Page(request, staff).html("settings/canned.html", responses=responses)
