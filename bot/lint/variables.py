"""Variables: every name and field exists, something gives it a value, and on every way to where it is read."""

from collections.abc import Iterator

from bot.language.compiled import Act, Flow, Question
from bot.language.library import Library
from bot.language.nearest import did_you_mean
from bot.language.problem import Problem
from bot.language.source import Path
from bot.language.template import FACTS, Hole
from bot.lint.flowing import known_before
from bot.lint.reading import needed_values, reads, row_texts, texts, writes
from bot.lint.values import at, fields_of, has, kind_of, opaque, written

FACT_HEADS = ("org", "contact", "channel")


def variable_problems(flow: Flow, library: Library) -> list[Problem]:
    problems = [*_undefined(flow), *_never_set(flow, library), *_unset(flow), *_unset_required(flow, library)]
    for step in flow.steps.values():
        if isinstance(step, Question) and step.rows is not None:
            problems += _rows(flow, step)
    return list(dict.fromkeys(problems))


def _undefined(flow: Flow) -> Iterator[Problem]:
    for step in flow.steps.values():
        for path, name in writes(step):
            if name not in flow.vars:
                made = f": {{type: {kind_of(step)}}}" if isinstance(step, (Question, Act)) else ":"
                yield _undeclared(flow, path, name, f"Add {name}{made} to vars")
        for path, read in reads(flow, step):
            yield from _unknown(flow, path, read)


def _undeclared(flow: Flow, path: Path, name: str, fix: str) -> Problem:
    message = f"the variable {name!r} is not declared"
    return flow.source.problem(path, "undefined", message, did_you_mean(name, flow.vars, fix))


def _unknown(flow: Flow, path: Path, read: str) -> Iterator[Problem]:
    head, *fields = read.split(".")
    if read in FACTS:
        return
    if head in FACT_HEADS:
        fix = did_you_mean(read, FACTS, f"Use one of {', '.join(sorted(FACTS))}")
        yield flow.source.problem(path, "undefined", f"there is no fact {read!r}", fix)
    elif head not in flow.vars:
        facts = sorted({fact for fact in FACTS if fact.partition(".")[2] == head})
        fix = f"Did you mean {facts[0]!r}?" if facts else did_you_mean(head, flow.vars, f"Add {head}: to vars")
        yield flow.source.problem(path, "undefined", f"the variable {head!r} is not declared", fix)
    elif fields and not _may_have(flow, head, fields):
        known = sorted({name for writer in written(flow, head) for name, _ in fields_of(writer)})
        fix = did_you_mean(fields[0], known, f"It has {', '.join(known)}" if known else f"Write {head} alone")
        yield flow.source.problem(path, "unknown-field", f"{head!r} has no {'.'.join(fields)!r}", fix)


def _may_have(flow: Flow, head: str, fields: list[str]) -> bool:
    writers = written(flow, head)
    if head in flow.params or head in flow.remembered or not writers or any(opaque(one) for one in writers):
        return True
    return any(
        has(kind, fields[1:]) != "no" for one in writers for name, kind in fields_of(one) if name == fields[0]
    ) or any(isinstance(one, Question) and one.multi and fields[0].isdigit() for one in writers)


def _never_set(flow: Flow, library: Library) -> Iterator[Problem]:
    """Variables that are read and that nothing ever gives a value."""
    for step in flow.steps.values():
        for path, read in reads(flow, step):
            head = read.partition(".")[0]
            if head not in flow.vars or head in flow.params or written(flow, head):
                continue
            if head in flow.remembered and any(
                head in other.remembered and (head in other.params or written(other, head))
                for other in library.flows.values()
            ):
                continue
            message = f"nothing ever gives {head!r} a value"
            yield flow.source.problem(
                path, "never-set", message, f"Give it one with into: {head} or set:, or leave it out"
            )


def _unset(flow: Flow) -> Iterator[Problem]:
    known = known_before(flow)
    for step in flow.steps.values():
        before = known.get(step.id)
        if before is None:
            continue
        for path, text in texts(flow, step):
            for hole in text.holes:
                if _may_break(flow, hole, before):
                    message = f"{{{hole.path}}} may have no value here"
                    fix = f"Write {{{hole.path}|or:'…'}}, or branch on it before"
                    yield flow.source.problem(path, "unset", message, fix)
        if isinstance(step, Question) and step.rows is not None and step.rows.list not in before:
            message = f"the list {step.rows.list!r} may have no value here"
            place = ("steps", step.id, "options_from", "list")
            yield flow.source.problem(place, "unset", message, "Fill it with an action before")


def _may_break(flow: Flow, hole: Hole, before: frozenset[str]) -> bool:
    head, *fields = hole.path.split(".")
    there = head in flow.vars and (not fields or _may_have(flow, head, fields))
    return there and hole.path not in before and not hole.may_be_unset


def _unset_required(flow: Flow, library: Library) -> Iterator[Problem]:
    """What a called flow or an action cannot do without, given by a variable that may have no value."""
    known = known_before(flow)
    for step in flow.steps.values():
        before = known.get(step.id)
        for path, name, hole in needed_values(step, library) if before is not None else ():
            if _may_break(flow, hole, before or frozenset()):
                message = f"{name!r} is needed, and {{{hole.path}}} may have no value here"
                yield flow.source.problem(
                    path, "unset", message, f"Write {{{hole.path}|or:'…'}}, or branch on it before"
                )


def _rows(flow: Flow, step: Question) -> Iterator[Problem]:
    """`options_from`: its variable is a list, and its rows have what the texts read."""
    assert step.rows is not None
    head, *fields = step.rows.list.split(".")
    place: Path = ("steps", step.id, "options_from")
    writers = written(flow, head)
    if head not in flow.vars or head in flow.params or not writers or any(opaque(one) for one in writers):
        return
    kinds = [kind for one in writers for name, kind in fields_of(one) if fields and name == fields[0]]
    kinds = [at(kind, fields[1:]) for kind in kinds]
    lists = [kind for kind in kinds if getattr(kind, "__origin__", kind) is list]
    if not lists and not any(isinstance(one, Question) and one.multi and not fields for one in writers):
        inside = [f"{head}.{name}" for one in writers for name, kind in fields_of(one) if _is_list(kind)]
        fix = f"Did you mean {inside[0]!r}?" if inside else "Name a list that an action filled"
        yield flow.source.problem((*place, "list"), "no-list", f"{step.rows.list!r} is no list", fix)
        return
    for kind in lists:
        row = at(kind, ["0"])
        known = list(getattr(row, "model_fields", ()))
        if known and has(row, step.rows.id.split(".")) == "no":
            fix = did_you_mean(step.rows.id, known, f"A row has {', '.join(known)}")
            yield flow.source.problem((*place, "id"), "unknown-field", f"a row has no {step.rows.id!r}", fix)
        starts = step.rows.model.starts
        if known and starts is not None and has(row, starts.split(".")) == "no":
            fix = did_you_mean(starts, known, f"A row has {', '.join(known)}")
            yield flow.source.problem((*place, "starts"), "unknown-field", f"a row has no {starts!r}", fix)
        for path, text in row_texts(step):
            for hole in text.holes if known else ():
                yield from _row_hole(flow, path, hole, row, known)


def _is_list(kind: object) -> bool:
    return getattr(kind, "__origin__", kind) is list


def _row_hole(flow: Flow, path: Path, hole: Hole, row: object, known: list[str]) -> Iterator[Problem]:
    there = has(row, hole.path.split("."))
    if there == "no" and hole.path not in FACTS and hole.path.partition(".")[0] not in flow.vars:
        fix = did_you_mean(hole.path, known, f"A row has {', '.join(known)}")
        yield flow.source.problem(path, "unknown-field", f"a row has no {hole.path!r}", fix)
    elif there == "maybe" and not hole.may_be_unset:
        fix = f"Write {{{hole.path}|or:'…'}}"
        yield flow.source.problem(path, "unset", f"{{{hole.path}}} may have no value in a row", fix)
