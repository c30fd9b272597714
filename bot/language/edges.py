"""Where a step can lead: what the linter walks and the graph draws."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.language.compiled import Act, Branch, Call, End, Flow, Handover, Question, Say, Step
from bot.language.model import seconds
from bot.language.source import Path


@dataclass(frozen=True, slots=True)
class Edge:
    """`to` is None where a flow would fall off its end. `label` says by what; `path` is its place in the file."""

    to: str | None
    label: str
    path: Path
    answered: bool = True
    """Whether the step did its work on this way: the answer was given, the action did not fail."""


def edges(flow: Flow, step: Step) -> Iterator[Edge]:
    """Every way out of a step, those of the engine (give up, expire, cancel) included."""
    at: Path = ("steps", step.id)
    match step:
        case Question():
            yield from _question(flow, step, at)
        case Branch():
            for index, case in enumerate(step.cases):
                label, key = ("si no", "else") if case.when is None else (_short(case.source), "to")
                yield Edge(case.to, label, (*at, "branch", index, key))
        case Act() | Call():
            for outcome, to in step.outcomes.items():
                yield Edge(to, outcome, (*at, "outcomes", outcome), outcome != "error")
        case Handover():
            if step.after_release:
                yield Edge(step.after_release, "devuelta", (*at, "resume", "after_release"))
        case End():
            return
        case _:
            yield Edge(step.next, "", (*at, "next"))


def _question(flow: Flow, step: Question, at: Path) -> Iterator[Edge]:
    for option in step.options:
        if option.to:
            yield Edge(option.to, option.label.source, (*at, "options", option.id, "to"))
    if step.kind != "choice" or step.rows is not None or any(option.to is None for option in step.options):
        yield Edge(step.next, "", (*at, "next"), not step.skip)
    if step.elsewhere:
        yield Edge(step.elsewhere.to, "otro momento", (*at, "elsewhere", "to"), False)
    if step.no_to:
        yield Edge(step.no_to, "no", (*at, "no_to"))
    if step.give_up:
        yield Edge(step.give_up, "no se entendió", written(flow, at, "give_up"), False)
    for due in step.dues:
        if due.to:
            yield Edge(due.to, "sin respuesta", (*written(flow, at, "expire"), "to"), False)
    if flow.cancel:
        yield Edge(flow.cancel, "cancelar", ("defaults", "cancel"), False)


def written(flow: Flow, at: Path, key: str) -> Path:
    """Where a wait's `key` stands in the file: in the step itself, or in the flow's defaults."""
    return (*at, key) if (*at, key) in flow.source.places else ("defaults", key)


def waits(step: Step) -> bool:
    """Whether a person has to do something before the flow goes on."""
    return isinstance(step, (Question, Handover))


def says(step: Step) -> bool:
    """Whether the step sends something by itself."""
    return isinstance(step, Say) or (isinstance(step, (End, Handover)) and bool(step.texts))


def _short(condition: object) -> str:
    if not isinstance(condition, dict):
        return str(condition)
    return ", ".join(f"{key} {_value(value)}" for key, value in condition.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key} {_value(wanted)}" for key, wanted in value.items())
    return "/".join(map(str, value)) if isinstance(value, list) else str(value)


def nudge_path(flow: Flow, step: Question, after: int) -> Path:
    """Where the nudge after so many seconds stands."""
    place = written(flow, ("steps", step.id), "nudges")
    for path in flow.source.places:
        if path[:-1] == place and isinstance(path[-1], str) and seconds(path[-1]) == after:
            return path
    return place
