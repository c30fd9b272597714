"""How a word sounds in Latin American Spanish, so that `bale`, `keda` and `presio` are known for what they mean."""

import re
from functools import lru_cache

_SOUNDS = (
    (re.compile(r"qu(?=[ei])|q"), "k"),
    (re.compile(r"c(?=[ei])|z"), "s"),
    (re.compile(r"ch"), "\x01"),
    (re.compile(r"c"), "k"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"g(?=[ei])"), "j"),
    (re.compile(r"gu(?=[ei])"), "g"),
    (re.compile(r"h"), ""),
    (re.compile(r"v|w"), "b"),
    (re.compile(r"ll"), "y"),
    (re.compile(r"y(?=\b)"), "i"),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"\x01"), "ch"),
)
_SHORT = {
    "q": "que",
    "k": "que",
    "ke": "que",
    "xq": "porque",
    "pq": "porque",
    "x": "por",
    "dnd": "donde",
    "dd": "donde",
}
_SHORT |= {"cto": "cuanto", "cnto": "cuanto", "cuant": "cuanto", "kto": "cuanto", "ondi": "donde", "onde": "donde"}


@lru_cache(maxsize=4096)
def sound(word: str) -> str:
    """The sound of one folded word: b is v, s is z and soft c, k is qu, h is silent, doubled letters are one."""
    heard = _SHORT.get(word, word)
    for pattern, letters in _SOUNDS:
        heard = pattern.sub(letters, heard)
    return heard
