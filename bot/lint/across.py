"""Walking on through the flows that call one another, step by step."""

from collections.abc import Callable, Iterable, Iterator

from bot.language.compiled import Call, End, Flow, Step
from bot.language.edges import edges
from bot.language.library import Library

Place = tuple[str, str]
"""(flow, step)."""
Ways = Callable[[Flow, Step], Iterable[str]]


def every_way(flow: Flow, step: Step) -> Iterator[str]:
    """Where a step can lead inside its own flow."""
    yield from (edge.to for edge in edges(flow, step) if edge.to)


def walk(library: Library, starts: Iterable[Place], ways: Ways, *, any_caller: bool) -> set[Place]:
    """The steps that can be come to from `starts`: into called flows, and back out of them by their outcomes.

    `ways` says where a step leads, or nowhere to stop there. A flow returns to the callers that were walked through,
    or with `any_caller` to every step that calls it.
    """
    found: set[Place] = set()
    queue = list(starts)
    while queue:
        place = queue.pop()
        flow = library.flows.get(place[0])
        step = flow.steps.get(place[1]) if flow else None
        if flow is None or step is None or place in found:
            continue
        found.add(place)
        if isinstance(step, End):
            queue += _back(library, flow.name, {step.outcome}, None if any_caller else found)
        elif isinstance(step, Call):
            called = library.flows.get(step.flow)
            if called is not None and any(True for _ in ways(flow, step)):
                queue.append((called.name, called.entry.get(step.entry or "", called.start)))
                ended = {
                    one.outcome
                    for one in called.steps.values()
                    if isinstance(one, End) and (called.name, one.id) in found
                }
                queue += _back(library, called.name, ended, {place})
        else:
            queue += [(flow.name, to) for to in ways(flow, step)]
    return found


def _back(library: Library, name: str, outcomes: set[str], callers: set[Place] | None) -> Iterator[Place]:
    """Where the callers of a flow go on by these outcomes; None: all of them."""
    for flow in library.flows.values():
        for step in flow.steps.values():
            if isinstance(step, Call) and step.flow == name and (callers is None or (flow.name, step.id) in callers):
                yield from ((flow.name, to) for outcome, to in step.outcomes.items() if outcome in outcomes)
