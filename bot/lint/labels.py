"""Lengths: what a channel would refuse or cut. Only the words written in the flow are counted, not what fills them."""

from collections.abc import Iterator

from bot.language.compiled import End, Flow, Handover, Question, Say
from bot.language.edges import nudge_path
from bot.language.library import Library
from bot.language.problem import Problem
from bot.language.source import Path
from bot.language.template import Template
from core.threads.outbound import Limits

TOKEN_BYTES = 8
"""Room for the token and the colon before an option's id."""


def label_problems(flow: Flow, library: Library, profiles: tuple[Limits, ...]) -> list[Problem]:
    problems: list[Problem] = []
    for limits in profiles:
        for step in flow.steps.values():
            at: Path = ("steps", step.id)
            if isinstance(step, (Say, End, Handover)):
                for index, text in enumerate(step.texts):
                    problems += _text(flow, text, (*at, "say", index), limits.text, limits)
            if isinstance(step, Handover) and step.waiting is not None:
                problems += _text(flow, step.waiting, (*at, "resume", "waiting"), limits.text, limits)
            if isinstance(step, Question):
                problems += _question_texts(flow, step, at, limits)
                problems += _several(flow, step, at, limits, library)
                problems += _options(flow, step, at, limits)
    return [*dict.fromkeys(problems), *_empty(flow)]


def _text(flow: Flow, text: Template, path: Path, most: int, limits: Limits) -> Iterator[Problem]:
    if most and text.least_length() > most:
        message = f"{text.least_length()} characters; {limits.channel} takes {most} here"
        yield flow.source.problem(path, "too-long", message, "Shorten it, or split it into several messages")


def _question_texts(flow: Flow, step: Question, at: Path, limits: Limits) -> Iterator[Problem]:
    most = limits.prompt_text if _has_widget(step, limits) else limits.text
    yield from _text(flow, step.text, (*at, "choose" if step.kind == "choice" else "ask"), most, limits)
    if step.again is not None:
        yield from _text(flow, step.again, (*at, "again"), most, limits)
    for index, text in enumerate(step.retry):
        yield from _text(flow, text, (*at, "retry", index), most, limits)
    for due in step.dues:
        if due.nudge is not None:
            yield from _text(flow, due.nudge, nudge_path(flow, step, due.after), limits.text, limits)


def _has_widget(step: Question, limits: Limits) -> bool:
    """Whether the question goes out with buttons, a list or a keyboard, where texts are shorter."""
    if step.multi or not (limits.buttons or limits.rows):
        return False
    return bool(step.rows or _labels(step))


def _several(flow: Flow, step: Question, at: Path, limits: Limits, library: Library) -> Iterator[Problem]:
    """A question with several answers is one message: what is asked, every option and how to answer."""
    if not step.multi or not limits.text:
        return
    lines = [
        option.label.least_length() + (option.description.least_length() + 2 if option.description else 0) + 4
        for option in step.options
    ]
    length = (
        step.text.least_length()
        + sum(lines)
        + library.globals.texts[step.text.tag]["choice.several"].least_length()
        + 4
    )
    if step.text.least_length() <= limits.text < length:
        message = f"{length} characters with its options; {limits.channel} takes {limits.text}"
        yield flow.source.problem((*at, "choose"), "too-long", message, "Offer less, or in fewer words")


def _options(flow: Flow, step: Question, at: Path, limits: Limits) -> Iterator[Problem]:
    labels = _labels(step)
    if not (limits.buttons or limits.rows):
        return
    longest = limits.row_label or limits.button_label
    for path, label in labels:
        if len(label) > longest:
            message = f"{label!r} has {len(label)} characters; {limits.channel} shows {longest}"
            fix = "Give it a short:" if path[-1] == "label" else "Shorten it"
            yield flow.source.problem((*at, *path), "long-label", message, fix)
    if len(labels) > limits.buttons and not limits.rows:
        message = f"{len(labels)} options; {limits.channel} has {limits.buttons} buttons and no list"
        yield flow.source.problem(at, "too-many-options", message, f"Offer {limits.buttons} at most")
    for option in step.options if labels else ():
        path = (*at, "options", option.id)
        about = option.description
        if about and limits.row_description and about.least_length() > limits.row_description:
            message = f"{about.least_length()} characters; {limits.channel} shows {limits.row_description}"
            yield flow.source.problem((*path, "description"), "long-label", message, "Shorten it")
        if limits.option_id_bytes and len(option.id) + TOKEN_BYTES > limits.option_id_bytes:
            message = f"the option id {option.id!r} is longer than {limits.channel} carries"
            yield flow.source.problem(path, "long-label", message, "Shorten the id")
    if step.opener and limits.opener and len(step.opener) > limits.opener:
        message = f"{step.opener!r} has {len(step.opener)} characters; {limits.channel} shows {limits.opener}"
        yield flow.source.problem((*at, "opener"), "long-label", message, "Shorten it")


def _labels(step: Question) -> list[tuple[Path, str]]:
    """(place, what is shown) of the options that are known beforehand."""
    if step.multi:
        return []  # written out with numbers
    if step.kind == "choice":
        return [
            (
                ("options", option.id, "short" if option.short else "label"),
                option.short or "".join(part for part in option.label.parts if isinstance(part, str)),
            )
            for option in step.options
        ]
    if step.answer is None:
        return []
    if step.kind == "yes_no":
        return [(("as", "yes"), step.answer.yes), (("as", "no"), step.answer.no)]
    return [(("as", "labels", index), label) for index, label in enumerate(step.answer.labels)]


def _empty(flow: Flow) -> Iterator[Problem]:
    """A question without words, an option without a label: no channel takes them."""
    for step in flow.steps.values():
        if not isinstance(step, Question):
            continue
        at: Path = ("steps", step.id)
        written = [((*at, "choose" if step.kind == "choice" else "ask"), step.text.source)]
        written += [((*at, "retry", index), text.source) for index, text in enumerate(step.retry)]
        written += [((*at, "options", option.id, "label"), option.label.source) for option in step.options]
        written += [((*at, *path), label) for path, label in _labels(step) if path[-1] != "label"]
        for path, text in written:
            if not text.strip():
                yield flow.source.problem(path, "empty", "there is nothing to read here", "Write what people see")
