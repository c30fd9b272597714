"""What an automation is made of: conditions, all of which must hold, and actions, done in order. Stored as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from core.fold import fold

Fact = Literal[
    "text",
    "open",
    "state",
    "label",
    "team",
    "owner",
    "priority",
    "channel",
    "language",
    "stage",
    "source",
    "interest",
    "service",
    "location",
    "professional",
]
Facts = dict[str, tuple[str, ...]]
"""Fact → what it is now; several labels are several. Ids are the inside ones, as text. A fact there is none of is
empty: the `owner` of an unassigned thread. `text` holds the one text, folded; `open` is yes or no."""

WORDS_OF_TEXT: Fact = "text"


@dataclass(frozen=True, slots=True)
class Condition:
    """`fact` is any of these (of `text`: it says any of these words); with `none` true it is none of them. No values:
    it is nothing at all, as the owner of a thread nobody has."""

    fact: Fact
    any: tuple[str, ...] = ()
    none: bool = False


@dataclass(frozen=True, slots=True)
class Assign:
    """To a member, to whoever's turn it is (of the team, when given), or to a team."""

    member: int | None = None
    team: str | None = None
    round_robin: bool = False
    do: Literal["assign"] = "assign"


@dataclass(frozen=True, slots=True)
class Label:
    """Put a label on the thread, or take it off."""

    label: str
    remove: bool = False
    do: Literal["label"] = "label"


@dataclass(frozen=True, slots=True)
class Priority:
    level: Literal["low", "normal", "high", "urgent"]
    do: Literal["priority"] = "priority"


@dataclass(frozen=True, slots=True)
class Note:
    """For the team only; {contact} is filled in."""

    text: str
    do: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class TemplateToSend:
    """`body` as it was approved, with {{1}}; `parameters` fill it, {contact} in them is the person's name."""

    name: str
    language: str
    body: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Send:
    """The text where free text may go, otherwise the template, otherwise nothing and a note that says so."""

    text: str | None = None
    template: TemplateToSend | None = None
    do: Literal["send"] = "send"


@dataclass(frozen=True, slots=True)
class Stage:
    """Of the person's open opportunity, by its key."""

    stage: str
    reason: str | None = None
    do: Literal["stage"] = "stage"


@dataclass(frozen=True, slots=True)
class Resolve:
    do: Literal["resolve"] = "resolve"


@dataclass(frozen=True, slots=True)
class TellWebhook:
    webhook: int
    do: Literal["webhook"] = "webhook"


Action = Assign | Label | Priority | Note | Send | Stage | Resolve | TellWebhook

_CONDITIONS: TypeAdapter[tuple[Condition, ...]] = TypeAdapter(tuple[Condition, ...])
_ACTIONS: TypeAdapter[tuple[Action, ...]] = TypeAdapter(tuple[Annotated[Action, Field(discriminator="do")], ...])


def conditions_to_json(conditions: Sequence[Condition]) -> list[dict[str, Any]]:
    stored: list[dict[str, Any]] = _CONDITIONS.dump_python(tuple(conditions), mode="json")
    return stored


def conditions_from_json(stored: Sequence[dict[str, Any]]) -> tuple[Condition, ...]:
    return _CONDITIONS.validate_python(tuple(stored))


def actions_to_json(actions: Sequence[Action]) -> list[dict[str, Any]]:
    stored: list[dict[str, Any]] = _ACTIONS.dump_python(tuple(actions), mode="json")
    return stored


def actions_from_json(stored: Sequence[dict[str, Any]]) -> tuple[Action, ...]:
    return _ACTIONS.validate_python(tuple(stored))


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether the condition is true of the facts."""
    found = facts.get(condition.fact, ())
    if condition.fact == WORDS_OF_TEXT:
        said = f" {found[0]} " if found else " "
        found_any = any(f" {fold(words)} " in said for words in condition.any)
    elif condition.any:
        found_any = any(one in condition.any for one in found)
    else:
        found_any = not found
    return found_any is not condition.none


def all_hold(conditions: Sequence[Condition], facts: Facts) -> bool:
    return all(holds(condition, facts) for condition in conditions)
