"""Lengths: what a channel would refuse or cut. Only the words written in the flow are counted, not what fills them."""

from bot.language.compiled import End, Flow, Handover, Question, Say
from bot.language.problem import Problem
from bot.language.source import Path
from bot.language.template import Template
from core.threads.outbound import Limits

TOKEN_BYTES = 8
"""Room for the token and the colon before an option's id."""


def label_problems(flow: Flow, profiles: tuple[Limits, ...]) -> list[Problem]:
    problems: list[Problem] = []
    for limits in profiles:
        for step in flow.steps.values():
            at: Path = ("steps", step.id)
            match step:
                case Say():
                    problems += _texts(flow, step.texts, (*at, "say"), limits)
                case End() | Handover():
                    problems += _texts(flow, step.texts, (*at, "say"), limits)
                case Question():
                    problems += _question(flow, step, at, limits)
    return list(dict.fromkeys(problems))


def _texts(flow: Flow, texts: tuple[Template, ...], at: Path, limits: Limits) -> list[Problem]:
    return [
        problem
        for index, text in enumerate(texts)
        for problem in _text(flow, text, (*at, index), limits.text, limits.channel)
    ]


def _text(flow: Flow, text: Template, path: Path, most: int, channel: str) -> list[Problem]:
    if not most or text.least_length() <= most:
        return []
    message = f"{text.least_length()} characters; {channel} takes {most} here"
    return [flow.source.problem(path, "too-long", message, "Shorten it, or split it into several messages")]


def _question(flow: Flow, step: Question, at: Path, limits: Limits) -> list[Problem]:
    key = "choose" if step.kind == "choice" else "ask"
    labels = _labels(step)
    most = limits.prompt_text if labels else limits.text
    problems = _text(flow, step.text, (*at, key), most, limits.channel)
    if step.again is not None:
        problems += _text(flow, step.again, (*at, "again"), most, limits.channel)
    for index, text in enumerate(step.retry):
        problems += _text(flow, text, (*at, "retry", index), most, limits.channel)
    if not labels or not (limits.buttons or limits.rows):
        return problems
    longest = limits.row_label or limits.button_label
    for path, label in labels:
        if len(label) > longest:
            message = f"{label!r} has {len(label)} characters; {limits.channel} shows {longest}"
            problems.append(flow.source.problem((*at, *path), "long-label", message, "Give it a short:"))
    if len(labels) > limits.buttons and not limits.rows:
        message = f"{len(labels)} options; {limits.channel} has {limits.buttons} buttons and no list"
        problems.append(flow.source.problem(at, "too-many-options", message, f"Offer {limits.buttons} at most"))
    for option in step.options:
        if option.description and limits.row_description and option.description.least_length() > limits.row_description:
            path = (*at, "options", option.id, "description")
            message = f"{option.description.least_length()} characters; {limits.channel} shows {limits.row_description}"
            problems.append(flow.source.problem(path, "long-label", message, "Shorten it"))
        if limits.option_id_bytes and len(option.id) + TOKEN_BYTES > limits.option_id_bytes:
            message = f"the option id {option.id!r} is longer than {limits.channel} carries"
            problems.append(flow.source.problem((*at, "options", option.id), "long-label", message, "Shorten the id"))
    if step.opener and limits.opener and len(step.opener) > limits.opener:
        message = f"{step.opener!r} has {len(step.opener)} characters; {limits.channel} shows {limits.opener}"
        problems.append(flow.source.problem((*at, "opener"), "long-label", message, "Shorten it"))
    return problems


def _labels(step: Question) -> list[tuple[Path, str]]:
    if step.multi:
        return []  # written out with numbers
    if step.kind == "choice":
        return [
            (
                ("options", option.id, "label"),
                option.short or "".join(p for p in option.label.parts if isinstance(p, str)),
            )
            for option in step.options
        ]
    if step.answer is None:
        return []
    if step.kind == "yes_no":
        return [(("as", "yes"), step.answer.yes), (("as", "no"), step.answer.no)]
    return [(("as", "labels", index), label) for index, label in enumerate(step.answer.labels)]
