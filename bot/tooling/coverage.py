"""What transcripts never went through: steps, and the ways out of them that are for an author to test."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.conversation import Passed
from bot.language.compiled import Act, Branch, Call, Flow, Question, Step
from bot.language.edges import edges
from bot.language.library import Library
from bot.language.source import Path


@dataclass(frozen=True, slots=True)
class Missed:
    """Something never passed: `line` counts from 1."""

    file: str
    line: int
    what: str


@dataclass(frozen=True, slots=True)
class FlowCoverage:
    """How much of a flow's steps and of their ways (outcomes, options, cases) was passed."""

    flow: str
    steps: int
    steps_passed: int
    ways: int
    ways_passed: int
    missed: tuple[Missed, ...]

    @property
    def percent(self) -> float:
        """Of the steps, 0 to 100."""
        return 100 * self.steps_passed / self.steps


def coverage(library: Library, passed: Collection[Passed]) -> list[FlowCoverage]:
    """Per flow of the pack, in its order; an error of an action counts as a way like any other."""
    return [_of(flow, frozenset(passed)) for flow in library.flows.values()]


def _of(flow: Flow, passed: frozenset[Passed]) -> FlowCoverage:
    missed: list[Missed] = []
    steps = ways = ways_passed = 0
    for step in flow.steps.values():
        if (flow.name, step.id, ()) not in passed:
            missed.append(_missed(flow, ("steps", step.id), f"the step {step.id!r}"))
            steps += 1
            ways += sum(1 for _ in _ways(flow, step))
            continue
        for way, what in _ways(flow, step):
            ways += 1
            if (flow.name, step.id, way) in passed:
                ways_passed += 1
            else:
                missed.append(_missed(flow, ("steps", step.id, *way), f"{step.id}: {what}"))
    total = len(flow.steps)
    return FlowCoverage(flow.name, total, total - steps, ways, ways_passed, tuple(missed))


def _missed(flow: Flow, path: Path, what: str) -> Missed:
    place = flow.source.problem(path, "missed", what, "")
    return Missed(place.file, place.line, what)


def _ways(flow: Flow, step: Step) -> Iterator[tuple[Path, str]]:
    """(way, what it is called): outcomes of actions and calls, options, yes and no, skipping, cases."""
    match step:
        case Act() | Call():
            yield from ((("outcomes", outcome), f"the outcome {outcome!r}") for outcome in step.outcomes)
        case Branch():
            yield from ((edge.path[2:], f"the case {edge.label!r}") for edge in edges(flow, step))
        case Question():
            yield from ((("options", option.id), f"the option {option.id!r}") for option in step.options)
            if step.kind == "yes_no":
                yield from ((("as", answer), f"the answer {answer!r}") for answer in ("yes", "no"))
            if step.skip:
                yield ("skip",), "skipping it"
