"""The pages before anybody is known: the login, and choosing a password. Their forms are posted to the API."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from backoffice.api.access import Needs, Staff
from backoffice.pages.render import sections_of, templates
from backoffice.pages.routes import page_router
from backoffice.pages.words import language_of, say

router = page_router()


@router.get("/login")
async def login_page(request: Request) -> Response:
    """Who are you?"""
    return _shown(request, "login.html", next=_inside(request.query_params.get("next", "")))


@router.get("/join")
async def join_page(request: Request) -> Response:
    """Choose a password, by a link."""
    return _shown(request, "join.html")


def _shown(request: Request, template: str, **values: str) -> Response:
    language = language_of(request)
    words = {"language": language, "t": lambda spanish: say(language, spanish)}
    body = templates.get_template(template).render(**words, **values)
    return HTMLResponse(body, headers={"Cache-Control": "no-store"})


def _inside(path: str) -> str:
    """Only to a page of ours."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\", "/login")) else "/"


@router.get("/")
async def root(staff: Annotated[Staff, Depends(Needs("account.own"))]) -> Response:
    """The first page one may see."""
    address, _, _ = next(iter(sections_of(staff.member.role)), ("/account", "", ""))
    return RedirectResponse(address, status_code=303)
