"""Answers: a variable is of the kind that is asked, bounds leave room, filters suit what they are put on."""

from collections.abc import Iterator

from bot.language.compiled import Act, Flow, Question, Step
from bot.language.problem import Problem
from bot.language.template import Hole
from bot.lint.reading import texts
from bot.lint.values import kind_of, writers_of

_TEXTS = frozenset({"text", "name", "phone", "email", "birth_date", "choice"})
_NUMBERS = frozenset({"number", "age", "scale"})
_ANYTHING = frozenset({"any", "ref"})
_MONEY = frozenset({"number", "money", "scale", "age"})


def answer_problems(flow: Flow) -> list[Problem]:
    problems: list[Problem] = []
    for step in flow.steps.values():
        problems += _types(flow, step)
        problems += _filters(flow, step)
        if isinstance(step, Question):
            problems += _bounds(flow, step)
            if step.prefill and "opening" not in flow.params:
                message = "prefill needs the parameter 'opening', which brings the first message"
                fix = "Add params: {opening: {type: text, optional: true}}"
                problems.append(flow.source.problem(("steps", step.id, "prefill"), "prefill", message, fix))
    return problems


def _types(flow: Flow, step: Step) -> Iterator[Problem]:
    if not isinstance(step, (Question, Act)) or step.into not in flow.vars:
        return
    declared = flow.vars[step.into].type
    if declared in _ANYTHING or declared in _fits(step):
        return
    gives = "what an action gives" if isinstance(step, Act) else "several choices" if step.multi else f"a {step.kind}"
    message = f"{step.into!r} is declared as {declared} and gets {gives}"
    yield flow.source.problem(("steps", step.id, "into"), "type", message, f"Declare it as {{type: {kind_of(step)}}}")


def _fits(step: Question | Act) -> frozenset[str]:
    """The types of variable that can hold what a step gives."""
    if isinstance(step, Act):
        return frozenset()
    if step.multi:
        return frozenset({"list"})
    if step.kind in _NUMBERS:
        return frozenset({step.kind, "number"})
    if step.kind in _TEXTS:
        return frozenset({step.kind, "text"})
    return frozenset({step.kind})


def _bounds(flow: Flow, step: Question) -> Iterator[Problem]:
    answer = step.answer
    if answer is None or answer.min is None or answer.max is None or answer.labels:
        return
    if answer.min > answer.max:
        message = f"nothing lies between {answer.min:g} and {answer.max:g}"
        yield flow.source.problem(("steps", step.id, "as", "min"), "bounds", message, "Exchange min and max")


def _filters(flow: Flow, step: Step) -> Iterator[Problem]:
    for path, text in texts(flow, step):
        for hole in text.holes:
            for name, _ in hole.filters:
                if not _suits(flow, hole, name):
                    message = f"|{name} breaks on {hole.path!r}, which is no {'amount' if name == 'money' else 'list'}"
                    yield flow.source.problem(path, "filter", message, f"Remove |{name}")


def _suits(flow: Flow, hole: Hole, name: str) -> bool:
    writers = writers_of(flow, hole.path)
    if name not in ("money", "count") or not writers or not all(isinstance(one, Question) for one in writers):
        return True
    questions = [one for one in writers if isinstance(one, Question)]
    if name == "money":
        return any(one.kind in _MONEY for one in questions)
    return any(one.multi or one.kind in _TEXTS or one.kind == "money" for one in questions)
