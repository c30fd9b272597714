"""Ways through a flow: targets that exist, steps that are reached, ends that can be, loops that wait."""

from collections import defaultdict, deque
from collections.abc import Iterable

from bot.language.compiled import Branch, Call, End, Flow, Handover, Step
from bot.language.edges import Edge, edges, waits
from bot.language.library import Library
from bot.language.nearest import did_you_mean
from bot.language.problem import Problem
from bot.language.source import Path


def path_problems(flow: Flow, library: Library) -> list[Problem]:
    missing = _missing(flow)
    problems = [*missing, *_no_else(flow), *_outcomes(flow)]
    if missing:
        return problems  # the rest would only repeat it
    return [*problems, *_unreachable(flow), *_no_end(flow), *_endless(flow, library)]


def _missing(flow: Flow) -> list[Problem]:
    problems: list[Problem] = []
    named: list[tuple[Path, str]] = [
        (("start",), flow.start),
        *((("entry", name), to) for name, to in flow.entry.items()),
    ]
    if flow.cancel:
        named.append((("defaults", "cancel"), flow.cancel))
    named += [(("migrate", old), to) for old, to in (flow.migrate or {}).items()]
    for step in flow.steps.values():
        for edge in edges(flow, step):
            if edge.to is None:
                message = f"nothing comes after {step.id!r}"
                problems.append(
                    flow.source.problem(("steps", step.id), "no-next", message, "Add next:, or an end step after it")
                )
            else:
                named.append((edge.path, edge.to))
    for path, to in named:
        if to not in flow.steps:
            fix = did_you_mean(to, flow.steps, "Name a step of this flow")
            problems.append(flow.source.problem(path, "missing-target", f"there is no step {to!r}", fix))
    return list(dict.fromkeys(problems))


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
                flow.source.problem(
                    ("steps", step.id, "branch"), "no-else", message, "Add - {else: step} as its last case"
                )
            )
        elif isinstance(step, Branch) and any(case.when is None for case in step.cases[:-1]):
            message = f"cases after the else of {step.id!r} never hold"
            after = next(index for index, case in enumerate(step.cases) if case.when is None)
            path = ("steps", step.id, "branch", after)
            problems.append(flow.source.problem(path, "no-else", message, "Make the else its last case"))
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
    problems: list[Problem] = []
    colour: dict[str, int] = {}

    def visit(step_id: str) -> None:
        colour[step_id] = 1
        for edge in _unheard(flow, flow.steps[step_id], library):
            if edge.to is None or waits(flow.steps[edge.to]):
                continue
            if colour.get(edge.to) == 1:
                message = f"{step_id!r} leads back to {edge.to!r} without waiting for anybody"
                problems.append(flow.source.problem(edge.path, "endless", message, "Put a question on the way"))
            elif edge.to not in colour:
                visit(edge.to)
        colour[step_id] = 2

    for step_id in flow.steps:
        if step_id not in colour and not waits(flow.steps[step_id]):
            visit(step_id)
    return problems


def _unheard(flow: Flow, step: Step, library: Library) -> list[Edge]:
    """The ways out of a step that nobody has to say anything for."""
    ways = list(edges(flow, step))
    if not isinstance(step, Call):
        return ways
    silent = silent_outcomes(library, step.flow, step.entry, frozenset())
    return [edge for edge in ways if edge.label in silent]


def silent_outcomes(library: Library, name: str, entry: str | None, calling: frozenset[str]) -> frozenset[str]:
    """The outcomes a flow can come to without waiting for anybody; `calling` are the flows on the way to it."""
    flow = library.flows.get(name)
    if flow is None or name in calling:
        return frozenset()
    found: set[str] = set()
    queue, seen = [flow.entry.get(entry, flow.start) if entry else flow.start], set[str]()
    while queue:
        step = flow.steps.get(queue.pop())
        if step is None or step.id in seen or waits(step):
            continue
        seen.add(step.id)
        if isinstance(step, End):
            found.add(step.outcome)
        elif isinstance(step, Call):
            inside = silent_outcomes(library, step.flow, step.entry, calling | {name})
            queue += [to for outcome, to in step.outcomes.items() if outcome in inside]
        else:
            queue += [edge.to for edge in edges(flow, step) if edge.to]
    return frozenset(found)


def _outcomes(flow: Flow) -> list[Problem]:
    problems: list[Problem] = []
    used = {step.outcome for step in flow.steps.values() if isinstance(step, End)}
    if not flow.outcomes:
        return problems
    for step in flow.steps.values():
        if isinstance(step, End) and step.outcome not in flow.outcomes:
            message = f"{step.outcome!r} is not among the flow's outcomes"
            fix = did_you_mean(step.outcome, flow.outcomes, "Add it to outcomes:")
            problems.append(flow.source.problem(("steps", step.id, "end"), "outcome", message, fix))
    for index, outcome in enumerate(flow.outcomes):
        if outcome not in used:
            message = f"no step ends with {outcome!r}"
            fix = did_you_mean(outcome, used - set(flow.outcomes), "Remove it from outcomes:")
            problems.append(flow.source.problem(("outcomes", index), "outcome", message, fix))
    return problems
