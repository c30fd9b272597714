"""Variables: every name exists, and has a value on every way to where a text needs it."""

from collections.abc import Iterator

from bot.language.compiled import Act, Assign, Branch, Call, Case, End, Flow, Handover, Question, Say, Step, Value
from bot.language.edges import Edge, edges
from bot.language.problem import Problem
from bot.language.source import Path
from bot.language.template import FACTS, Template


def variable_problems(flow: Flow) -> list[Problem]:
    problems = list(_undefined(flow))
    known = _set_before(flow)
    for step in flow.steps.values():
        before = known.get(step.id)
        if before is None:
            continue
        for path, text in _texts(step):
            for hole in text.holes:
                head = hole.path.partition(".")[0]
                if head in flow.vars and head not in before and not hole.may_be_unset:
                    message = f"{{{hole.path}}} may have no value here"
                    fix = f"Write {{{hole.path}|or:'…'}}, or branch on it before"
                    problems.append(flow.source.problem(path, "unset", message, fix))
        if isinstance(step, Question) and step.rows is not None and step.rows.list.partition(".")[0] not in before:
            message = f"the list {step.rows.list!r} may have no value here"
            path = ("steps", step.id, "options_from", "list")
            problems.append(flow.source.problem(path, "unset", message, "Fill it with an action before"))
    return list(dict.fromkeys(problems))


def _undefined(flow: Flow) -> Iterator[Problem]:
    for step in flow.steps.values():
        at: Path = ("steps", step.id)
        for path, name in _written(step):
            if name not in flow.vars:
                message = f"the variable {name!r} is not declared"
                yield flow.source.problem((*at, *path), "undefined", message, f"Add {name}: to vars")
        for path, read in _read(step):
            head = read.partition(".")[0]
            if read in FACTS or head in flow.vars:
                continue
            if head in ("org", "contact", "channel"):
                message, fix = f"there is no fact {read!r}", f"Use one of {', '.join(sorted(FACTS))}"
            else:
                message, fix = f"the variable {head!r} is not declared", f"Add {head}: to vars"
            yield flow.source.problem(path, "undefined", message, fix)


def _written(step: Step) -> Iterator[tuple[Path, str]]:
    if isinstance(step, (Question, Act)) and step.into:
        yield ("into",), step.into
    if isinstance(step, Assign):
        for name, _ in step.values:
            yield ("set", name), name
    if isinstance(step, Handover):
        for index, name in enumerate(step.summary):
            yield ("summary", index), name


def _read(step: Step) -> Iterator[tuple[Path, str]]:
    """Every path a step reads, with its place; fields of a list's rows are left out."""
    for path, text in (*_texts(step), *_values(step)):
        for hole in text.holes:
            yield path, hole.path
    if isinstance(step, Branch):
        for index, case in enumerate(step.cases):
            for read in sorted(case.paths):
                yield ("steps", step.id, "branch", index), read
    if isinstance(step, Question) and step.rows is not None:
        yield ("steps", step.id, "options_from", "list"), step.rows.list


def _texts(step: Step) -> Iterator[tuple[Path, Template]]:
    """The texts that break when a value is missing."""
    at: Path = ("steps", step.id)
    if isinstance(step, (Say, End, Handover)):
        for index, text in enumerate(step.texts):
            yield (*at, "say", index), text
    if isinstance(step, Say) and step.pin is not None:
        for name in ("latitude", "longitude", "name", "address"):
            part = getattr(step.pin, name)
            if part is not None:
                yield (*at, "location", name), part
    if isinstance(step, Handover) and step.waiting is not None:
        yield (*at, "resume", "waiting"), step.waiting
    if isinstance(step, Question):
        yield (*at, "choose" if step.kind == "choice" else "ask"), step.text
        if step.again is not None:
            yield (*at, "again"), step.again
        yield from (((*at, "retry", index), text) for index, text in enumerate(step.retry))
        yield from (((*at, "nudges"), due.nudge) for due in step.dues if due.nudge is not None)
        for option in step.options:
            yield (*at, "options", option.id, "label"), option.label
            if option.description is not None:
                yield (*at, "options", option.id, "description"), option.description
    # a value that is one hole may be empty; one with words around it may not
    yield from ((path, text) for path, text in _values(step) if len(text.parts) > 1)


def _values(step: Step) -> Iterator[tuple[Path, Template]]:
    if isinstance(step, (Act, Call)):
        yield from _inside(step.arguments, ("steps", step.id, "with"))
    elif isinstance(step, Assign):
        yield from _inside(step.values, ("steps", step.id, "set"))


def _inside(values: tuple[tuple[str, Value], ...], at: Path) -> Iterator[tuple[Path, Template]]:
    for name, value in values:
        if value.template is not None:
            yield (*at, name), value.template
        if value.fields is not None:
            yield from _inside(value.fields, (*at, name))
        for item in value.items or ():
            if item.template is not None:
                yield (*at, name), item.template


def _set_before(flow: Flow) -> dict[str, frozenset[str]]:
    """For each step that is reached: the variables that have a value on every way to it (a must-analysis)."""
    known: dict[str, frozenset[str]] = {}
    queue: list[tuple[str, frozenset[str]]] = [(flow.start, flow.required)]
    queue += [(to, flow.required) for to in flow.entry.values()]
    while queue:
        step_id, arriving = queue.pop()
        if step_id not in flow.steps:
            continue
        before = known.get(step_id)
        after = arriving if before is None else before & arriving
        if before == after:
            continue
        known[step_id] = after
        queue += _leaving(flow, flow.steps[step_id], after)
    return known


def _leaving(flow: Flow, step: Step, before: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    if isinstance(step, Branch):
        held = before
        for case in step.cases:
            yield case.to, held | _proven(case.source)
            held |= _disproven(case)
        return
    for edge in edges(flow, step):
        if edge.to is not None:
            yield edge.to, before | _gained(step, edge)


def _gained(step: Step, edge: Edge) -> frozenset[str]:
    if isinstance(step, Assign):
        return frozenset(
            name for name, value in step.values if value.source is not None and not _one_hole(value.template)
        )
    if isinstance(step, (Question, Act)) and step.into and edge.answered:
        return frozenset({step.into})
    return frozenset()


def _one_hole(template: Template | None) -> bool:
    return template is not None and len(template.parts) == 1 and bool(template.holes)


def _proven(condition: object) -> frozenset[str]:
    """Variables that have a value when the condition holds: whatever it compares, but not what it says is unset."""
    if not isinstance(condition, dict):
        return frozenset()
    found: set[str] = set()
    for key, value in condition.items():
        if key == "all":
            found.update(*(_proven(part) for part in value))
        elif key not in ("any", "not") and value != {"is": "unset"} and value is not None:
            found.add(key.partition(".")[0])
    return frozenset(found)


def _disproven(case: Case) -> frozenset[str]:
    """Variables that have a value when the condition does not hold: it said they were unset."""
    source = case.source
    if isinstance(source, dict) and len(source) == 1:
        name, value = next(iter(source.items()))
        if value == {"is": "unset"}:
            return frozenset({str(name).partition(".")[0]})
    return frozenset()
