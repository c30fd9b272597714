"""What became of reading an answer."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Understood:
    """The answer's value (JSON types). `confidence` is 1 for exact readings, the ratio over 100 for fuzzy ones, less
    than 1 for what was said roughly («unos 30») or with more beside it («sí, a las 5»)."""

    value: Any
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Unclear:
    """Not an answer yet. `reason` names the text that asks again; `alternatives` are values worth offering."""

    reason: str
    alternatives: tuple[Any, ...] = ()


Reading = Understood | Unclear
