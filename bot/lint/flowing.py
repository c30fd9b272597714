"""Which variables, and fields of them, have a value when a step is come to: on every way there (a must-analysis)."""

from collections.abc import Iterator
from typing import Any

from bot.language.compiled import Act, Assign, Branch, Flow, Question, Step
from bot.language.edges import Edge, edges
from bot.lint.reading import one_hole
from bot.lint.values import sure_paths

Known = frozenset[str]
"""Paths: `precios`, `precios.text`."""


def known_before(flow: Flow) -> dict[str, Known]:
    """For each step that is reached: the paths that have a value on every way to it."""
    known: dict[str, Known] = {}
    queue: list[tuple[str, Known]] = [(to, flow.required) for to in (flow.start, *flow.entry.values())]
    while queue:
        step_id, arriving = queue.pop()
        if step_id not in flow.steps:
            continue
        before = known.get(step_id)
        after = arriving if before is None else before & arriving
        if before != after:
            known[step_id] = after
            queue += _leaving(flow, flow.steps[step_id], after)
    return known


def _leaving(flow: Flow, step: Step, before: Known) -> Iterator[tuple[str, Known]]:
    if isinstance(step, Branch):
        held = before
        for case in step.cases:
            yield case.to, held | proven(case.source, True)
            held |= proven(case.source, False)
        return
    after = _assigned(step, before) if isinstance(step, Assign) else before
    for edge in edges(flow, step):
        if edge.to is not None:
            yield edge.to, _answered(step, edge, after) if isinstance(step, (Question, Act)) else after


def _assigned(step: Assign, before: Known) -> Known:
    for name, value in step.values:
        hole = one_hole(value.template)
        empty = value.source is None if hole is None else not (hole.path in before or hole.may_be_unset)
        before = _without(before, name) | (frozenset() if empty else sure_paths(name, value, ""))
    return before


def _answered(step: Question | Act, edge: Edge, before: Known) -> Known:
    if step.into is None:
        return before
    if edge.answered:
        return _without(before, step.into) | sure_paths(step.into, step, edge.label)
    skipped = isinstance(step, Question) and bool(step.skip) and edge.path[-1] == "next"
    return _without(before, step.into) if skipped else before


def _without(known: Known, name: str) -> Known:
    """What is known once a variable has another value."""
    return frozenset(path for path in known if path.partition(".")[0] != name)


def proven(condition: Any, holds: bool) -> Known:
    """Paths that have a value because a condition holds, or because it does not."""
    if not isinstance(condition, dict):
        return frozenset()
    parts = [_part(key, value, holds) for key, value in condition.items()]
    return _some(parts, all_of=holds)


def _part(key: str, value: Any, holds: bool) -> Known:
    if key in ("all", "any"):
        return _some([proven(part, holds) for part in value], all_of=holds == (key == "all"))
    if key == "not":
        return proven(value, not holds)
    if not isinstance(value, dict):
        wanted = value if isinstance(value, list) else [value]
        return _path(key) if holds and None not in wanted else frozenset()
    said_unset = value.get("is") == "unset"
    if holds:
        nothing = said_unset or (len(value) == 1 and (None in (value.get("in") or ()) or value.get("eq", "") is None))
        return frozenset() if nothing else _path(key)
    return _path(key) if said_unset and len(value) == 1 else frozenset()


def _some(parts: list[Known], *, all_of: bool) -> Known:
    """What is known when all of the parts are so, or only when one of them is."""
    if all_of:
        return frozenset().union(*parts)
    return frozenset.intersection(*parts) if parts else frozenset()


def _path(path: str) -> Known:
    names = path.split(".")
    return frozenset(".".join(names[: count + 1]) for count in range(len(names)))
