"""The interface's words: written in Spanish where they stand, translated in `words/<language>.yaml` and, those of the
larger pages, in `words/<language>.<page>.yaml`."""

from functools import lru_cache
from pathlib import Path

import yaml
from starlette.requests import Request

LANGUAGES = ("es", "pt", "en")
COOKIE = "hilo_language"
_FOLDER = Path(__file__).parent / "words"


@lru_cache
def translations(language: str) -> dict[str, str]:
    """Spanish → the language; none for Spanish itself."""
    if language == "es":
        return {}
    read: dict[str, str] = {}
    for file in sorted(_FOLDER.glob(f"{language}*.yaml")):
        read |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return read


def say(language: str, spanish: str) -> str:
    """The words in a language; in Spanish where they are not translated."""
    return translations(language).get(spanish, spanish)


def language_of(request: Request) -> str:
    """What the person chose, else the first of the browser's languages we speak, else Spanish."""
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    for wanted in request.headers.get("accept-language", "").split(","):
        language = wanted.strip()[:2].lower()
        if language in LANGUAGES:
            return language
    return "es"
