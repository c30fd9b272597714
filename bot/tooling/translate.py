"""Write a translation file, or bring one up to date: new texts come in empty, gone ones go, changed ones are marked.

A file is written whole, in the order of the flow; comments other than those at its head are not kept.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.language.globals_file import GLOBALS_FILE
from bot.language.library import FLOW_SUFFIX, TRANSLATIONS
from bot.language.problem import FlowsBroken
from bot.language.readable import Piece, has_words, pieces, short_hash
from bot.language.source import Source, read_yaml
from bot.language.tongues import is_register
from bot.language.translation import (
    Entry,
    EntryModel,
    Translation,
    read_globals_translation,
    read_translation,
)

_GLOBALS = GLOBALS_FILE.removesuffix(".yaml")


def translate(pack: Path, name: str, tag: str, *, accept: bool = False) -> tuple[Path, int]:
    """The file written and how many texts still want looking at. `name` is a flow's file, or `_globals`.

    `accept` takes every translation there is as one of today's text. Raises FlowsBroken for files that cannot be
    read and for the language the flow is written in, and FileNotFoundError without such a flow.
    """
    source_file = pack / (GLOBALS_FILE if name == _GLOBALS else f"{name}{FLOW_SUFFIX}")
    source = read_yaml(source_file.read_text(encoding="utf-8"), str(source_file))
    own = source.data.get("lang", "es")
    if tag == own:
        message = f"{name} is written in {own} already"
        raise FlowsBroken([source.problem(("lang",), "value", message, "Name the language to translate it into")])
    target = pack / TRANSLATIONS / f"{name}.{tag}.yaml"
    text = target.read_text(encoding="utf-8") if target.exists() else None
    if name == _GLOBALS:
        written = _globals(source, tag, text, target, accept)
    else:
        written = _flow(source, tag, read_translation(text, str(target)) if text is not None else None, accept)
    lines = [*_head(text), *written]
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target, sum(_wants_looking(line) for line in lines)


def translation_yaml(source: Source, tag: str, old: Translation) -> str:
    """A flow's translation as its file has it, brought up to date with the flow."""
    return "\n".join(_flow(source, tag, old, accept=False)) + "\n"


def _flow(source: Source, tag: str, old: Translation | None, accept: bool) -> Iterator[str]:
    yield f"flow: {source.data['flow']}"
    yield f"lang: {tag}"
    section = step = ""
    for piece in _wanted(source, tag, old):
        found, _, rest = piece.key.partition(".")
        if found != section:
            section = found
            yield f"{section}:"
        indent = "  "
        if section == "steps":
            around, _, rest = rest.partition(".")
            if around != step:
                step = around
                yield f"  {step}:"
            indent = "    "
        if piece.text is None:
            yield f"{indent}{rest}: {_words(old.words[piece.key] if old else ())}"
        else:
            yield f"{indent}{rest}: {_entry(old.entries.get(piece.key) if old else None, piece.text, accept)}"


def _wanted(source: Source, tag: str, old: Translation | None) -> Iterator[Piece]:
    """What the file has, and what is missing from it; of a register, which is partial, only what it has."""
    for piece in pieces(source.data):
        if piece.text is None:
            if old is not None and old.words.get(piece.key):
                yield piece
        elif old is None or not is_register(tag) or piece.key in old.entries:
            yield piece


def _globals(source: Source, tag: str, text: str | None, target: Path, accept: bool) -> Iterator[str]:
    old = read_globals_translation(text, str(target)).read if text is not None else None
    yield f"lang: {tag}"
    for section in ("words", "soft"):
        given: dict[str, list[str]] = dict(getattr(old, section)) if old else {}
        names = [name for name in source.data.get(section) or {} if given.get(name) or not is_register(tag)]
        if names:
            yield f"{section}:"
            yield from (f"  {name}: {_words(given.get(name, ()))}" for name in names)
    for section in ("courtesy", "greetings"):
        said: list[str] = list(getattr(old, section)) if old else []
        if said:
            yield f"{section}: {_words(said)}"
    texts = {key: one for key, one in (source.data.get("texts") or {}).items() if has_words(one)}
    if texts:
        yield "texts:"
    for key, one in texts.items():
        entry: EntryModel | None = old.texts.get(key) if old else None
        if entry is not None or not is_register(tag) or old is None:
            yield f"  {key}: {_entry(Entry(entry.of, entry.text, ()) if entry else None, one, accept)}"


def _entry(old: Entry | None, text: str, accept: bool) -> str:
    now = short_hash(text)
    if old is None or not old.text:
        return f'{{of: {now}, text: ""}}{_UNTRANSLATED}{_one_line(text)}'
    of = now if accept else old.of or now
    stale = "" if of == now else f"{_STALE}{_one_line(text)}"
    return f"{{of: {of}, text: {json.dumps(old.text, ensure_ascii=False)}}}{stale}"


_UNTRANSLATED, _STALE = "  # ", "  # changed; now: "


def _wants_looking(line: str) -> bool:
    return 'text: ""}' in line or _STALE in line


def _words(words: Iterable[str]) -> str:
    return f"[{', '.join(json.dumps(word, ensure_ascii=False) for word in words)}]"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _head(text: str | None) -> Iterator[str]:
    for line in (text or "").splitlines():
        if not line.startswith("#"):
            return
        yield line
