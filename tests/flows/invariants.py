"""What must hold whatever people do: one function each, over a turn of a walk. AssertionError says which and why."""

import json
from typing import Any

from bot.conversation import Conversation
from bot.effects import HandOver, RunAction, Send, SetTimer, VarSet
from bot.events import ActionDone, Released, Said, TimerFired
from bot.language.compiled import Act, Handover, Question
from bot.prompts import own_options
from bot.state import State, from_json, to_json
from channels import telegram, whatsapp
from channels.emulator.bot_api_limits import check_entities, check_markup, check_text
from channels.emulator.graph_limits import check_send
from channels.render import PLAIN, render
from core.threads.content import Content, Prompt, Reply, Text
from core.threads.outbound import Limits, Wire
from tests.flows.walking import ACTIONS_IN_A_ROW, Turn, Walk


def every_inbound_is_answered(walk: Walk, turn: Turn) -> None:
    """A message gets a reply or a handover; while a person has the thread it is theirs to read (the turn stores it)."""
    if not isinstance(turn.event, Said) or (turn.before and turn.before.handed) or _may_be_silent(turn):
        return
    answered = any(isinstance(effect, Send | HandOver) for effect in turn.effects)
    assert answered or walk.owned, f"every inbound is answered: {turn.event}"


def _may_be_silent(turn: Turn) -> bool:
    """A double tap changes nothing; thanks are answered once; an action under way will answer."""
    before, event = turn.before, turn.event
    assert isinstance(event, Said)
    if before is None:
        return False
    wait = before.stack[-1].wait if before.stack else None
    if wait is not None and wait.action:
        return True
    if isinstance(event.content, Reply) and before.trail:
        token, _, option = event.content.option.partition(":")
        value = {"yes": True, "no": False}.get(option, option)
        return before.trail[-1].token == token and str(before.trail[-1].value) in (option, str(value))
    return not before.stack and before.thanked


def a_live_state_waits(walk: Walk, turn: Turn) -> None:
    """For an answer, for an action that runs, or for the staff. Never for nothing, never for what nobody will give."""
    last = turn.steps[-1]
    running = {effect.key for one in turn.steps for effect in one.effects if isinstance(effect, RunAction)}
    running -= {one.event.key for one in turn.steps if isinstance(one.event, ActionDone)}
    for depth, frame in enumerate(last.after.stack):
        top = depth == len(last.after.stack) - 1
        flow = walk.library.revision(frame.revision)
        at = flow.steps.get(frame.step) if flow else None
        if top and not (walk.owned or last.after.handed):
            assert frame.wait is not None, f"a live state waits: nothing awaited at {frame.flow}.{frame.step}"
        if frame.wait is None:
            continue
        if frame.wait.action:
            assert isinstance(at, Act), f"a live state waits: for an action at {frame.flow}.{frame.step}"
            if top:
                key = f"{frame.wait.token}:{frame.step}"
                assert key in running or walk.last_action.key == key, f"a live state waits: nobody runs {key}"
        else:
            assert isinstance(at, Question | Handover), (
                f"a live state waits: for an answer at {frame.flow}.{frame.step}"
            )


def a_wait_that_ends_by_itself_has_one_timer(walk: Walk, turn: Turn) -> None:
    """Exactly one, not in the past; none where the flow names no end to the silence."""
    for one in turn.steps:
        timers = [effect for effect in one.effects if isinstance(effect, SetTimer)]
        assert len(timers) <= 1 and all(timer.at >= one.now for timer in timers), "one timer, not in the past"
    assert len(walk.timers) <= 1, "one timer: old ones are cancelled"
    state = turn.steps[-1].after
    if walk.owned or state.handed or not state.stack:
        return
    question, wait = walk.question(), state.stack[-1].wait
    if question is not None and wait is not None and wait.due < len(question.dues):
        assert walk.timers, f"one timer: {question.id} ends in silence and nothing wakes it"


def duplicates_change_nothing(walk: Walk, turn: Turn) -> None:
    """The same timer or action result again, at once; the same tap again asks, says and sets nothing new."""
    for one in turn.steps:
        if isinstance(one.event, TimerFired | ActionDone):
            again = walk.take(walk.library, walk.facts, one.after, one.event, one.now)
            assert again.state is one.after and not again.effects, f"duplicates change nothing: {one.event}"
    last = turn.steps[-1]
    if len(turn.steps) == 1 and isinstance(last.event, Said) and isinstance(last.event.content, Reply):
        token = last.event.content.option.partition(":")[0]
        trail = last.after.trail
        if not trail or trail[-1].token != token or (last.before and trail == last.before.trail) or last.after.handed:
            return
        again = walk.take(walk.library, walk.facts, last.after, last.event, last.now)
        assert _known(again.state) == _known(last.after), "duplicates change nothing: a double tap"
        told = [effect for effect in again.effects if isinstance(effect, Send | VarSet)]
        engines = "~" in last.event.content.option  # an offer is gone once taken: a second tap is told so
        assert not told or engines, f"duplicates change nothing: a double tap did {told}"


def nothing_breaks(walk: Walk, turn: Turn) -> None:
    """No flow breaks, whatever its actions find and its facts lack."""
    errors = [effect.error for effect in turn.effects if isinstance(effect, HandOver) and effect.error]
    assert not [error for error in errors if "without waiting" not in error], f"nothing breaks: {errors}"


def the_budget_is_never_hit(walk: Walk, turn: Turn) -> None:
    """Neither the steps of one event nor the actions that set each other off."""
    errors = [effect.error or "" for effect in turn.effects if isinstance(effect, HandOver)]
    assert not [error for error in errors if "without waiting" in error], f"the budget is never hit: {errors}"
    assert len(turn.steps) <= ACTIONS_IN_A_ROW, "the budget is never hit: actions without end"


def going_back_restores_what_was_known(walk: Walk, turn: Turn) -> None:
    """*volver* right after an answer: the same question, every variable as it was."""
    before, after = turn.before, turn.steps[-1].after
    if before is None or not before.stack or not after.stack or after.handed or walk.owned:
        return
    added = len(after.trail) == len(before.trail) + 1 and after.trail[:-1] == before.trail
    wait = after.stack[-1].wait
    if not added or after.committed != before.committed or wait is None or wait.action or not _answers_open(turn):
        return
    word = walk.library.globals.words["back"].words[0]
    back = walk.take(walk.library, walk.facts, after, Said(Text(word)), walk.now).state
    if back.stack and back.stack[-1].wait and back.trail == after.trail:
        return  # «volver» is an answer here: what was asked took it as such
    assert _known(back) == _known(before), f"going back restores: {_known(before)} became {_known(back)}"


def going_back_never_crosses_a_commit(walk: Walk, turn: Turn) -> None:
    """What a commit made final can be neither taken back nor edited: its answers are forgotten."""
    for one in turn.steps:
        if one.before is not None and one.after.committed > one.before.committed:
            kept = [answer.step for answer in one.after.trail if answer in one.before.trail]
            assert not kept, f"going back never crosses a commit: {kept} can be changed"


def _answers_open(turn: Turn) -> bool:
    """Whether the turn was an answer to the question that was open, and not a word or a flow on top of it."""
    assert turn.before is not None
    wait, trail = turn.before.stack[-1].wait, turn.steps[-1].after.trail
    return wait is not None and trail[-1].token == wait.token


def _known(state: State) -> Any:
    return [(frame.flow, frame.step, dict(frame.vars)) for frame in state.stack], dict(state.memory)


def the_state_is_stored_whole(walk: Walk, turn: Turn) -> None:
    """Its JSON is JSON, reads back equal, and says the same again."""
    for one in turn.steps:
        stored = to_json(one.after)
        read = json.loads(json.dumps(stored, allow_nan=False))
        assert from_json(read) == one.after, "the state is stored whole: it reads back otherwise"
        assert to_json(from_json(read)) == read == json.loads(json.dumps(stored)), "the state is stored whole: twice"


def the_bot_is_silent_while_a_person_has_the_thread(walk: Walk, turn: Turn) -> None:
    """Nothing is sent to a thread that is handed over, but once, by its timer, that somebody will come."""
    for one in turn.steps:
        if one.before is None or not one.before.handed or isinstance(one.event, Released):
            continue
        waiting = isinstance(one.event, TimerFired) and not one.owned
        assert not one.sends or waiting, f"the bot is silent while a person has the thread: {one.sends}"
        assert one.after.handed, f"the bot is silent: {type(one.event).__name__} took the thread back"


def the_same_step_twice_is_the_same(walk: Walk, turn: Turn) -> None:
    for one in turn.steps[0 if turn.before is walk.state else 1 :]:
        result = walk.take(walk.library, walk.facts, one.before, one.event, one.now)
        assert (result.state, result.effects) == (one.after, one.effects), "the same step twice is the same"


def what_is_sent_fits_every_channel(walk: Walk, turn: Turn) -> None:
    """The real renderers, and the emulator's own rules of what Meta and Telegram refuse."""
    for one in turn.steps:
        for content in one.sends:
            _says_something(content)
            for wire in _wires(content, whatsapp.LIMITS):
                _fits_whatsapp(wire)
            for wire in _wires(content, telegram.LIMITS):
                _fits_telegram(wire)
            for wire in _wires(content, PLAIN):
                assert wire.type != "text" or wire.body["text"].strip(), "what is sent fits: an empty plain text"


def _wires(content: Content, limits: Limits) -> tuple[Wire, ...]:
    wires = render(content, limits)
    assert wires, f"what is sent fits: {limits.channel} shows nothing of {content}"
    return wires


def _says_something(content: Content) -> None:
    if isinstance(content, Prompt):
        ids = [option.id for option in content.options]
        assert ids or content.request, "what is sent fits: a prompt without options"
        assert len(set(ids)) == len(ids), "what is sent fits: an option twice"
    assert not isinstance(content, Text) or content.text.strip(), "what is sent fits: an empty text"


_INTERACTIVE = {
    "interactive_buttons": "button",
    "interactive_list": "list",
    "contact_request": "request_contact_info",
    "location_request": "location_request_message",
}


def _fits_whatsapp(wire: Wire) -> None:
    kind, body = wire.type, dict(wire.body)
    if kind in _INTERACTIVE:
        kind, body = "interactive", {"type": _INTERACTIVE[wire.type], **body}
    try:
        check_send({"messaging_product": "whatsapp", "to": "1", "type": kind, kind: body}, {})
    except Exception as refused:
        raise AssertionError(f"what is sent fits: WhatsApp refuses {wire}: {refused}") from refused


def _fits_telegram(wire: Wire) -> None:
    body, limits = wire.body, telegram.LIMITS
    try:
        if wire.type == "sendMessage":
            check_entities(check_text(body["text"]), body.get("entities", []))
        if "reply_markup" in body:
            check_markup(body["reply_markup"])
    except Exception as refused:
        raise AssertionError(f"what is sent fits: Telegram refuses {wire}: {refused}") from refused
    keys = [key["text"] for row in body.get("reply_markup", {}).get("inline_keyboard", ()) for key in row]
    assert len(keys) <= limits.rows and all(len(key) <= limits.row_label for key in keys), "what is sent fits: keys"


def a_question_in_its_own_words_has_its_own_options(walk: Walk, turn: Turn) -> None:
    """What was offered instead (¿Quisiste decir …?) goes when the question is put again."""
    state, question = walk.state, walk.question()
    last = turn.steps[-1]
    shown = [content for content in last.sends if isinstance(content, Prompt)]
    wait = state.stack[-1].wait if state and state.stack else None
    if question is None or wait is None or state is None or wait.action or not shown or shown[-1].token != wait.token:
        return
    conversation = Conversation(walk.library, walk.facts, state, walk.now)
    words = [question.text, *question.retry, *([question.again] if question.again else [])]
    own = [option.id for option in own_options(conversation, question)]
    if own and shown[-1].text in [conversation.text(text) for text in words]:
        ids = [option.id for option in shown[-1].options]
        assert ids == own, f"a question in its own words has its own options: {ids}"


def two_messages_in_either_order_are_both_heard(walk: Walk, turn: Turn) -> None:
    """An answer and a word that is none: whichever comes first, the answer is kept and the word is answered."""
    question, state = walk.question(), walk.state
    if question is None or not question.into or state is None or state.handed or state.stack[-1].wait is None:
        return
    answer = Said(walk.answer())
    if isinstance(answer.content, Reply):
        return  # what the engine offered goes with the next word: a tap on it is told so, and the question is put
    word = Said(Text(walk.library.globals.words["help"].words[0]))
    alone = walk.take(walk.library, walk.facts, state, answer, walk.now)
    if not any(isinstance(effect, VarSet) and effect.name == question.into for effect in alone.effects):
        return  # not understood as an answer
    for first, second in ((answer, word), (word, answer)):
        one = walk.take(walk.library, walk.facts, state, first, walk.now)
        two = walk.take(walk.library, walk.facts, one.state, second, walk.now)
        sets = [effect for effect in (*one.effects, *two.effects) if isinstance(effect, VarSet)]
        assert any(effect.name == question.into for effect in sets), f"two messages: {first} then {second} lost one"
        said = one.effects if first is word else two.effects
        silent = first is answer and (one.state.handed or _awaits_action(one.state))
        assert silent or any(isinstance(effect, Send) for effect in said), f"two messages: {word} was not heard"


def _awaits_action(state: State) -> bool:
    return bool(state.stack) and state.stack[-1].wait is not None and state.stack[-1].wait.action


INVARIANTS = (
    every_inbound_is_answered,
    a_live_state_waits,
    a_wait_that_ends_by_itself_has_one_timer,
    duplicates_change_nothing,
    nothing_breaks,
    the_budget_is_never_hit,
    going_back_restores_what_was_known,
    going_back_never_crosses_a_commit,
    the_state_is_stored_whole,
    the_bot_is_silent_while_a_person_has_the_thread,
    the_same_step_twice_is_the_same,
    what_is_sent_fits_every_channel,
    a_question_in_its_own_words_has_its_own_options,
    two_messages_in_either_order_are_both_heard,
)
