"""Conditions that can never hold: an option that does not exist, text compared with a number, a yes that is text."""

from collections.abc import Iterator
from typing import Any

from bot.language.compiled import Branch, Flow, Question
from bot.language.nearest import did_you_mean
from bot.language.problem import Problem
from bot.language.source import Path
from bot.lint.values import is_number, values_of, writers_of

TRUTHS = frozenset({"org.open", "contact.opted_out"})
_NUMERIC = ("lt", "lte", "gt", "gte")


def comparisons(condition: Any, at: Path) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """(place, variable, {operator: wanted}) of every comparison in a condition, however deep."""
    for key, value in condition.items():
        if key in ("all", "any"):
            for index, part in enumerate(value):
                yield from comparisons(part, (*at, key, index))
        elif key == "not":
            yield from comparisons(value, (*at, key))
        elif isinstance(value, dict):
            yield (*at, key), key, value
        else:
            yield (*at, key), key, {"in": value} if isinstance(value, list) else {"eq": value}


def cases_of(step: Branch) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """The comparisons of every case of a branch."""
    for index, case in enumerate(step.cases):
        if case.source is not None:
            yield from comparisons(case.source, ("steps", step.id, "branch", index, "when"))


def condition_problems(flow: Flow) -> list[Problem]:
    return [
        problem
        for step in flow.steps.values()
        if isinstance(step, Branch)
        for path, name, tests in cases_of(step)
        for operator, wanted in tests.items()
        if (problem := _problem(flow, path, name, operator, wanted)) is not None
    ]


def _problem(flow: Flow, path: Path, name: str, operator: str, wanted: Any) -> Problem | None:
    if operator == "is":
        return None
    money = [one for one in writers_of(flow, name) or () if isinstance(one, Question) and one.kind == "money"]
    if money and operator in _NUMERIC:
        message = f"{name!r} is an amount and a currency, which no number is compared with"
        return flow.source.problem(path, "never-holds", message, f"Compare {name}.amount, in hundredths")
    if operator in _NUMERIC or (is_number(flow, name) and operator in ("eq", "ne")):
        return _number_problem(flow, path, name, wanted)
    known = frozenset({True, False}) if name in TRUTHS else values_of(flow, name)
    if known is None:
        return None
    if wanted == [] and operator in ("eq", "ne") and _several(flow, name):
        return None  # «ninguna»
    for one in wanted if operator in ("in", "not_in") else [wanted]:
        if one is not None and not any(one is value or (one == value and type(one) is type(value)) for value in known):
            shown = ", ".join(
                sorted("true" if value is True else "false" if value is False else str(value) for value in known)
            )
            message = f"{name!r} is never {one!r}"
            return flow.source.problem(
                path, "never-holds", message, did_you_mean(one, map(str, known), f"It is one of {shown}")
            )
    return None


def _several(flow: Flow, name: str) -> bool:
    """Whether the variable is the answer to a question that takes several options, or none."""
    return any(isinstance(one, Question) and one.multi for one in writers_of(flow, name) or ())


def _number_problem(flow: Flow, path: Path, name: str, wanted: Any) -> Problem | None:
    if wanted is None:
        return None
    if isinstance(wanted, bool) or not isinstance(wanted, (int, float)):
        return flow.source.problem(path, "never-holds", f"{wanted!r} is no number", "Write a number without quotes")
    writers = writers_of(flow, name)
    if writers and all(isinstance(one, Question) and not is_number(flow, name) for one in writers):
        message = f"{name!r} is no number"
        return flow.source.problem(path, "never-holds", message, "Ask it as a number, an age or a scale")
    return None
