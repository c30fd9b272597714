"""Texts with holes: `Hola, {nombre|first}`. A hole is a path and filters of a fixed list; nothing is evaluated.

`{{` and `}}` are literal braces. A path is a variable (`nombre`), a field of one (`lead.id`), a fact (`org.name`,
`contact.name`, `channel`) or, inside `options_from`, a field of the row.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.language.nearest import did_you_mean
from bot.language.texts import ENGINE
from bot.language.tongues import language_of
from bot.understanding.when.in_words import in_short, in_words
from bot.understanding.when_answer import is_when, moment_reading, reading_of


class TemplateWrong(ValueError):
    """A text that cannot be compiled; `fix` says what to write instead."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


class Unset(Exception):
    """A hole whose variable has no value."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{{{path}}} has no value")
        self.path = path


Scope = Callable[[str], Any]
"""Looks a whole path up; None when it has no value."""
Labels = Callable[[str, Any], str]
"""The label people saw for a variable's value."""

FACTS: frozenset[str] = frozenset(
    {"channel"}
    | {f"org.{name}" for name in ("name", "phone", "address", "hours", "open", "privacy_url", "website", "country")}
    | {f"org.{name}" for name in ("latitude", "longitude", "maps_url", "parking", "payment_methods")}
    | {f"contact.{name}" for name in ("name", "phone", "email", "opted_out")}
)
"""Facts a flow may name. One without a value reads as nothing (and is unset in predicates), and breaks no flow."""


def _first(value: Any, _: str, __: str) -> Any:
    return str(value).split()[0] if str(value).split() else ""


def _money(value: Any, currency: str, tag: str) -> str:
    """Minor units as people write amounts: 150000 → 1.500, in English 1,500 (with `currency` before it); an answer
    brings its own."""
    if is_money(value):
        value, currency = value["amount"], currency or value["currency"]
    whole, cents = divmod(round(float(value)), 100)
    amount = f"{whole:,}" + (f".{cents:02d}" if cents else "")
    if tag != "en":
        amount = amount.translate(_POINTS_AND_COMMAS)
    return f"{currency} {amount}".strip()


_POINTS_AND_COMMAS = str.maketrans(".,", ",.")


def _join(value: Any, separator: str, tag: str) -> str:
    rows = [str(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else [str(value)]
    return separator.join(rows) if separator else listed(rows, "and", tag)


_BEFORE_E = re.compile(r"\W*h?[ií](?![aeo])", re.IGNORECASE)
"""Spanish says «e» and not «y» before the sound i: español e inglés, but agua y hielo."""


def listed(rows: Sequence[str], word: str, tag: str) -> str:
    """`a, b y c`: rows put together with the language's word for `and` or `or`."""
    joint = f" {ENGINE[tag].words[word]} "
    if joint == " y " and rows and _BEFORE_E.match(rows[-1]):
        joint = " e "
    return joint.join(part for part in (", ".join(rows[:-1]), rows[-1]) if part) if rows else ""


def _yes_no(value: Any, _: str, tag: str) -> str:
    return ENGINE[tag].words["yes" if value else "no"]


def _date(value: Any, how: str, tag: str) -> str:
    """A moment (ISO 8601, local, or the answer to `when`): «el jueves 19 de noviembre a las 10:00», or `short`:
    «jue 19/11, 10:00»; its `hour`: «10:00»; or what is `of` it: «(la cita) del jueves 19 …»."""
    reading = reading_of(value) if is_when(value) else moment_reading(str(value))
    if how == "hour" and isinstance(reading.start, datetime):
        return f"{reading.start:%H:%M}"
    if how == "short":
        return in_short(reading, tag[:2])
    words = in_words(reading, None, tag[:2])
    return f"{_OF[tag[:2]]} {words}".replace("de el ", "del ", 1) if how == "of" and words else words


_OF = {"es": "de", "pt": "de", "en": "on"}


FILTERS: dict[str, Callable[[Any, str, str], Any]] = {
    "first": _first,
    "upper": lambda value, _, __: str(value).upper(),
    "lower": lambda value, _, __: str(value).lower(),
    "capital": lambda value, _, __: str(value)[:1].upper() + str(value)[1:],
    "money": _money,
    "join": _join,
    "count": lambda value, _, __: len(value),
    "yes_no": _yes_no,
    "date": _date,
}
"""What may stand after `|`, given the value, the filter's argument and the language's tag.

Besides these: `or:'text'` for a missing value, `label` (the label of a choice), `prefix:'text'` (put before a value
that is there, nothing otherwise) and `suffix:'text'`.
"""
SPECIAL = frozenset({"or", "label", "prefix", "suffix"})

_HOLE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_PATH = re.compile(r"[a-z][a-z0-9_]*(?:\.(?:[a-z][a-z0-9_]*|[0-9]+))*\Z")
_FILTER = re.compile(r"\|\s*([a-z_]+)\s*(?::\s*(?:'([^']*)'|([\w.-]+)))?\s*")


@dataclass(frozen=True, slots=True)
class Hole:
    path: str
    filters: tuple[tuple[str, str], ...]
    tag: str = "es"
    """The language values are written in."""

    @property
    def may_be_unset(self) -> bool:
        return any(name in ("or", "prefix", "suffix") for name, _ in self.filters)

    def value(self, scope: Scope, labels: Labels) -> Any:
        """The value after its filters; raises Unset when there is none and no filter allows it."""
        value = scope(self.path)
        for name, argument in self.filters:
            if name == "or":
                value = argument if value is None or value == "" else value
            elif name == "prefix":
                value = "" if value is None or value == "" else f"{argument}{as_text(value, self.tag)}"
            elif name == "suffix":
                value = "" if value is None or value == "" else f"{as_text(value, self.tag)}{argument}"
            elif value is None:
                continue
            elif name == "label":
                value = labels(self.path, value)
            else:
                value = FILTERS[name](value, argument, self.tag)
        if value is None:
            if self.path in FACTS:
                return ""
            raise Unset(self.path)
        return value


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled text: literal parts and holes in order."""

    source: str
    parts: tuple[str | Hole, ...]
    plain: str | None = None
    """The whole text, when it has no holes."""
    tag: str = "es"
    """The language values are written in."""

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(part for part in self.parts if isinstance(part, Hole))

    def render(self, scope: Scope, labels: Labels) -> str:
        if self.plain is not None:
            return self.plain
        return "".join(
            part if isinstance(part, str) else as_text(part.value(scope, labels), self.tag) for part in self.parts
        )

    def value(self, scope: Scope, labels: Labels) -> Any:
        """Like `render`, but a text that is one hole gives the value itself, unset as None."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Hole):
            try:
                return self.parts[0].value(scope, labels)
            except Unset:
                return None
        return self.render(scope, labels)

    def least_length(self) -> int:
        """Characters of the literal parts: what the text has at least."""
        return sum(len(part) for part in self.parts if isinstance(part, str))


def is_money(value: Any) -> bool:
    """Whether a value is the answer to `money`: {amount, currency}."""
    return isinstance(value, Mapping) and value.keys() == {"amount", "currency"}


def as_text(value: Any, tag: str) -> str:
    """A value as people read it: sí/no, whole numbers without a decimal point, lists joined, money, days and hours."""
    if is_when(value):
        return in_words(reading_of(value), language=language_of(tag))
    if is_money(value):
        return _money(value, "", tag)
    if isinstance(value, bool):
        return _yes_no(value, "", tag)
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    if isinstance(value, (list, tuple)):
        return listed([as_text(item, tag) for item in value], "and", tag)
    return str(value)


def compile_template(text: str, tag: str = "es") -> Template:
    """A text in the language of `tag`. Raises TemplateWrong on a stray brace, a bad path or an unknown filter."""
    parts: list[str | Hole] = []
    literal, end = "", 0
    for match in _HOLE.finditer(text):
        literal += text[end : match.start()]
        end = match.end()
        if match[1] is not None:
            if literal:
                parts.append(literal)
            literal = ""
            parts.append(_hole(match[1], tag))
        elif match[0] in ("{{", "}}"):
            literal += match[0][0]
        else:
            raise TemplateWrong(f"a stray {match[0]!r}", "Write {{ or }} for a literal brace")
    literal += text[end:]
    if literal or not parts:
        parts.append(literal)
    return Template(text, tuple(parts), parts[0] if len(parts) == 1 and isinstance(parts[0], str) else None, tag)


def _hole(inside: str, tag: str) -> Hole:
    path, bar, rest = inside.partition("|")
    path = path.strip()
    if not _PATH.match(path):
        raise TemplateWrong(f"{{{inside}}} is not a variable", "Write {name} or {name|filter}, with small letters")
    filters: list[tuple[str, str]] = []
    position, tail = 0, bar + rest
    while position < len(tail):
        match = _FILTER.match(tail, position)
        if match is None:
            raise TemplateWrong(f"cannot read the filters of {{{inside}}}", "Write them as |filter or |filter:'text'")
        name = match[1]
        if name not in FILTERS and name not in SPECIAL:
            known = sorted({*FILTERS, *SPECIAL})
            fix = did_you_mean(name, known, f"Use one of {', '.join(known)}")
            raise TemplateWrong(f"there is no filter {name!r}", fix)
        filters.append((name, match[2] or match[3] or ""))
        position = match.end()
    return Hole(path, tuple(filters), tag)


def dig(value: Any, fields: Sequence[str]) -> Any:
    """`fields` one after the other into mappings and lists; None where one is missing."""
    for field in fields:
        if isinstance(value, Mapping):
            value = value.get(field)
        elif isinstance(value, Sequence) and not isinstance(value, str) and field.isdigit():
            value = value[int(field)] if int(field) < len(value) else None
        else:
            return None
    return value
