"""Somebody asks for another language: it is spoken from now on, and whatever was open is put again in it."""

from bot.advance import ask_to_resume
from bot.conversation import Conversation
from bot.language.compiled import Question
from bot.language.template import listed
from bot.language.texts import ENGINE
from bot.language.tongues import LANGUAGES
from bot.prompts import ALL, DROP, EDIT, TAKE, USE, offer, show_again
from bot.state import Wait
from bot.suggestions import ask_back, suggest, suggest_mended, suggest_several
from bot.understanding.language import Asked
from bot.understanding.understood import Unclear
from bot.understanding.when_answer import has_day


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
