"""What is sensitive is asked only after the privacy notice was said, in this conversation or in one before it."""

from collections.abc import Iterator

from bot.language.compiled import Branch, Call, End, Flow, Handover, Question, Say, Step
from bot.language.library import Library
from bot.language.problem import Problem
from bot.language.template import Template
from bot.lint.across import Place, every_way, walk
from bot.lint.flowing import proven

NOTICE = "org.privacy_url"
AGAIN = "again"
"""The parameter that says the person has written before: then they were greeted, and told."""


def privacy_problems(library: Library) -> list[Problem]:
    problems: list[Problem] = []
    for flow_name, step_id in sorted(walk(library, _starts(library), _ways, any_caller=False)):
        flow = library.flows[flow_name]
        step = flow.steps[step_id]
        var = flow.vars.get(step.into) if isinstance(step, Question) and step.into else None
        if var is not None and var.sensitive and not _names_notice(step):
            message = f"{step_id!r} asks something sensitive, and there is a way to it without the privacy notice"
            fix = "Say {org.privacy_url} before it"
            problems.append(flow.source.problem(("steps", step_id), "privacy", message, fix))
    return problems


def _starts(library: Library) -> Iterator[Place]:
    """Where a person's first conversation can begin; the other words and questions are heard after a greeting."""
    words = library.globals
    first = library.flows.get(words.start)
    if first is not None:
        yield first.name, first.start
    for name, word in words.words.items():
        flow = library.flows.get(word.flow or "")
        if flow is not None and name in ("human", "opt_in", "opt_out"):
            yield flow.name, flow.entry.get(word.entry or "", flow.start)
    called = {step.flow for flow in library.flows.values() for step in flow.steps.values() if isinstance(step, Call)}
    named = {word.flow for word in words.words.values()} | {soft.call for soft in words.soft}
    for flow in library.flows.values():
        if flow.name not in called | named | {words.start}:
            yield from ((flow.name, to) for to in (flow.start, *flow.entry.values()))


def _ways(flow: Flow, step: Step) -> Iterator[str]:
    """The ways on for somebody who has not been told."""
    if _names_notice(step):
        return
    if not isinstance(step, Branch):
        yield from every_way(flow, step)
        return
    told = False
    for case in step.cases:
        if not (told or _says_told(flow, case.source, True)):
            yield case.to
        told = told or _says_told(flow, case.source, False)


def _says_told(flow: Flow, condition: object, holds: bool) -> bool:
    """Whether this is so only of people who were in a conversation before: something is known of them."""
    if isinstance(condition, dict) and AGAIN in flow.params and condition.get(AGAIN) is holds:
        return True
    return any(path in flow.remembered for path in proven(condition, holds))


def _names_notice(step: Step) -> bool:
    texts: tuple[Template, ...] = ()
    if isinstance(step, (Say, End, Handover)):
        texts = step.texts
    elif isinstance(step, Question):
        texts = (step.text,)
    return any(hole.path == NOTICE for text in texts for hole in text.holes)
