"""What is wrong with a pack before anybody talks to it. Errors keep a pack from being published."""

from collections.abc import Iterable

from bot.language.compiled import Flow
from bot.language.library import Library
from bot.language.problem import Problem
from bot.lint.actions import action_problems
from bot.lint.answers import answer_problems
from bot.lint.calls import call_problems
from bot.lint.carriers import carrier_problems, same_name_problems
from bot.lint.conditions import condition_problems
from bot.lint.global_words import global_problems
from bot.lint.labels import label_problems
from bot.lint.paths import path_problems
from bot.lint.privacy import privacy_problems
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
        problems += answer_problems(flow)
        problems += condition_problems(flow)
        problems += waiting_problems(flow, library, profiles)
        problems += translation_problems(flow, library)
    problems += same_name_problems(library)
    problems += privacy_problems(library)
    problems += global_problems(library, profiles)
    problems += globals_translation_problems(library.globals)
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))


def _text_problems(flow: Flow, library: Library, profiles: tuple[Limits, ...]) -> list[Problem]:
    """Of the flow's own words, and in each translation what its own words have not."""

    def found(spoken: Flow) -> list[Problem]:
        words = word_problems(spoken, library.globals)
        lengths = [*label_problems(spoken, library, profiles), *carrier_problems(spoken)]
        return [*variable_problems(spoken, library), *lengths, *words]

    own = found(flow)
    known = {(problem.code, problem.message) for problem in own}
    for variant in {id(variant): variant for variant in flow.variants.values()}.values():
        own += [problem for problem in found(variant) if (problem.code, problem.message) not in known]
    return own
