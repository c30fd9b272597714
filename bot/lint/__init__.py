"""What is wrong with a pack before anybody talks to it. Errors keep a pack from being published."""

from collections.abc import Iterable

from bot.language.library import Library
from bot.language.problem import Problem
from bot.lint.actions import action_problems
from bot.lint.answers import answer_problems
from bot.lint.calls import call_problems
from bot.lint.conditions import condition_problems
from bot.lint.global_words import global_problems
from bot.lint.labels import label_problems
from bot.lint.paths import path_problems
from bot.lint.privacy import privacy_problems
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
        problems += variable_problems(flow, library)
        problems += answer_problems(flow)
        problems += condition_problems(flow)
        problems += label_problems(flow, library, profiles)
        problems += word_problems(flow, library.globals)
        problems += waiting_problems(flow, library, profiles)
    problems += privacy_problems(library)
    problems += global_problems(library, profiles)
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))
