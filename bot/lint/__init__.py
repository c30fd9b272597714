"""What is wrong with a pack before anybody talks to it. Errors keep a pack from being published."""

from collections.abc import Iterable

from bot.language.compiled import Flow
from bot.language.library import Library
from bot.language.problem import Problem
from bot.language.tongues import language_of
from bot.lint.actions import action_problems
from bot.lint.calls import call_problems
from bot.lint.labels import label_problems
from bot.lint.paths import path_problems
from bot.lint.translations import globals_translation_problems, translation_problems
from bot.lint.variables import variable_problems
from bot.lint.waiting import waiting_problems
from bot.lint.words import word_problems
from core.threads.outbound import Limits


def lint(library: Library, limits: Iterable[Limits]) -> list[Problem]:
    """Every problem of every current flow, by file and line. `limits` are the channels the pack must fit."""
    profiles = tuple(limits)
    problems: list[Problem] = []
    for flow in library.flows.values():
        problems += path_problems(flow, library)
        problems += action_problems(flow)
        problems += call_problems(flow, library)
        problems += _text_problems(flow, library, profiles)
        problems += waiting_problems(flow, library, profiles)
        problems += translation_problems(flow, library)
    problems += _globals_problems(library)
    problems += globals_translation_problems(library.globals)
    problems += _offer_problems(library, profiles)
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))


def _text_problems(flow: Flow, library: Library, profiles: tuple[Limits, ...]) -> list[Problem]:
    """Of the flow's own words, and in each translation what its own words have not."""

    def found(spoken: Flow) -> list[Problem]:
        words = word_problems(spoken, library.globals)
        return [*variable_problems(spoken), *label_problems(spoken, profiles), *words]

    own = found(flow)
    known = {(problem.code, problem.message) for problem in own}
    for variant in {id(variant): variant for variant in flow.variants.values()}.values():
        own += [problem for problem in found(variant) if (problem.code, problem.message) not in known]
    return own


def _globals_problems(library: Library) -> list[Problem]:
    words = library.globals
    named: list[tuple[tuple[str | int, ...], str | None, str | None]] = [(("start",), words.start, None)]
    for name, word in words.words.items():
        if word.flow or word.entry:
            named.append((("words", name), word.flow or words.start, word.entry))
    named += [(("soft", soft.id), soft.call, soft.entry) for soft in words.soft]
    problems: list[Problem] = []
    for path, flow_name, entry in named:
        flow = library.flows.get(flow_name) if flow_name else None
        if flow is None:
            problems.append(
                words.source.problem(path, "missing-flow", f"there is no flow {flow_name!r}", "Name one of the pack")
            )
        elif entry is not None and entry not in flow.entry:
            message = f"the flow {flow_name!r} has no entry {entry!r}"
            problems.append(words.source.problem(path, "missing-entry", message, "Add it to its entry:"))
        elif flow.required:
            message = f"{flow_name!r} needs {', '.join(sorted(flow.required))}, which a word cannot give"
            problems.append(words.source.problem(path, "missing-param", message, "Make them optional"))
    return problems


def _offer_problems(library: Library, profiles: tuple[Limits, ...]) -> list[Problem]:
    """The engine's own options are buttons as well."""
    words = library.globals
    buttons = [limits.button_label for limits in profiles if limits.buttons]
    sources = {words.lang: words.source} | {one.read.lang: one.source for one in words.translations}
    problems: dict[Problem, None] = {}
    for tag, texts in words.texts.items():
        source = sources.get(tag) or sources.get(language_of(tag)) or words.source
        for key, text in texts.items():
            if key.startswith("offer.") and buttons and text.least_length() > min(buttons):
                message = f"{text.source!r} has {text.least_length()} characters; a button shows {min(buttons)}"
                problems[source.problem(("texts", key), "long-label", message, "Shorten it")] = None
    return list(problems)
