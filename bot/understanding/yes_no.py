"""Yes or no. What could be either is asked again: this decides bookings and health questions."""

import re
from typing import Literal

from rapidfuzz.distance import OSA

from bot.understanding.agreement import (
    CONDITIONS,
    CONTENT,
    COURTESY,
    DOUBT,
    DOUBT_SIGNS,
    FIRST_PERSON,
    LAUGHTER,
    NEGATED,
    NEITHER,
    NO,
    NO_SIGNS,
    NO_TROUBLE,
    OPENERS,
    SOFT_YES,
    YES,
    YES_SIGNS,
    squeeze,
)
from bot.understanding.deferral import puts_off
from bot.understanding.understood import Reading, Unclear, Understood
from core.fold import fold

Said = Literal["yes", "no", "doubt", "later", "asks", "nothing"]

_CLAUSES = re.compile(r"[,.;:!¡\n…()]+")
_LONGEST_LEAD = 4
_MOST_REST = 6
_MOST_WORDS = 16
_HESITATES = re.compile(r"^(?:m{2,}h*m*|e+h+m*|e{3,}|u+h*m+|h+m+)$")
_LONG_WORDS = {word: True for word in YES if len(word) >= 6 and " " not in word} | {
    word: False for word in NO if len(word) >= 6 and " " not in word
}
_LONG_PHRASES = {
    phrase: phrase in YES
    for phrase in YES | NO
    if len(phrase) >= 8 and " " in phrase and not phrase.startswith(("no ", "nao ", "lo ", "la "))
}
_PLEASE = re.compile(r"(?:por favor|porfa\w*|please|xfa)\Z")
_AFTER_SI = [
    phrase.split()
    for phrase in ("es mi", "es la", "es asi", "me interesa", "me gustaria", "me gusta", "me encantaria", "lo soy")
]
_NOT_TYPOS = {"ciento", "siento", "vistos", "exactas", "buenas", "ciertos", "segura", "seguros", "correctas", "perfil"}


def understand_yes_no(text: str) -> Reading:
    """True or False.

    Unclear: `nothing` when it says neither, `doubt` when it says both, hesitates, asks or goes on about something
    else, `later` when the answer comes another time.
    """
    signs = _of_signs(text)
    clauses = [(clause, fold(clause)) for clause in _CLAUSES.split(text[:300])]
    told = [_clause(clause, folded) for clause, folded in clauses if folded]
    said: set[Said] = {one for one in told if one != "nothing"}
    if signs is not None and not (signs == "yes" and said == {"no"} and "gracias" in fold(text)):
        said.add(signs)  # «no gracias 👍» is a no
    if "later" in said or puts_off(fold(text[:300])):
        return Unclear("later")
    if not said:
        return Unclear("doubt" if _PLEASE.match(fold(text[:300])) else "nothing")
    if len(said) == 1 and (only := said.pop()) in ("yes", "no"):
        words = sum(len(folded.split()) for _, folded in clauses)
        if words > _MOST_WORDS:
            return Unclear("doubt")
        return Understood(only == "yes", 1.0 if "nothing" not in told else 0.8)
    return Unclear("nothing" if told and all(one in ("asks", "nothing") for one in told) else "doubt")


def _of_signs(text: str) -> Said | None:
    yes, no = (any(sign in text for sign in signs) for signs in (YES_SIGNS, NO_SIGNS))
    if (yes and no) or any(sign in text for sign in DOUBT_SIGNS):
        return "doubt"
    if ("🙏" in text or "😬" in text) and not yes and not no and not fold(text):
        return "doubt"
    return "yes" if yes else "no" if no else None


def _clause(clause: str, folded: str) -> Said:
    """What one clause says by itself; `nothing` also for one that is only courtesy."""
    folded = folded.replace("por favor", "porfavor")
    squeezed = squeeze(folded)
    if "?" in clause or "¿" in clause:
        return "doubt" if squeezed in YES or squeezed in NO else "asks"
    if squeezed in NEITHER:
        return "doubt"
    raw = folded.split()
    words = [squeeze(word) for word in raw if not LAUGHTER.match(word)]
    if any(_HESITATES.match(word) for word in raw):
        return "doubt"
    words = OPENERS.sub("", " ".join(_bare(words))).split()
    return _words(_bare(words), accented="sí" in clause.casefold())


def _bare(words: list[str]) -> list[str]:
    """Without the courtesies around them; words of an answer stay even when they are courteous too."""
    start, end = 0, len(words)
    while start < end and words[start] in COURTESY and " ".join(words[start:end]) not in YES | NO:
        start += 1
    while end > start and words[end - 1] in COURTESY and " ".join(words[start:end]) not in YES | NO:
        end -= 1
    return words[start:end]


def _words(words: list[str], accented: bool, depth: int = 0) -> Said:
    whole = " ".join(words)
    if not words:
        return "nothing"
    if whole in NEITHER:
        return "doubt"
    if whole in YES:
        return "yes"
    if whole in NO:
        return "no"
    if puts_off(whole):
        return "later"
    if DOUBT.search(whole):
        return "doubt"
    for length in range(min(_LONGEST_LEAD, len(words) - 1), 0, -1):
        lead, rest = " ".join(words[:length]), words[length:]
        if ((lead in YES and lead not in CONTENT) or lead in NO) and depth < 6:
            return _led(lead in YES, lead, _bare(rest) or rest, accented, depth)
    return _typo(words)


def _led(agrees: bool, lead: str, rest: list[str], accented: bool, depth: int) -> Said:
    """A yes or a no with more after it."""
    following = _words(rest, accented, depth + 1)
    if following in ("yes", "no"):
        return following if (following == "yes") == agrees else "doubt"
    if following in ("doubt", "later"):
        return following
    if all(word in COURTESY for word in rest):
        return "yes" if agrees else "no"
    if any(word in ("si", "no", "nao", "sim") for word in rest):
        return "doubt"
    if agrees:
        if lead in SOFT_YES or len(rest) > _MOST_REST:
            return "doubt"
        if lead != "si" or accented:
            return "yes" if len(rest) <= (5 if accented else 3) else "doubt"
        affirms = rest[0] in FIRST_PERSON or rest[:2] in _AFTER_SI
        return "yes" if affirms and len(rest) <= 4 and CONDITIONS.isdisjoint(rest) else "doubt"
    if " ".join(["no", *rest[:2]]) in NEITHER or " ".join(["no", *rest[:3]]) in NEITHER:
        return "doubt"
    if not NO_TROUBLE.isdisjoint(rest):
        return "doubt"
    if rest[0] in NEGATED or lead not in ("no", "nao"):
        return "no" if len(rest) <= _MOST_REST else "doubt"
    return "no" if len(rest) == 1 and rest[0] not in ("mal", "bien", "claro") else "doubt"


def _typo(words: list[str]) -> Said:
    """One long word with one slip: `perfecot`, `correto`. A yes or no among other words is a doubt."""
    if any(word in ("si", "no", "sim", "nao") for word in words):
        return "doubt"
    whole = " ".join(words)
    if len(words) > 1:
        near = {agrees for known, agrees in _LONG_PHRASES.items() if OSA.distance(whole, known, score_cutoff=1) == 1}
        return "nothing" if len(near) != 1 else "yes" if near.pop() else "no"
    if len(words) != 1 or len(words[0]) < 6 or words[0] in _NOT_TYPOS:
        return "nothing"
    near = {agrees for known, agrees in _LONG_WORDS.items() if OSA.distance(words[0], known, score_cutoff=1) == 1}
    return "nothing" if len(near) != 1 else "yes" if near.pop() else "no"
