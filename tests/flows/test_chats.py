"""Every `.chat` file of every pack, on each of its channels."""

from functools import cache
from pathlib import Path

import pytest

from bot.language import Library, load_pack
from bot.language.compiled import Question
from bot.tooling import coverage, pack_facts, rewrite_transcript, run_transcript, run_transcripts
from bot.transcript import read_transcript

FLOWS = Path(__file__).parents[2] / "flows"
CHATS = sorted(FLOWS.rglob("*.chat"))


@cache
def library(path: Path) -> Library:
    return load_pack(path)


@pytest.mark.parametrize("chat", CHATS, ids=lambda path: f"{path.parents[1].name}/{path.stem}")
def test_the_conversation_goes_as_written(chat: Path, request: pytest.FixtureRequest) -> None:
    pack = library(chat.parents[1])
    if request.config.getoption("--update-chats", default=False):
        rewrite_transcript(chat, pack)
    transcript = read_transcript(chat)
    for channel in transcript.channels:
        result = run_transcript(transcript, pack, channel, pack_facts(chat.parent))
        told = "\n".join(f"{chat}:{failure.line} [{channel}] {failure.message}" for failure in result.failures)
        assert result.passed, told


@pytest.mark.parametrize("path", sorted({chat.parents[1] for chat in CHATS}), ids=lambda path: path.name)
def test_the_chats_of_a_pack_pass_through_nearly_all_of_it(path: Path) -> None:
    report = run_transcripts([path], library(path))
    passed = {one for result in report.results for one in result.passed_through}
    flows = coverage(library(path), passed)
    missed = "\n".join(f"{one.file}:{one.line}: {one.what}" for flow in flows for one in flow.missed)
    assert sum(flow.steps_passed for flow in flows) >= 0.95 * sum(flow.steps for flow in flows), missed
    for flow in library(path).flows.values():
        for step in flow.steps.values():
            if isinstance(step, Question):
                assert (flow.name, step.id, ()) in passed, "every question of a pack is asked in some chat"
