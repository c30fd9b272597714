"""Calls of other flows: names, entries, parameters, outcomes, and flows that call one another in a circle."""

from bot.language.compiled import Call, End, Flow
from bot.language.library import Library
from bot.language.nearest import did_you_mean
from bot.language.problem import Problem


def call_problems(flow: Flow, library: Library) -> list[Problem]:
    problems: list[Problem] = []
    for step in flow.steps.values():
        if not isinstance(step, Call):
            continue
        called = library.flows.get(step.flow)
        if called is None:
            message = f"there is no flow {step.flow!r}"
            fix = did_you_mean(step.flow, library.flows, "Name one of the pack")
            problems.append(flow.source.problem(("steps", step.id, "call"), "missing-flow", message, fix))
            continue
        problems += _call(flow, step, called)
        if _calls(library, called, flow.name, set()):
            message = f"{step.flow!r} comes back to calling {flow.name!r}"
            problems.append(
                flow.source.problem(("steps", step.id, "call"), "call-circle", message, "End, and let the caller go on")
            )
    return problems


def _call(flow: Flow, step: Call, called: Flow) -> list[Problem]:
    at = ("steps", step.id)
    problems: list[Problem] = []
    if step.entry is not None and step.entry not in called.entry:
        message = f"{called.name!r} has no entry {step.entry!r}"
        fix = did_you_mean(step.entry, called.entry, f"Its entries: {', '.join(called.entry) or 'none'}")
        problems.append(flow.source.problem((*at, "entry"), "missing-entry", message, fix))
    given = {name for name, _ in step.arguments}
    for name in sorted(given - called.params):
        message = f"{called.name!r} takes no {name!r}"
        fix = did_you_mean(name, called.params, "Add it to its params:")
        problems.append(flow.source.problem((*at, "with", name), "unknown-argument", message, fix))
    for name in sorted(called.required - given):
        message = f"{called.name!r} needs {name!r}"
        problems.append(flow.source.problem(at, "missing-argument", message, "Add it under with:"))
    ends = {end.outcome for end in called.steps.values() if isinstance(end, End)}
    for outcome in sorted(step.outcomes.keys() - ends):
        message = f"{called.name!r} never ends with {outcome!r}"
        fix = did_you_mean(outcome, ends, f"It ends with {', '.join(sorted(ends))}")
        problems.append(flow.source.problem((*at, "outcomes", outcome), "unknown-outcome", message, fix))
    for outcome in sorted(ends - step.outcomes.keys()):
        message = f"{step.id!r} does not say what happens when {called.name!r} ends with {outcome!r}"
        problems.append(flow.source.problem((*at, "outcomes"), "missing-outcome", message, f"Add {outcome}: step"))
    return problems


def _calls(library: Library, flow: Flow, name: str, seen: set[str]) -> bool:
    """Whether `flow` calls the flow `name`, itself or by others."""
    if flow.name == name:
        return True
    seen.add(flow.name)
    for step in flow.steps.values():
        if isinstance(step, Call) and step.flow not in seen:
            called = library.flows.get(step.flow)
            if called is not None and _calls(library, called, name, seen):
                return True
    return False
