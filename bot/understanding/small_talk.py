"""Thanks, greetings, laughter, emoji: said beside the matter, never an answer to it."""

import unicodedata
from collections.abc import Collection

from bot.understanding.agreement import LAUGHTER, squeeze
from core.fold import fold

LONGEST = 120
_LONGEST_PHRASE = 5


def is_small_talk(text: str, phrases: Collection[str]) -> bool:
    """Whether nothing but these phrases (squeezed), laughter and emoji is said. `???` is not: somebody is lost."""
    if len(text) > LONGEST:
        return False
    folded = fold(text)
    if not folded:
        return any(unicodedata.category(char) == "So" for char in text)
    words = [squeeze(word) for word in folded.split() if not LAUGHTER.match(word)]
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
            if " ".join(words[at : at + length]) in phrases:
                at += length
                break
        else:
            return False
    return True
