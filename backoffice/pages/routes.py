"""What every page is made of: a router whose routes say what they need, and the way in for browsers."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from backoffice.api.document import needed_permission

PUBLIC_PAGES = frozenset({"/login", "/join"})
LOGIN = "/login"


class PageRoute(APIRoute):
    """Raises at start-up for a page that decides nothing about who may see it."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if path not in PUBLIC_PAGES and needed_permission(self.dependant) is None:
            raise TypeError(f"the page {path} does not say which permission it needs")


def page_router() -> APIRouter:
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def is_page(request: Request) -> bool:
    return not request.url.path.startswith(("/api/", "/webhooks/"))


def to_login(request: Request) -> Response:
    """Come in first, and go on to where you wanted; a part of a page takes the whole page there."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.headers.get("HX-Request") or request.headers.get("X-Part"):
        return Response(status_code=401, headers={"HX-Redirect": LOGIN})
    return RedirectResponse(f"{LOGIN}?next={quote(wanted, safe='')}", status_code=303)
