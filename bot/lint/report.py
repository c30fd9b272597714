"""Problems as text for people, as annotations for GitHub's workflows, as JSON for other tools."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

from bot.language.problem import Problem

Format = Literal["text", "github", "json"]


def report(problems: Sequence[Problem], form: Format) -> str:
    """One line each, or one JSON list of {file, line, column, code, message, fix}."""
    if form == "json":
        return json.dumps([asdict(problem) for problem in problems], ensure_ascii=False, indent=2)
    return "\n".join(_github(problem) if form == "github" else str(problem) for problem in problems)


def _github(problem: Problem) -> str:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""
    place = f"file={_property(problem.file)},line={problem.line},col={problem.column},title={_property(problem.code)}"
    return f"::error {place}::{_data(f'{problem.message}. {problem.fix}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
