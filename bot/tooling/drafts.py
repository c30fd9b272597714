"""A flow being edited: its YAML and its translations as texts, changes to single texts of it, what it compiles to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from bot.language.compiled import Flow
from bot.language.library import FLOW_SUFFIX, Library, read_flow
from bot.language.problem import FlowsBroken
from bot.language.readable import Piece, pieces, short_hash
from bot.language.rewriting import rewritten
from bot.language.source import Path as Place
from bot.language.source import Source, read_yaml
from bot.language.tongues import is_register
from bot.language.translation import Entry, Translation, read_translation
from bot.tooling.translate import translation_yaml
from core.errors import Refused


@dataclass(frozen=True, slots=True)
class Draft:
    """`translations`: language → YAML."""

    flow: str
    source: str
    translations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edits:
    """`texts` by the keys of `bot.language.readable` (None takes a short label out), `translated` the same by language
    ("" takes one out), `orders` the options of a step in their new order."""

    texts: Mapping[str, str | None] = field(default_factory=dict)
    translated: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)


def pack_draft(library: Library, flow: str) -> Draft:
    """A pack's own flow as its files have it."""
    found = library.flows[flow]
    translations = {one.tag: _read(one.source.file) for one in found.translations}
    return Draft(flow, _read(found.source.file), translations)


def _read(file: str) -> str:
    return Path(file).read_text(encoding="utf-8")


def compiled(draft: Draft) -> Flow:
    """Raises FlowsBroken; its files are called as a pack's are."""
    return _compiled(draft.flow, draft.source, tuple(sorted(draft.translations.items())))


@lru_cache(maxsize=64)
def _compiled(name: str, source: str, translations: tuple[tuple[str, str], ...]) -> Flow:
    read = [read_translation(text, translation_file(name, tag)) for tag, text in translations]
    for (tag, _), one in zip(translations, read, strict=True):
        if one.tag != tag or one.name != name:
            message = f"this is the translation of {name!r} to {tag!r}"
            fix = f"Write flow: {name} and lang: {tag}"
            raise FlowsBroken([one.source.problem(("lang",), "flow-name", message, fix)])
    flow = read_flow(source, flow_file(name), *read)
    if flow.name != name:
        message = f"this is the flow {name!r}, and it is called {flow.name!r} here"
        raise FlowsBroken([flow.source.problem(("flow",), "flow-name", message, f"Write flow: {name}")])
    return flow


def flow_file(name: str) -> str:
    return f"{name}{FLOW_SUFFIX}"


def translation_file(name: str, tag: str) -> str:
    return f"{name}.{tag}.yaml"


def edited(draft: Draft, edits: Edits) -> Draft:
    """The draft with the edits; what they do not touch stays as it was written. Raises FlowsBroken, Refused."""
    source = read_yaml(draft.source, flow_file(draft.flow))
    known = {piece.key: piece for piece in pieces(source.data)}
    texts = {_place(source, known, key): text for key, text in edits.texts.items()}
    orders = {_options(source, step, order): list(order) for step, order in edits.orders.items()}
    text = rewritten(draft.source, texts, orders) if texts or orders else draft.source
    draft = replace(draft, source=text)
    if not edits.translated:
        return draft
    now = read_yaml(text, flow_file(draft.flow))
    known = {piece.key: piece for piece in pieces(now.data)}
    translations = dict(draft.translations)
    for tag, said in edits.translated.items():
        translations[tag] = _translated(draft, now, known, tag, said)
    return replace(draft, translations=translations)


def _unknown(key: str) -> Refused:
    words = "Ese texto ya no está en el flujo: vuelve a abrirlo."
    return Refused("unknown_text", words, key=key)


def _place(source: Source, known: Mapping[str, Piece], key: str) -> Place:
    """Where a text stands; a short label where it would."""
    if (piece := known.get(key)) is not None and piece.text is not None:
        return piece.path
    around, _, part = key.rpartition(".")
    label = known.get(f"{around}.label")
    if part in ("short", "description") and label is not None and "options" in label.path:
        return (*label.path[:-1], part)
    raise _unknown(key)


def _options(source: Source, step: str, order: Sequence[str]) -> Place:
    try:
        options = source.data["steps"][step]["options"]
        same = sorted(options) == sorted(order)
    except (KeyError, TypeError):
        same = False
    if not same:
        raise _unknown(f"steps.{step}.options")
    return ("steps", step, "options")


def _translated(draft: Draft, source: Source, known: Mapping[str, Piece], tag: str, said: Mapping[str, str]) -> str:
    if tag not in draft.translations:
        raise Refused("unknown_language", f"Este flujo no está traducido a «{tag}».")
    old: Translation = read_translation(draft.translations[tag], translation_file(draft.flow, tag))
    entries = dict(old.entries)
    for key, text in said.items():
        piece = known.get(key)
        if piece is None or piece.text is None:
            raise _unknown(key)
        if text.strip() or not is_register(tag):
            entries[key] = Entry(short_hash(piece.text), text if text.strip() else "", piece.path)
        else:
            entries.pop(key, None)
    return translation_yaml(source, tag, replace(old, entries=entries))
