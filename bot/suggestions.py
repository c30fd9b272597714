"""What the bot offers when it did not quite understand: the options it may have been, instead of all of them."""

from bot.conversation import Conversation
from bot.language.compiled import Question
from bot.language.template import as_text
from bot.prompts import ALL, AS_IS, DROP, EDIT, OTHER, PICK, RESUME, TAKE, USE, offer, own_options, show_again, today_of
from bot.state import Wait
from bot.understanding.understood import Unclear
from bot.understanding.when.in_words import in_words
from bot.understanding.when_answer import has_day, reading_of


def suggest(conversation: Conversation, question: Question, near: tuple[str, ...]) -> None:
    """The options that what was said is near to."""
    labels = {option.id: option.label for option in own_options(conversation, question)}
    if len(near) > 2:
        offer(conversation, conversation.own_text("when.which"), (*near, ALL))
    elif len(near) == 1:
        offer(conversation, conversation.own_text("choice.near", a=labels[near[0]]), (near[0], ALL))
    else:
        text = conversation.own_text("choice.near_two", a=labels[near[0]], b=labels[near[1]])
        offer(conversation, text, (*near, ALL))


def suggest_several(conversation: Conversation, question: Question, read: tuple[str, ...], some: bool) -> None:
    """What was read of several choices (`some`: and not all of it), to be taken as it is or asked again in full."""
    labels = {option.id: option.label for option in own_options(conversation, question)}
    listed = as_text([f"*{labels[one]}*" for one in read], conversation.tag)
    key = "choice.some" if some else "choice.meant"
    offer(conversation, conversation.own_text(key, listed=listed), (TAKE, ALL), read)


def suggest_mended(conversation: Conversation, pair: tuple[str, ...]) -> None:
    """An e-mail mended, or as it was written."""
    offer(conversation, conversation.own_text("email.typo", suggestion=pair[0]), (USE, AS_IS), pair)


def ask_back(conversation: Conversation, reading: Unclear) -> None:
    """A moment that was read, but not for sure or not whole: to be confirmed, chosen, or completed. No try is lost."""
    values = reading.alternatives
    said = in_words(reading_of(values[0]), today_of(conversation), conversation.language)
    text = conversation.own_text(f"when.{reading.reason}", a=said)
    conversation.set_wait(since=conversation.seconds, due=0)
    if reading.reason == "echo":
        offer(conversation, text, (TAKE, OTHER), values)
    elif reading.reason == "which":
        offer(conversation, text, (*(f"{PICK}{index}" for index in range(len(values))), OTHER), values)
    else:
        offer(conversation, text, (), values)


def ask_to_resume(conversation: Conversation) -> None:
    """After the staff gave the thread back: does the person want to go on with what was open?"""
    conversation.set_wait(tries=0, files=0, since=conversation.seconds, due=0)
    offer(conversation, conversation.own_text("resume.ask"), (RESUME, DROP))


def put_again(conversation: Conversation) -> None:
    """What is open, once more: the question, or what had been offered on it."""
    wait, question = conversation.open_wait, conversation.question
    ids = wait.offer
    if DROP in ids:
        ask_to_resume(conversation)
    elif USE in ids:
        suggest_mended(conversation, wait.pending)
    elif question.kind == "when" and wait.pending:
        ask_back(conversation, Unclear(_still_wanted(question, wait), wait.pending))
    elif TAKE in ids:
        suggest_several(conversation, question, wait.pending, some=False)
    elif ids and ids[0].startswith(EDIT):
        offer(conversation, conversation.own_text("edit.which"), ids)
    elif ALL in ids:
        suggest(conversation, question, tuple(one for one in ids if one != ALL))
    else:
        show_again(conversation)


def _still_wanted(question: Question, wait: Wait) -> str:
    """What was being asked about a moment: to confirm it, to choose one, or the day or hour it lacks."""
    if wait.offer:
        return "echo" if TAKE in wait.offer else "which"
    return "hour" if has_day(wait.pending[0]) else "day"
