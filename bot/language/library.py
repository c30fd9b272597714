"""The flows a bot speaks: compiled, by name and by revision, with the pack's global words."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.language.compiled import Flow, Globals, Soft
from bot.language.compiler import compile_flow
from bot.language.model import GlobalsModel
from bot.language.nearest import did_you_mean
from bot.language.problem import FlowsBroken, Problem
from bot.language.shape import shape
from bot.language.source import Source, read_yaml
from bot.language.template import Template, TemplateWrong, compile_template
from bot.language.texts import TEXTS
from bot.understanding.agreement import squeeze
from bot.understanding.fold import fold
from bot.understanding.sound import sound

GLOBALS_FILE = "_globals.yaml"
FLOW_SUFFIX = ".flow.yaml"


@dataclass(frozen=True, slots=True)
class Library:
    """`flows` by name are the ones new conversations begin with; `revisions` also holds those still being spoken."""

    flows: Mapping[str, Flow] = field(repr=False)
    revisions: Mapping[str, Flow] = field(repr=False)
    globals: Globals = field(repr=False)

    def current(self, name: str) -> Flow | None:
        """The revision a new conversation with this flow gets; None when there is no such flow."""
        return self.flows.get(name)

    def revision(self, sha: str) -> Flow | None:
        """The flow of this SHA-256 in hex; None when it is not loaded."""
        return self.revisions.get(sha)

    def with_revisions(self, flows: Iterable[Flow]) -> "Library":
        """A library that also knows these (older) revisions."""
        return replace(self, revisions={**self.revisions, **{flow.revision: flow for flow in flows}})


def make_library(flows: Iterable[Flow], words: Globals) -> Library:
    """Flow names must differ; raises FlowsBroken otherwise."""
    by_name: dict[str, Flow] = {}
    for flow in flows:
        if other := by_name.get(flow.name):
            message = f"the flow {flow.name!r} is also in {other.source.file}"
            raise FlowsBroken([flow.source.problem(("flow",), "duplicate", message, "Give it another name")])
        by_name[flow.name] = flow
    return Library(by_name, {flow.revision: flow for flow in by_name.values()}, words)


def load_pack(path: Path) -> Library:
    """Every `*.flow.yaml` of a directory and its `_globals.yaml`; raises FlowsBroken with all their problems."""
    flows: list[Flow] = []
    problems: list[Problem] = []
    for file in sorted(path.glob(f"*{FLOW_SUFFIX}")):
        try:
            flows.append(read_flow(file.read_text(encoding="utf-8"), str(file)))
        except FlowsBroken as broken:
            problems += broken.problems
    words: Globals | None = None
    try:
        words = _globals_of(path / GLOBALS_FILE)
    except FlowsBroken as broken:
        problems += broken.problems
    if problems or words is None:
        raise FlowsBroken(problems)
    return make_library(flows, words)


def _globals_of(file: Path) -> Globals:
    if not file.exists():
        raise FlowsBroken(
            [Problem(str(file), 0, 0, "missing-file", "the pack has no global words", f"Add {GLOBALS_FILE}")]
        )
    return read_globals(file.read_text(encoding="utf-8"), str(file))


def read_flow(text: str, file: str = "flow") -> Flow:
    """One flow from YAML text; raises FlowsBroken."""
    return compile_flow(read_yaml(text, file))


def compile_revision(canonical: str) -> Flow:
    """A flow from the canonical JSON it was stored as; its `revision` is the same again. Raises FlowsBroken."""
    return compile_flow(Source("revision", json.loads(canonical), {}))


def read_globals(text: str, file: str = GLOBALS_FILE) -> Globals:
    """`_globals.yaml` from text; raises FlowsBroken."""
    source = read_yaml(text, file)
    problems: list[Problem] = []
    read = shape(source, problems, GlobalsModel, source.data, ())
    if read is None:
        raise FlowsBroken(problems)
    by_word: dict[str, str] = {}
    for name, entry in read.words.items():
        for index, word in enumerate(entry.words):
            folded = fold(word)
            if by_word.setdefault(folded, name) != name:
                at = ("words", name, "words", index)
                message = f"{word!r} already means {by_word[folded]}"
                problems.append(source.problem(at, "alias-collision", message, "Keep it in one place"))
    texts = _texts(source, read, problems)
    if problems:
        raise FlowsBroken(problems)
    edit, human = read.words.get("edit"), read.words.get("human")
    return Globals(
        start=read.start,
        lang=read.lang,
        team=read.team,
        region=read.region,
        quiet=read.quiet,
        words={str(name): entry for name, entry in read.words.items()},
        by_word=by_word,
        misspellable=tuple(word for word, name in by_word.items() if name not in ("opt_out", "opt_in")),
        by_sound={_sounds(word): name for word, name in by_word.items() if name not in ("opt_out", "opt_in")},
        edit_words=tuple(fold(word) for word in edit.words) if edit else (),
        courtesy=frozenset(squeeze(fold(word)) for word in read.courtesy),
        small_talk=frozenset(squeeze(fold(word)) for word in (*read.courtesy, *read.greetings)),
        soft=tuple(
            Soft(
                name,
                entry.call,
                entry.entry,
                tuple(frozenset(fold(phrase).split()) for phrase in entry.phrases),
                tuple(frozenset(sound(word) for word in fold(phrase).split()) for phrase in entry.phrases),
            )
            for name, entry in read.soft.items()
        ),
        soft_models=dict(read.soft),
        texts=texts,
        human_word=human.words[0] if human else "ayuda",
        source=source,
    )


def _sounds(words: str) -> str:
    return " ".join(sound(word) for word in words.split())


def _texts(source: Source, read: GlobalsModel, problems: list[Problem]) -> dict[str, Template]:
    texts = {key: compile_template(text) for key, text in TEXTS.items()}
    for key, text in read.texts.items():
        if key not in TEXTS:
            fix = did_you_mean(key, TEXTS, "Remove it")
            problems.append(source.problem(("texts", key), "unknown-key", f"the engine says no {key!r}", fix))
            continue
        try:
            texts[key] = compile_template(text)
        except TemplateWrong as error:
            problems.append(source.problem(("texts", key), "template", str(error), error.fix))
    return texts
