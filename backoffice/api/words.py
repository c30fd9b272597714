"""The texts and objects people send: what PostgreSQL can keep, and lengths that make sense."""

import math
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints

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
