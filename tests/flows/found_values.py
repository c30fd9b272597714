"""What actions may find, for walks: a value of any outcome's shape."""

from collections.abc import Mapping
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from bot.action_specs import SPECS


def _leaves(value: object) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, one in value.items() if isinstance(value, Mapping) else ():
        found |= _leaves(one) if isinstance(one, Mapping) else {} if isinstance(one, list) else {name: one}
    return found


SAMPLED: dict[str, Any] = {name: one for spec in SPECS.values() for name, one in _leaves(spec.sample[1]).items()}
"""What the actions' own samples call by each name."""


def example(model: type[BaseModel]) -> dict[str, Any]:
    """A value of this shape, out of what the samples say and two of whatever is a list."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kind = field.annotation
        inner = next(iter(get_args(kind)), None)
        if get_origin(kind) is list and isinstance(inner, type) and issubclass(inner, BaseModel):
            found[name] = [{**example(inner), "id": f"{name}{number}"} for number in (1, 2)]
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            found[name] = example(kind)
        elif name in SAMPLED:
            found[name] = SAMPLED[name]
        elif field.is_required():
            found[name] = "algo" if kind is str else 1
    return found


def rarely_found(model: type[BaseModel], given: Mapping[str, Any]) -> dict[str, Any]:
    """What an outcome mostly has not: a deposit, a last offer, a booking that is only requested."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        inner = next((one for one in get_args(field.annotation) if isinstance(one, type) and one is not NoneType), None)
        if name in given or field.is_required():
            continue
        if field.annotation is bool:
            found[name] = True
        elif name == "status":
            found[name] = "requested"
        elif name in ("deposit", "penalty") and inner is not None:
            found[name] = example(inner)
    return found
