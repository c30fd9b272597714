"""`migrate` against an older copy of the pack: whoever waits there must be able to go on in the new revision."""

from collections.abc import Iterator

from bot.language.compiled import Call, Flow, Handover, Question
from bot.language.library import Library
from bot.language.nearest import did_you_mean
from bot.language.problem import Problem
from bot.language.source import Path
from bot.migrating import new_name, same_kind


def migration_problems(older: Library, library: Library) -> list[Problem]:
    """Problems of the flows that say `migrate`; the others keep everybody on the revision they began with."""
    return [
        problem
        for flow in library.flows.values()
        if flow.migrate is not None and flow.name in older.flows
        for problem in _flow(older.flows[flow.name], flow)
    ]


def _flow(old: Flow, new: Flow) -> Iterator[Problem]:
    waiting = {step.id: step for step in old.steps.values() if isinstance(step, (Question, Handover, Call))}
    moves = new.migrate or {}
    for name in moves.keys() - waiting.keys():
        fix = did_you_mean(name, waiting, "Remove it")
        path: Path = ("migrate", name)
        yield new.source.problem(path, "migrate", f"nobody waits at {name!r} in the older revision", fix)
    for name, step in waiting.items():
        now = new.steps.get(new_name(new, name))
        if now is None:
            if name not in moves:  # else its target is missing, which is told already
                fix = f"Write migrate: {{{name}: step}}"
                message = f"people wait at {name!r}, which is gone"
                yield new.source.problem(("migrate",), "migrate", message, fix)
        elif not same_kind(step, now):
            path = ("migrate", name) if name in moves else ("steps", now.id)
            message = f"people wait at {name!r}, and {now.id!r} is of another kind"
            fix = f"Give the new step another name, and write migrate: {{{name}: step}}"
            yield new.source.problem(path, "migrate", message, fix)
