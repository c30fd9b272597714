"""`hilo flow lint`, `graph`, `coverage` and `diff`: what is wrong with flows, how they look, what tests miss."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter, validators

from backoffice.cli_packs import chosen_pack, is_pack, packs_at
from backoffice.draw import draw
from backoffice.runtime import LIMITS
from backoffice.settings import Settings
from bot.conversation import Passed
from bot.language.library import Library, load_pack
from bot.language.problem import FlowsBroken, Problem
from bot.lint import lint as lint_library
from bot.lint.migration import migration_problems
from bot.lint.report import Format, report
from bot.tooling.coverage import FlowCoverage
from bot.tooling.coverage import coverage as measure
from bot.tooling.diff import differences
from bot.tooling.graph import graph as chart
from bot.tooling.templates import templates_of
from bot.tooling.transcripts import run_transcripts
from core.errors import Refused

Spanish = Literal["tu", "vos", "usted"]


def lint(
    *paths: Path, form: Annotated[Format, Parameter(name="--format")] = "text", against: Path | None = None
) -> None:
    """Every problem of every pack, as file:line:column. Fails when there is one.

    Parameters
    ----------
    paths
        Only these packs or files; every pack otherwise.
    form
        text, github (annotations of a workflow) or json (a list of file, line, column, code, message, fix).
    against
        An older copy of the pack, or of the folder of packs: who waits in it must be able to go on where a flow says
        `migrate`.
    """
    problems: list[Problem] = []
    flows = 0
    packs = packs_at(paths or [Settings().flows_dir])
    for folder, files in packs.items():
        try:
            library = load_pack(folder)
            found = lint_library(library, LIMITS.values())
            flows += len(library.flows)
            if against is not None:
                found += migration_problems(_older(against, folder), library)
        except FlowsBroken as broken:
            found = broken.problems
        found = [one for one in found if files is None or Path(one.file) in files]
        problems += [replace(one, file=_here(one.file)) for one in found]
    problems.sort(key=lambda one: (one.file, one.line, one.column))
    if problems or form == "json":
        print(report(problems, form))
    if form == "text":
        print(f"{_count(flows, 'flow')} in {_count(len(packs), 'pack')}, {_count(len(problems), 'problem')}.")
    if problems:
        raise SystemExit(1)


def _count(number: int, of: str) -> str:
    return f"{number} {of}" if number == 1 else f"{number} {of}s"


def _here(file: str) -> str:
    """A file as it is called from where the command runs, as editors and GitHub want it."""
    return str(Path(file).relative_to(Path.cwd())) if Path(file).is_relative_to(Path.cwd()) else file


def _older(against: Path, folder: Path) -> Library:
    return _pack(against if is_pack(against) else against / folder.resolve().name)


def _pack(folder: Path) -> Library:
    if not is_pack(folder):
        raise Refused("no_pack", f"{folder} is no pack: a pack has a _globals.yaml.")
    return load_pack(folder)


def _passed(folder: Path, library: Library) -> set[Passed]:
    report = run_transcripts([folder], library, draw)
    return {one for result in report.results for one in result.passed_through}


def graph(name: str, *, pack: str | None = None) -> None:
    """A flow as a Mermaid flowchart; what transcripts never pass through is grey and dashed."""
    chosen, library = chosen_pack(pack)
    found = library.current(name)
    if found is None:
        raise Refused("no_flow", f"There is no flow {name!r}: choose one of {', '.join(library.flows)}.")
    print(chart(found, _passed(Settings().flows_dir / chosen, library)), end="")


def coverage(
    *, pack: str | None = None, fail_under: Annotated[float, Parameter(validator=validators.Number(gte=0, lte=100))] = 0
) -> None:
    """Steps, outcomes, options and cases that no transcript of a pack passes through, by flow.

    Parameters
    ----------
    fail_under
        Fail when fewer than this many percent of the pack's steps are passed through.
    """
    chosen, library = chosen_pack(pack)
    flows = measure(library, _passed(Settings().flows_dir / chosen, library))
    for one in flows:
        for missed in one.missed:
            print(f"{_here(missed.file)}:{missed.line}: {missed.what}")
    for one in flows:
        print(_measured(one.flow, one))
    whole = FlowCoverage(
        chosen,
        sum(one.steps for one in flows),
        sum(one.steps_passed for one in flows),
        sum(one.ways for one in flows),
        sum(one.ways_passed for one in flows),
        (),
    )
    print(_measured(f"{chosen}, all of it", whole))
    if whole.percent < fail_under:
        raise SystemExit(1)


def _measured(name: str, one: FlowCoverage) -> str:
    ways = f"{one.ways_passed} of {one.ways} ways" if one.ways else "no ways to choose"
    return f"{name}: {one.steps_passed} of {one.steps} steps ({one.percent:.0f} %), {ways}"


def templates(*, pack: str | None = None, spanish: Spanish = "tu") -> None:
    """The message templates a pack needs approved, as JSON: each as `POST /{waba_id}/message_templates` takes it.

    Parameters
    ----------
    spanish
        How people are addressed in Spanish: tu, vos or usted.
    """
    _, library = chosen_pack(pack)
    found = templates_of(library, "es" if spanish == "tu" else f"es-{spanish}")
    print(json.dumps(found, ensure_ascii=False, indent=2))


def diff(old: Path, new: Path) -> None:
    """What changes between two packs, or two flow files, for people in the middle of a conversation."""
    for line in differences(old, new):
        print(line)
