"""The map of a flow: every way out is drawn or told, and no two tracks run over each other."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from bot.language.edges import edges
from bot.language.library import load_pack
from bot.tooling.drawing import TRACK, drawing

PACK = load_pack(Path(__file__).parents[2] / "flows" / "estetica")


@pytest.mark.parametrize("name", sorted(PACK.flows))
def test_every_way_is_on_the_map_and_tracks_keep_apart(name: str) -> None:
    flow = PACK.flows[name]
    drawn = drawing(flow)
    assert [card.id for card in drawn.cards] == list(flow.steps)
    for card, following in zip(drawn.cards, [*drawn.cards[1:], None], strict=True):
        led = {way.to for way in card.ways} | ({following.id} if card.falls and following else set())
        wanted = {edge.to for edge in edges(flow, flow.steps[card.id]) if edge.path != ("defaults", "cancel")}
        assert led == wanted - {None}
        assert following is None or card.top + card.height < following.top
    spans: dict[int, list[tuple[int, int]]] = {}
    for track in drawn.tracks:
        drawn_as = re.findall(r"M0 (\d+)H(\d+)Q.*? (\d+)H3", "\n".join(track.paths))
        ends = [int(end) for start, _, finish in drawn_as for end in (start, finish)]
        for x in {int(out) + 7 for _, out, _ in drawn_as}:
            assert x < drawn.width and x % TRACK == 0
            spans.setdefault(x, []).append((min(ends), max(ends)))
    for used in spans.values():
        assert all(high < low for (_, high), (low, _) in pairwise(sorted(used)))
