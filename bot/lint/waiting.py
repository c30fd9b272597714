"""Waits: each has a way out that comes after its nudges, and nothing leaves after the window without a template."""

from collections.abc import Iterator

from bot.language.compiled import Flow, Handover, Question, Say, Step
from bot.language.edges import nudge_path, says, waits, written
from bot.language.library import Library
from bot.language.problem import Problem
from bot.language.source import Path
from bot.lint.across import every_way, walk
from core.threads.outbound import Limits


def waiting_problems(flow: Flow, library: Library, profiles: tuple[Limits, ...]) -> list[Problem]:
    windows = [limits.window_hours for limits in profiles if limits.window_hours]
    problems = [*_ways_out(flow), *_in_vain(flow)]
    if windows:
        problems += _window(flow, library, min(windows) - 1)
    return list(dict.fromkeys(problems))


def _ways_out(flow: Flow) -> Iterator[Problem]:
    for step in flow.steps.values():
        if not isinstance(step, Question):
            continue
        at = ("steps", step.id)
        if step.give_up is None:
            message = f"{step.id!r} has no way out for who is not understood"
            yield flow.source.problem(at, "no-give-up", message, "Add give_up: to it or to defaults")
        if not any(due.to for due in step.dues):
            message = f"{step.id!r} waits for ever"
            yield flow.source.problem(at, "no-expire", message, "Add expire: {after: 20h, to: step}")


def _in_vain(flow: Flow) -> Iterator[Problem]:
    """Nudges of a wait that has expired by then."""
    for step in flow.steps.values():
        if not isinstance(step, Question):
            continue
        ends = next((due.after for due in step.dues if due.to), None)
        for due in step.dues:
            if ends is not None and due.nudge is not None and due.after >= ends:
                path = nudge_path(flow, step, due.after)
                message = "this nudge comes when the wait has expired"
                yield flow.source.problem(path, "late-nudge", message, "Send it earlier, or expire later")


def _window(flow: Flow, library: Library, hours: int) -> Iterator[Problem]:
    seconds = hours * 3600
    for step in flow.steps.values():
        at: Path = ("steps", step.id)
        if isinstance(step, Handover) and step.if_silent and step.if_silent > seconds:
            message = f"the person would be told after {hours} h, when free text is not delivered"
            fix = f"Make if_silent {hours}h at most"
            yield flow.source.problem((*at, "resume", "if_silent"), "window", message, fix)
        if not isinstance(step, Question):
            continue
        for due in step.dues:
            if due.after <= seconds:
                continue
            if due.nudge is not None and due.carrier is None:
                message = f"a nudge after more than {hours} h is not delivered as free text"
                path = nudge_path(flow, step, due.after)
                yield flow.source.problem(path, "window", message, "Send it earlier, or name a template:")
            if due.to is not None:
                yield from _late_sends(flow, step.id, due.to, library, hours)


def _late_sends(flow: Flow, waited: str, start: str, library: Library, hours: int) -> Iterator[Problem]:
    """What is sent after a late expiry before anybody answers again, in this flow, those it calls and its callers."""

    def unheard(flow: Flow, step: Step) -> Iterator[str]:
        return iter(()) if waits(step) else every_way(flow, step)

    expire = (*written(flow, ("steps", waited), "expire"), "after")
    for name, step_id in sorted(walk(library, [(flow.name, start)], unheard, any_caller=True)):
        step = library.flows[name].steps[step_id]
        if (isinstance(step, Question) or says(step)) and not (isinstance(step, Say) and step.carrier):
            where = step_id if name == flow.name else f"{name}.{step_id}"
            message = f"after this {where!r} is sent, more than {hours} h after the person's last message"
            yield flow.source.problem(expire, "window", message, f"Expire after {hours}h at most, or name a template:")
