"""What the person said while a question is open.

The order that decides: opt-out; a tapped option, live or old; an exact option; what was offered; another language;
global words; the answer's own reading (a question in between goes first where any text would do); a question in
between; asking again.
"""

from typing import Any

from bot.advance import accept, advance, keep_moment, leave_elsewhere
from bot.answers import asked_when, read_content, read_exactly, read_option, read_text, said_text, thing, words_for
from bot.conversation import Conversation, FlowBroke
from bot.language.compiled import Question
from bot.prompts import (
    ALL,
    AS_IS,
    DROP,
    EDIT,
    HUMAN,
    OTHER,
    PICK,
    RESUME,
    STAY,
    TAKE,
    USE,
    offer,
    offered_options,
    own_options,
    show,
    show_again,
)  # fmt: skip
from bot.speaking import answer_in, take_up
from bot.state import is_committed
from bot.suggestions import ask_back, put_again, suggest, suggest_mended, suggest_several
from bot.trail import edit, edit_step, offer_edits
from bot.understanding.choice import exact_choice, make_choices
from bot.understanding.deferral import puts_off
from bot.understanding.language import asked_language
from bot.understanding.small_talk import is_small_talk
from bot.understanding.sound import sound
from bot.understanding.understood import Unclear, Understood
from bot.understanding.when_answer import adds_nothing, understand_chosen
from bot.understanding.yes_no import understand_yes_no
from bot.words import global_word, interrupt, named_edit, run_word, soft_intent, wants_to_edit
from core.fold import fold
from core.threads.content import Content, Media, Reply

_QUESTION_WORDS = """cuanto cuanta cuantos cuantas donde adonde cual cuales como que cuando tienen hay
quanto quanta onde quando qual how what where when which"""
_QUESTION_SOUNDS = {sound(word) for word in _QUESTION_WORDS.split()}


def hear(conversation: Conversation, content: Content) -> None:
    """An answer, a word, a question, a file, a tap: whatever it is, it gets a reply."""
    if isinstance(content, Reply) and ":" in content.option:
        tap(conversation, content)
        return
    text = content.title if isinstance(content, Reply) else said_text(content)
    if conversation.open_wait.action:
        _hear_while_acting(conversation, text)
        return
    if conversation.moved:
        _hear_moved(conversation, text)
        return
    question = conversation.question
    reading = read_content(conversation, question, content)
    if isinstance(reading, Understood):
        take(conversation, question, reading.value)
    elif text is not None:
        hear_text(conversation, question, text)
    elif isinstance(content, Media) and content.type == "sticker":
        put_again(conversation)  # a smile, not an attempt to answer
    elif reading.reason in ("file", "type", "size", "problem"):
        _hear_file(conversation, question, content, reading)
    else:
        ask_again(conversation, question, reading)


def _hear_moved(conversation: Conversation, text: str | None) -> None:
    """What was meant for a question that has since become another: only words that work everywhere still count."""
    name = global_word(conversation.globals, fold(text)) if text else None
    if name is not None:
        run_word(conversation, name)
    else:
        show_again(conversation)


def _hear_while_acting(conversation: Conversation, text: str | None) -> None:
    """The action's result will say something; only leaving and asking for a person cannot wait."""
    language = asked_language(fold(text)) if text else None
    if language is not None:
        take_up(conversation, language)
        return
    name = global_word(conversation.globals, fold(text)) if text else None
    if name in ("opt_out", "human"):
        conversation.clear()
        run_word(conversation, name)


def hear_text(conversation: Conversation, question: Question, text: str) -> None:
    words = conversation.globals
    folded = fold(text)
    if words.by_word.get(folded) == "opt_out":
        run_word(conversation, "opt_out")
        return
    if take_offered(conversation, question, folded, text):
        return
    exact = read_exactly(conversation, question, folded)
    if isinstance(exact, Understood):
        take(conversation, question, exact.value)
        return
    language = asked_language(folded, bare=question.kind != "text")
    if language is not None:
        answer_in(conversation, language)
        return
    name = global_word(words, folded)
    if name is not None:
        run_word(conversation, name)
        return
    if named_edit(conversation, folded):
        return
    if _asks_in_between(conversation, question, folded, text) or _chats(conversation, question, text):
        return
    reading = read_text(conversation, question, text)
    if isinstance(reading, Understood):
        keep_moment(conversation, question, text)
        take(conversation, question, reading.value)
        return
    _hear_unclear(conversation, question, text, reading)


def _hear_unclear(conversation: Conversation, question: Question, text: str, reading: Unclear) -> None:
    """What is no answer: small talk, a question in between, half an answer, a wish to change another, a delay."""
    words, folded = conversation.globals, fold(text)
    if reading.reason != "doubt" and is_small_talk(text, words.small_talk):
        put_again(conversation)
        return
    soft = soft_intent(conversation, text, question.soft_except) if question.soft else None
    if soft is not None:
        interrupt(conversation, soft.call, soft.entry, text)
    elif reading.reason == "elsewhere" and question.elsewhere is not None:
        leave_elsewhere(conversation, question.elsewhere, reading.alternatives[0])
    elif question.kind == "when" and reading.alternatives:
        if _repeats(conversation, reading):
            ask_again(conversation, question, Unclear("nothing"))
        else:
            ask_back(conversation, reading)
    elif wants_to_edit(conversation, folded):
        run_word(conversation, "edit")
    elif puts_off(folded):
        # not a wrong answer: the question stays open as it is
        conversation.say_own("later")
        conversation.set_wait(since=conversation.seconds, due=0)
    else:
        ask_again(conversation, question, reading)


def _repeats(conversation: Conversation, reading: Unclear) -> bool:
    """Asked for the hour, they said the same day once more: that is a misunderstanding, and does not go on for ever."""
    pending = conversation.open_wait.pending
    return reading.reason in ("day", "hour") and len(pending) == 1 and adds_nothing(reading.alternatives[0], pending)


def _chats(conversation: Conversation, question: Question, text: str) -> bool:
    """«Gracias» where any text would do is set aside once; said again it is the answer."""
    words = conversation.globals.small_talk
    if question.kind != "text" or conversation.open_wait.chatted or not fold(text) or not is_small_talk(text, words):
        return False
    show_again(conversation)
    conversation.set_wait(chatted=True)
    return True


def _asks_in_between(conversation: Conversation, question: Question, folded: str, text: str) -> bool:
    """Where any text would do as an answer, a question of the person's own must not become it."""
    if not question.soft or question.kind not in ("text", "name"):
        return False
    asking = "?" in text or sound(folded.partition(" ")[0]) in _QUESTION_SOUNDS
    heeded = asking or question.kind == "name"
    soft = soft_intent(conversation, text, question.soft_except) if heeded else None
    if soft is None:
        return False
    interrupt(conversation, soft.call, soft.entry, text)
    return True


def take(conversation: Conversation, question: Question, value: object) -> None:
    """An answer to the open question: it is taken, unless it is the no that asks for something to be changed."""
    if question.no_edits and value is False:
        offer_edits(conversation, question)
        return
    accept(conversation, question, value, conversation.open_wait.token)
    advance(conversation)


def take_offered(conversation: Conversation, question: Question, folded: str, text: str) -> bool:
    """Whether the person took what the bot has just offered: by its name, its number, a yes, a no or a thumb."""
    wait = conversation.open_wait
    if not wait.offer:
        return False
    options = offered_options(conversation, question, wait)
    chosen = exact_choice(folded, make_choices((option.id, [option.label, option.short or ""]) for option in options))
    if chosen is None and question.kind != "yes_no" and (len(options) == 1 or options[-1].id.startswith("~")):
        agreed = understand_yes_no(text)
        more = question.kind == "when" and not (isinstance(agreed, Understood) and agreed.confidence == 1)
        # «no, a las 6» and «sí, pero el jueves» say another moment
        if isinstance(agreed, Understood) and len(options) <= 2 and not more:
            chosen = options[0].id if agreed.value else options[-1].id
    if chosen is None:
        return False
    take_option(conversation, question, chosen)
    return True


def take_option(conversation: Conversation, question: Question, option: str) -> None:
    """An option of the open question, or one of the engine's own."""
    wait = conversation.open_wait
    if option == HUMAN:
        run_word(conversation, "human")
    elif option in (STAY, ALL, RESUME, OTHER):
        conversation.set_wait(pending=())
        show_again(conversation)
    elif option == DROP:
        conversation.say_own("resume.dropped")
        conversation.rest()
    elif option == TAKE and wait.pending:
        take(conversation, question, list(wait.pending) if question.multi else wait.pending[0])
    elif option.startswith(PICK) and option in wait.offer:
        _choose_moment(conversation, question, wait.pending[int(option.removeprefix(PICK))])
    elif option in (USE, AS_IS) and len(wait.pending) == 2:
        take(conversation, question, wait.pending[0 if option == USE else 1])
    elif option.startswith(EDIT):
        edit_step(conversation, option.removeprefix(EDIT))
        advance(conversation)
    elif option in {one.id for one in own_options(conversation, question)}:
        take(conversation, question, read_option(question, option))
    else:
        conversation.set_wait(offer=(), pending=())
        show(conversation, question, text=conversation.own_text("choice.gone"))


def _choose_moment(conversation: Conversation, question: Question, value: Any) -> None:
    """One of several moments that were read: a day alone still wants its hour, where the flow needs both."""
    assert question.answer is not None
    reading = understand_chosen(value, asked_when(conversation, question.answer))
    if isinstance(reading, Understood):
        take(conversation, question, reading.value)
    elif reading.alternatives:
        ask_back(conversation, reading)
    else:
        ask_again(conversation, question, reading)


def ask_again(conversation: Conversation, question: Question, reading: Unclear) -> None:
    """Say what was not understood and how to answer; after `tries` of these the flow's way out is taken."""
    wait = conversation.open_wait
    tries = wait.tries + 1
    if tries >= question.tries:
        give_up(conversation, question)
        return
    if question.kind == "when" and wait.pending and reading.reason == "nothing":
        conversation.set_wait(tries=tries)
        put_again(conversation)  # the day that was said still counts
        return
    conversation.set_wait(tries=tries, offer=(), pending=(), since=conversation.seconds, due=0)
    if reading.alternatives and question.multi:
        suggest_several(conversation, question, reading.alternatives, reading.reason == "some")
    elif reading.alternatives and question.kind == "choice":
        suggest(conversation, question, reading.alternatives)
    elif reading.alternatives and question.kind == "email":
        suggest_mended(conversation, reading.alternatives)
    elif question.retry and reading.reason not in ("own", "either", "about"):
        variant = question.retry[min(tries, len(question.retry)) - 1]
        show(conversation, question, text=conversation.text(variant))
    else:
        key = f"{question.kind}.{reading.reason}"
        if key not in conversation.globals.texts[conversation.tag]:
            key = f"{question.kind}.nothing"
        words = words_for(conversation, question)
        if len(reading.alternatives) == 2:
            words |= zip("ab", reading.alternatives, strict=True)
        show(conversation, question, text=conversation.own_text(key, **words))


def give_up(conversation: Conversation, question: Question) -> None:
    if question.give_up is None:
        raise FlowBroke(f"{conversation.top.flow}.{question.id} was not understood {question.tries} times")
    conversation.say_own("give_up")
    conversation.go(question.give_up, "give_up")
    advance(conversation)


def _hear_file(conversation: Conversation, question: Question, content: Content, reading: Unclear) -> None:
    """A file that is no answer here: it is in the thread for the staff; the second time a person is offered."""
    wait = conversation.open_wait
    conversation.set_wait(files=wait.files + 1, since=conversation.seconds, due=0)
    first = wait.files == 0 or "human" not in conversation.globals.words
    if reading.reason != "file":
        wrong = conversation.own_text(f"media.{reading.reason}", **words_for(conversation, question))
        if first:
            show(conversation, question, text=wrong)
        else:
            offer(conversation, wrong, (HUMAN, STAY))
    elif first:
        conversation.say_own("file.kept", thing=thing(conversation, content))
        show_again(conversation)
        conversation.set_wait(files=wait.files + 1)
    else:
        offer(conversation, conversation.own_text("file.offer", thing=thing(conversation, content)), (HUMAN, STAY))


def tap(conversation: Conversation, reply: Reply) -> None:
    """A button, whenever its message was sent."""
    token, _, option = reply.option.partition(":")
    depth = next((i for i, frame in enumerate(conversation.stack) if frame.wait and frame.wait.token == token), None)
    if depth is None:
        _tap_old(conversation, token, option)
        return
    if depth < len(conversation.stack) - 1:
        conversation.unwind(depth)
    if conversation.open_wait.action:
        return
    question = conversation.question
    if option.startswith("+") and option[1:].isdigit():
        count = len(own_options(conversation, question))
        offset = int(option[1:])
        conversation.set_wait(offset=offset if offset < count else 0, offer=(), since=conversation.seconds, due=0)
        show(conversation, question, again=True)
    else:
        take_option(conversation, question, option)


def _tap_old(conversation: Conversation, token: str, option: str) -> None:
    """A button of an answered question changes that answer, unless it lies behind a commit.

    The same answer again brings the open question back, and nothing when it was only a double tap.
    """
    if conversation.open_wait.action:
        return
    for index, answer in enumerate(conversation.trail):
        if answer.token != token:
            continue
        frame = conversation.stack[answer.depth]
        flow = conversation.library.revision(frame.revision)
        question = flow.steps.get(answer.step) if flow else None
        if not isinstance(question, Question):
            break
        if option.startswith(("~", "+")):
            break
        value = read_option(question, option)
        if answer.value == value:
            conversation.set_wait(since=conversation.seconds, due=0)
            if index < len(conversation.trail) - 1:  # the last answer tapped again is only a double tap
                show_again(conversation)
            return
        edit_to(conversation, index, value)
        return
    conversation.say_own("stale.committed" if is_committed(token, conversation.committed) else "stale.gone")
    show_again(conversation)


def edit_to(conversation: Conversation, index: int, value: object) -> None:
    """Change an earlier answer to a tapped option, if that option is still there."""
    if not _still_offered(conversation, index, value):
        conversation.say_own("choice.gone")
        show_again(conversation)
        return
    edit(conversation, index, value)
    advance(conversation)


def _still_offered(conversation: Conversation, index: int, value: object) -> bool:
    """Whether the question answered at `index` of the trail has this option now; options are read in its own frame."""
    answer = conversation.trail[index]
    above = conversation.stack[answer.depth + 1 :]
    del conversation.stack[answer.depth + 1 :]
    question = conversation.flow.steps[answer.step]
    assert isinstance(question, Question)
    found = question.kind != "choice" or any(one.id == value for one in own_options(conversation, question))
    conversation.stack += above
    return found
