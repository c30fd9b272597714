"""Data against a model of `bot.language.model`: what does not fit becomes problems with their places."""

import difflib
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.language.problem import Problem
from bot.language.source import Path, Source

M = TypeVar("M", bound=BaseModel)


def shape(source: Source, problems: list[Problem], kind: type[M], data: Any, path: Path) -> M | None:
    """`data` as a model; what is wrong goes to `problems` with its place in the file."""
    try:
        return kind.model_validate(data)
    except ValidationError as invalid:
        problems.extend(_shape_problem(source, kind, error, path) for error in invalid.errors())
        return None


def _shape_problem(source: Source, kind: type[BaseModel], error: Any, path: Path) -> Problem:
    at = (*path, *error["loc"])
    name = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        known = [field.alias or key for key, field in kind.model_fields.items()]
        near = difflib.get_close_matches(name, known, 1)
        fix = f"Did you mean {near[0]!r}?" if near else "Remove it"
        return source.problem(at, "unknown-key", f"{name!r} is not known here", fix)
    if error["type"] == "missing":
        return source.problem(at, "missing-key", f"{name!r} is missing", f"Add {name}:")
    message = error["msg"].removeprefix("Value error, ")
    fix = "Put it in quotes" if error["type"] == "string_type" else "See the flow language page for what goes here"
    if error["type"] == "literal_error":
        fix = f"Use {error['ctx']['expected']}"
    return source.problem(at, "value", f"{name}: {message}", fix)
