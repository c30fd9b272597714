"""Going back: *volver* takes the last answer away, *cambiar X* and a tap on an old button change an earlier one."""

from dataclasses import replace
from typing import Any

from rapidfuzz import fuzz

from bot.advance import accept
from bot.conversation import Conversation
from bot.language.compiled import Question
from bot.prompts import EDIT, offer, show, show_again, step_label, var_label
from bot.state import Wait
from bot.understanding.fold import fold

_SAME_NAME = 80.0
_ARTICLES = frozenset(
    ["el", "la", "los", "las", "mi", "mis", "de", "o", "a", "os", "as", "meu", "minha", "do", "da", "the", "my"]
)


def go_back(conversation: Conversation) -> None:
    """Take the last answer away and put its question again, on its old token so that its old buttons still work."""
    if not conversation.trail:
        conversation.say_own("back.committed" if conversation.committed else "back.nothing")
        show_again(conversation)
        return
    answer = conversation.trail.pop()
    conversation.unwind(answer.depth)
    conversation.take_back(answer)
    _reopen(conversation, answer.step, answer.token)
    show(conversation, conversation.question, again=True)


def _reopen(conversation: Conversation, step: str, token: str) -> None:
    conversation.top = replace(conversation.top, step=step, wait=Wait(token, since=conversation.seconds))


def edit(conversation: Conversation, index: int, value: Any = None) -> None:
    """Change the answer at `index` of the trail: to `value`, or by asking. Later answers that still fit are kept."""
    answers = conversation.trail[index:]
    changed = answers[0]
    conversation.unwind(changed.depth)
    for answer in reversed(answers):
        conversation.take_back(answer)
    del conversation.trail[index:]
    kept = {answer.step: (answer.value, answer.token) for answer in answers[1:] if answer.depth == changed.depth}
    _reopen(conversation, changed.step, changed.token)
    conversation.top = replace(conversation.top, kept={**conversation.top.kept, **kept})
    if value is None:
        show(conversation, conversation.question, again=True)
    else:
        accept(conversation, conversation.question, value, changed.token)


def editable(conversation: Conversation) -> list[tuple[int, str]]:
    """(index in the trail, step) of the open flow's answers that can be changed by name."""
    depth = len(conversation.stack) - 1
    found: dict[str, int] = {}
    for index, answer in enumerate(conversation.trail):
        step = conversation.flow.steps.get(answer.step)
        if answer.depth == depth and isinstance(step, Question) and (step.into or step.label):
            found[answer.step] = index
    return [(index, step) for step, index in found.items()]


def edit_by_name(conversation: Conversation, name: str) -> bool:
    """`cambiar nombre`: whether an answer of that name was found. Without a name, offers what can be changed."""
    answers = editable(conversation)
    if not name:
        if not answers:
            conversation.say_own("edit.nothing")
            show_again(conversation)
        else:
            which = conversation.own_text("edit.which")
            offer(conversation, which, tuple(f"{EDIT}{step}" for _, step in answers))
        return True
    for index, step in answers:
        question = conversation.flow.steps[step]
        names = {step, step_label(conversation, step), getattr(question, "into", None) or step}
        own = var_label(conversation.own_flow, getattr(question, "into", None) or step)
        names.add(own)  # people also name it as the bot called it before the language changed
        if any(fuzz.ratio(_bare(name), fold(one.replace("_", " "))) >= _SAME_NAME for one in names):
            edit(conversation, index)
            return True
    return False


def edit_step(conversation: Conversation, step: str) -> None:
    """Change the answer to this step of the open flow, chosen from those offered."""
    for index, one in editable(conversation):
        if one == step:
            edit(conversation, index)
            return
    show_again(conversation)


def _bare(name: str) -> str:
    words = name.split()
    while words and words[0] in _ARTICLES:
        del words[0]
    return " ".join(words)
