"""The flow language: YAML files read strictly, compiled to frozen steps, pinned by revision."""

from bot.language.compiled import Flow, Globals
from bot.language.globals_file import read_globals
from bot.language.library import Library, compile_revision, load_pack, make_library, read_flow
from bot.language.problem import FlowsBroken, Problem

__all__ = [
    "Flow",
    "FlowsBroken",
    "Globals",
    "Library",
    "Problem",
    "compile_revision",
    "load_pack",
    "make_library",
    "read_flow",
    "read_globals",
]
