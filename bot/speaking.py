"""Somebody asks for another language: it is spoken from now on, and whatever was open is put again in it."""

from bot.conversation import Conversation
from bot.language.template import listed
from bot.language.texts import ENGINE
from bot.language.tongues import LANGUAGES
from bot.suggestions import put_again
from bot.understanding.language import Asked


def take_up(conversation: Conversation, language: Asked) -> bool:
    """Speak it if the pack has it, saying nothing; whether it has."""
    if language not in conversation.library.languages:
        return False
    conversation.speak(language)
    return True


def answer(conversation: Conversation, language: Asked) -> None:
    """Say so in the language asked for, also when it is one the pack does not have but the engine does."""
    if take_up(conversation, language):
        conversation.say_own("language.set")
        return
    tag = language if language in LANGUAGES else conversation.tag
    names = [ENGINE[tag].words[one] for one in LANGUAGES if one in conversation.library.languages]
    conversation.say_own("language.missing", tag=tag, listed=listed(names, "and", tag))


def answer_in(conversation: Conversation, language: Asked) -> None:
    """Say so, and put what is open again: the question, or what had been offered on it."""
    answer(conversation, language)
    put_again(conversation)
