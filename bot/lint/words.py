"""Words that are too alike: two options of a question, or an option and a global word."""

from rapidfuzz import fuzz

from bot.language.compiled import Choice, Flow, Globals, Question
from bot.language.problem import Problem
from bot.understanding.fold import fold

ALIKE = 80.0


def word_problems(flow: Flow, words: Globals) -> list[Problem]:
    problems: list[Problem] = []
    for step in flow.steps.values():
        if not isinstance(step, Question):
            continue
        claimed: list[tuple[str, str]] = []
        for option in step.options:
            path = ("steps", step.id, "options", option.id)
            for word in _words(option):
                for other, owner in (*claimed, *_said_elsewhere(step, option)):
                    if owner != option.id and fuzz.ratio(word, other) >= ALIKE:
                        message = f"{word!r} of {option.id!r} is too like {other!r} of {owner!r}"
                        problems.append(flow.source.problem(path, "alias-collision", message, "Change one of them"))
                if taken := _global_like(words, word):
                    message = f"{word!r} is too like the word {taken!r}, which works everywhere"
                    problems.append(flow.source.problem(path, "alias-collision", message, "Use another word or id"))
            claimed += [(word, option.id) for word in _words(option)]
        for word in _skips(flow, step):
            if taken := _global_like(words, word):
                message = f"{word!r} is too like the word {taken!r}, which works everywhere"
                problems.append(
                    flow.source.problem(("steps", step.id, "skip"), "alias-collision", message, "Use another word")
                )
    return problems


def _said_elsewhere(step: Question, option: Choice) -> list[tuple[str, str]]:
    """What the other options are called in the flow's other languages: people mix them."""
    return [(fold(word), other.id) for other in step.options if other.id != option.id for word in other.also]


def _skips(flow: Flow, step: Question) -> list[str]:
    """The words that skip a question, as this language's file gives them."""
    given = flow.source.data["steps"][step.id].get("skip", [])
    return sorted(fold(word) for word in ([given] if isinstance(given, str) else given))


def _words(option: Choice) -> list[str]:
    written = "".join(part for part in option.label.parts if isinstance(part, str))
    return list(
        dict.fromkeys(fold(text) for text in (option.id, written, option.short or "", *option.aliases) if fold(text))
    )


def _global_like(words: Globals, word: str) -> str | None:
    return next((one for one in words.by_word if fuzz.ratio(word, one) >= ALIKE), None)
