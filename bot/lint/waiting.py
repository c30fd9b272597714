"""Waits: each has a way out, nothing leaves after the window without a template, health comes after the notice."""

from bot.language.compiled import Call, End, Flow, Handover, Question, Say, Step
from bot.language.edges import edges, says, waits
from bot.language.library import Library
from bot.language.problem import Problem
from bot.language.template import Template
from core.threads.outbound import Limits

NOTICE = "org.privacy_url"


def waiting_problems(flow: Flow, library: Library, profiles: tuple[Limits, ...]) -> list[Problem]:
    windows = [limits.window_hours for limits in profiles if limits.window_hours]
    problems = _ways_out(flow)
    if windows:
        problems += _window(flow, (min(windows) - 1) * 3600)
    return problems + _notice(flow, library)


def _ways_out(flow: Flow) -> list[Problem]:
    problems: list[Problem] = []
    for step in flow.steps.values():
        if not isinstance(step, Question):
            continue
        at = ("steps", step.id)
        if step.give_up is None:
            message = f"{step.id!r} has no way out for who is not understood"
            problems.append(flow.source.problem(at, "no-give-up", message, "Add give_up: to it or to defaults"))
        if not any(due.to for due in step.dues):
            message = f"{step.id!r} waits for ever"
            problems.append(flow.source.problem(at, "no-expire", message, "Add expire: {after: 20h, to: step}"))
    return problems


def _window(flow: Flow, seconds: int) -> list[Problem]:
    problems: list[Problem] = []
    hours = seconds // 3600
    for step in flow.steps.values():
        at = ("steps", step.id)
        if isinstance(step, Handover) and step.if_silent and step.if_silent > seconds:
            message = f"the person would be told after {hours} h, when free text is not delivered"
            problems.append(flow.source.problem((*at, "resume"), "window", message, f"Make if_silent {hours}h at most"))
        if not isinstance(step, Question):
            continue
        for due in step.dues:
            if due.after <= seconds:
                continue
            if due.nudge is not None and due.carrier is None:
                message = f"a nudge after more than {hours} h is not delivered as free text"
                problems.append(
                    flow.source.problem((*at, "nudges"), "window", message, "Send it earlier, or name a template:")
                )
            if due.to is not None:
                problems += _late_sends(flow, due.to, hours)
    return list(dict.fromkeys(problems))


def _late_sends(flow: Flow, start: str, hours: int) -> list[Problem]:
    """What is sent after a late expiry before anybody answers again."""
    problems: list[Problem] = []
    queue, seen = [start], set[str]()
    while queue:
        step_id = queue.pop()
        step = flow.steps.get(step_id)
        if step is None or step_id in seen:
            continue
        seen.add(step_id)
        if (isinstance(step, Question) or says(step)) and not (isinstance(step, Say) and step.carrier):
            message = f"{step_id!r} sends more than {hours} h after the person's last message"
            problems.append(
                flow.source.problem(("steps", step_id), "window", message, "Expire earlier, or name a template:")
            )
        if not waits(step):
            queue += [edge.to for edge in edges(flow, step) if edge.to]
    return problems


def _notice(flow: Flow, library: Library) -> list[Problem]:
    """A sensitive answer is asked only after a text with the privacy notice: here, or where conversations start."""
    start = library.flows.get(library.globals.start)
    if start is not None and start.name != flow.name and any(_names_notice(step) for step in start.steps.values()):
        return []
    problems: list[Problem] = []
    for step_id in _before_notice(flow):
        step = flow.steps[step_id]
        var = flow.vars.get(step.into) if isinstance(step, Question) and step.into else None
        if var is not None and var.sensitive:
            message = f"{step_id!r} asks something sensitive before any privacy notice"
            fix = "Say {org.privacy_url} before it"
            problems.append(flow.source.problem(("steps", step_id), "privacy", message, fix))
    return problems


def _before_notice(flow: Flow) -> set[str]:
    """Steps that can be come to without passing a text that names the notice."""
    found: set[str] = set()
    queue = [flow.start, *flow.entry.values()]
    while queue:
        step_id = queue.pop()
        if step_id in found or step_id not in flow.steps:
            continue
        found.add(step_id)
        if not _names_notice(flow.steps[step_id]):
            queue += [edge.to for edge in edges(flow, flow.steps[step_id]) if edge.to]
    return found


def _names_notice(step: Step) -> bool:
    texts: tuple[Template, ...] = ()
    if isinstance(step, (Say, End, Handover)):
        texts = step.texts
    elif isinstance(step, Question):
        texts = (step.text,)
    elif isinstance(step, Call):
        return False
    return any(hole.path == NOTICE for text in texts for hole in text.holes)
