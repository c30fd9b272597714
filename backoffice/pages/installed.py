"""What the installed application needs at the root: its service worker, and the page for when there is no network."""

import hashlib
from functools import lru_cache, partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from backoffice.pages.render import templates
from backoffice.pages.vendor import STATIC
from backoffice.pages.words import LANGUAGES, say


@lru_cache
def _offline() -> str:
    """In every language: the browser keeps it, and shows the one that is the reader's when it is needed."""
    spoken = {language: partial(say, language) for language in LANGUAGES}
    return templates.get_template("offline.html").render(spoken=spoken)


async def offline(_request: Request) -> Response:
    """Says that there is no connection; nothing in it is anybody's."""
    return HTMLResponse(_offline(), headers={"Cache-Control": "no-cache"})


async def worker(_request: Request) -> Response:
    """The service worker; a browser that has an older one takes this at its next visit."""
    version = hashlib.sha256(_offline().encode()).hexdigest()[:8]
    body = f'const VERSION = "hilo-{version}";\n' + (STATIC / "sw.js").read_text(encoding="utf-8")
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Response(body, media_type="text/javascript", headers=headers)
