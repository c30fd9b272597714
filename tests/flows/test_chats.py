"""Every `.chat` file of every pack, on each of its channels."""

from functools import cache
from pathlib import Path

import pytest

from bot.language import Library, load_pack
from bot.tooling import pack_facts, rewrite_transcript, run_transcript
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


def test_every_question_of_a_pack_is_asked_in_some_chat() -> None:
    from bot.language.compiled import Question

    asked: set[tuple[str, str]] = set()
    for chat in CHATS:
        transcript = read_transcript(chat)
        for channel in transcript.channels:
            result = run_transcript(transcript, library(chat.parents[1]), channel, pack_facts(chat.parent))
            asked |= {(flow, step) for flow, step, _ in result.passed_through}
    for path in {chat.parents[1] for chat in CHATS}:
        for flow in library(path).flows.values():
            for step in flow.steps.values():
                if isinstance(step, Question):
                    assert (flow.name, step.id) in asked
