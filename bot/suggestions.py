"""What the bot offers when it did not quite understand: the options it may have been, instead of all of them."""

from bot.conversation import Conversation
from bot.language.compiled import Question
from bot.language.template import as_text
from bot.prompts import ALL, AS_IS, OTHER, PICK, TAKE, USE, offer, own_options, today_of
from bot.understanding.understood import Unclear
from bot.understanding.when.in_words import in_words
from bot.understanding.when_answer import reading_of


def suggest(conversation: Conversation, question: Question, near: tuple[str, ...]) -> None:
    """One option or two that what was said is near to."""
    labels = {option.id: option.label for option in own_options(conversation, question)}
    if len(near) == 1:
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
