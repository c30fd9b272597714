"""People doing anything at all in every shipped flow, and what must hold whatever they do (`invariants.py`).

The suite's walks are the same every time. `make fuzz` draws new ones, thirty times as many.
"""

import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events import Said
from bot.facts import Facts
from bot.language.compiled import Question
from core.threads.content import Text
from tests.flows.invariants import INVARIANTS
from tests.flows.walking import CHANNELS, MOVES, PACKS, Walk, flow_names, loaded, worlds

LONG = os.environ.get("HILO_FUZZ") == "long"
FLOW_NAMES = flow_names()
COOPERATIVE_ANSWERS = 240
"""As many as the longest flow takes, begun on top of itself as often as flows may be."""

moves = st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 2**16)), max_size=30)
seeds = st.integers(0, 2**16)


def budget(examples: int) -> settings:
    """About `examples` for the whole of the shipped flows."""
    each = max(20, examples // len(FLOW_NAMES)) * (30 if LONG else 1)
    return settings(max_examples=each, derandomize=not LONG, database=None)


def begun(name: str, channel: str, world: int, seed: int) -> Walk:
    """A walk in this flow that has begun; every invariant is checked at every turn."""
    pack, flow = name.split("/")
    library, facts = loaded(pack)
    known: list[Facts] = worlds(facts)
    walk = Walk(library, known[world % len(known)], channel, INVARIANTS)
    walk.random = random.Random(seed)
    walk.begin(flow)
    return walk


@pytest.mark.parametrize("name", FLOW_NAMES)
@budget(3000)
@given(moves, st.sampled_from(CHANNELS), st.integers(0, 3), seeds)
def test_whatever_happens_every_invariant_holds(
    name: str, happens: list[tuple[str, int]], channel: str, world: int, seed: int
) -> None:
    walk = begun(name, channel, world, seed)
    for move, pick in happens:
        walk.move(move, pick)


@pytest.mark.parametrize("name", FLOW_NAMES)
@budget(1000)
@given(moves, st.sampled_from(CHANNELS), st.integers(0, 3), seeds)
def test_from_wherever_they_got_who_cooperates_reaches_the_end(
    name: str, happens: list[tuple[str, int]], channel: str, world: int, seed: int
) -> None:
    walk = begun(name, channel, world, seed)
    for move, pick in happens:
        walk.move(move, pick)
    for _ in range(COOPERATIVE_ANSWERS):
        if walk.state is None or (not walk.state.stack and not walk.state.handed):
            return
        walk.cooperate()
    raise AssertionError(f"every state reaches the end: still at {walk.state}")


@pytest.mark.parametrize("name", FLOW_NAMES)
@budget(300)
@given(moves, st.sampled_from(CHANNELS), st.integers(0, 3), seeds)
def test_who_is_never_understood_is_not_asked_for_ever(
    name: str, happens: list[tuple[str, int]], channel: str, world: int, seed: int
) -> None:
    walk = begun(name, channel, world, seed)
    for move, pick in happens:
        walk.move(move, pick)
    question = walk.question()
    if question is None or question.kind in ("text", "name", "phone") or walk.state is None or walk.state.handed:
        return
    assert walk.state.stack[-1].wait is not None
    token = walk.state.stack[-1].wait.token
    for _ in range(question.tries):
        walk.happen(Said(Text("zxqw wqxz")))
    wait = walk.state.stack[-1].wait if walk.state.stack else None
    assert wait is None or wait.token != token or walk.state.handed, "tries end"


@pytest.mark.parametrize("name", PACKS)
def test_the_walks_come_to_every_question(name: str) -> None:
    """Without this the rest would prove little."""
    library, _ = loaded(name)
    visited: set[tuple[str, str]] = set()
    for seed in range(40):
        for flow in library.flows:
            walk = begun(f"{name}/{flow}", CHANNELS[seed % 3], seed % 4, seed)
            for number in range(40):
                walk.move("answer" if number % 8 else random.Random(seed + number).choice(MOVES), seed * 100 + number)
            visited |= walk.visited
    for flow in library.flows.values():
        for step in flow.steps.values():
            assert not isinstance(step, Question) or (flow.name, step.id) in visited
