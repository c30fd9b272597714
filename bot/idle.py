"""What the person says while nothing is open: a word, a question, thanks, or the beginning of a conversation."""

from typing import Any

from bot.advance import advance
from bot.answers import said_text, thing
from bot.conversation import Conversation
from bot.effects import Send
from bot.prompts import show_again
from bot.speaking import answer
from bot.state import is_committed
from bot.understanding.language import asked_language
from bot.understanding.small_talk import is_small_talk
from bot.words import OPENING_LENGTH, global_word, interrupt, menu, run_word, soft_intent
from core.fold import fold
from core.threads.content import Content, Location, Media, Reply


def hear_first(conversation: Conversation, content: Content, touch: dict[str, Any] | None, again: bool) -> None:
    """Start what was asked for. `touch` is the ad or link it came by; `again`: this person has written before."""
    if isinstance(content, Reply) and ":" in content.option:
        token = content.option.partition(":")[0]
        conversation.say_own("stale.committed" if is_committed(token, conversation.committed) else "stale.gone")
        menu(conversation)
        return
    text = content.title if isinstance(content, Reply) else said_text(content)
    folded = fold(text) if text is not None else ""
    language = asked_language(folded) if touch is None else None
    if language is not None:
        answer(conversation, language)
        begin(conversation, None, touch, again)
        return
    name = global_word(conversation.globals, folded) if text is not None else None
    if touch is None and name is not None and (again or name in ("opt_out", "opt_in", "human")):
        # who writes for the first time is greeted, also when it is Telegram's own /start that speaks
        run_word(conversation, name)
        return
    if touch is None and _only_thanks(conversation, content, text):
        if not conversation.thanked:
            conversation.say_own("courtesy")
        conversation.thanked = True
        return
    if text is None and isinstance(content, Media | Location) and not _is_sticker(content):
        _greet_and_keep(conversation, content, touch, again)
        return
    soft = soft_intent(conversation, text) if text is not None else None
    if soft is not None and touch is None and again:
        interrupt(conversation, soft.call, soft.entry, text)
        return
    conversation.interrupted_by = soft
    conversation.interrupted_with = text
    begin(conversation, text, touch, again)


def _greet_and_keep(conversation: Conversation, content: Content, touch: dict[str, Any] | None, again: bool) -> None:
    """Who begins with a voice note or a photo is told what becomes of it before the first question."""
    begin(conversation, None, touch, again)
    if _question_withheld(conversation):
        conversation.say_own("file.kept", thing=thing(conversation, content))
        show_again(conversation)
        conversation.set_wait(files=1)


def _question_withheld(conversation: Conversation) -> bool:
    """Whether a question has just been put, before which something else is to be said: it is taken back."""
    wait = conversation.wait
    if wait is None or wait.action or conversation.handed or not conversation.question.soft:
        return False
    if isinstance(conversation.effects[-1], Send):
        conversation.effects.pop()
    return True


def begin(conversation: Conversation, opening: str | None, touch: dict[str, Any] | None, again: bool) -> None:
    """Start the pack's first flow; `touch`, `again` and `opening` reach it as the parameters it declares."""
    given = {"touch": touch, "again": again, "opening": opening[:OPENING_LENGTH] if opening else None}
    conversation.push(conversation.globals.start, None, given)
    advance(conversation)


def _only_thanks(conversation: Conversation, content: Content, text: str | None) -> bool:
    if conversation.seconds >= conversation.quiet_until:
        return False
    if _is_sticker(content):
        return True
    return text is not None and (not text.strip() or is_small_talk(text, conversation.globals.courtesy))


def _is_sticker(content: Content) -> bool:
    return isinstance(content, Media) and content.type == "sticker"
