"""Yes or no. What could be either is asked again: this decides bookings and health questions."""

import re

from bot.understanding.fold import fold
from bot.understanding.understood import Reading, Unclear, Understood

THUMBS_UP, THUMBS_DOWN = ("👍", "✅", "👌", "💯"), ("👎", "❌", "🚫", "🙅")

_YES_WORDS = """si sip sii siii s claro dale ok oka okay okey vale correcto exacto afirmativo confirmo confirmado listo
bueno perfecto obvio simon va yes yep sim seguro acepto bien genial"""
_YES = {
    *_YES_WORDS.split(),
    "por supuesto", "claro que si", "asi es", "de acuerdo", "esta bien", "desde luego", "me parece bien", "si claro",
    "como no", "eso es", "es correcto",
}  # fmt: skip
_NO_WORDS = "no nop nope nel noo nooo n negativo nunca jamas nada ninguno ninguna tampoco nao"
_NO = {
    *_NO_WORDS.split(),
    "para nada", "no gracias", "ahora no", "todavia no", "aun no", "de ninguna manera", "claro que no", "no por ahora",
    "por ahora no", "nada de eso", "en absoluto", "por supuesto que no", "no quiero",
}  # fmt: skip
_DOUBT = re.compile(
    r"\b(?:quizas?|tal vez|puede ser|puede que|capaz|depende|a lo mejor|creo|no se|no lo se|ni idea|no estoy segur[oa]"
    r"|mas o menos|talvez|si y no|no recuerdo)\b"
)
_COURTESY = re.compile(r"(?:\s+(?:por favor|porfa|gracias|muchas gracias|senorita|doctora|doctor))+$")
_WORDS_AFTER = 2
"""More words after a yes speak of something else: «sí, es mi primera vez» may not answer this question."""
_CLAUSES = re.compile(r"[,.;!\n]+")


def understand_yes_no(text: str) -> Reading:
    """True or False. Unclear: `nothing` when it says neither, `doubt` when it says both, hesitates or goes on."""
    whole = _understand(text)
    clauses = [clause for clause in _CLAUSES.split(text) if fold(clause)]
    if isinstance(whole, Understood) or len(clauses) < 2 or _DOUBT.search(fold(text)):
        return whole
    said = {one.value for one in map(_understand, clauses) if isinstance(one, Understood)}
    if len(said) == 1 and "pero" not in fold(text).split():
        return Understood(said.pop(), 0.8)
    return Unclear("doubt") if said else whole


def _understand(text: str) -> Reading:
    signs = {mark for mark in (*THUMBS_UP, *THUMBS_DOWN) if mark in text}
    folded = _COURTESY.sub("", fold(text))
    if not folded:
        up, down = bool(signs & set(THUMBS_UP)), bool(signs & set(THUMBS_DOWN))
        return Understood(up) if up != down else Unclear("doubt" if up else "nothing")
    if folded in _YES:
        return Understood(True)
    if folded in _NO:
        return Understood(False)
    if _DOUBT.search(folded):
        return Unclear("doubt")
    words = folded.split()
    first, rest = words[0], words[1:]
    opposite = _NO if first in _YES else _YES
    if first in ("si", "no", "claro"):
        if len(rest) > _WORDS_AFTER:
            return Unclear("doubt")
        # "no, claro" and "sí, pero no" say both
        if any(word in opposite and word not in ("bien", "bueno", "seguro", "nada") for word in rest) or "pero" in rest:
            return Unclear("doubt")
        return Understood(first != "no", 0.9)
    return Unclear("nothing")
