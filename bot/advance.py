"""Run steps until the conversation waits: for an answer, for an action's result, for the staff, or for nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.answers import asked_when, names_moment
from bot.carriers import carried
from bot.conversation import Conversation, FlowBroke
from bot.effects import HandOver, RunAction
from bot.language.compiled import Act, Assign, Branch, Call, End, Handover, Question, Say
from bot.language.model import ElsewhereModel
from bot.naming import row_named
from bot.prompts import begin_wait, choices_of, open_question, own_options, summary_of
from bot.state import Wait
from bot.suggestions import ask_back, ask_to_resume, put_again
from bot.understanding.choice import contained, exact_choice
from bot.understanding.several_choices import understand_choices
from bot.understanding.understood import Unclear, Understood
from bot.understanding.when_answer import understand_when_answer
from core.fold import fold
from core.threads.content import Location, Media

STALE_SECONDS = 5 * 60
"""After a notice a question about times is put again only within this long: what they were kept for is over."""
FILE_FIELDS = ("type", "attachment", "filename", "mime", "caption")


def advance(conversation: Conversation) -> None:
    """Raises FlowBroke when the flow cannot go on."""
    while conversation.stack and conversation.wait is None and not conversation.handed:
        conversation.spend()
        step = conversation.step
        match step:
            case Say():
                _say(conversation, step)
                conversation.go(step.next, "next")
            case Question():
                if not _already_answered(conversation, step) and not _prefilled(conversation, step):
                    _open(conversation, step)
            case Assign():
                for name, value in step.values:
                    conversation.assign(name, conversation.give(value))
                conversation.go(step.next, "next")
            case Branch():
                _branch(conversation, step)
            case Act():
                token = conversation.token()
                arguments = _with_values(conversation.give_all(step.arguments, conversation.own_labels))
                conversation.top = replace(conversation.top, wait=Wait(token, action=True))
                conversation.effects.append(RunAction(f"{token}:{step.id}", step.action, arguments))
            case Call():
                conversation.push(step.flow, step.entry, conversation.give_all(step.arguments))
            case Handover():
                hand_over(conversation, step)
            case End():
                for text in step.texts:
                    conversation.say(conversation.text(text), essential=step.essential)
                end(conversation, step.outcome)


def _with_values(given: dict[str, Any]) -> dict[str, Any]:
    """Without what has no value, inside as well: what was never asked is not told as nothing."""
    return {
        name: _with_values(value) if isinstance(value, dict) else value
        for name, value in given.items()
        if value is not None
    }


def _say(conversation: Conversation, step: Say) -> None:
    if step.carrier is not None and conversation.is_late:
        conversation.send(carried(conversation, step.carrier), essential=step.essential)
    else:
        for text in step.texts:
            conversation.say(conversation.text(text), essential=step.essential)
    if step.file is not None:
        file = step.file.value(conversation.scope, conversation.labels)
        if isinstance(file, Mapping):  # where an action made none, there is none to send
            conversation.send(Media(**{name: file[name] for name in FILE_FIELDS if name in file}))
    if step.pin is None:
        return
    try:
        latitude, longitude = (float(conversation.text(part)) for part in (step.pin.latitude, step.pin.longitude))
    except ValueError:
        return  # an organization that has not set its place says its address in words only
    name = conversation.text(step.pin.name) if step.pin.name else None
    address = conversation.text(step.pin.address) if step.pin.address else None
    conversation.send(Location(latitude, longitude, name or None, address or None), essential=step.essential)


def _branch(conversation: Conversation, step: Branch) -> None:
    for index, case in enumerate(step.cases):
        if case.when is None or case.when(conversation.scope):
            conversation.go(case.to, "branch", index, "else" if case.when is None else "to")
            return
    raise FlowBroke(f"{step.id}: no case holds and there is no else")


def _lead_on(conversation: Conversation, question: Question, value: Any) -> None:
    """Go where an answer leads."""
    if question.kind == "yes_no" and value is False and question.no_to:
        conversation.go(question.no_to, "no_to")
        return
    if question.kind == "choice":
        for option in question.options:
            if option.id == value and option.to:
                conversation.go(option.to, "options", option.id, "to")
                return
    conversation.go(question.next, "next")


def accept(conversation: Conversation, question: Question, value: Any, token: str) -> None:
    """Take an answer and go where it leads. None: the question was skipped."""
    conversation.answered(question.id, token, value)
    if question.into:
        conversation.assign(question.into, value)
    _mark(conversation, question, value)
    _lead_on(conversation, question, value)


def leave_elsewhere(conversation: Conversation, elsewhere: ElsewhereModel, value: Any) -> None:
    """A day or hour none of the options has: it is kept, and the flow looks there."""
    conversation.assign(elsewhere.into, value)
    conversation.go(elsewhere.to, "elsewhere", "to")
    advance(conversation)


def _mark(conversation: Conversation, question: Question, value: Any) -> None:
    """What was answered, for coverage."""
    at = (conversation.top.flow, question.id)
    if value is None:
        conversation.passed.append((*at, ("skip",)))
    elif question.kind == "yes_no":
        conversation.passed.append((*at, ("as", "yes" if value else "no")))
    elif question.kind == "choice":
        conversation.passed += [(*at, ("options", one)) for one in (value if isinstance(value, list) else [value])]


def _already_answered(conversation: Conversation, question: Question) -> bool:
    """After an edit, an answer given before is taken again, if it is still one of the options."""
    kept = conversation.top.kept.get(question.id)
    if kept is None:
        return False
    value, token = kept
    rest = {step: answer for step, answer in conversation.top.kept.items() if step != question.id}
    conversation.top = replace(conversation.top, kept=rest)
    if question.kind == "choice":
        chosen = value if isinstance(value, list) else [value]
        if not {option.id for option in own_options(conversation, question)}.issuperset(chosen):
            return False
    accept(conversation, question, value, token)
    return True


def _open(conversation: Conversation, question: Question) -> None:
    """Put the question. When the first message asked something, that is answered first and the question follows it."""
    soft, conversation.interrupted_by = conversation.interrupted_by, None
    if soft is None or not question.soft or any(frame.flow == soft.call for frame in conversation.stack):
        open_question(conversation, question)
    else:
        begin_wait(conversation)
        conversation.push(soft.call, soft.entry, {"opening": conversation.interrupted_with})


def _prefilled(conversation: Conversation, question: Question) -> bool:
    """A question that declares it takes the message that started the flow as its answer, when that names one option.

    As at every wait, what names an option beside a question in between («cuánto cuesta el botox») is that question.
    """
    opening = conversation.top.opening
    if not question.prefill or opening is None:
        return False
    if question.kind == "when" or not _asks_when(conversation):
        conversation.top = replace(conversation.top, opening=None)
    if question.kind == "when":
        return _prefilled_when(conversation, question, opening)
    if question.rows is not None:
        named = row_named(conversation, question, opening)
        if isinstance(named, Understood):
            accept(conversation, question, named.value, conversation.token())
        return isinstance(named, Understood)
    choices = choices_of(conversation, question)
    folded = fold(opening)
    inside = [] if conversation.interrupted_by and question.soft else contained(folded, choices)
    if question.multi and inside:
        reading = understand_choices(opening, choices)
        if isinstance(reading, Unclear) and set(reading.alternatives) - set(inside):
            return False  # part of it was only nearly read: asked, not dropped
        value = reading.value if isinstance(reading, Understood) else inside
        accept(conversation, question, value, conversation.token())
        return True
    option = inside[0] if len(inside) == 1 else None
    if option is None and not folded.isdigit():
        option = exact_choice(folded, choices)
    if option is None:
        return False
    conversation.interrupted_by = None  # the option is what was asked
    accept(conversation, question, [option] if question.multi else option, conversation.token())
    return True


def _asks_when(conversation: Conversation) -> bool:
    """Whether a question of the open flow takes a moment out of the words that were said before it."""
    return any(
        isinstance(one, Question) and one.prefill and one.kind == "when" for one in conversation.flow.steps.values()
    )


def keep_moment(conversation: Conversation, question: Question, text: str) -> None:
    """What is said with an option («botox el viernes») is kept for the question about when."""
    if question.kind == "choice" and _asks_when(conversation) and names_moment(conversation, text):
        conversation.top = replace(conversation.top, opening=text)


def _prefilled_when(conversation: Conversation, question: Question, opening: str) -> bool:
    """A moment named in the words before, taken or asked back as if it had been said here."""
    assert question.answer is not None
    if not names_moment(conversation, opening):
        return False
    reading = understand_when_answer(opening, asked_when(conversation, question.answer))
    if isinstance(reading, Understood):
        accept(conversation, question, reading.value, conversation.token())
        return True
    if not reading.alternatives:
        return False
    begin_wait(conversation)
    ask_back(conversation, reading)
    return True


def hand_over(conversation: Conversation, step: Handover) -> None:
    for text in step.texts:
        conversation.say(conversation.text(text))
    conversation.effects.append(HandOver(step.team, summary_of(conversation, step.summary)))
    conversation.handed = True
    conversation.top = replace(conversation.top, wait=Wait(conversation.token(), since=conversation.seconds))


def end(conversation: Conversation, outcome: str) -> None:
    """The top flow is over: its caller goes on by the outcome, an interrupted question is put again."""
    conversation.ended(outcome)
    if len(conversation.stack) == 1:
        conversation.rest()
        return
    by_itself = conversation.top.notice
    conversation.unwind(len(conversation.stack) - 2)
    if conversation.wait is None:
        call = conversation.step
        if not isinstance(call, Call) or outcome not in call.outcomes:
            raise FlowBroke(f"{conversation.top.flow}.{conversation.top.step} has no way on for the outcome {outcome}")
        conversation.go(call.outcomes[outcome], "outcomes", outcome)
    elif conversation.open_wait.action:
        return
    elif conversation.expiring or (by_itself and _is_stale(conversation)):
        expire(conversation, conversation.question)
    elif conversation.resuming:
        ask_to_resume(conversation)
    else:
        put_again(conversation)


def _is_stale(conversation: Conversation) -> bool:
    """Whether the open question is about times that were read a while ago, which may be taken by now."""
    old = conversation.seconds - conversation.open_wait.since > STALE_SECONDS
    questions = (step for step in conversation.flow.steps.values() if isinstance(step, Question))
    return old and any(one.rows is not None and one.rows.model.starts is not None for one in questions)


def expire(conversation: Conversation, question: Question) -> None:
    """Nobody answered for as long as the wait lasts."""
    last = question.dues[-1] if question.dues else None
    conversation.expiring = True
    if last is not None and last.to is not None:
        conversation.go(last.to, "expire", "to")
    else:
        conversation.rest()
