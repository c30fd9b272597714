"""A person's name out of what people write when asked for it."""

import re

from bot.understanding.fold import fold
from bot.understanding.understood import Reading, Unclear, Understood

_LEAD = re.compile(
    r"^(?:(?:hola|buen[oa]s?(?:\s+(?:d[ií]as|tardes|noches))?|s[ií]|claro|bueno|ok)\b[\s,.!¡]*)*"
    r"(?:(?:yo\s+)?me\s+llamo|(?:yo\s+)?soy|mi\s+nombre\s+es|mi\s+nombre|me\s+dicen|puedes\s+llamarme|habla|te\s+habla|con)?\b[\s,:.]*",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:[\s,.!]+(?:y\s+(?:tu|vos|usted)|gracias|mucho\s+gusto|un\s+gusto|por\s+favor|para\s+servirle).*)$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,;.!\n(]|\s+y\s+(?=quer|qui|necesit|me\s|tengo)|\s+de\s+parte|\s+quiero\b|\s+quisiera\b", re.IGNORECASE
)
_SIGNS = re.compile(r"[^\w\s'’-]|[\d_]")
_PARTICLES = {"de", "del", "la", "las", "los", "y", "da", "das", "dos", "do", "e", "van", "von"}
_ARTICLES = {"la", "el"}
_NOT_NAME_WORDS = """hola buenas buenos buen dias tardes noches gracias si no ok okay dale claro quiero quisiera precio
precios costo cuanto cuesta cuestan vale donde como cuando que cual quien porque info informacion consulta cita turno
ayuda botox menu nada nadie prefiero decir hello test prueba adios chao bueno listo perfecto necesito tengo estoy"""
_NOT_NAMES = frozenset(_NOT_NAME_WORDS.split())
_MOST_WORDS = 6


def _written(word: str, first: bool) -> str:
    if not first and word.casefold() in _PARTICLES:
        return word.casefold()
    if word.islower() or (word.isupper() and len(word) > 1):
        return "-".join(part[:1].upper() + part[1:].lower() for part in word.split("-"))
    return word


def understand_name(text: str, *, minimum: int = 2, maximum: int = 60) -> Reading:
    """`soy caro pérez, gracias` → `Caro Pérez`. Unclear: `nothing` (a greeting, a question, digits), `length`."""
    if "?" in text or "¿" in text or any(char.isdigit() for char in text):
        return Unclear("nothing")
    rest = _TAIL.sub("", _LEAD.sub("", text.strip(), count=1))
    rest = _CLAUSE.split(rest.strip(" ,.;:!¡"), maxsplit=1)[0]
    words = _SIGNS.sub(" ", rest).split()
    if len(words) > 1 and words[0].casefold() in _ARTICLES:
        words = words[1:]  # «soy la Lucía», as many say
    if not words or len(words) > _MOST_WORDS or any(fold(word) in _NOT_NAMES for word in words):
        return Unclear("nothing")
    name = " ".join(_written(word, first=index == 0) for index, word in enumerate(words))
    if not minimum <= len(name) <= maximum:
        return Unclear("length")
    return Understood(name, 1.0 if len(words) <= 4 else 0.7)
