"""Settings: the keys programs come in with."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.members import list_the_members, list_tokens
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router
from backoffice.pages.settings.roles import ROLE_NAMES

router = page_router()


@router.get("/settings/tokens")
async def tokens(staff: Annotated[Staff, Depends(Needs("tokens.read"))], request: Request) -> Response:
    """Those that work, and those that no longer do."""
    found = await list_tokens(staff)
    return Page(request, staff).html(
        "settings/tokens.html",
        working=[one for one in found if one.revoked_at is None],
        revoked=[one for one in found if one.revoked_at is not None],
        members=[one for one in await list_the_members(staff) if one.active],
        roles=ROLE_NAMES,
    )
