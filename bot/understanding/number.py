"""One number, as people write it in Spanish, Portuguese or English. Two of them, or a bound, are asked again."""

import re

from bot.understanding.deferral import puts_off
from bot.understanding.figures import Figure, figures_in, plain
from bot.understanding.understood import Reading, Unclear, Understood
from core.fold import fold

_NONE = {"ninguno", "ninguna", "nenhum", "nenhuma", "none", "zero", "ningun"}
_WHOLE = {"la mitad": 0.5, "mitad": 0.5, "a metade": 0.5, "metade": 0.5, "half": 0.5, "un medio": 0.5, "medio": 0.5,
          "un cuarto": 0.25, "tres cuartos": 0.75, "un tercio": 1 / 3, "dos tercios": 2 / 3, "un quinto": 0.2,
          "media": 0.5}  # fmt: skip
_ASKS = re.compile(
    r"^(?:y |e |pero |hola |buenas |and )*(?:cuant[oa]s?|cual(?:es)?|donde|cuando|quien(?:es)?|por ?que|how|what|where"
    r"|when|which|why|quant[oa]s?|qual|onde|quando|quem)\b"
)
_QUESTION = re.compile(
    r"\b(?:que|cual|cuales|cuant[oa]s?|cuando|donde|por ?que|como|what|how|which|quant[oa]s?|qual)\b"
)
_FILLER = re.compile(
    r"\b(?:tengo|tenho|son|sao|es|e|soy|seria|serian|solo|solamente|so|nomas|no ?mas|nada mas|apenas|only|just"
    r"|i have|i ve|me"
    r"|creo|que|por favor|porfa|gracias|please|si|ok|hola|bueno|pues|eh|nada|la|el|quiero|quisiera|somos|con|de|ya|va"
    r"|hijos?|hijas?|vez|veces|persona|personas|sesion|sesiones|dia|mes|semana|ano|hora|nino|nina|vez|child|time|years|old|times)\b"
)
_MOST_WORDS = 14


def asks_something(text: str) -> bool:
    """Whether a plain text asks instead of answering: a question word, first or with a question mark."""
    asked = _ASKS.match(text.lstrip(" ¿¡")) is not None
    return asked or ("?" in text and _QUESTION.search(text) is not None)


def understand_number(
    text: str, *, minimum: float | None = None, maximum: float | None = None, integer: bool = False
) -> Reading:
    """One number in `text`. `1.234` and `1,234` are a thousand and more; `1,5` and `1.5` are one and a half.

    `confidence` is 0.8 for «unos 30», «treinta y pico». Unclear: `nothing`, `several` (its `alternatives` when two),
    `bound` («más de 20», which is in `alternatives`), `integer` (a fraction where whole numbers are asked), `range`.
    """
    folded = fold(text[:200])
    whole = 0.0 if folded in _NONE else _WHOLE.get(folded)
    if whole is not None:
        return _within(Figure(whole, "", "", about=True), minimum, maximum, integer)
    text = plain(text)
    if len(folded.split()) > _MOST_WORDS or asks_something(text) or puts_off(folded):
        return Unclear("nothing")
    found = figures_in(text)
    told = [figure for figure in found if not figure.article]
    if not told:
        # «un» is an article unless it is all that is said, or what is counted follows it
        if len(found) != 1 or _FILLER.sub("", fold(found[0].before + " " + found[0].after)).strip():
            return Unclear("nothing")
        told = found
    values = list(dict.fromkeys(figure.value for figure in told))
    if len(values) > 1:
        return Unclear("several", tuple(map(_tidy, values)) if len(values) == 2 else ())
    if told[0].bound:
        return Unclear("bound", (_tidy(values[0]),))
    return _within(told[0], minimum, maximum, integer)


def _within(figure: Figure, minimum: float | None, maximum: float | None, integer: bool) -> Reading:
    def fits(value: float) -> bool:
        return (minimum is None or value >= minimum) and (maximum is None or value <= maximum)

    value = figure.value
    if not fits(value) and figure.decimal is not None and fits(figure.decimal):
        value = figure.decimal
    if integer and value != int(value):
        return Unclear("integer")
    if not fits(value):
        return Unclear("range")
    return Understood(_tidy(value), 0.8 if figure.about else 1.0)


def _tidy(value: float) -> int | float:
    return int(value) if value == int(value) else value
