"""Events as they are stored with a thread, so that a conversation can be replayed from the database."""

from typing import Any

from pydantic import TypeAdapter

from bot.events import ActionDone, Emoted, Event, FlowStarted, Released, Said, TimerFired
from core.threads import content

NAMES: dict[type, str] = {
    Said: "said",
    Emoted: "emoted",
    TimerFired: "timer_fired",
    ActionDone: "action_done",
    Released: "released",
    FlowStarted: "flow_started",
}
_ADAPTERS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(kind) for kind, name in NAMES.items() if kind is not Said}


def name_of(event: Event) -> str:
    """`said`, `timer_fired` …: the `kind` of the stored row."""
    return NAMES[type(event)]


def to_json(event: Event) -> dict[str, Any]:
    """JSON types only."""
    if isinstance(event, Said):
        stored: dict[str, Any] = {"content": content.to_json(event.content)}
        if event.touch:
            stored["touch"] = event.touch
        if event.answers:
            stored["answers"] = event.answers
        return stored
    dumped: dict[str, Any] = _ADAPTERS[name_of(event)].dump_python(event, mode="json")
    return dumped


def from_json(name: str, stored: dict[str, Any]) -> Event:
    """The event of a stored row; raises pydantic's ValidationError or KeyError on anything else."""
    if name == "said":
        return Said(content.from_json(stored["content"]), stored.get("touch"), stored.get("answers"))
    event: Event = _ADAPTERS[name].validate_python(stored)
    return event
