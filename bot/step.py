"""One turn of a conversation, pure: what happened and where it stood in, where it stands and what to do out.

Production, the simulator, transcripts and replay run this same function. It reads no clock, makes no ids, touches
nothing, and never raises: a flow that breaks apologizes and hands over to a person with the error.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.advance import advance, expire
from bot.answers import said_text
from bot.carriers import carried
from bot.conversation import Conversation, FlowBroke, Passed, timer_token
from bot.effects import AlertStaff, CancelTimers, Effect, HandOver
from bot.events import ActionDone, Emoted, Event, FlowStarted, Released, Said, TimerFired
from bot.facts import Facts
from bot.handed import hear_handed, nobody_answered, release
from bot.idle import begin, hear_first
from bot.language.compiled import Act, Question
from bot.language.library import Library
from bot.migrating import migrated
from bot.stacked import make_way
from bot.state import State, Wait
from bot.understanding.understood import Understood
from bot.understanding.yes_no import understand_yes_no
from bot.waits import hear, take, take_offered
from core.fold import fold, signs


@dataclass(frozen=True, slots=True)
class StepResult:
    """`state` is the very same object as before when the event changed nothing; then there are no effects either."""

    state: State
    effects: tuple[Effect, ...] = ()
    passed: tuple[Passed, ...] = ()
    """What it went through: for coverage."""


def step(library: Library, facts: Facts, state: State | None, event: Event, now: datetime) -> StepResult:
    """Take one turn. `state` None: nobody has talked here yet. `now` is aware; `state.seq` must never be lost."""
    before, moved = state if state is not None else State(), False
    if isinstance(event, Said) and before.stack:
        before, moved = migrated(library, before)
    conversation = Conversation(library, facts, before, now)
    try:
        conversation.moved = moved
        if not _take(conversation, event, state is not None):
            return StepResult(before)
        return _result(conversation)
    except Exception as error:  # a defect must reach a person, not silence (DESIGN §2.8)
        return _broken(conversation, error)


def step_into(
    library: Library, facts: Facts, flow: str, at: str, given: Mapping[str, Any], now: datetime
) -> StepResult:
    """Begin in the middle: as if the flow had come to its step `at` with these variables. For authors and tests."""
    conversation = Conversation(library, facts, State(heard=int(now.timestamp())), now)
    try:
        conversation.push(flow, None, given)
        conversation.top = replace(conversation.top, step=at)
        conversation.passed = [(flow, at, ())]
        for name, value in given.items():
            conversation.assign(name, value)
        advance(conversation)
        return _result(conversation)
    except Exception as error:
        return _broken(conversation, error)


def taken_over(state: State | None) -> State:
    """The state once a member of the staff has taken the thread: the bot says nothing until `Released`.

    The turn forgets the thread's timers with it.
    """
    return replace(state if state is not None else State(), handed=True)


def missing_revisions(library: Library, state: State | None) -> list[str]:
    """Revisions the conversation is pinned to that the library has not loaded; load them before stepping."""
    frames = state.stack if state is not None else ()
    return [frame.revision for frame in frames if library.revision(frame.revision) is None]


def _take(conversation: Conversation, event: Event, known: bool) -> bool:
    """Whether the event changed anything."""
    match event:
        case Said():
            return _said(conversation, event, known)
        case Emoted():
            return _emoted(conversation, event)
        case TimerFired():
            return _timer(conversation, event.token)
        case ActionDone():
            return _action_done(conversation, event)
        case Released():
            if not conversation.handed and not conversation.stack:
                return False
            release(conversation)
            return True
        case FlowStarted():
            return _flow_started(conversation, event)


def _said(conversation: Conversation, event: Said, known: bool) -> bool:
    again = known and conversation.heard > 0
    conversation.spoke = True
    conversation.heard = conversation.seconds
    if conversation.handed:
        conversation.timers_stay = True
        hear_handed(conversation, event.content)
        return True
    if conversation.stack and event.touch is not None:
        # an ad or a link begins a conversation: what it wrote for the person answers no question
        conversation.clear()
        begin(conversation, said_text(event.content), event.touch, again)
    elif conversation.stack:
        hear(conversation, event.content)
    else:
        hear_first(conversation, event.content, event.touch, again)
    return True


def _emoted(conversation: Conversation, event: Emoted) -> bool:
    """A thumb on the bot's last message answers what is open, when a yes, a no or an option of that sign would."""
    wait = conversation.wait
    if event.emoji is None or not event.latest or conversation.handed or wait is None or wait.action:
        return False
    question = conversation.step
    if not isinstance(question, Question) or fold(event.emoji):
        return False
    reading = understand_yes_no(event.emoji)
    if wait.offer:
        conversation.spoke = isinstance(reading, Understood)
        return conversation.spoke and take_offered(conversation, question, fold(event.emoji), event.emoji)
    if question.choices is not None and not question.multi:
        value: object = question.choices.by_sign.get(signs(event.emoji))
    else:
        value = reading.value if question.kind == "yes_no" and isinstance(reading, Understood) else None
    if value is None:
        return False
    conversation.spoke = True
    take(conversation, question, value)
    return True


def _timer(conversation: Conversation, token: str) -> bool:
    wait = conversation.wait
    if wait is None or not wait.armed or token != timer_token(wait.token, wait.armed):
        return False
    question = conversation.step
    if conversation.handed:
        return nobody_answered(conversation)
    if not isinstance(question, Question) or wait.due >= len(question.dues):
        return False
    due = question.dues[wait.due]
    if due.nudge is None:
        expire(conversation, question)
        advance(conversation)
    else:
        if due.carrier is not None and conversation.is_late:
            conversation.send(carried(conversation, due.carrier))
        else:
            conversation.say(conversation.text(due.nudge))
        conversation.set_wait(due=wait.due + 1)
    return True


def _action_done(conversation: Conversation, event: ActionDone) -> bool:
    wait = conversation.wait
    if wait is None or not wait.action or event.key != f"{wait.token}:{conversation.top.step}":
        return False
    act = conversation.step
    if not isinstance(act, Act):
        raise FlowBroke(f"{conversation.top.flow}.{conversation.top.step} runs no action")
    following = act.outcomes.get(event.outcome)
    if following is None:
        raise FlowBroke(f"{conversation.top.flow}.{act.id}: no way on for the outcome {event.outcome} of {act.action}")
    if event.outcome != "error":
        if act.into:
            conversation.assign(act.into, dict(event.value))
        if act.commit:
            conversation.trail.clear()
            conversation.committed = conversation.seq
            conversation.top = replace(conversation.top, kept={})
    conversation.go(following, "outcomes", event.outcome)
    advance(conversation)
    return True


def _flow_started(conversation: Conversation, event: FlowStarted) -> bool:
    """A flow somebody else starts runs on top of what is open. It does not start while the staff has the
    thread, nor while an action is under way: the turn lets an action end before anything else of its thread."""
    if conversation.handed:
        conversation.timers_stay = True
        conversation.effects.append(AlertStaff(None, f"the flow {event.flow} was not started: a person has the thread"))
        return True
    wait = conversation.wait
    if wait is not None and wait.action:
        conversation.effects.append(AlertStaff(None, f"the flow {event.flow} was not started: an action was under way"))
        return True
    if conversation.library.current(event.flow) is None:
        conversation.effects.append(AlertStaff(None, f"there is no flow {event.flow}"))
        return True
    make_way(conversation, event.flow)
    conversation.push(event.flow, None, event.vars)
    conversation.top = replace(conversation.top, notice=True)
    advance(conversation)
    return True


def _result(conversation: Conversation) -> StepResult:
    return StepResult(conversation.finish(), tuple(conversation.effects), tuple(conversation.passed))


def _broken(conversation: Conversation, error: Exception) -> StepResult:
    """Apologize and hand over. What was open is given up: it could not go on."""
    where = f"{conversation.top.flow}.{conversation.top.step}: " if conversation.stack else ""
    reason = str(error) if isinstance(error, FlowBroke) else f"{where}{type(error).__name__}: {error}"
    before = conversation.before.stack[-1].wait if conversation.before.stack else None
    if before is not None and before.armed:
        conversation.effects.insert(0, CancelTimers())
    conversation.clear()
    conversation.say_own("broken")
    conversation.effects.append(HandOver(conversation.globals.team, error=reason))
    conversation.handed = True
    return _result(conversation)


__all__ = ["State", "StepResult", "Wait", "missing_revisions", "step", "step_into", "taken_over"]
