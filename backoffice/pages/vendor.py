"""Files a page loads: our own in `static`, and those of npm packages, by the names pages know them by."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from backoffice.settings import PROJECT
from core.errors import Missing

STATIC = Path(__file__).parent / "static"
VENDOR = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "idiomorph.js": "idiomorph/dist/idiomorph-ext.min.js",
    "chart.js": "chart.js/dist/chart.umd.js",
    "calendar.js": "@event-calendar/build/dist/event-calendar.min.js",
    "picker.js": "emoji-picker-element/picker.js",
    "database.js": "emoji-picker-element/database.js",  # picker.js knows it by this name
    **{
        f"emoji-words-{language}.js": f"emoji-picker-element/i18n/{file}.js"
        for language, file in {"es": "es", "pt": "pt_BR", "en": "en"}.items()
    },
    **{
        f"emoji-{language}.json": f"emoji-picker-element-data/{language}/cldr/data.json"
        for language in ("es", "pt", "en")
    },
    "calendar.css": "@event-calendar/build/dist/event-calendar.min.css",
}
YEAR = "public, max-age=31536000, immutable"


def located(path: str) -> Path:
    """The file of `/static/app.css` or `/vendor/htmx.js`; raises Missing."""
    _, folder, name = path.split("/", 2)
    if folder == "vendor" and name in VENDOR:
        file = PROJECT / "node_modules" / VENDOR[name]
    elif folder == "static" and "/" not in name and not name.startswith("."):
        file = STATIC / name
    else:
        raise Missing("file")
    if not file.is_file():
        raise Missing("file")
    return file


@lru_cache
def fingerprint(path: str) -> str:
    """Changes with the file, so that browsers may keep it for ever."""
    return hashlib.sha256(located(path).read_bytes()).hexdigest()[:8]


@lru_cache
def importmap() -> str:
    """For browsers: each script of ours is one, whether a page loads it or another script imports it."""
    scripts = (f"/static/{file.name}" for file in sorted(STATIC.glob("*.js")))
    return json.dumps({"imports": {path: f"{path}?{fingerprint(path)}" for path in scripts}})


async def asset(request: Request) -> Response:
    try:
        file = located(request.url.path)
    except Missing:
        return Response("No existe ese archivo.", 404)
    kept = YEAR if request.url.query == fingerprint(request.url.path) else "no-cache"
    headers = {"Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
    return FileResponse(file, headers=headers)
