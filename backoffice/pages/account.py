"""My account: a page about me alone."""

import re
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.account import list_sessions, read_second_factor
from backoffice.api.push import list_push_subscriptions
from backoffice.pages.render import Page, templates
from backoffice.pages.routes import page_router

router = page_router()

Own = Annotated[Staff, Depends(Needs("account.own"))]
_KNOWN = (
    (r"Edg/", "Edge"),
    (r"OPR/", "Opera"),
    (r"Firefox/", "Firefox"),
    (r"Chrome/|CriOS/", "Chrome"),
    (r"Safari/", "Safari"),
)
_ON = (
    (r"Android", "Android"),
    (r"iPhone|iPad", "iPhone"),
    (r"Windows", "Windows"),
    (r"Mac OS", "Mac"),
    (r"Linux", "Linux"),
)


@router.get("/account")
async def account(staff: Own, request: Request) -> Response:
    """Password, second factor, browsers, and which of them are told what happens."""
    browsers, factor = await list_sessions(staff), await read_second_factor(staff)
    devices = await list_push_subscriptions(staff)
    return Page(request, staff).html("account.html", browsers=browsers, factor=factor, devices=devices)


def browser(agent: str) -> str:
    """«Chrome · Android» of what a browser says of itself."""
    found = [next((name for sign, name in names if re.search(sign, agent)), "") for names in (_KNOWN, _ON)]
    return " · ".join(one for one in found if one) or agent[:60] or "?"


templates.filters["browser"] = browser
