"""Numbers as people write them in Spanish: digits, `1.234,5`, words, with words around them."""

import re

from bot.understanding.fold import fold
from bot.understanding.understood import Reading, Unclear, Understood

_DIGITS = re.compile(r"(?<![\w.,])[-−]?\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"[-−]?[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*\Z")

_UNITS = {
    word: value
    for value, words in enumerate(
        [
            "cero",
            "un uno una",
            "dos",
            "tres",
            "cuatro",
            "cinco",
            "seis",
            "siete",
            "ocho",
            "nueve",
            "diez",
            "once",
            "doce",
            "trece",
            "catorce",
            "quince",
            "dieciseis",
            "diecisiete",
            "dieciocho",
            "diecinueve",
            "veinte",
            "veintiun veintiuno veintiuna",
            "veintidos",
            "veintitres",
            "veinticuatro",
            "veinticinco",
            "veintiseis",
            "veintisiete",
            "veintiocho",
            "veintinueve",
        ]
    )
    for word in words.split()
}
_TENS = {"treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90}
_HUNDREDS = {
    "cien": 100,
    "ciento": 100,
    "quinientos": 500,
    "quinientas": 500,
    "setecientos": 700,
    "setecientas": 700,
    "novecientos": 900,
    "novecientas": 900,
} | {
    f"{word}cient{ending}": value * 100
    for word, value in {"dos": 2, "tres": 3, "cuatro": 4, "seis": 6, "ocho": 8}.items()
    for ending in ("os", "as")
}
_SIMPLE = _UNITS | _TENS | _HUNDREDS
# "un", "una" are articles far more often than numbers: they count only as the whole answer.
_ARTICLES = {"un", "una"}


def number_in_words(words: list[str]) -> float | None:
    """`["treinta", "y", "cuatro"]` → 34; None when these words are not one number."""
    total, group, last = 0.0, 0.0, 1e9
    for index, word in enumerate(words):
        if word == "y" and 0 < index < len(words) - 1:
            continue
        if word in ("medio", "media") and index == len(words) - 1:
            return total + group + 0.5
        if word == "mil":
            total, group, last = (total + (group or 1)) * 1000, 0.0, 1000
        elif word in _SIMPLE and _SIMPLE[word] < last:
            group, last = group + _SIMPLE[word], 10 if word in _TENS else 100 if word in _HUNDREDS else 0
        else:
            return None
    return total + group if words else None


def _from_digits(text: str) -> float:
    plain = text.replace("−", "-")
    if _THOUSANDS.match(plain):
        return float(re.sub(r"[.,]", "", plain))
    if "." in plain and "," in plain:
        decimal = max(plain.rfind("."), plain.rfind(","))
        return float(re.sub(r"[.,]", "", plain[:decimal]) + "." + plain[decimal + 1 :])
    if plain.count(".") + plain.count(",") > 1:
        return float(re.sub(r"[.,]", "", plain))
    return float(plain.replace(",", "."))


def _word_numbers(words: list[str]) -> list[float]:
    found: list[float] = []
    start = 0
    while start < len(words):
        for end in range(len(words), start, -1):
            chunk = words[start:end]
            value = None if chunk[0] in _ARTICLES and len(words) > 1 else number_in_words(chunk)
            if value is not None:
                found.append(value)
                start = end
                break
        else:
            start += 1
    return found


def understand_number(
    text: str, *, minimum: float | None = None, maximum: float | None = None, integer: bool = False
) -> Reading:
    """One number in `text`. `1.234` and `1,234` are a thousand and more; `1,5` and `1.5` are one and a half.

    Unclear: `nothing`, `several`, `integer` (a fraction where whole numbers are asked), `range`.
    """
    found = [_from_digits(match.group()) for match in _DIGITS.finditer(text)] or _word_numbers(fold(text).split())
    if not found:
        return Unclear("nothing")
    if len(set(found)) > 1:
        return Unclear("several")
    value = found[0]
    if integer and value != int(value):
        return Unclear("integer")
    if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
        return Unclear("range")
    return Understood(int(value) if value == int(value) else value)
