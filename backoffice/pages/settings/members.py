"""Settings: who works here, what each may do, and letting somebody in."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_places import list_locations
from backoffice.api.members import list_the_members
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router
from backoffice.pages.settings.roles import ROLE_NAMES, matrix
from core.organizations.members import SEATS

router = page_router()


@router.get("/settings/members")
async def members(staff: Annotated[Staff, Depends(Needs("members.read"))], request: Request) -> Response:
    """Everybody, those who work now first; and what each role may do."""
    people = await list_the_members(staff)
    places = await list_locations(staff)
    return Page(request, staff).html(
        "settings/members.html",
        members=people,
        places=[one for one in places if one.active],
        place_names={one.id: one.name for one in places},
        roles=ROLE_NAMES,
        matrix=matrix(),
        seats=SEATS[staff.organization.licence],
        seated=sum(one.active for one in people),
    )
