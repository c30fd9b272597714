"""Every number written in a text, in figures or words, with how it is said: about, at least, of what."""

import re
import unicodedata
from dataclasses import dataclass

from bot.understanding.numerals import AND, ARTICLES, MILLION, PARTS, SETS, THOUSAND, simple_value, worth

LONGEST = 400
"""Characters that are read. A number is not asked for in an essay."""

_ACCENTS = str.maketrans("áàäâãéèëêíìïîóòöôõúùüûñç−–—", "aaaaaeeeeiiiiooooouuuunc---")
_VULGAR = {"½": ".5", "¼": ".25", "¾": ".75"}
_TOKEN = re.compile(
    r"(?P<foreign>(?<![\w.,])\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}(?![\w/-])|\d{1,2}:\d{2}(?:\s*(?:hs?|hrs|am|pm)\b)?"
    r"|(?<!\w)\d+[a-z]+\d\w*|(?<![\w])\d{1,2}\s*(?:[ap]\.?\s?m\.?(?!\w)|hrs\b)|(?<!\w)\d+\s*[x*+]\s*\d+|(?<!\w)\d+(?:er|r[ao]|d[ao]"
    r"|t[ao]|m[ao]|v[ao]|n[ao]|st|nd|rd|th)\b)"
    r"|(?P<fraction>(?<![\w/])(?:\d{1,2}\s+)?\d{1,2}\s?[/\u2044]\s?\d{1,2}(?![\w/]))"
    r"|(?P<figure>(?<![\w.,])-?(?:\d{1,3}(?: \d{3})+(?![\d.,]|\s\d)|\d+(?:[.,'’]\d+)*|[.,]\d+))(?P<unit>[a-z]+|%)?"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<sign>[^\w\s])"
)
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}(?:([.,' ’])\d{3})(?:\1\d{3})*\Z")
_COLOMBIAN = re.compile(r"-?[1-9]\d{0,2}'\d{3}(?:[.,]\d{3})+\Z")
"""1'200.000"""
_MOST_FIGURES = 15
_NUMERALS = AND | PARTS.keys() | THOUSAND | MILLION | SETS.keys() | {"hundred"}
_SCALES = {"k": "mil", "luca": "mil", "lucas": "mil", "luquitas": "mil", "palo": "millon", "palos": "millon"}
_SCALES |= {"melon": "millon", "melones": "millon", "kilos": "kilos"}
_MONTHS = re.compile(r"(?:ene|jan|feb|fev|mar|abr|apr|may|mai|jun|jul|ago|aug|set|sep|oct|out|nov|dic|dez|dec)")
_ABOUT = re.compile(
    r"(?:\b(?:unos|unas|como|casi|aprox|aproximadamente|alrededor de|cerca de|mas o menos|maso|mas menos|masomenos"
    r"|tipo|ponle|pongale|por ahi|calculo|creo que|creo|unos como|a eso de|about|around|almost|roughly|nearly|uns|umas"
    r"|quase|mais ou menos|por volta de|digamos|serian|andara en|sobre los|tirando a|like)|~)\s*(?:de |por |unos "
    r"|las |los |a )?$"
)
_ABOUT_AFTER = re.compile(
    r"^\s*(?:y|e)?\s*(?:pico|tantos|tantas|algo|piquito|monedas|poco|poquito|aprox|aproximadamente|mas o menos"
    r"|mais ou menos|maso|masomenos|por ahi|ish|something|or so|e poucos|poucos)\b"
)
_BOUND = re.compile(
    r"\b(?:mas de|menos de|hasta|minimo|maximo|minimo de|por lo menos|al menos|como mucho|como maximo|a lo sumo"
    r"|no mas de"
    r"|no menos de|arriba de|por encima de|abajo de|por debajo de|mayor a|mayor de|menor a|menor de|mayores de"
    r"|menores de"
    r"|desde|a partir de|over|under|more than|less than|at least|at most|up to|mais de|ate|pelo menos|no maximo"
    r"|no minimo)"
    r"\s*(?:los |las |unos )?$"
)
_BOUND_AFTER = re.compile(
    r"^\s*(?:\+|(?:o|u|ou|or) (?:mas|menos|mais|more|less)\b|en adelante|para arriba|pa arriba|p arriba"
    r"|para abajo|como maximo|como minimo)"
)
_CLOCK = re.compile(
    r"\b(?:a|son|eran|es) las?\s*(?:como )?$|\b(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo)\s*$"
    r"|\bas\s*$|\bat\s*$"
)
_NOT_COUNTED = {
    "cosas", "cosa", "cositas", "cosita", "preguntas", "preguntitas", "consultas", "dudas", "mensajes", "fotos",
    "opciones", "questions", "things", "perguntas", "coisas", "thanks",
    "segundito", "momentos", "palabras",
}  # fmt: skip
_MANY_THANKS = {"gracias", "disculpas", "perdones", "besos", "veces", "abrazos", "thanks"}
_HALF_NOUN = re.compile(r"^\s*([a-z]{3,12})\s+(?:y|e)\s+(?:medi[oa]|mei[oa])\b")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number said. `before` and `after` are the plain text around it (lower case, no accents)."""

    value: float
    before: str
    after: str
    about: bool = False
    """«unos», «casi», «y pico»."""
    bound: bool = False
    """«más de», «hasta», «o más»."""
    decimal: float | None = None
    """What `85.500` is when its point is not one of thousands."""
    article: bool = False
    """Only `un`, `una`, `uno`."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int
    value: float | None = None
    decimal: float | None = None
    foreign: bool = False
    sign: bool = False
    glued: bool = False
    """Comes right after the token before it: the `k` of `10k`."""


def plain(text: str) -> str:
    """Lower case without accents or emoji keycaps, signs kept: `$ 1.500,50 Más` → `$ 1.500,50 mas`."""
    text = text[:LONGEST].replace("\ufe0f", "").replace("\u20e3", "").replace("🔟", "10")
    for sign, part in _VULGAR.items():
        text = text.replace(sign, part)
    text = unicodedata.normalize("NFKC", text).casefold().translate(_ACCENTS)
    text = re.sub(r"\bpor ?cien(?:to)?\b|\bpercent\b|\bpor cento\b", "%", text)
    return re.sub(r"(?<=ty)-(?=[a-z])", " ", text)  # thirty-four


def figure_value(written: str) -> float:
    """`1.234,5`, `1,234.5`, `1 500`, `1.500` (a thousand and a half of one), `1,5`."""
    bare = written.replace("’", "'")
    if _THOUSANDS.match(bare) or _COLOMBIAN.match(bare):
        return float(re.sub(r"[.,' ]", "", bare))
    bare = bare.replace("'", "").replace(" ", "")
    if "." in bare and "," in bare:
        decimal = max(bare.rfind("."), bare.rfind(","))
        return float(re.sub(r"[.,]", "", bare[:decimal]) + "." + bare[decimal + 1 :])
    if bare.count(".") + bare.count(",") > 1:
        return float(re.sub(r"[.,]", "", bare))
    return float(bare.replace(",", "."))


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if match["figure"]:
            figure, unit = match["figure"], match["unit"]
            middle = match.end("figure")
            if sum(char.isdigit() for char in figure) > _MOST_FIGURES:
                found.append(_Token(figure, start, middle, foreign=True))
                continue
            value = figure_value(figure)
            grouped = _THOUSANDS.match(figure) and figure.count(".") + figure.count(",") == 1 and " " not in figure
            decimal = float(figure.replace(",", ".")) if grouped else None
            found.append(_Token(figure, start, middle, value, decimal))
            if unit:
                found.append(_Token(unit, middle, end, sign=unit == "%", glued=True))
        elif match["fraction"]:
            found.append(_fraction(match["fraction"], start, end))
        elif match["foreign"]:
            found.append(_Token(match["foreign"], start, end, foreign=True))
        else:
            found.append(_Token(match[0], start, end, sign=match["sign"] is not None))
    return found


def _fraction(written: str, start: int, end: int) -> _Token:
    *whole, above, below = (int(part) for part in re.findall(r"\d+", written))
    if not 0 < above < below <= 10 or (above + 1 == below > 4):  # «5/6» are two numbers
        return _Token(written, start, end, foreign=True)
    return _Token(written, start, end, (whole[0] if whole else 0) + above / below)


def _row(tokens: list[_Token], at: int) -> list[str | float]:
    """The tokens from `at` on that could be one number, as `worth` reads them."""
    row: list[str | float] = []
    for token in tokens[at : at + 12]:
        if token.value is not None:
            row.append(token.value)
        elif token.foreign or token.sign:
            break
        elif token.text in _SCALES and row and (token.text != "k" or token.glued):
            row.append(_SCALES[token.text])
        elif (token.text in ("a", "de") and row in (["half"], ["medio"])) or (
            token.text == "a" and row[-1:] == ["and"]
        ):
            continue
        elif token.text in _NUMERALS or simple_value(token.text) is not None:
            row.append(token.text)
        else:
            break
    return row


def figures_in(text: str) -> list[Figure]:
    """The numbers of a text already made `plain`, in order. Hours, dates, ordinals and sums are left out."""
    tokens = _tokens(text)
    found: list[Figure] = []
    at = 0
    while at < len(tokens):
        row = _row(tokens, at) if not tokens[at].sign else []
        for length in range(len(row), 0, -1):
            value = worth(row[:length])
            if value is not None:
                break
        else:
            at += 1
            continue
        skipped = sum(token.text in ("a", "de") for token in tokens[at : at + length]) if length > 1 else 0
        last = tokens[at + length - 1 + skipped]
        figure = _figure(text, tokens[at], last, value, length, row)
        if figure is not None:
            found.append(figure)
        at += length + skipped
    return found


def _figure(text: str, first: _Token, last: _Token, value: float, length: int, row: list[str | float]) -> Figure | None:
    before, after = text[: first.start], text[last.end :]
    following = re.match(r"\s*([a-z]+)(?:\s+([a-z]+))?", after)
    words = following.groups() if following else (None, None)
    if value == 1000 and words[0] in _MANY_THANKS:
        return None
    if words[0] in _NOT_COUNTED or _CLOCK.search(before):
        return None
    if words[0] in ("de", "do", "of") and words[1] and length == 1 and value <= 31 and _MONTHS.match(words[1]):
        return None
    article = length == 1 and row[0] in ARTICLES
    if half := _HALF_NOUN.match(after):
        value, article, after = value + 0.5, False, after[half.end() :]
    if re.search(r"(?:^|\bbajo )menos\s*$", before):
        value = -value
    bound = bool((_BOUND.search(before) and not _ABOUT.search(before)) or _BOUND_AFTER.match(after))
    about = bool(_ABOUT.search(before) or _ABOUT_AFTER.match(after)) or "par" in row[:length] or "couple" in row
    bound = bound and not _ABOUT_AFTER.match(after)
    return Figure(value, before, after, about, bound, first.decimal if length == 1 else None, article)
