"""Settings: the numbers and bots people write to; connecting one, and how each is, looked at step by step."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.channels import CheckIn, check_channel, list_channels, read_channel, read_link
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router

router = page_router()

Reads = Annotated[Staff, Depends(Needs("channels.read"))]
Writes = Annotated[Staff, Depends(Needs("channels.write"))]


@router.get("/settings/channels")
async def channels(staff: Reads, request: Request) -> Response:
    """All of them."""
    return Page(request, staff).html("settings/channels.html", channels=await list_channels(staff))


@router.get("/settings/channels/telegram")
async def connect_telegram(staff: Writes, request: Request) -> Response:
    """Connecting a bot."""
    return Page(request, staff).html("settings/connect_telegram.html")


@router.get("/settings/channels/whatsapp")
async def connect_whatsapp(staff: Writes, request: Request) -> Response:
    """Connecting a number."""
    return Page(request, staff).html("settings/connect_whatsapp.html")


@router.get("/settings/channels/{channel_id}")
async def channel(staff: Reads, request: Request, channel_id: str) -> Response:
    """One of them: how it is, its link, its keys."""
    shown = await read_channel(staff, channel_id)
    link = await read_link(staff, channel_id) if shown.link else None
    webhook = f"{staff.runtime.settings.public_url.rstrip('/')}/webhooks/whatsapp"
    return Page(request, staff).html("settings/channel.html", channel=shown, link=link, webhook=webhook)


@router.get("/settings/channels/{channel_id}/steps")
async def steps(staff: Writes, request: Request, channel_id: str) -> Response:
    """What its provider says of it now, as a part of a page."""
    found = await check_channel(staff, channel_id, CheckIn())
    return Page(request, staff).html("settings/channel_steps.html", channel_id=channel_id, found=found)
