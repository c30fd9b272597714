"""What a flow may be spoken in: languages, and the registers of Spanish, each written as one tag.

`es` addresses the person as *tú*; `es-vos` and `es-usted` are registers, which say only what they say differently and
fall back to `es`.
"""

from collections.abc import Mapping
from typing import Any, Literal

Tag = Literal["es", "es-vos", "es-usted", "pt", "en"]

LANGUAGES: tuple[str, ...] = ("es", "pt", "en")
REGISTERS: tuple[str, ...] = ("vos", "usted")
TAGS: tuple[str, ...] = ("es", "es-vos", "es-usted", "pt", "en")


def language_of(tag: str) -> str:
    """`es-vos` → `es`."""
    return tag.partition("-")[0]


def is_register(tag: str) -> bool:
    return "-" in tag


def chain(tag: str) -> tuple[str, ...]:
    """From the general to the particular: `es-vos` → `es`, `es-vos`."""
    return (language_of(tag), tag) if is_register(tag) else (tag,)


def tag_of(language: str, register: object) -> str:
    """The tag of a language in an organization that addresses people so: `tu`, `vos` or `usted`."""
    return f"es-{register}" if language == "es" and register in REGISTERS else language


def in_language(value: Any, language: str, own: str) -> Any:
    """A fact written once per language, as {es: …, pt: …}, in this one; any other value as it is."""
    if isinstance(value, Mapping) and value and value.keys() <= set(LANGUAGES):
        return value.get(language) or value.get(own) or next(iter(value.values()))
    return value
