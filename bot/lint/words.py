"""Words that are too alike: two options of a question, or an option and a global word."""

from collections.abc import Iterator

from rapidfuzz import fuzz

from bot.language.compiled import Choice, Flow, Globals, Question
from bot.language.problem import Problem
from bot.language.source import Path
from core.fold import fold

ALIKE = 80.0


def word_problems(flow: Flow, words: Globals) -> list[Problem]:
    problems: list[Problem] = []
    for step in flow.steps.values():
        if isinstance(step, Question):
            problems += _between_options(flow, step)
            problems += _with_globals(flow, step, words)
    return problems


def _between_options(flow: Flow, step: Question) -> Iterator[Problem]:
    claimed: list[tuple[str, str]] = []
    for option in step.options:
        own = list(_words(step.id, option))
        for path, word in own:
            for other, owner in (*claimed, *_said_elsewhere(step, option)):
                if fuzz.ratio(word, other) >= ALIKE:
                    message = f"{word!r} of {option.id!r} is too like {other!r} of {owner!r}"
                    yield flow.source.problem(path, "alias-collision", message, "Change one of them")
        claimed += [(word, option.id) for _, word in own]


def _with_globals(flow: Flow, step: Question, words: Globals) -> Iterator[Problem]:
    for path, word in _all_words(flow, step):
        taken = next((one for one in words.by_word if fuzz.ratio(word, one) >= ALIKE), None)
        if taken is not None:
            message = f"{word!r} is too like the word {taken!r}, which works everywhere"
            yield flow.source.problem(path, "alias-collision", message, "Use another word")


def _all_words(flow: Flow, step: Question) -> Iterator[tuple[Path, str]]:
    at: Path = ("steps", step.id)
    for option in step.options:
        yield from _words(step.id, option)
    yield from (((*at, "skip"), word) for word in _skips(flow, step))
    if step.answer is not None and step.kind == "yes_no":
        yield from (((*at, "as", key), fold(word)) for key, word in (("yes", step.answer.yes), ("no", step.answer.no)))
    if step.answer is not None:
        yield from (((*at, "as", "labels", index), fold(word)) for index, word in enumerate(step.answer.labels))


def _said_elsewhere(step: Question, option: Choice) -> list[tuple[str, str]]:
    """What the other options are called in the flow's other languages: people mix them."""
    return [(fold(word), other.id) for other in step.options if other.id != option.id for word in other.also]


def _skips(flow: Flow, step: Question) -> list[str]:
    """The words that skip a question, as this language's file gives them."""
    given = flow.source.data["steps"][step.id].get("skip", [])
    return sorted(fold(word) for word in ([given] if isinstance(given, str) else given))


def _words(step: str, option: Choice) -> Iterator[tuple[Path, str]]:
    """(place, folded word) of all that means this option, each word once."""
    at: Path = ("steps", step, "options", option.id)
    written = "".join(part for part in option.label.parts if isinstance(part, str))
    found = [((*at, "label"), written), ((*at, "short"), option.short or ""), (at, option.id)]
    found += [((*at, "aliases", index), alias) for index, alias in enumerate(option.aliases)]
    seen: set[str] = set()
    for path, text in found:
        word = fold(text)
        if word and word not in seen:
            seen.add(word)
            yield path, word
