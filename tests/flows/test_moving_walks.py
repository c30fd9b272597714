"""People doing anything at all while the pack changes under them and says `migrate`: the same must hold."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.language import Flow, Library, compile_revision, make_library
from tests.flows import invariants
from tests.flows.walking import MOVES, PACKS, Walk, loaded

CHECKS = [
    invariants.every_inbound_is_answered,
    invariants.a_live_state_waits,
    invariants.nothing_breaks,
    invariants.the_state_is_stored_whole,
    invariants.the_bot_is_silent_while_a_person_has_the_thread,
    invariants.what_is_sent_fits_every_channel,
]
STEPS_NAMED_BY = frozenset({"start", "next", "to", "give_up", "no_to", "else", "after_release", "cancel"})


def changed(flow: Flow, chance: random.Random) -> Flow:
    """The flow with a question renamed, an option less, options in another order, a variable that outlives it."""
    data: dict[str, Any] = json.loads(flow.canonical)
    data["migrate"] = {}
    questions = [name for name, step in data["steps"].items() if "ask" in step or "choose" in step]
    for name in questions:
        step = data["steps"][name]
        options = list(step.get("options", {}).items())
        if len(options) > 2 and chance.random() < 0.5:
            options.pop(chance.randrange(len(options)))
            chance.shuffle(options)
            step["options"] = dict(options)
    if questions and chance.random() < 0.5:
        renamed = chance.choice(questions)
        data = renamed_in(data, renamed, f"{renamed}_nueva")
        data["migrate"] = {renamed: f"{renamed}_nueva"}
    for var in data.get("vars", {}).values():
        if chance.random() < 0.2:
            var["scope"] = "contact"
    return compile_revision(json.dumps(data, ensure_ascii=False))


def renamed_in(data: Any, old: str, new: str, key: str = "") -> Any:
    """A flow's data with a step under another name, wherever a step is named."""
    if isinstance(data, dict):
        names = key in ("steps", "entry", "outcomes")
        return {
            (new if key == "steps" and name == old else name): (
                new if names and value == old else renamed_in(value, old, new, name)
            )
            for name, value in data.items()
        }
    if isinstance(data, list):
        return [renamed_in(item, old, new) for item in data]
    return new if data == old and key in STEPS_NAMED_BY else data


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=100)
@given(
    seed=st.integers(0, 2**32),
    walks=st.lists(st.lists(st.sampled_from(MOVES), min_size=1, max_size=12), min_size=2, max_size=4),
)
def test_whoever_is_moved_is_answered_and_nothing_breaks(name: str, seed: int, walks: list[list[str]]) -> None:
    pack, facts = loaded(name)
    chance = random.Random(seed)
    walk = Walk(pack, facts, "whatsapp", CHECKS)
    for moves in walks:
        for move in moves:
            walk.move(move, chance.randrange(2**16))
        newer = make_library([changed(flow, chance) for flow in pack.flows.values()], pack.globals)
        walk.library = Library(newer.flows, {**walk.library.revisions, **newer.revisions}, pack.globals)
