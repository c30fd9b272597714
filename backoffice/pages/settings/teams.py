"""Settings: the teams, who belongs to each, and how many conversations lie with it."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.members import list_the_members
from backoffice.api.teams import list_the_teams
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router

router = page_router()


@router.get("/settings/teams")
async def teams(staff: Annotated[Staff, Depends(Needs("teams.write"))], request: Request) -> Response:
    """By name."""
    members = [one for one in await list_the_members(staff) if one.active]
    return Page(request, staff).html("settings/teams.html", teams=await list_the_teams(staff), members=members)
