"""The texts and objects people send: what PostgreSQL can keep, and lengths that make sense."""

import math
import re
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
)

Yes = Annotated[bool, Strict()]
"""true or false, and not 0 or "no"."""


class Given(BaseModel):
    """What a client sends: a field nobody knows is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid")


def told(given: Given) -> dict[str, Any]:
    """What was sent, as the audit keeps it."""
    return given.model_dump(mode="json", exclude_unset=True)


Money = Annotated[int, Field(ge=0, le=10**12, strict=True)]
"""Minor units of the organization's currency."""
MAX_DEPTH = 8
MAX_NODES = 2000


def _storable(value: str) -> str:
    if "\0" in value:
        raise ValueError("tiene un carácter nulo, que no se puede guardar.")
    return value


def _visible(value: str) -> str:
    if not value.strip():
        raise ValueError("no puede estar vacío.")
    return _storable(value)


Word = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True), AfterValidator(_visible)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_visible)]
Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=8000), AfterValidator(_visible)]
MaybeLine = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True), AfterValidator(_storable)]
MaybeParagraph = Annotated[str, StringConstraints(max_length=8000), AfterValidator(_storable)]


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    level: list[Any] = [value]
    seen = 0
    for _ in range(MAX_DEPTH):
        deeper: list[Any] = []
        for node in level:
            seen += 1
            if isinstance(node, dict):
                for key in node:
                    _storable(key)
                    key.encode()
                deeper.extend(node.values())
            elif isinstance(node, list):
                deeper.extend(node)
            elif isinstance(node, str):
                _storable(node)
                node.encode()
            elif isinstance(node, float) and not math.isfinite(node):
                raise ValueError("tiene un número que no es finito.")
            elif isinstance(node, int) and abs(node) > 2**53:
                raise ValueError("tiene un número demasiado grande.")
        if seen > MAX_NODES:
            raise ValueError("es demasiado grande.")
        if not deeper:
            return value
        level = deeper
    raise ValueError("tiene demasiados niveles.")


Plain = Annotated[dict[str, Any], AfterValidator(_plain)]
"""A small JSON object: no nulls inside texts, no infinities, at most eight levels."""


def _iso(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("es una fecha como 2026-12-25.")
    return value


Date = Annotated[date, BeforeValidator(_iso)]
"""A date as ISO 8601 writes it, and not a number of seconds."""


def _of_our_time(value: Any) -> Any:
    if not 2000 <= value.year <= 2100:
        raise ValueError("es una fecha entre los años 2000 y 2100.")
    return value


Day = Annotated[Date, AfterValidator(_of_our_time)]
"""A date of a year a calendar is kept for."""
Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
"""An instant with its zone, of a year a calendar is kept for."""
