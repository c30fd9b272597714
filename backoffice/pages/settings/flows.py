"""Settings: what the bot says. The list of its conversations, and each one to be edited, tried and published."""

import asyncio
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.flow_drafts import draft_in_force, own_pack
from backoffice.api.flow_publishing import list_flow_versions
from backoffice.api.flows import list_flows, read_flow
from backoffice.flow_form import KINDS
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router
from bot.tooling.drafts import compiled
from bot.tooling.drawing import drawing
from core.flow_versions import versions_in_force

router = page_router()

Reads = Annotated[Staff, Depends(Needs("flows.read"))]


@router.get("/settings/flows")
async def flows(staff: Reads, request: Request) -> Response:
    """Every conversation of the bot: whose version is in force, and what is wrong with it."""
    return Page(request, staff).html("settings/flows.html", flows=await list_flows(staff))


@router.get("/settings/flows/{flow}")
async def flow(staff: Reads, request: Request, flow: str) -> Response:
    """One of them: its texts, a phone to try it on, its map, its history, its YAML."""
    shown = await read_flow(staff, flow)
    pack, organization = own_pack(staff), staff.organization
    version = (await versions_in_force(staff.session, organization.id, organization.pack)).get(flow)
    drawn = drawing(await asyncio.to_thread(compiled, draft_in_force(pack, flow, version)))
    return Page(request, staff).html(
        "settings/flow.html",
        flow=shown,
        drawn=drawn,
        kinds=KINDS,
        versions=await list_flow_versions(staff, flow, None, 50),
        spoken=_spoken_first(staff),
        registers={"es-vos", "es-usted"} - {f"es-{organization.register}"},
    )


def _spoken_first(staff: Staff) -> str:
    """The language or register most people hear, where a flow is written in Spanish for *tú*."""
    organization = staff.organization
    return f"es-{organization.register}" if organization.language == "es" else organization.language
