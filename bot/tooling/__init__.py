"""Tools for flow authors, on the same pure step as production."""

from bot.tooling.coverage import coverage
from bot.tooling.graph import graph
from bot.tooling.player import Player, Render, plain_render
from bot.tooling.replay import replay
from bot.tooling.simulate import Screen, simulate
from bot.tooling.transcripts import (
    TranscriptReport,
    TranscriptResult,
    pack_facts,
    rewrite_transcript,
    run_transcript,
    run_transcripts,
    transcript_files,
)

__all__ = [
    "Player",
    "Render",
    "Screen",
    "TranscriptReport",
    "TranscriptResult",
    "coverage",
    "graph",
    "pack_facts",
    "plain_render",
    "replay",
    "rewrite_transcript",
    "run_transcript",
    "run_transcripts",
    "simulate",
    "transcript_files",
]
