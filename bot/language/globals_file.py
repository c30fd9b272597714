"""`_globals.yaml` and its translations, compiled: words of every language together, texts by language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.language.compiled import SHORTEST_SLIP, Globals, Soft
from bot.language.model import GlobalsModel
from bot.language.nearest import did_you_mean
from bot.language.problem import FlowsBroken, Problem
from bot.language.shape import shape
from bot.language.source import Path, Source, read_yaml
from bot.language.template import Template, TemplateWrong, compile_template
from bot.language.texts import ENGINE
from bot.language.tongues import TAGS, chain
from bot.language.translation import GlobalsTranslation
from bot.soft_phrases import GAP, Phrase
from bot.understanding.agreement import squeeze
from bot.understanding.sound import sound
from core.fold import fold

GLOBALS_FILE = "_globals.yaml"
_STRICT = ("opt_out", "opt_in")
"""Words about leaving for good count only as they are spelt."""


@dataclass(frozen=True, slots=True)
class _Said:
    """Words of a group, and where they stand."""

    name: str
    words: Sequence[str]
    source: Source
    path: Path


def read_globals(text: str, file: str = GLOBALS_FILE, translations: Sequence[GlobalsTranslation] = ()) -> Globals:
    """`_globals.yaml` from text, with its translations; raises FlowsBroken."""
    source = read_yaml(text, file)
    problems: list[Problem] = []
    read = shape(source, problems, GlobalsModel, source.data, ())
    if read is None:
        raise FlowsBroken(problems)
    problems += _misplaced(read, translations)
    by_word = _by_word(read, source, translations, problems)
    texts = _texts(read, source, translations, problems)
    if problems:
        raise FlowsBroken(problems)
    courtesy = [*read.courtesy, *(word for one in translations for word in one.read.courtesy)]
    soft = tuple(_soft(name, read, translations) for name in read.soft)
    greetings = [*read.greetings, *(word for one in translations for word in one.read.greetings)]
    return Globals(
        start=read.start,
        lang=read.lang,
        team=read.team,
        region=read.region,
        quiet=read.quiet,
        words={str(name): entry for name, entry in read.words.items()},
        by_word=by_word,
        misspellable=tuple(word for word, name in by_word.items() if name not in _STRICT),
        by_sound={_sounds(word): name for word, name in by_word.items() if name not in _STRICT},
        edit_words=tuple(word for word, name in by_word.items() if name == "edit"),
        courtesy=frozenset(squeeze(fold(word)) for word in courtesy),
        small_talk=frozenset(squeeze(fold(word)) for word in (*courtesy, *greetings)),
        soft=soft,
        long_sounds=tuple(
            sorted({word for one in soft for phrase in one.sounds for word in phrase if len(word) >= SHORTEST_SLIP})
        ),
        soft_models=dict(read.soft),
        texts=texts,
        human_word={tag: _human_word(tag, read, translations) for tag in TAGS},
        source=source,
        translations=tuple(translations),
    )


def _misplaced(read: GlobalsModel, translations: Sequence[GlobalsTranslation]) -> list[Problem]:
    """Translations into the pack's own language, and words for what `_globals.yaml` does not have."""
    problems: list[Problem] = []
    for one in translations:
        if one.read.lang == read.lang:
            message = f"the pack is written in {read.lang} already"
            problems.append(one.source.problem(("lang",), "value", message, f"Put this in {GLOBALS_FILE}"))
        for section, given, known in (
            ("words", list(one.read.words), set(map(str, read.words))),
            ("soft", list(one.read.soft), set(read.soft)),
        ):
            for name in given:
                if name not in known:
                    message = f"{GLOBALS_FILE} has no {section} {name!r}"
                    problems.append(one.source.problem((section, name), "gone", message, "Remove it"))
    return problems


def _groups(read: GlobalsModel, source: Source, translations: Sequence[GlobalsTranslation]) -> Iterator[_Said]:
    for name, entry in read.words.items():
        yield _Said(name, entry.words, source, ("words", name, "words"))
    for one in translations:
        for name, words in one.read.words.items():
            yield _Said(name, words, one.source, ("words", name))


def _by_word(
    read: GlobalsModel, source: Source, translations: Sequence[GlobalsTranslation], problems: list[Problem]
) -> dict[str, str]:
    by_word: dict[str, str] = {}
    for group in _groups(read, source, translations):
        for index, word in enumerate(group.words):
            folded = fold(word)
            if by_word.setdefault(folded, group.name) != group.name:
                message = f"{word!r} already means {by_word[folded]}"
                at = (*group.path, index)
                problems.append(group.source.problem(at, "alias-collision", message, "Keep it in one place"))
    return by_word


def _soft(name: str, read: GlobalsModel, translations: Sequence[GlobalsTranslation]) -> Soft:
    entry = read.soft[name]
    phrases = [*entry.phrases, *(phrase for one in translations for phrase in one.read.soft.get(name, ()))]
    words = tuple(_phrase(phrase) for phrase in phrases)
    sounds = tuple(tuple(word if word == GAP else sound(word) for word in phrase) for phrase in words)
    return Soft(name, entry.call, entry.entry, words, sounds, entry.moment)


def _phrase(written: str) -> Phrase:
    runs = [fold(run).split() for run in written.replace("...", GAP).split(GAP)]
    return tuple(word for run in runs if run for word in (GAP, *run))[1:]


def _sounds(words: str) -> str:
    return " ".join(sound(word) for word in words.split())


def _human_word(tag: str, read: GlobalsModel, translations: Sequence[GlobalsTranslation]) -> str:
    """The first word for a person: the register's own, the language's, the pack's."""
    for wanted in reversed(chain(tag)):
        for one in translations:
            if one.read.lang == wanted and (words := one.read.words.get("human")):
                return words[0]
    human = read.words.get("human")
    return human.words[0] if human else "ayuda"


def _texts(
    read: GlobalsModel, source: Source, translations: Sequence[GlobalsTranslation], problems: list[Problem]
) -> dict[str, dict[str, Template]]:
    """The engine's texts with the pack's over them. A text of the pack's own language is no other language's."""
    written: dict[str, tuple[str, Path]] = {key: (text, ("texts", key)) for key, text in read.texts.items()}
    own: dict[str, dict[str, Template]] = {read.lang: _compiled(source, written, read.lang, problems)}
    for one in translations:
        written = {key: (entry.text, ("texts", key, "text")) for key, entry in one.read.texts.items() if entry.text}
        own[one.read.lang] = _compiled(one.source, written, one.read.lang, problems)
    found: dict[str, dict[str, Template]] = {}
    for tag in TAGS:
        found[tag] = {key: compile_template(text, tag) for key, text in ENGINE[tag].texts.items()}
        for part in chain(tag):
            found[tag] |= own.get(part, {})
    return found


def _compiled(
    source: Source, texts: Mapping[str, tuple[str, Path]], tag: str, problems: list[Problem]
) -> dict[str, Template]:
    found: dict[str, Template] = {}
    known = ENGINE[tag].texts
    for key, (text, path) in texts.items():
        if key not in known:
            fix = did_you_mean(key, known, "Remove it")
            problems.append(source.problem(path, "unknown-key", f"the engine says no {key!r}", fix))
            continue
        try:
            found[key] = compile_template(text, tag)
        except TemplateWrong as error:
            problems.append(source.problem(path, "template", str(error), error.fix))
    return found
