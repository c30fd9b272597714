"""The flows a bot speaks: compiled, by name and by revision, with the pack's global words."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.language.compiled import Flow, Globals
from bot.language.globals_file import GLOBALS_FILE, read_globals
from bot.language.problem import FlowsBroken, Problem
from bot.language.source import read_yaml
from bot.language.tongues import LANGUAGES
from bot.language.translation import GlobalsTranslation, Translation, read_globals_translation, read_translation
from bot.language.variants import compile_spoken, compile_stored

FLOW_SUFFIX = ".flow.yaml"
TRANSLATIONS = "i18n"


@dataclass(frozen=True, slots=True)
class Library:
    """`flows` by name are the ones new conversations begin with; `revisions` also holds those still being spoken."""

    flows: Mapping[str, Flow] = field(repr=False)
    revisions: Mapping[str, Flow] = field(repr=False)
    globals: Globals = field(repr=False)
    languages: frozenset[str] = frozenset()
    """Those a conversation may be held in: the pack's own and those its first flow is translated to."""

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
    first = by_name.get(words.start)
    languages = {words.lang} | {tag for tag in (first.variants if first else ()) if tag in LANGUAGES}
    return Library(by_name, {flow.revision: flow for flow in by_name.values()}, words, frozenset(languages))


def load_pack(path: Path) -> Library:
    """Every `*.flow.yaml` of a directory, its `_globals.yaml` and their translations in `i18n/`.

    Raises FlowsBroken with all their problems.
    """
    problems: list[Problem] = []
    translations, of_globals = _translations(path / TRANSLATIONS, problems)
    flows: list[Flow] = []
    for file in sorted(path.glob(f"*{FLOW_SUFFIX}")):
        try:
            source = read_yaml(file.read_text(encoding="utf-8"), str(file))
            flows.append(compile_spoken(source, translations.pop(file.name.removesuffix(FLOW_SUFFIX), ())))
        except FlowsBroken as broken:
            problems += broken.problems
    for left in (one for found in translations.values() for one in found):
        message = f"there is no flow file {left.name}{FLOW_SUFFIX}"
        problems.append(left.source.problem(("flow",), "missing-flow", message, "Rename this file, or remove it"))
    words: Globals | None = None
    try:
        words = _globals_of(path / GLOBALS_FILE, of_globals)
    except FlowsBroken as broken:
        problems += broken.problems
    if problems or words is None:
        raise FlowsBroken(problems)
    return make_library(flows, words)


def _translations(
    folder: Path, problems: list[Problem]
) -> tuple[dict[str, list[Translation]], list[GlobalsTranslation]]:
    """Those of a pack: by flow file, and of its globals. A file is named after what is in it."""
    flows: dict[str, list[Translation]] = {}
    of_globals: list[GlobalsTranslation] = []
    for file in sorted(folder.glob("*.yaml")):
        name = file.stem.rpartition(".")[0]
        try:
            text = file.read_text(encoding="utf-8")
            if name == GLOBALS_FILE.removesuffix(".yaml"):
                words = read_globals_translation(text, str(file))
                source, said = words.source, f"{name}.{words.read.lang}"
                of_globals.append(words)
            else:
                found = read_translation(text, str(file))
                source, said = found.source, f"{found.name}.{found.tag}"
                flows.setdefault(name, []).append(found)
        except FlowsBroken as broken:
            problems += broken.problems
            continue
        if said != file.stem:
            message = f"this file is named {file.name} and holds {said}"
            problems.append(source.problem(("lang",), "file-name", message, f"Name it {said}.yaml"))
    return flows, of_globals


def _globals_of(file: Path, translations: Sequence[GlobalsTranslation]) -> Globals:
    if not file.exists():
        raise FlowsBroken(
            [Problem(str(file), 0, 0, "missing-file", "the pack has no global words", f"Add {GLOBALS_FILE}")]
        )
    return read_globals(file.read_text(encoding="utf-8"), str(file), translations)


def read_flow(text: str, file: str = "flow", *translations: Translation) -> Flow:
    """One flow from YAML text, with its translations; raises FlowsBroken."""
    return compile_spoken(read_yaml(text, file), translations)


def compile_revision(canonical: str) -> Flow:
    """A flow from the canonical JSON it was stored as; its `revision` is the same again. Raises FlowsBroken."""
    return compile_stored(json.loads(canonical))
