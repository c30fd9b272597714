"""A flow drawn in its own order: a card for each step, its ways out as rows, beside them a track to where each leads.

Every step that is led to has one track, shared by all who lead to it; short tracks run nearest to the cards.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.language.compiled import Act, Branch, Call, End, Flow, Handover, Question, Say, Step
from bot.language.edges import edges

HEAD, ROW, FOOT, GAP, TRACK = 64, 28, 8, 22, 14
"""Heights of a card's head, of each way and of what closes it, the gap between cards, the width of a track: pixels."""
COLOURS = 6


@dataclass(frozen=True, slots=True)
class Way:
    """`by_itself`: the engine takes it (not understood, no answer); those have no track. `y` is its middle."""

    label: str
    to: str
    by_itself: bool
    y: int


@dataclass(frozen=True, slots=True)
class Card:
    """`text` is what it says, runs or calls. `falls`: it goes on to the next card. `calls` names another flow."""

    id: str
    kind: str
    text: str
    calls: str | None
    entries: tuple[str, ...]
    falls: bool
    top: int
    height: int
    ways: tuple[Way, ...]

    @property
    def middle(self) -> int:
        return self.top + HEAD // 2


@dataclass(frozen=True, slots=True)
class Track:
    """All ways to one step: `paths` for SVG, the last of them the arrow's."""

    to: str
    colour: int
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    cards: tuple[Card, ...]
    tracks: tuple[Track, ...]
    width: int
    """Of the tracks; the cards take what is left."""
    height: int


def drawing(flow: Flow) -> Drawing:
    """Pure geometry; what it looks like is the page's."""
    cards = _cards(flow)
    place = {card.id: card for card in cards}
    sources: dict[str, list[int]] = {}
    for card in cards:
        for way in card.ways:
            if not way.by_itself and way.to in place:
                sources.setdefault(way.to, []).append(way.y)
    spans = {to: (min(*ys, place[to].middle), max(*ys, place[to].middle)) for to, ys in sources.items()}
    lanes = _lanes(spans)
    tracks = [
        Track(to, index % COLOURS, tuple(_path(y, place[to].middle, (lanes[to] + 1) * TRACK) for y in sorted(ys)))
        for index, (to, ys) in enumerate(sources.items())
    ]
    width = (max(lanes.values(), default=-1) + 2) * TRACK
    height = cards[-1].top + cards[-1].height if cards else 0
    return Drawing(tuple(cards), tuple(tracks), width, height)


def _cards(flow: Flow) -> list[Card]:
    entries: dict[str, list[str]] = {flow.start: ["inicio"]}
    for name, to in flow.entry.items():
        entries.setdefault(to, []).append(name)
    steps = list(flow.steps.values())
    cards: list[Card] = []
    top = 0
    for index, step in enumerate(steps):
        following = steps[index + 1].id if index + 1 < len(steps) else None
        ways, falls, y = [], False, top + HEAD + ROW // 2
        for label, to, by_itself in _ways(flow, step):
            if not label and to == following:
                falls = True
                continue
            ways.append(Way(label, to, by_itself, y))
            y += ROW
        height = HEAD + ROW * len(ways) + (FOOT if ways else 0)
        calls = step.flow if isinstance(step, Call) else None
        named = tuple(entries.get(step.id, ()))
        cards.append(Card(step.id, _kind(step), _text(step), calls, named, falls, top, height, tuple(ways)))
        top += height + GAP
    return cards


def _ways(flow: Flow, step: Step) -> list[tuple[str, str, bool]]:
    """(label, step, by itself), each once; what several of them share is told together."""
    found: dict[tuple[str, bool], list[str]] = {}
    for edge in edges(flow, step):
        if edge.to is None or edge.path == ("defaults", "cancel"):
            continue
        by_itself = edge.path[0] == "defaults" or edge.path[-1] in ("give_up", "expire") or "expire" in edge.path
        found.setdefault((edge.to, by_itself), []).append(edge.label)
    return [(" · ".join(filter(None, labels)), to, by_itself) for (to, by_itself), labels in found.items()]


def _lanes(spans: dict[str, tuple[int, int]]) -> dict[str, int]:
    """Short ones first, each in the first lane where nothing else runs."""
    taken: list[list[tuple[int, int]]] = []
    lanes: dict[str, int] = {}
    for to, (low, high) in sorted(spans.items(), key=lambda one: one[1][1] - one[1][0]):
        lane = next((index for index, used in enumerate(taken) if _is_free(used, low, high)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((low, high))
        lanes[to] = lane
    return lanes


def _is_free(used: Sequence[tuple[int, int]], low: int, high: int) -> bool:
    return all(high + 6 < other_low or low - 6 > other_high for other_low, other_high in used)


def _path(start: int, end: int, x: int) -> str:
    """Out, along the track, and back in."""
    if start == end:
        return f"M0 {start}H{x}"
    turn = min(7, abs(end - start) // 2) * (1 if end > start else -1)
    return f"M0 {start}H{x - 7}Q{x} {start} {x} {start + turn}V{end - turn}Q{x} {end} {x - 7} {end}H3"


def _kind(step: Step) -> str:
    match step:
        case Question(kind="choice"):
            return "choose"
        case Question():
            return "ask"
        case Act():
            return "action"
        case Branch():
            return "branch"
        case Call():
            return "call"
        case Handover():
            return "handover"
        case End():
            return "end"
        case Say():
            return "say"
    return "set"


def _text(step: Step) -> str:
    match step:
        case Question():
            return step.text.source
        case Act():
            return step.action
        case Call():
            return step.flow
        case Handover() | End() | Say() if step.texts:
            return step.texts[0].source
        case Handover():
            return step.team
        case End():
            return step.outcome
    return ""
