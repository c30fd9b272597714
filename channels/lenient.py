"""Reading provider JSON that may hold anything: wrong types read as absent, and nothing here raises by accident."""

import hashlib
import math
from datetime import UTC, datetime
from typing import Any

import orjson

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_DEPTH = 250
"""Levels of objects and arrays; orjson writes 254."""
_MAX_SECONDS = 253_402_300_799  # 9999-12-31T23:59:59Z, the last instant a datetime holds
_FIRST_MILLISECONDS = 100_000_000_000  # seconds reach this in the year 5138; milliseconds passed it in 1973


class NotUnderstood(Exception):
    """A slice lacks what it needs; the text says which field, in plain words."""


def record(value: object) -> dict[str, Any]:
    """The object, or an empty one when it is anything else."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """The array, or an empty one when it is anything else."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """A non-empty string; whole numbers become their digits (providers send ids both ways)."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def whole(value: object) -> int | None:
    """A whole number, also out of a string of digits; None for anything else or beyond 64 bits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) <= 20 and value.lstrip("-").isdecimal() and value.isascii():
        value = int(value) if value.count("-") <= 1 else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and -(2**63) <= value < 2**63 else None


def decimal(value: object) -> float | None:
    """A finite number, also out of a string; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def instant(value: object) -> datetime | None:
    """The instant of Unix seconds (or milliseconds, told apart by size), in UTC; None for anything else."""
    seconds = whole(value)
    if seconds is None or seconds < 0:
        return None
    if seconds >= _FIRST_MILLISECONDS:
        seconds //= 1000
    return datetime.fromtimestamp(seconds, UTC) if seconds <= _MAX_SECONDS else None


def needed(value: str | None, field: str) -> str:
    """The text, or NotUnderstood naming the field that lacks it."""
    if value is None:
        raise NotUnderstood(f"{field} is missing")
    return value


def fingerprint(kind: str, slice_: object) -> str:
    """A deterministic id for a slice that has none of its own: the same content gives the same id."""
    digest = hashlib.sha256(orjson.dumps(slice_, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return f"{kind}#{digest[:40]}"


def storable(value: object) -> object:
    """The same JSON value, made fit for PostgreSQL and orjson; returned as it is when nothing had to change.

    NUL characters and lone surrogates become U+FFFD, numbers beyond 64 bits or not finite become text, and what is
    nested deeper than MAX_DEPTH is cut.
    """
    try:
        if b"\\u0000" not in orjson.dumps(value):
            return value
    except orjson.JSONEncodeError:
        pass
    return _mended(value, MAX_DEPTH)


def _mended(value: object, left: int) -> object:
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int):
        return value if isinstance(value, bool) or -(2**63) <= value < 2**63 else "a number of more than 64 bits"
    if isinstance(value, (dict, list)) and left == 0:
        return "nested too deeply"
    if isinstance(value, dict):
        return {str(_mended(str(key), 1)): _mended(item, left - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_mended(item, left - 1) for item in value]
    return value
