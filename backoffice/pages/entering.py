"""The login page. The form itself is posted to the API."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from backoffice.pages.render import templates
from backoffice.pages.routes import page_router
from backoffice.pages.words import language_of, say

router = page_router()


@router.get("/login")
async def login_page(request: Request) -> Response:
    """Who are you?"""
    language = language_of(request)
    body = templates.get_template("login.html").render(
        language=language, t=lambda spanish: say(language, spanish), next=_inside(request.query_params.get("next", ""))
    )
    return HTMLResponse(body, headers={"Cache-Control": "no-store"})


def _inside(path: str) -> str:
    """Only to a page of ours."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\", "/login")) else "/inbox"


async def root(_request: Request) -> Response:
    return RedirectResponse("/inbox", status_code=303)
