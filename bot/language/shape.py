"""A file's data against a model: what is wrong is told at its place, with what to write instead."""

import re
import types
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from bot.language.nearest import did_you_mean
from bot.language.problem import Problem
from bot.language.source import Path, Source

M = TypeVar("M", bound=BaseModel)


_SAID = {
    "string_type": ("this is no text", "Put one text here, in quotes; a list of messages goes in a say step"),
    "value_error": ("this is no duration", "Write it as 90s, 20m, 6h or 2d"),
    "dict_type": ("this has no keys of its own", "Write {name}: {{key: value}}"),
    "model_type": ("this has no keys of its own", "Write {name}: {{key: value}}"),
    "list_type": ("this is no list", "Write {name}: [a, b]"),
    "bool_type": ("this is neither true nor false", "Write true or false"),
    "bool_parsing": ("this is neither true nor false", "Write true or false"),
}
"""pydantic's error type → what is wrong and what to write."""


def shape(source: Source, problems: list[Problem], kind: type[M], data: Any, path: Path) -> M | None:
    """`data` as a model; what is wrong goes to `problems` with its place in the file."""
    try:
        return kind.model_validate(data)
    except ValidationError as invalid:
        problems.extend(_problem(source, kind, error, path) for error in invalid.errors())
        return None


def _problem(source: Source, kind: type[BaseModel], error: Any, path: Path) -> Problem:
    loc = tuple(part for part in error["loc"] if part != "[key]")
    at = (*path, *loc)
    name = next((part for part in reversed(loc) if isinstance(part, str)), "the file")
    match error["type"]:
        case "extra_forbidden":
            known = [
                field.alias or key for one in _models_at(kind, loc[:-1]) for key, field in one.model_fields.items()
            ]
            fix = did_you_mean(name, known, f"Remove it; here stand {', '.join(known)}" if known else "Remove it")
            return source.problem(at, "unknown-key", f"{name!r} is not known here", fix)
        case "missing":
            return source.problem(at, "missing-key", f"{name!r} is missing", f"Add {name}:")
        case "literal_error":
            expected = error["ctx"]["expected"]
            fix = did_you_mean(error["input"], re.findall(r"'([^']+)'", expected), f"Use {expected}")
            return source.problem(at, "value", f"{name}: {error['input']!r} is not known here", fix)
        case "string_pattern_mismatch":
            message = f"{str(error['input'])!r} is no name here"
            fix = (
                "Use capital letters"
                if "A-Z" in error["ctx"]["pattern"]
                else "Use small letters, digits and _, at most 40"
            )
            return source.problem(at, "value", message, fix)
    message, fix = _SAID.get(error["type"], (error["msg"], "docs/flows.md says what goes here"))
    return source.problem(at, "value", f"{name}: {message}", fix.format(name=name))


def _models_at(kind: Any, loc: tuple[Any, ...]) -> Iterator[type[BaseModel]]:
    """The models that may stand at `loc` inside a value of type `kind`."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _models_at(get_args(kind)[0], loc)
    elif origin in (Union, types.UnionType):
        for one in get_args(kind):
            yield from _models_at(one, loc)
    elif origin in (dict, list) and loc:
        yield from _models_at(get_args(kind)[-1], loc[1:])
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        if not loc:
            yield kind
        for key, field in kind.model_fields.items():
            if loc and (field.alias or key) == loc[0]:
                yield from _models_at(field.annotation, loc[1:])
