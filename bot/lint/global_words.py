"""The pack's global words: what they name exists, and what they say fits."""

from collections.abc import Iterator

from bot.action_specs import SPECS
from bot.language.compiled import Globals, Question
from bot.language.library import Library
from bot.language.nearest import did_you_mean
from bot.language.problem import Problem
from bot.language.source import Path, Source
from bot.language.tongues import language_of
from bot.soft_phrases import SMALL, stands
from core.threads.outbound import Limits


def global_problems(library: Library, profiles: tuple[Limits, ...]) -> list[Problem]:
    return [*_names(library), *_excepted(library), *_actions(library), *_phrases(library), *_texts(library, profiles)]


def _names(library: Library) -> Iterator[Problem]:
    words = library.globals
    named: list[tuple[Path, str, str | None, str | None]] = [((), "start", words.start, None)]
    for name, word in words.words.items():
        if word.flow or word.entry:
            named.append((("words", name), "flow", word.flow or words.start, word.entry))
    named += [(("soft", soft.id), "call", soft.call, soft.entry) for soft in words.soft]
    for path, key, flow_name, entry in named:
        flow = library.flows.get(flow_name) if flow_name else None
        if flow is None:
            fix = did_you_mean(flow_name, library.flows, "Name one of the pack")
            yield words.source.problem((*path, key), "missing-flow", f"there is no flow {flow_name!r}", fix)
        elif entry is not None and entry not in flow.entry:
            message = f"the flow {flow_name!r} has no entry {entry!r}"
            fix = did_you_mean(entry, flow.entry, "Add it to its entry:")
            yield words.source.problem((*path, "entry"), "missing-entry", message, fix)
        elif flow.required:
            message = f"{flow_name!r} needs {', '.join(sorted(flow.required))}, which a word cannot give"
            yield words.source.problem((*path, key), "missing-param", message, "Make them optional")


def _excepted(library: Library) -> Iterator[Problem]:
    """Questions in between that a step does not hear must be some of the pack's."""
    known = [soft.id for soft in library.globals.soft]
    for flow in library.flows.values():
        for name, step in flow.steps.items():
            for soft in sorted(step.soft_except.difference(known)) if isinstance(step, Question) else ():
                path = ("steps", name, "soft_except")
                fix = did_you_mean(soft, known, "Name one of the pack's soft")
                yield flow.source.problem(path, "missing-soft", f"there is no soft {soft!r}", fix)


def _actions(library: Library) -> Iterator[Problem]:
    words = library.globals
    for name, word in words.words.items():
        if word.action is not None and word.action not in SPECS:
            fix = did_you_mean(word.action, SPECS, f"Use one of {', '.join(SPECS)}")
            path = ("words", name, "action")
            yield words.source.problem(path, "unknown-action", f"there is no action {word.action!r}", fix)


def _phrases(library: Library) -> Iterator[Problem]:
    """A phrase is heard by the first question that has it, or has less than it."""
    words = library.globals
    for index, soft in enumerate(words.soft):
        for phrase, (said, source, path) in zip(soft.phrases, _written(words, soft.id), strict=True):
            heard, small = [frozenset((word,)) for word in phrase], [word in SMALL for word in phrase]
            for earlier in words.soft[:index]:
                if not earlier.moment and any(stands(one, heard, small) for one in earlier.phrases):
                    message = f"{said!r} is always heard as {earlier.id!r}, which comes before"
                    yield source.problem(path, "phrase-collision", message, "Remove it, or put this one first")
                    break


def _written(words: Globals, soft: str) -> Iterator[tuple[str, Source, Path]]:
    """The phrases of a question in between, in the order compiled: the pack's, then each translation's."""
    for index, phrase in enumerate(words.soft_models[soft].phrases):
        yield phrase, words.source, ("soft", soft, "phrases", index)
    for one in words.translations:
        for index, phrase in enumerate(one.read.soft.get(soft, ())):
            yield phrase, one.source, ("soft", soft, index)


def _texts(library: Library, profiles: tuple[Limits, ...]) -> Iterator[Problem]:
    """The engine's own options are buttons as well, and what it says goes out with them."""
    words = library.globals
    buttons = [limits.button_label for limits in profiles if limits.buttons]
    texts = [limits.prompt_text for limits in profiles if limits.prompt_text]
    sources = {words.lang: words.source} | {one.read.lang: one.source for one in words.translations}
    told: set[str] = set()
    for tag, said in words.texts.items():
        source = sources.get(tag) or sources.get(language_of(tag)) or words.source
        for key, text in said.items():
            length = text.least_length()
            if text.source in told:
                continue
            told.add(text.source)
            if key.startswith("offer.") and buttons and length > min(buttons):
                message = f"{text.source!r} has {length} characters; a button shows {min(buttons)}"
                yield source.problem(("texts", key), "long-label", message, "Shorten it")
            elif texts and length > min(texts):
                message = f"{length} characters; a question with buttons takes {min(texts)}"
                yield source.problem(("texts", key), "too-long", message, "Shorten it")
