"""The pieces of a text: words, numbers, written dates and clocks, signs. Case and accents are folded, places kept."""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

MAX_LENGTH = 400
"""Characters that are read: an answer about a day is short, and work must not grow with what somebody pastes."""


@dataclass(slots=True)
class Token:
    """One piece. `marks` are the grammar's names for what it may be, with their values; `start`, `end` in the text."""

    text: str
    start: int
    end: int
    marks: dict[str, Any] = field(default_factory=dict)
    stressed: bool = False
    """Written with an accent on its last letter, as «atendí» is."""


_FOLD = str.maketrans(
    "áàäâãéèëêíìïîóòöôõúùüûñçº°ª’‘´`–—−",
    "aaaaaeeeeiiiiooooouuuuncooa''''---",
)

_PIECE = re.compile(
    r"""
      (?P<junk>https?://\S+|\S+@\S+\.\S+|(?:r\$|u\$s|us\$|[$€£])\s?\d[\d.,]*|\d[\d.,]*\s?[%€$])
    | (?P<iso>(?<!\d)(?P<iy>\d{4})[-/](?P<im>\d{1,2})[-/](?P<id>\d{1,2})(?!\d)
        (?:(?:t|\s+)(?P<ih>\d{1,2}):(?P<imi>\d{2})(?::\d{2})?(?!\d))?)
    | (?P<full>(?<![\d/])(?P<fa>\d{1,2})\s?(?P<sep>[/.\-\s])\s?(?P<fb>\d{1,2})
       \s?(?P=sep)\s?(?P<fy>\d{4}|(?<!\s)\d\d)(?![\d]))
    | (?P<number_run>(?!\d{1,2}\.\d{2}(?!\d))\+?\d[\d\s().\-]{6,}\d)
    | (?P<slash>(?<!\d)(?P<sa>\d{1,2})\s?/\s?(?P<sb>\d{1,2})(?![\d/]|:\d))
    | (?P<clock>(?<!\d)(?P<ch>\d{1,2})(?:\s?:\s?|;|\.|hs?\s?)(?P<cm>[0-5]\d)(?!\d|[.,]\d)(?::\d\d(?!\d))?)
    | (?P<no_clock>(?<!\d)\d{1,2}:\d{2,})
    | (?P<dash>(?<!\d)(?P<da>\d{1,2})-(?P<db>\d{1,2})(?!\d))
    | (?P<dot>(?<!\d)(?P<ta>\d{1,2})\.(?P<tb>\d{1,2})(?![\d]))
    | (?P<decimal>\d+[.,]\d+)
    | (?P<meridiem>(?<![^\W\d_])(?P<ap>[ap])(?:\s?\.\s?m\b\.?|m\b|\sm\b))
    | (?P<ordinal>(?<!\d)(?P<on>\d{1,2})(?:st|nd|rd|th|r?er|ero|ro|do|to|mo|vo|no|ra|da|o|a)(?!\w))
    | (?P<digits>\d+)
    | (?P<sign>[,;.!?\n()/&@+\-:~…¿¡½¼])
    | (?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)
    """,
    re.VERBOSE,
)
_FRACTIONS = {(1, 2): {"HALF": True, "HALF_FIGURE": True}, (1, 4): {"QUARTER": True}}
_COMMA_CLOCK = re.compile(r"(?:1?\d|2[0-3]),[0-5][05]\Z")
_RUNS = re.compile(r"([^\W\d_])\1{2,}")
_SIGNS = {
    ",": ("COMMA",),
    ";": ("STOP",),
    ".": ("STOP",),
    "!": ("STOP",),
    "?": ("STOP", "QUESTION"),
    "\n": ("STOP",),
    "…": ("STOP",),
    "/": ("SLASH", "OR"),
    "&": ("AND",),
    "@": ("AT", "AT_HOUR"),
    "-": ("DASH",),
    "~": ("ABOUT",),
    "½": ("HALF", "HALF_FIGURE"),
    "¼": ("QUARTER",),
}


@lru_cache(maxsize=512)
def _fold_char(char: str) -> str:
    if char in _SIGNS:
        return char
    plain = unicodedata.normalize("NFKD", char).casefold()
    return plain[0] if len(plain) == 1 or (plain and not plain[0].isspace()) else char


def fold_in_place(text: str) -> str:
    """Like `fold`, but every character keeps its place, so that a piece can be found in what was written (NFC)."""
    folded = text.lower()
    if len(folded) != len(text):
        folded = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    folded = folded.translate(_FOLD)
    return folded if folded.isascii() else "".join(char if char.isascii() else _fold_char(char) for char in folded)


def tokenize(text: str) -> list[Token]:
    """The pieces of the first `MAX_LENGTH` characters, with the marks their shape alone gives them."""
    pieces = _PIECE.finditer(fold_in_place(text[:MAX_LENGTH]))
    return [
        Token(
            _RUNS.sub(r"\1", piece.group()),
            piece.start(),
            piece.end(),
            _marks(kind_of(piece), piece),
            stressed=text[piece.end() - 1] in "éíóÉÍÓ",
        )
        for piece in pieces
    ]


def kind_of(match: re.Match[str]) -> str:
    """The outermost named piece that matched."""
    for name in _KINDS:
        if match[name] is not None:
            return name
    return ""


_KINDS = (
    "word", "digits", "sign", "clock", "slash", "meridiem", "junk", "iso", "full", "number_run", "dash", "dot",
    "decimal", "no_clock",
    "ordinal",
)  # fmt: skip


def _marks(kind: str, match: re.Match[str]) -> dict[str, Any]:
    match kind:
        case "word":
            return {}
        case "digits":
            return _number_marks(match["digits"])
        case "sign":
            return dict.fromkeys(_SIGNS.get(match["sign"], ()), True)
        case "clock":
            return _clock_marks(match)
        case "slash":
            pair = int(match["sa"]), int(match["sb"])
            return {"JUNK": True} if pair == (24, 7) else {"SLASHED": pair, **_FRACTIONS.get(pair, {})}
        case "dash":
            return {"DASHED": (int(match["da"]), int(match["db"]))}
        case "dot":
            return {"DOTTED": (int(match["ta"]), int(match["tb"]))}
        case "decimal" if _COMMA_CLOCK.match(match["decimal"]):
            hour, minute = match["decimal"].split(",")
            return {"COMMA_CLOCK": (int(hour), int(minute)), "JUNK": True}
        case "meridiem":
            return {"HALF_DAY": match["ap"] + "m"}
        case "iso":
            clock = (int(match["ih"]), int(match["imi"])) if match["ih"] else None
            return {"ISO": (int(match["iy"]), int(match["im"]), int(match["id"]), clock)}
        case "full":
            year = int(match["fy"])
            return {"WRITTEN": (int(match["fa"]), int(match["fb"]), year + 2000 if year < 100 else year)}
        case "ordinal":
            return {"ORDINAL": int(match["on"])}
        case "number_run":
            return _run_marks(match["number_run"])
    return {"JUNK": True}


def _number_marks(digits: str) -> dict[str, Any]:
    value = int(digits) if len(digits) < 6 else -1
    if len(digits) <= 2:
        return {"NUM": value, "DIGITS": value}
    marks: dict[str, Any] = {"JUNK": True}
    if len(digits) <= 4 and value % 100 < 60 and value // 100 < 24:
        marks["HHMM"] = (value // 100, value % 100)
    if len(digits) == 4 and 1900 <= value <= 2100:
        marks["YEAR"] = value
    if "HHMM" in marks and value % 5 == 0 and not 2020 <= value < 2030:
        marks["HHMM_ALONE"] = marks["HHMM"]
    return marks


def _clock_marks(match: re.Match[str]) -> dict[str, Any]:
    hour, minute = int(match["ch"]), int(match["cm"])
    marks: dict[str, Any] = {"CLOCK": (hour, minute)} if hour <= 24 else {"JUNK": True}
    if "." in match.group() and 1 <= minute <= 12 and 1 <= hour <= 31:
        marks["DOTTED"] = (hour, minute)
    return marks


def _run_marks(run: str) -> dict[str, Any]:
    """Digits with spaces and dashes between them are a phone number, or a document, and never a day."""
    return {"JUNK": True} if sum(char.isdigit() for char in run) >= 7 else {"JUNK": True, "SHORT": True}
