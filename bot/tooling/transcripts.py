"""Run `.chat` transcripts on the pure step, and write them anew when the flow was changed on purpose."""

import fnmatch
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from bot.conversation import Passed
from bot.effects import AlertStaff, Ended, HandOver, LanguageSet, RunAction
from bot.facts import Facts, spoken_to
from bot.language.compiled import Flow
from bot.language.library import Library
from bot.language.template import dig
from bot.tooling.inputs import is_stub, play_line
from bot.tooling.player import Player, Render, facts_on, plain_render
from bot.transcript import Line, Transcript, TranscriptWrong, read_transcript

FACTS_FILE = "_facts.yaml"
_OPTIONS = re.compile(r"\s*\[(?:(\w+):\s*)?([^\[\]]+)\]$")


@dataclass(frozen=True, slots=True)
class Failure:
    """`line` counts from 1."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class TranscriptResult:
    file: str
    channel: str
    failures: tuple[Failure, ...]
    passed_through: frozenset[Passed] = frozenset()
    """The steps it came to and the ways it took."""

    @property
    def passed(self) -> bool:
        return not self.failures


@dataclass(frozen=True, slots=True)
class TranscriptReport:
    results: tuple[TranscriptResult, ...]

    @property
    def passed(self) -> bool:
        return all(result.passed for result in self.results)


def transcript_files(paths: Iterable[Path]) -> list[Path]:
    """The `.chat` files named, and those under the directories named."""
    return sorted(file for path in paths for file in ([path] if path.is_file() else path.rglob("*.chat")))


def run_transcripts(paths: Iterable[Path], library: Library, render: Render = plain_render) -> TranscriptReport:
    """Run every transcript on each of its channels. A file that cannot be read is a failure of its own."""
    results: list[TranscriptResult] = []
    for file in transcript_files(paths):
        try:
            transcript = read_transcript(file)
        except TranscriptWrong as wrong:
            results.append(TranscriptResult(str(file), "", (Failure(1, str(wrong)),)))
            continue
        facts = pack_facts(file.parent)
        results += [run_transcript(transcript, library, channel, facts, render) for channel in transcript.channels]
    return TranscriptReport(tuple(results))


def pack_facts(folder: Path) -> Facts:
    """The facts of `_facts.yaml` beside the transcripts: {org: …, contact: …}; empty without that file."""
    file = folder / FACTS_FILE
    read = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    return Facts(read.get("org", {}), read.get("contact", {}))


def run_transcript(
    transcript: Transcript, library: Library, channel: str, facts: Facts = Facts(), render: Render = plain_render
) -> TranscriptResult:
    """One transcript on one channel."""
    run = _Run(transcript, library, channel, facts, render)
    run.play()
    return TranscriptResult(transcript.file, channel, tuple(run.failures), frozenset(run.player.passed))


def rewrite_transcript(path: Path, library: Library, facts: Facts | None = None) -> bool:
    """Write what the bot says now over the `<` lines that no longer hold; whether the file changed."""
    transcript = read_transcript(path)
    run = _Run(transcript, library, transcript.channels[0], facts or pack_facts(path.parent), plain_render)
    run.play()
    lines = path.read_text(encoding="utf-8").splitlines()
    old = "\n".join(lines)
    for block in reversed(run.blocks):
        if block.holds:
            continue
        told = [f"< {_one_line(text)}" for text in block.said]
        for number in reversed(block.expected):
            del lines[number - 1]
        place = block.expected[0] - 1 if block.expected else block.number
        lines[place:place] = told
    new = "\n".join(lines)
    path.write_text(new + "\n", encoding="utf-8")
    return new != old


@dataclass(slots=True)
class _Block:
    """What one event made the bot say, and the lines that expect it."""

    number: int
    said: list[str]
    widgets: list[str]
    expected: list[int] = field(default_factory=list)
    holds: bool = True


class _Run:
    def __init__(self, transcript: Transcript, library: Library, channel: str, facts: Facts, render: Render) -> None:
        self.transcript = transcript
        self.render = render
        self.channel = channel
        known = facts_on(facts, channel)
        known = replace(known, org={**known.org, **transcript.org}, contact={**known.contact, **transcript.contact})
        self.player = Player(library, spoken_to(known, transcript.lang), transcript.now)
        self.failures: list[Failure] = []
        head = transcript.lines[0].number - 1 if transcript.lines else 0
        self.blocks: list[_Block] = [_Block(head, [], [])]
        self.last: list[Any] = []

    def fail(self, number: int, message: str) -> None:
        self.failures.append(Failure(number, message))

    def play(self) -> None:
        number = 0
        if self.transcript.start:
            flow, _, at = self.transcript.start.partition(".")
            self.last = self.player.begin_at(flow, at, _given(self.player.library.current(flow), self.transcript.given))
            self.block(self.blocks[0].number, 0)
        for line in self.transcript.lines:
            number = line.number
            try:
                self.line(line)
            except (TranscriptWrong, ValueError, KeyError) as wrong:
                self.fail(line.number, str(wrong))
        self.settle(number)

    def line(self, line: Line) -> None:
        match line.mark:
            case "<":
                self.expect(line)
            case "=":
                self.variable(line)
            case "@":
                self.effect(line)
            case _ if line.mark == "~" or (line.mark == "!" and is_stub(line.text)):
                play_line(self.player, line)
            case _:
                self.settle(line.number)
                before = len(self.player.shown)
                self.last = play_line(self.player, line)
                self.block(line.number, before)

    def block(self, number: int, before: int) -> None:
        said, widgets = [], []
        for shown in self.player.shown[before:]:
            said.append(plain_render(self.channel, shown.content))
            try:
                widgets.append(self.render(self.channel, shown.content))
            except Exception as error:  # whatever the channel's renderer finds wrong is the transcript's to report
                widgets.append("")
                self.fail(number, f"cannot be shown on {self.channel}: {error}")
        self.blocks.append(_Block(number, said, widgets))

    def settle(self, number: int) -> None:
        """Everything the last event made the bot say must have been expected."""
        block = self.blocks[-1]
        for text in block.said[len(block.expected) :]:
            block.holds = False
            self.fail(block.number or number, f"the bot also said: {_one_line(text)}")

    def expect(self, line: Line) -> None:
        block = self.blocks[-1]
        index = len(block.expected)
        block.expected.append(line.number)
        if index >= len(block.said):
            block.holds = False
            self.fail(line.number, f"the bot said nothing more; expected: {line.text}")
        elif wrong := _differs(line.text, block.said[index], block.widgets[index], self.render is not plain_render):
            block.holds = False
            self.fail(line.number, wrong)

    def variable(self, line: Line) -> None:
        name, _, wanted = line.text.partition(":")
        head, *fields = name.strip().split(".")
        value = dig(self.player.vars.get(head), fields)
        expected = None if wanted.strip() == "~" else _plain(wanted.strip())
        if not _part(expected, value):
            self.fail(line.number, f"{name.strip()} is {value!r}, not {expected!r}")

    def effect(self, line: Line) -> None:
        word, _, rest = line.text.partition(" ")
        if word == "silent":
            if self.blocks[-1].said:
                self.fail(line.number, "the bot said something")
        elif not any(_is_effect(effect, word, rest) for effect in self.last):
            seen = ", ".join(
                str(effect)
                for effect in self.last
                if isinstance(effect, (HandOver, Ended, RunAction, AlertStaff, LanguageSet))
            )
            self.fail(line.number, f"no @{line.text}; there was: {seen or 'nothing of the kind'}")


def _given(flow: Flow | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """The head's variables; a moment may be given as `kind` and `start` alone."""
    whole = {"end": None, "hours": None, "text": ""}
    moments = {name for name, var in (flow.vars if flow else {}).items() if var.type == "when"}
    return {name: {**whole, **value} if name in moments else value for name, value in values.items()}


def _is_effect(effect: object, word: str, rest: str) -> bool:
    name, _, data = rest.partition(" ")
    match effect:
        case HandOver(team=team, error=error):
            return (word == "handover" and team == (rest or None)) or (word == "broken" and rest in (error or ""))
        case AlertStaff():
            return word == "alert"
        case Ended(flow=flow, outcome=outcome):
            return word == "ended" and rest == f"{flow} {outcome}"
        case LanguageSet(language=language):
            return word == "language" and rest == language
        case RunAction(name=run, args=args):
            return word == "action" and run == name and _part(json.loads(data or "{}"), args)
    return False


def _part(wanted: Any, whole: Any) -> bool:
    if isinstance(wanted, Mapping) and isinstance(whole, Mapping):
        return all(key in whole and _part(value, whole[key]) for key, value in wanted.items())
    return bool(wanted == whole)


def _plain(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _differs(expected: str, said: str, widget: str, drawn: bool) -> str | None:
    """Why `said` is not what was expected, or None. The widget's name counts only where a channel drew it."""
    wanted, told = _one_line(expected), _one_line(said)
    options, offered = _OPTIONS.search(wanted), _OPTIONS.search(told)
    if options and offered:
        labels = [label.strip() for label in options[2].split(" | ")]
        shown = [label.strip() for label in offered[2].split(" | ")]
        if labels[-1] == "…":
            labels, shown = labels[:-1], shown[: len(labels) - 1]
        if labels != shown:
            return f"offered {' | '.join(shown)}, not {' | '.join(labels)}"
        if drawn and options[1] and f"[{options[1]}" not in widget:
            return f"the channel does not draw it as {options[1]}: {_one_line(widget)}"
        wanted, told = wanted[: options.start()], told[: offered.start()]
    elif offered and not options:
        told = told[: offered.start()]
    if fnmatch.fnmatchcase(told, wanted.replace("[", "[[]").strip()):
        return None
    return f"the bot said: {_one_line(said)}; expected: {expected}"


__all__ = ["TranscriptReport", "TranscriptResult", "rewrite_transcript", "run_transcript", "run_transcripts"]
