"""The markup of Hilo's texts: `*bold*`, `_italic_`, `~strike~`, nested in any order, each within one line.

A mark counts only at the edge of a word, so that `2*3*4`, `snake_case`, addresses and lone marks stay as written.
WhatsApp reads the same marks by itself; Telegram gets plain text with entities.
"""

from dataclasses import dataclass
from typing import Literal

Style = Literal["bold", "italic", "strikethrough"]

_MARKS: dict[str, Style] = {"*": "bold", "_": "italic", "~": "strikethrough"}
_BEFORE = frozenset("([{<\"'«“‘¿¡-—–…")
_AFTER = frozenset(")]}>\"'»”’.,;:!?-—–…")


@dataclass(frozen=True, slots=True)
class Span:
    """A styled part of `Marked.text`: characters `start` to `end`, the end not included."""

    style: Style
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Marked:
    """A text without its marks, and what they meant. Spans nest or stand apart, never cross."""

    text: str
    spans: tuple[Span, ...] = ()


def read_markup(source: str) -> Marked:
    """The text without its marks and its styled parts, outermost first. Linear in the text's length."""
    if not any(mark in source for mark in _MARKS):
        return Marked(source)
    written: list[str] = []
    spans: list[Span] = []
    _read(source, 0, len(source), written, spans, frozenset())
    return Marked("".join(written), tuple(spans))


def _read(source: str, start: int, stop: int, written: list[str], spans: list[Span], inside: frozenset[str]) -> None:
    at = start
    barren: dict[str, int] = {}  # mark → up to where no closing one stands, so that each stretch is searched once
    while at < stop:
        mark = source[at]
        if mark in _MARKS and mark not in inside and at >= barren.get(mark, 0) and _opens(source, at):
            end = source.find("\n", at, stop)
            end = stop if end < 0 else end
            close = _closing(source, at, end)
            if close:
                begin, outer = len(written), len(spans)
                _read(source, at + 1, close, written, spans, inside | {mark})
                spans.insert(outer, Span(_MARKS[mark], begin, len(written)))
                at = close + 1
                continue
            barren[mark] = end
        written.append(mark)
        at += 1


def _opens(source: str, at: int) -> bool:
    before = source[at - 1] if at else " "
    after = source[at + 1] if at + 1 < len(source) else " "
    edge = before.isspace() or before in _BEFORE or (before in _MARKS and before != source[at])
    return edge and not after.isspace() and after != source[at]


def _closing(source: str, opened: int, end: int) -> int | None:
    mark = source[opened]
    at = source.find(mark, opened + 2, end)
    while at >= 0:
        before = source[at - 1]
        after = source[at + 1] if at + 1 < len(source) else " "
        edge = after.isspace() or after in _AFTER or (after in _MARKS and after != mark)
        if edge and not before.isspace() and before != mark:
            return at
        at = source.find(mark, at + 1, end)
    return None
