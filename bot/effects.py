"""What a step wants done: the output of `bot.step`. Pure data; the turn writes them in the order given."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.threads.content import Content


@dataclass(frozen=True, slots=True)
class Send:
    """Queue a bot message. `essential` ones go out although the person opted out: its confirmation, an answer."""

    content: Content
    essential: bool = False


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Wake this conversation with `TimerFired(token)` at `at`."""

    token: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CancelTimers:
    """Forget every timer of this conversation set before (those set after it in the same list stay)."""


@dataclass(frozen=True, slots=True)
class RunAction:
    """Run a registered action in a transaction of its own; its result comes back as `ActionDone(key, …)`.

    `key` is the idempotency key: session, step and visit.
    """

    key: str
    name: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give the thread to the staff. `team` routes it; `summary` is (label, value) pairs; `error` when a flow broke."""

    team: str | None
    summary: tuple[tuple[str, str], ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class AlertStaff:
    """Tell the team that nobody has answered a handover."""

    team: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class VarSet:
    """A variable got a value; recorded for transcripts, replay and reports. Sensitive values come masked."""

    flow: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class LanguageSet:
    """The person speaks this language from now on (es, pt, en)."""

    language: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A flow came to its end with this outcome."""

    flow: str
    outcome: str


Effect = Send | SetTimer | CancelTimers | RunAction | HandOver | AlertStaff | VarSet | LanguageSet | Ended
