"""One flow in every language it has: its data with the translations laid over it, compiled once per language."""

import copy
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.language.compiled import Flow
from bot.language.compiler import canonical_json, compile_flow
from bot.language.problem import FlowsBroken, Problem
from bot.language.readable import pieces, put
from bot.language.source import Path, Source
from bot.language.tongues import TAGS, chain, language_of
from bot.language.translation import Translation

SPOKEN = "i18n"
"""Where the canonical JSON keeps the translations: tag → key → text or words."""

Said = Mapping[str, str | list[str]]


def compile_spoken(source: Source, translations: Sequence[Translation] = ()) -> Flow:
    """A flow with its translations. Raises FlowsBroken with what is wrong in its file, or in theirs."""
    plain = compile_flow(source)
    problems: list[Problem] = []
    for one in translations:
        if one.tag == plain.lang:
            message = f"the flow {plain.name!r} is written in {one.tag} already"
            problems.append(one.source.problem(("lang",), "value", message, "Change the texts in the flow itself"))
    if problems:
        raise FlowsBroken(problems)
    said = {one.tag: found for one in translations if (found := one.spoken())}
    flow = _with_variants(plain, source, said, {one.tag: _placed(source, one) for one in translations})
    return replace(flow, translations=tuple(translations))


def compile_stored(data: dict[str, Any]) -> Flow:
    """A flow from its canonical JSON as data. Raises FlowsBroken."""
    said = data.pop(SPOKEN, {})
    source = Source("revision", data, {})
    return _with_variants(compile_flow(source), source, said, {})


def _with_variants(plain: Flow, source: Source, said: Mapping[str, Said], sources: Mapping[str, Source]) -> Flow:
    tags = [tag for tag in TAGS if tag in said]  # a language comes before its registers
    if not tags:
        return plain
    datas = {plain.lang: source.data}
    for tag in tags:
        datas[tag] = overlaid(datas.get(language_of(tag), source.data), said[tag])
    canonical = canonical_json({**source.data, SPOKEN: {tag: said[tag] for tag in tags}})
    revision = hashlib.sha256(canonical.encode()).hexdigest()

    def compiled(tag: str) -> Flow:
        place = sources.get(tag, source)
        others = [(other, data) for other, data in datas.items() if other != tag]
        found = compile_flow(Source(place.file, datas[tag], place.places), tag, others)
        return replace(found, canonical=canonical, revision=revision)

    flows = {tag: compiled(tag) for tag in datas}
    base = flows.pop(plain.lang)
    variants: dict[str, Flow] = {}
    for tag in TAGS:
        nearest = next((flows[one] for one in reversed(chain(tag)) if one in flows), None)
        if nearest is not None and tag != plain.lang:
            variants[tag] = nearest
    return replace(base, variants=variants)


def overlaid(data: Any, said: Said) -> Any:
    """The data in these words; keys it does not have are left out."""
    found = copy.deepcopy(data)
    for piece in pieces(data):
        if text := said.get(piece.key):
            put(found, piece.path, text)
    return found


def _placed(source: Source, translation: Translation) -> Source:
    """Where the texts of a variant stand: in the translation's file."""
    places: dict[Path, tuple[int, int]] = {(): (1, 1)}
    known = translation.source.places
    for piece in pieces(source.data):
        section, _, rest = piece.key.partition(".")
        step, _, what = rest.partition(".")
        at: Path = ("steps", step, what) if section == "steps" else (section, rest)
        if place := known.get(at):
            places[piece.path] = place
            for length in range(len(piece.path) - 1, 2, -1):
                places.setdefault(piece.path[:length], place)
        if section == "steps" and (around := known.get(("steps", step))):
            places.setdefault(("steps", step), around)
    return Source(translation.source.file, translation.source.data, places)
