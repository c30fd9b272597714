"""Going back: *volver* takes the last answer away, *cambiar X* and a tap on an old button change an earlier one."""

from dataclasses import replace
from typing import Any

from rapidfuzz import fuzz

from bot.advance import accept
from bot.conversation import Conversation, put_value
from bot.effects import VarSet
from bot.language.compiled import Question
from bot.prompts import EDIT, offer, show, show_again, step_label, var_label
from bot.state import Answered, Wait
from core.fold import fold

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
    _take_back(conversation, answer)
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
        _take_back(conversation, answer)
    del conversation.trail[index:]
    kept = {
        answer.step: (answer.value, answer.token)
        for answer in answers[1:]
        if answer.depth == changed.depth and not _only_agreed(conversation, answer.step)
    }
    _reopen(conversation, changed.step, changed.token)
    conversation.top = replace(conversation.top, kept={**conversation.top.kept, **kept})
    question = conversation.question
    if value is False and question.no_edits:
        offer_edits(conversation, question)
    elif value is None:
        show(conversation, conversation.question, again=True)
    else:
        accept(conversation, question, value, changed.token)


def _only_agreed(conversation: Conversation, step: str) -> bool:
    """Whether a step only asked whether it is all right so, which is asked again of what has changed."""
    question = conversation.flow.steps.get(step)
    return isinstance(question, Question) and question.kind == "yes_no" and question.into is None


def editable(conversation: Conversation) -> list[tuple[int, str]]:
    """(index in the trail, step) of the open flow's answers that can be changed by name."""
    depth = len(conversation.stack) - 1
    found: dict[str, int] = {}
    for index, answer in enumerate(conversation.trail):
        step = conversation.flow.steps.get(answer.step)
        if answer.depth == depth and isinstance(step, Question) and (step.into or step.label):
            found[answer.step] = index
    return [(index, step) for step, index in found.items()]


def offer_edits(conversation: Conversation, question: Question) -> None:
    """What a no to `no_edits` does: as *cambiar*. It is no answer: the question stays open."""
    conversation.passed.append((conversation.top.flow, question.id, ("as", "no")))
    edit_by_name(conversation, "")


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
    likeness = {index: _likeness(conversation, step, _bare(name)) for index, step in answers}
    best = max(likeness.values(), default=0.0)
    named = [index for index, alike in likeness.items() if alike == best]
    if best < _SAME_NAME or len(named) > 1:
        return False
    edit(conversation, named[0])
    return True


def _likeness(conversation: Conversation, step: str, name: str) -> float:
    """How much this is the name of an answer, 0 to 100: whole, one of its words (`dia` of *Día y hora*), or alike."""
    question = conversation.flow.steps[step]
    into = getattr(question, "into", None) or step
    # people also name it as the bot called it before the language changed
    names = [step, into, step_label(conversation, step), var_label(conversation.own_flow, into)]
    known = [fold(one.replace("_", " ")) for one in names]
    if name in known:
        return 100.0
    if len(name) > 2 and any(name in one.split() for one in known):
        return 99.0
    return min(98.0, max(fuzz.ratio(name, word) for one in known for word in (one, *one.split()) if len(word) > 2))


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


def _take_back(conversation: Conversation, answer: Answered) -> None:
    """Restore what the variables were before an answer."""
    stack = conversation.stack
    for key, old in answer.undo.items():
        depth, _, name = key.partition(".")
        if key.startswith("@"):
            put_value(conversation.memory, key[1:], old)
            conversation.effects.append(VarSet(stack[min(answer.depth, len(stack) - 1)].flow, key[1:], old))
        elif int(depth) < len(stack):
            frame = stack[int(depth)]
            changed = dict(frame.vars)
            put_value(changed, name, old)
            stack[int(depth)] = replace(frame, vars=changed)
            conversation.effects.append(VarSet(frame.flow, name, old))
