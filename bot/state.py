"""Where a conversation stands. Frozen, with a JSON form kept small because every turn writes it.

Times are whole seconds since the epoch, UTC. Values of variables are JSON types. Nothing here knows the clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Wait:
    """What the top of the stack waits for: an answer, an action's result (`action`), or the staff (handed over)."""

    token: str
    tries: int = 0
    """Answers not understood so far."""
    offset: int = 0
    """Index of the first option shown."""
    files: int = 0
    """Files sent where text was asked."""
    chatted: bool = False
    """Small talk was set aside once; where any text will do, the next is the answer."""
    offer: tuple[str, ...] = ()
    """Ids offered instead of the question's own options: some of those, or the engine's, which begin with `~`."""
    pending: tuple[Any, ...] = ()
    """Values (JSON) an offer would give (email suggestion, as written), or that the next answer may complete."""
    action: bool = False
    due: int = 0
    """Index of the next thing that happens in silence."""
    armed: int = 0
    """The number of the timer that counts, `<token>.<armed>`; 0 when none was set."""
    since: int = 0
    """When the person last had the word."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow being run, at the revision it began with. `wait` is set on the top frame, and below when interrupted."""

    flow: str
    revision: str
    step: str
    vars: Mapping[str, Any] = field(default_factory=dict)
    wait: Wait | None = None
    kept: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    """After an edit: answers (value, token) given before to questions that come again; they are not asked twice."""
    opening: str | None = None
    """The message that started the flow, until a question has tried it as its answer."""
    notice: bool = False
    """Begun by itself, not by what the person said."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer (`value`) that can be gone back to. `undo` holds what variables were before; None: unset.

    A key is `<depth>.<variable>`, or `@<variable>` for one of scope contact.
    """

    depth: int
    step: str
    token: str
    value: Any = None
    undo: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """A conversation between two events. No frames: nothing is open, the next message starts something."""

    stack: tuple[Frame, ...] = ()
    trail: tuple[Answered, ...] = ()
    memory: Mapping[str, Any] = field(default_factory=dict)
    """Variables of scope contact."""
    seq: int = 0
    """Tokens and timers numbered so far in this thread; never goes back, so an old button never means a new option."""
    handed: bool = False
    committed: int = 0
    """Tokens up to this one lie behind a commit."""
    quiet_until: int = 0
    """Until then a thank-you does not start the bot again."""
    thanked: bool = False
    heard: int = 0
    """When the person last said something; free text may be sent for 24 hours after that on WhatsApp."""
    language: str | None = None
    """The language the person asked for in this conversation (es, pt, en)."""


def base36(number: int) -> str:
    """`number` ≥ 0 in base 36, lower case."""
    digits = DIGITS[number % 36]
    while number := number // 36:
        digits = DIGITS[number % 36] + digits
    return digits


def is_committed(token: str, committed: int) -> bool:
    """Whether a token read off an old button lies behind the last commit. Anything may come as a token."""
    known = token.isascii() and token.isalnum() and len(token) <= _LONGEST_TOKEN
    return known and int(token, 36) <= committed


_LONGEST_TOKEN = 12
_WAIT = {
    "token": "t",
    "tries": "n",
    "offset": "o",
    "files": "f",
    "chatted": "c",
    "offer": "of",
    "pending": "p",
    "action": "a",
    "due": "d",
    "armed": "ar",
    "since": "s",
}


def _wait_json(wait: Wait) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, short in _WAIT.items():
        value = getattr(wait, name)
        if value:
            found[short] = list(value) if isinstance(value, tuple) else value
    return found


def _wait_from(data: Mapping[str, Any]) -> Wait:
    found = {name: data[short] for name, short in _WAIT.items() if short in data}
    for name in ("offer", "pending"):
        if name in found:
            found[name] = tuple(found[name])
    return Wait(**found)


def _frame_json(frame: Frame) -> dict[str, Any]:
    found: dict[str, Any] = {"f": frame.flow, "r": frame.revision, "s": frame.step}
    if frame.vars:
        found["v"] = dict(frame.vars)
    if frame.wait is not None:
        found["w"] = _wait_json(frame.wait)
    if frame.kept:
        found["k"] = {step: list(answer) for step, answer in frame.kept.items()}
    if frame.opening is not None:
        found["o"] = frame.opening
    if frame.notice:
        found["n"] = 1
    return found


def _frame_from(data: Mapping[str, Any]) -> Frame:
    return Frame(
        flow=data["f"],
        revision=data["r"],
        step=data["s"],
        vars=data.get("v", {}),
        wait=_wait_from(data["w"]) if "w" in data else None,
        kept={step: (answer[0], answer[1]) for step, answer in data.get("k", {}).items()},
        opening=data.get("o"),
        notice=bool(data.get("n")),
    )


def to_json(state: State) -> dict[str, Any]:
    """The stored form: JSON types, short keys, defaults left out."""
    found: dict[str, Any] = {"q": state.seq}
    if state.stack:
        found["k"] = [_frame_json(frame) for frame in state.stack]
    if state.trail:
        found["t"] = [[entry.depth, entry.step, entry.token, entry.value, dict(entry.undo)] for entry in state.trail]
    if state.memory:
        found["m"] = dict(state.memory)
    if state.handed:
        found["h"] = 1
    if state.committed:
        found["c"] = state.committed
    if state.quiet_until:
        found["u"] = state.quiet_until
    if state.thanked:
        found["g"] = 1
    if state.heard:
        found["l"] = state.heard
    if state.language:
        found["i"] = state.language
    return found


def from_json(data: Mapping[str, Any]) -> State:
    """The state of a stored form; raises KeyError or TypeError on anything else."""
    return State(
        stack=tuple(_frame_from(frame) for frame in data.get("k", ())),
        trail=tuple(Answered(*entry) for entry in data.get("t", ())),
        memory=data.get("m", {}),
        seq=data["q"],
        handed=bool(data.get("h")),
        committed=data.get("c", 0),
        quiet_until=data.get("u", 0),
        thanked=bool(data.get("g")),
        heard=data.get("l", 0),
        language=data.get("i"),
    )


def awaits_action(stored: Mapping[str, Any] | None) -> bool:
    """Whether the conversation of this stored form waits for an action's result."""
    stack = (stored or {}).get("k")
    return bool(stack and stack[-1].get("w", {}).get("a"))


def is_running(stored: Mapping[str, Any] | None, flow: str) -> bool:
    """Whether the conversation of this stored form is in this flow, or will come back to it."""
    return any(frame["f"] == flow for frame in (stored or {}).get("k", ()))
