"""While the staff has the thread the bot is silent; when it is given back the flow goes on."""

from bot.advance import advance
from bot.answers import said_text
from bot.conversation import Conversation
from bot.effects import AlertStaff, RunAction
from bot.language.compiled import Handover, Question
from bot.speaking import take_up
from bot.suggestions import ask_to_resume
from bot.understanding.language import asked_language
from core.fold import fold
from core.threads.content import Content


def hear_handed(conversation: Conversation, content: Content) -> None:
    """Nothing is said: the staff reads it. Only whether messages are wanted, and in what language, is recorded."""
    text = said_text(content)
    words = conversation.globals
    language = asked_language(fold(text)) if text is not None else None
    if language is not None:
        take_up(conversation, language)
        return
    name = words.by_word.get(fold(text)) if text is not None else None
    if name not in ("opt_out", "opt_in"):
        return
    word = words.words[name]
    if word.action:
        conversation.effects.append(RunAction(f"{conversation.token()}:{name}", word.action, {}))


def nobody_answered(conversation: Conversation) -> bool:
    """The handover's time is up: the team is told, and the person. False when nothing was handed over, or all told."""
    step = conversation.step
    if not isinstance(step, Handover) or conversation.open_wait.due:
        return False
    conversation.set_wait(due=1)
    conversation.effects.append(AlertStaff(step.team, "nobody has answered the handover"))
    if step.waiting is not None:
        conversation.say(conversation.text(step.waiting))
    else:
        conversation.say_own("handed.silent")
    return True


def release(conversation: Conversation) -> None:
    """Go on: after a handover where it says, otherwise by asking whether to take the open question up again."""
    conversation.handed = False
    conversation.resuming = True
    if not conversation.stack:
        conversation.rest()
        return
    step = conversation.step
    if isinstance(step, Handover):
        if step.after_release is None:
            conversation.rest()
            return
        conversation.go(step.after_release, "resume", "after_release")
        advance(conversation)
    elif conversation.wait is None:  # an action ended while the staff had the thread: on from where it led
        advance(conversation)
    elif isinstance(step, Question):
        ask_to_resume(conversation)
