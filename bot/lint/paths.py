"""Ways through a flow: targets that exist, steps that are reached, ends that can be, loops that wait."""

from collections import defaultdict, deque
from collections.abc import Iterable

from bot.language.compiled import Branch, Call, End, Flow, Handover
from bot.language.edges import edges, waits
from bot.language.library import Library
from bot.language.problem import Problem


def path_problems(flow: Flow, library: Library) -> list[Problem]:
    problems = _missing(flow)
    if problems:
        return problems  # the rest would only repeat it
    return [*_unreachable(flow), *_no_else(flow), *_no_end(flow), *_endless(flow, library), *_outcomes(flow)]


def _missing(flow: Flow) -> list[Problem]:
    problems: list[Problem] = []
    starts = [(("start",), flow.start), *((("entry", name), to) for name, to in flow.entry.items())]
    if flow.cancel:
        starts.append((("defaults", "cancel"), flow.cancel))
    for path, to in starts:
        if to not in flow.steps:
            problems.append(
                flow.source.problem(path, "missing-target", f"there is no step {to!r}", "Name a step of this flow")
            )
    for step in flow.steps.values():
        for edge in edges(flow, step):
            if edge.to is None:
                message = f"nothing comes after {step.id!r}"
                problems.append(
                    flow.source.problem(("steps", step.id), "no-next", message, "Add next:, or an end step after it")
                )
            elif edge.to not in flow.steps and edge.path != ("defaults", "cancel"):
                message = f"there is no step {edge.to!r}"
                problems.append(flow.source.problem(edge.path, "missing-target", message, "Name a step of this flow"))
    return problems


def reached(flow: Flow, starts: Iterable[str]) -> set[str]:
    """Steps that can be come to from `starts`."""
    found: set[str] = set()
    queue = deque(starts)
    while queue:
        step = queue.popleft()
        if step in found or step not in flow.steps:
            continue
        found.add(step)
        queue.extend(edge.to for edge in edges(flow, flow.steps[step]) if edge.to)
    return found


def _unreachable(flow: Flow) -> list[Problem]:
    found = reached(flow, [flow.start, *flow.entry.values()])
    return [
        flow.source.problem(("steps", step), "unreachable", f"nothing leads to {step!r}", "Lead to it, or remove it")
        for step in flow.steps
        if step not in found
    ]


def _no_else(flow: Flow) -> list[Problem]:
    problems: list[Problem] = []
    for step in flow.steps.values():
        if isinstance(step, Branch) and all(case.when is not None for case in step.cases):
            message = f"{step.id!r} has no else"
            problems.append(
                flow.source.problem(("steps", step.id), "no-else", message, "Add - {else: step} as its last case")
            )
        elif isinstance(step, Branch) and any(case.when is None for case in step.cases[:-1]):
            message = f"cases after the else of {step.id!r} never hold"
            problems.append(flow.source.problem(("steps", step.id), "no-else", message, "Make the else its last case"))
    return problems


def _no_end(flow: Flow) -> list[Problem]:
    """Steps from which no end can be reached; a handover that is not given back ends a flow as well."""
    backwards: dict[str, set[str]] = defaultdict(set)
    ends: list[str] = []
    for step in flow.steps.values():
        if isinstance(step, End) or (isinstance(step, Handover) and step.after_release is None):
            ends.append(step.id)
        for edge in edges(flow, step):
            if edge.to:
                backwards[edge.to].add(step.id)
    found, queue = set(ends), deque(ends)
    while queue:
        for step_id in backwards[queue.popleft()] - found:
            found.add(step_id)
            queue.append(step_id)
    return [
        flow.source.problem(("steps", step), "no-end", f"no end can be reached from {step!r}", "Lead to an end step")
        for step in flow.steps
        if step not in found
    ]


def _endless(flow: Flow, library: Library) -> list[Problem]:
    """Loops in which nobody has to answer: each would run until the step budget stops it."""

    def passes(step_id: str) -> bool:
        step = flow.steps[step_id]
        if isinstance(step, Call):
            called = library.flows.get(step.flow)
            return called is not None and not any(waits(one) for one in called.steps.values())
        return not waits(step)

    problems: list[Problem] = []
    colour: dict[str, int] = {}

    def visit(step_id: str) -> None:
        colour[step_id] = 1
        for edge in edges(flow, flow.steps[step_id]):
            if edge.to is None or not passes(edge.to):
                continue
            if colour.get(edge.to) == 1:
                message = f"{step_id!r} leads back to {edge.to!r} without waiting for anybody"
                problems.append(flow.source.problem(edge.path, "endless", message, "Put a question on the way"))
            elif edge.to not in colour:
                visit(edge.to)
        colour[step_id] = 2

    for step_id in flow.steps:
        if step_id not in colour and passes(step_id):
            visit(step_id)
    return problems


def _outcomes(flow: Flow) -> list[Problem]:
    problems: list[Problem] = []
    used = {step.outcome for step in flow.steps.values() if isinstance(step, End)}
    if not flow.outcomes:
        return problems
    for step in flow.steps.values():
        if isinstance(step, End) and step.outcome not in flow.outcomes:
            message = f"{step.outcome!r} is not among the flow's outcomes"
            problems.append(flow.source.problem(("steps", step.id, "end"), "outcome", message, "Add it to outcomes:"))
    for outcome in flow.outcomes:
        if outcome not in used:
            message = f"no step ends with {outcome!r}"
            problems.append(flow.source.problem(("outcomes",), "outcome", message, "Remove it from outcomes:"))
    return problems
