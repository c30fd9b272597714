"""Translation files: `i18n/<flow>.<tag>.yaml` and `i18n/_globals.<tag>.yaml`, read strictly.

Each entry is `{of: <hash of the text it translates>, text: <the translation>}`; an empty text is not translated yet.
Lists of words (aliases, skip, same_chat, and all of the globals' words) stand by themselves, without a hash.
"""

from dataclasses import dataclass, field
from typing import Any

from bot.language.model import Id, Strict, WordName, Words
from bot.language.problem import FlowsBroken, Problem
from bot.language.readable import WORD_KEYS
from bot.language.shape import shape
from bot.language.source import Path, Source, read_yaml
from bot.language.tongues import Tag


class EntryModel(Strict):
    of: str = ""
    text: str = ""


class FlowTranslationModel(Strict):
    flow: str
    lang: Tag
    vars: dict[str, EntryModel] = {}
    defaults: dict[str, EntryModel] = {}
    steps: dict[str, dict[str, Any]] = {}


class GlobalsTranslationModel(Strict):
    """`words`, `courtesy`, `greetings` and `soft` add to those of `_globals.yaml`; `texts` translate the pack's own."""

    lang: Tag
    words: dict[WordName, Words] = {}
    courtesy: list[str] = []
    greetings: list[str] = []
    soft: dict[Id, Words] = {}
    texts: dict[str, EntryModel] = {}


@dataclass(frozen=True, slots=True)
class GlobalsTranslation:
    read: GlobalsTranslationModel
    source: Source = field(repr=False)


class WordsModel(Strict):
    words: Words


@dataclass(frozen=True, slots=True)
class Entry:
    of: str
    text: str
    path: Path


@dataclass(frozen=True, slots=True)
class Translation:
    """A flow's or the globals' texts in one language, by the keys of `bot.language.readable`."""

    name: str
    """The flow's."""
    tag: str
    source: Source = field(repr=False)
    entries: dict[str, Entry]
    words: dict[str, tuple[str, ...]]

    def spoken(self) -> dict[str, str | list[str]]:
        """What is translated: texts and lists of words by key."""
        texts: dict[str, str | list[str]] = {key: entry.text for key, entry in self.entries.items() if entry.text}
        return texts | {key: list(words) for key, words in self.words.items() if words}


def read_translation(text: str, file: str = "translation") -> Translation:
    """A flow's translation from YAML text; raises FlowsBroken."""
    source = read_yaml(text, file)
    problems: list[Problem] = []
    read = shape(source, problems, FlowTranslationModel, source.data, ())
    if read is None:
        raise FlowsBroken(problems)
    entries: dict[str, Entry] = {}
    words: dict[str, tuple[str, ...]] = {}
    for section, found in (("vars", read.vars), ("defaults", read.defaults)):
        for name, one in found.items():
            entries[f"{section}.{name}"] = Entry(one.of, one.text, (section, name))
    for step, parts in read.steps.items():
        for name, value in parts.items():
            key, at = f"steps.{step}.{name}", ("steps", step, name)
            if name.rpartition(".")[2] in WORD_KEYS:
                if said := shape(source, problems, WordsModel, {"words": value}, at):
                    words[key] = tuple(said.words)
            elif entry := shape(source, problems, EntryModel, value, at):
                entries[key] = Entry(entry.of, entry.text, at)
    if problems:
        raise FlowsBroken(problems)
    return Translation(read.flow, read.lang, source, entries, words)


def read_globals_translation(text: str, file: str = "translation") -> GlobalsTranslation:
    """The globals' translation from YAML text; raises FlowsBroken."""
    source = read_yaml(text, file)
    problems: list[Problem] = []
    read = shape(source, problems, GlobalsTranslationModel, source.data, ())
    if read is None:
        raise FlowsBroken(problems)
    return GlobalsTranslation(read, source)
