"""Global words, which work at every wait when they are the whole message, and the questions asked in between."""

import re

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from bot.advance import advance
from bot.answers import names_moment
from bot.conversation import Conversation
from bot.language.compiled import SHORTEST_SLIP, Act, Branch, Flow, Globals, Question, Soft
from bot.language.edges import says
from bot.prompts import show_again
from bot.soft_phrases import SMALL, stands
from bot.stacked import make_way
from bot.trail import edit_by_name, editable, go_back
from bot.understanding.sound import sound
from core.fold import fold

OPENING_LENGTH = 200
"""Characters of the message that started a flow kept to be tried as answers."""
_TYPO = 90.0
_SHORTEST_TYPO = 5
_COURTESY = re.compile(
    r"^(?:hola|oye|disculpa|perdon|oi|ola|hi|hello|sorry) "
    r"|(?: (?:por favor|porfa|porfis|gracias|please|plis|pls|thanks|obrigad[oa]))+$"
)


def global_word(words: Globals, folded: str) -> str | None:
    """The global this whole message means: exactly, or with one slip in a word of five letters or more."""
    if found := words.by_word.get(folded):
        return found
    if len(folded) < _SHORTEST_TYPO or len(folded) > 60:
        return None
    bare = _COURTESY.sub("", folded)
    if bare != folded:
        return global_word(words, bare)
    if found := words.by_sound.get(" ".join(sound(word) for word in folded.split())):
        return found
    near = process.extractOne(folded, words.misspellable, scorer=fuzz.ratio, processor=None, score_cutoff=_TYPO)
    return words.by_word[near[0]] if near else None


def soft_intent(conversation: Conversation, text: str, but: frozenset[str] = frozenset()) -> Soft | None:
    """The first question in between one of whose phrases stands in the message, well or badly spelt.

    Those named in `but` are not heard.
    """
    said = fold(text).split()
    small = [word in SMALL for word in said]
    heeded = [soft for soft in conversation.globals.soft if soft.id not in but]
    exact = [frozenset((word,)) for word in said]
    for soft in heeded:
        if any(stands(phrase, exact, small) for phrase in soft.phrases) and _fits_moment(conversation, soft, text):
            return soft
    long = conversation.globals.long_sounds
    heard = [frozenset((sound(word), *_slips({sound(word)}, long))) for word in said]
    for soft in heeded:
        if any(stands(phrase, heard, small) for phrase in soft.sounds) and _fits_moment(conversation, soft, text):
            return soft
    return None


def _fits_moment(conversation: Conversation, soft: Soft, text: str) -> bool:
    return not soft.moment or names_moment(conversation, text)


def _slips(heard: set[str], known: tuple[str, ...]) -> set[str]:
    """The long words that were said with one slip inside; a longer or shorter word is another one (preciosa)."""
    return {
        word
        for one in heard
        if len(one) >= SHORTEST_SLIP - 1
        for word in known
        if -1 <= len(word) - len(one) <= 1
        and OSA.distance(word, one, score_cutoff=1) == 1
        and not one.startswith(word)
        and not word.startswith(one)
    }


def run_word(conversation: Conversation, name: str) -> None:
    """Do what a global word says. With nothing open, the words about an open question start the menu or explain."""
    word = conversation.globals.words.get(name)
    if name == "opt_out":
        conversation.clear()
    if name in ("opt_out", "opt_in", "human") and word is not None and word.flow is not None:
        interrupt(conversation, word.flow, word.entry)
        return
    if name == "menu":
        menu(conversation)
        return
    if not conversation.stack:
        if name == "help":
            conversation.say_own("help")
        elif name == "cancel":
            conversation.say_own("cancelled")
        else:
            menu(conversation)
        return
    if name == "back":
        go_back(conversation)
    elif name == "cancel":
        cancel(conversation)
    elif name == "edit":
        edit_by_name(conversation, "")
    else:
        conversation.say_own("help")
        show_again(conversation)
    advance(conversation)


def named_edit(conversation: Conversation, folded: str) -> bool:
    """Whether the message was `cambiar X` for an answer X given before."""
    for word in conversation.globals.edit_words:
        if folded.startswith(word + " ") and edit_by_name(conversation, folded[len(word) + 1 :]):
            advance(conversation)
            return True
    return False


def wants_to_edit(conversation: Conversation, folded: str) -> bool:
    """Whether the message was `cambiar X`, whatever X is, and something can be changed."""
    said = any(folded.startswith(word + " ") for word in conversation.globals.edit_words)
    return said and bool(editable(conversation))


def interrupt(conversation: Conversation, flow: str, entry: str | None, opening: str | None = None) -> None:
    """Run a flow on top of the open question, which is put again afterwards. A flow is never stacked on itself.

    `opening`: the words that asked for it, for a flow that takes answers from them.
    """
    for depth, frame in enumerate(conversation.stack):
        if frame.flow == flow:
            if depth == 0:
                conversation.clear()
            else:
                conversation.unwind(depth - 1)
            break
    make_way(conversation, flow)
    conversation.push(flow, entry, {"opening": opening[:OPENING_LENGTH] if opening else None})
    advance(conversation)


def menu(conversation: Conversation) -> None:
    """Leave what is open and start at the menu."""
    word = conversation.globals.words.get("menu")
    conversation.clear()
    conversation.push(word.flow if word and word.flow else conversation.globals.start, word.entry if word else None, {})
    advance(conversation)


def _speaks(flow: Flow, name: str, seen: tuple[str, ...] = ()) -> bool:
    """Whether a step says or asks something by itself; of a branch or an action, all it may lead to."""
    step = flow.steps[name]
    if isinstance(step, Branch | Act):
        ways = [case.to for case in step.cases] if isinstance(step, Branch) else list(step.outcomes.values())
        return all(_speaks(flow, to, (*seen, name)) for to in ways if to not in (*seen, name))
    return isinstance(step, Question) or says(step)


def cancel(conversation: Conversation) -> None:
    """Leave what is open: by the flow's own way out where it names one, otherwise the conversation ends."""
    way_out = conversation.flow.cancel
    if way_out is None or not _speaks(conversation.flow, way_out):
        conversation.say_own("cancelled")
    conversation.expiring = True  # whatever was interrupted below is left as well
    if way_out is not None and isinstance(conversation.step, Question):
        conversation.go(way_out, "cancel")
    else:
        while conversation.stack:
            conversation.ended("cancelled")
            conversation.unwind(len(conversation.stack) - 2) if len(conversation.stack) > 1 else conversation.rest()
