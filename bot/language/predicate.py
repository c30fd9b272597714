"""Conditions as data: `{edad: {lt: 18}}`, `{servicio: [botox, laser]}`, `{any: [...]}`, `{not: {...}}`.

Several keys in one mapping must all hold. A value of its own means equality, a list means one of. A comparison with
an unset variable does not hold. Depth ≤4.
"""

from collections.abc import Callable
from typing import Any

from bot.language.nearest import did_you_mean
from bot.language.template import Scope, TemplateWrong

Predicate = Callable[[Scope], bool]

_DEPTH = 4


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _compare(better: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def holds(value: Any, wanted: Any) -> bool:
        left, right = _number(value), _number(wanted)
        return left is not None and right is not None and better(left, right)

    return holds


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: bool(value == wanted),
    "ne": lambda value, wanted: value is not None and value != wanted,
    "lt": _compare(lambda left, right: left < right),
    "lte": _compare(lambda left, right: left <= right),
    "gt": _compare(lambda left, right: left > right),
    "gte": _compare(lambda left, right: left >= right),
    "in": lambda value, wanted: value in wanted,
    "not_in": lambda value, wanted: value is not None and value not in wanted,
    "contains": lambda value, wanted: value is not None and wanted in value,
    "is": lambda value, wanted: (value is not None and value != "") == (wanted == "set"),
}


def compile_predicate(data: Any, depth: int = 1) -> tuple[Predicate, frozenset[str]]:
    """The condition as a function of the scope, and the paths it reads. Raises TemplateWrong."""
    if not isinstance(data, dict) or not data:
        raise TemplateWrong("a condition is a mapping", "Write it as {variable: {lt: 18}}")
    if depth > _DEPTH:
        raise TemplateWrong(f"conditions nest at most {_DEPTH} deep", "Split it into two branches")
    parts: list[Predicate] = []
    paths: set[str] = set()
    for key, value in data.items():
        part, read = _part(key, value, depth)
        parts.append(part)
        paths |= read
    if len(parts) == 1:
        return parts[0], frozenset(paths)
    return (lambda scope: all(part(scope) for part in parts)), frozenset(paths)


def _part(key: str, value: Any, depth: int) -> tuple[Predicate, frozenset[str]]:
    if key in ("all", "any"):
        if not isinstance(value, list) or not value:
            raise TemplateWrong(f"{key} takes a list of conditions", f"Write {key}: [{{…}}, {{…}}]")
        compiled = [compile_predicate(item, depth + 1) for item in value]
        parts = [part for part, _ in compiled]
        read = frozenset[str]().union(*(paths for _, paths in compiled))
        if key == "all":
            return (lambda scope: all(part(scope) for part in parts)), read
        return (lambda scope: any(part(scope) for part in parts)), read
    if key == "not":
        inner, read = compile_predicate(value, depth + 1)
        return (lambda scope: not inner(scope)), read
    return _comparison(key, value), frozenset({key})


def _comparison(path: str, value: Any) -> Predicate:
    if isinstance(value, list):
        value = {"in": value}
    if not isinstance(value, dict):
        value = {"eq": value}
    tests: list[tuple[Callable[[Any, Any], bool], Any]] = []
    for name, wanted in value.items():
        if name not in OPERATORS:
            fix = did_you_mean(name, OPERATORS, f"Use one of {', '.join(OPERATORS)}")
            raise TemplateWrong(f"there is no comparison {name!r}", fix)
        if name == "is" and wanted not in ("set", "unset"):
            raise TemplateWrong(f"`is` takes set or unset, not {wanted!r}", "Write {is: set} or {is: unset}")
        if name in ("in", "not_in") and not isinstance(wanted, list):
            raise TemplateWrong(f"`{name}` takes a list", f"Write {{{name}: [a, b]}}")
        tests.append((OPERATORS[name], wanted))
    return lambda scope: all(holds(scope(path), wanted) for holds, wanted in tests)
