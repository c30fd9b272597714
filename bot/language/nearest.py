"""The name an author meant, when the one written does not exist."""

import difflib
from collections.abc import Iterable


def did_you_mean(written: object, known: Iterable[str], otherwise: str) -> str:
    """What to do about a name that is not known: take the nearest known one, or else what `otherwise` says."""
    near = difflib.get_close_matches(str(written).lower(), list(known), 1)
    return f"Did you mean {near[0]!r}?" if near else otherwise
