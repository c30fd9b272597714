"""Translations: what is missing, what has changed since, what is no longer there, holes the source does not have."""

from collections.abc import Iterator, Mapping

from bot.language.compiled import Flow, Globals
from bot.language.library import Library
from bot.language.problem import Problem
from bot.language.readable import Piece, has_words, pieces, short_hash
from bot.language.source import Path, Source
from bot.language.template import TemplateWrong, compile_template
from bot.language.tongues import LANGUAGES, is_register
from bot.language.translation import Entry, Translation


def translation_problems(flow: Flow, library: Library) -> list[Problem]:
    """Of every file of this flow. A register says only what it says differently, so nothing in it is missing."""
    known = {piece.key: piece for piece in pieces(flow.source.data)}
    problems: list[Problem] = []
    for one in flow.translations:
        texts = {key: piece.text for key, piece in known.items() if piece.text is not None}
        problems += _entries(one.source, one.entries, texts)
        for key in one.words:
            if key not in known:
                problems.append(_gone(one.source, _place(one, key), key))
        if not is_register(one.tag):
            problems += _untranslated(one, known)
    problems += _without_file(flow, library)
    return problems


def _untranslated(one: Translation, known: Mapping[str, Piece]) -> Iterator[Problem]:
    for key, piece in known.items():
        if piece.text is not None and not (key in one.entries and one.entries[key].text):
            message = f"{key} is not translated: {_short(piece.text)}"
            yield one.source.problem(_place(one, key), "untranslated", message, _fix(one))


def _without_file(flow: Flow, library: Library) -> Iterator[Problem]:
    """A pack that speaks a language speaks it in all of its flows."""
    there = {one.tag for one in flow.translations}
    for language in sorted(library.languages - there - {flow.lang}):
        if any(piece.text is not None for piece in pieces(flow.source.data)):
            message = f"the pack speaks {language}, and this flow is not translated to it"
            fix = f"hilo flow translate {flow.name} {language}"
            yield flow.source.problem(("flow",), "untranslated", message, fix)


def globals_translation_problems(words: Globals) -> list[Problem]:
    own = words.source.data
    texts = {key: text for key, text in (own.get("texts") or {}).items() if has_words(text)}
    problems: list[Problem] = []
    for one in words.translations:
        entries = {f"texts.{key}": Entry(entry.of, entry.text, ("texts", key)) for key, entry in one.read.texts.items()}
        problems += _entries(one.source, entries, {f"texts.{key}": text for key, text in texts.items()})
        if one.read.lang not in LANGUAGES:
            continue
        for key, text in texts.items():
            if not (key in one.read.texts and one.read.texts[key].text):
                message = f"texts.{key} is not translated: {_short(text)}"
                problems.append(one.source.problem(("texts", key), "untranslated", message, "Translate it"))
        given: Mapping[str, Mapping[str, object]] = {"words": one.read.words, "soft": one.read.soft}  # type: ignore[dict-item]
        for section, there in given.items():
            for name in own.get(section) or {}:
                if name not in there:
                    message = f"no {section} for {name} in {one.read.lang}"
                    problems.append(one.source.problem((section,), "untranslated", message, f"Add {name}: […]"))
    return problems


def _entries(source: Source, entries: Mapping[str, Entry], texts: Mapping[str, str | None]) -> Iterator[Problem]:
    for key, entry in entries.items():
        text = texts.get(key)
        if text is None:
            yield _gone(source, entry.path, key)
            continue
        if entry.text and entry.of != short_hash(text):
            message = f"the text has changed since this was translated; now: {_short(text)}"
            fix = "Look at the translation, then hilo flow translate … --accept"
            yield source.problem(entry.path, "stale", message, fix)
        try:
            holes = {hole.path for hole in compile_template(entry.text).holes}
            known = {hole.path for hole in compile_template(text).holes}
        except TemplateWrong:
            continue  # the compiler has said so
        for hole in sorted(holes - known):
            message = f"{{{hole}}} is not in the text this translates"
            yield source.problem((*entry.path, "text"), "unknown-hole", message, "Use only the source's holes")


def _gone(source: Source, path: Path, key: str) -> Problem:
    return source.problem(path, "gone", f"there is no {key} to translate", "Remove it: hilo flow translate does")


def _place(one: Translation, key: str) -> Path:
    section, _, rest = key.partition(".")
    step, _, what = rest.partition(".")
    return ("steps", step, what) if section == "steps" else (section, rest)


def _fix(one: Translation) -> str:
    return f"hilo flow translate {one.name} {one.tag}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return f"«{flat}»" if len(flat) <= 60 else f"«{flat[:59]}…»"
