"""Every text of a flow that a person reads, by a key that stays while the text changes: what is there to translate.

Keys are `vars.<name>`, `defaults.nudges.20m` and `steps.<step>.<what>`, where `what` is `say`, `say.1`, `ask`, `again`,
`retry.0`, `nudges.20m`, `yes`, `labels.0`, `waiting`, `<option>.label` and so on. What the staff reads (`with:`,
`about`) is not among them.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.language.source import Path

WORD_KEYS = frozenset({"aliases", "skip", "same_chat"})
"""Lists of words people say: each language adds its own, and those of all languages count."""
_LETTER = re.compile(r"[^\W\d_]")
_HOLES = re.compile(r"\{[^{}]*\}")
_QUOTED = re.compile(r"'[^']*'")


@dataclass(frozen=True, slots=True)
class Piece:
    """A text at `path` of the file's data; `text` None: a list of words, which may be missing from the source."""

    key: str
    path: Path
    text: str | None


def short_hash(text: str) -> str:
    """Eight hex digits of a text's SHA-256: what a translation remembers of what it translates."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def pieces(data: Any) -> Iterator[Piece]:
    """In the file's order. Data of the wrong shape gives fewer pieces; the compiler says what is wrong with it."""
    if not isinstance(data, Mapping):
        return
    for section in ("vars", "params"):
        for name, var in _items(data.get(section)):
            if isinstance(var, Mapping):
                yield from _text(f"vars.{name}", (section, name, "label"), var.get("label"))
    defaults = data.get("defaults")
    if isinstance(defaults, Mapping):
        yield from _nudges("defaults", ("defaults",), defaults)
    for step, read in _items(data.get("steps")):
        if isinstance(read, Mapping):
            yield from _step(f"steps.{step}", ("steps", step), read)


def _step(key: str, path: Path, step: Mapping[str, Any]) -> Iterator[Piece]:
    for name in ("say", "ask", "choose", "again", "retry", "label", "opener"):
        yield from _texts(f"{key}.{name}", (*path, name), step.get(name))
    yield from _nudges(key, path, step)
    answer = step.get("as")
    if isinstance(answer, Mapping):
        for name in ("yes", "no", "labels"):
            yield from _texts(f"{key}.{name}", (*path, "as", name), answer.get(name))
        if answer.get("type") == "phone":
            yield Piece(f"{key}.same_chat", (*path, "as", "same_chat"), None)
    if "skip" in step:
        yield Piece(f"{key}.skip", (*path, "skip"), None)
    for option, one in _items(step.get("options")):
        if isinstance(one, Mapping):
            at = (*path, "options", option)
            for name in ("label", "short", "description"):
                yield from _text(f"{key}.{option}.{name}", (*at, name), one.get(name))
            yield Piece(f"{key}.{option}.aliases", (*at, "aliases"), None)
    for name, parts in (
        ("options_from", ("label", "short", "description")),
        ("location", ("name", "address")),
        ("resume", ("waiting",)),
        ("template", ("text",)),
    ):
        inside = step.get(name)
        if isinstance(inside, Mapping):
            for part in parts:
                shown = part if name == "resume" else f"{name}.{part}"
                yield from _text(f"{key}.{shown}", (*path, name, part), inside.get(part))


def _nudges(key: str, path: Path, around: Mapping[str, Any]) -> Iterator[Piece]:
    for after, nudge in _items(around.get("nudges")):
        at = (*path, "nudges", after)
        if isinstance(nudge, Mapping):
            carrier = nudge.get("template")
            if isinstance(carrier, Mapping):
                yield from _text(f"{key}.nudges.{after}.template", (*at, "template", "text"), carrier.get("text"))
            at, nudge = (*at, "text"), nudge.get("text")
        yield from _text(f"{key}.nudges.{after}", at, nudge)


def _texts(key: str, path: Path, value: Any) -> Iterator[Piece]:
    if isinstance(value, list):
        for index, text in enumerate(value):
            yield from _text(f"{key}.{index}", (*path, index), text)
    else:
        yield from _text(key, path, value)


def _text(key: str, path: Path, text: Any) -> Iterator[Piece]:
    if isinstance(text, str) and has_words(text):
        yield Piece(key, path, text)


def has_words(text: str) -> bool:
    """Whether there is anything to translate: a letter outside of the holes, or in a filter's quotes."""
    quoted = (quote for hole in _HOLES.findall(text) for quote in _QUOTED.findall(hole))
    return any(_LETTER.search(part) for part in (_HOLES.sub("", text), *quoted))


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()


def put(data: Any, path: Path, value: Any) -> None:
    """Set a value in nested mappings and lists, in place; the mappings on the way must be there."""
    for part in path[:-1]:
        data = data[part]
    data[path[-1]] = value
