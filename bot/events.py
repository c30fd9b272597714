"""What can happen to a conversation: the input of `bot.step`, in production, in transcripts and in the simulator."""

from dataclasses import dataclass, field
from typing import Any

from core.threads.content import Content


@dataclass(frozen=True, slots=True)
class Said:
    """The person said something; `touch` is the ad or deep link it came from, `answers` the provider id quoted."""

    content: Content
    touch: dict[str, Any] | None = None
    answers: str | None = None


@dataclass(frozen=True, slots=True)
class Emoted:
    """The person reacted with an emoji to one of our messages (None: took it off). 👍 answers an open question."""

    emoji: str | None
    latest: bool
    """Whether the message reacted to is the last one the bot sent."""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer fell due. Its token says for which wait; a stale one changes nothing."""

    token: str


@dataclass(frozen=True, slots=True)
class ActionDone:
    """An action's result: the outcome's name and its value (JSON types). Outcome `error` carries {"message": …}."""

    key: str
    outcome: str
    value: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Released:
    """The staff gave the thread back to the bot."""


@dataclass(frozen=True, slots=True)
class FlowStarted:
    """Somebody other than the person starts a flow here (a campaign, a reminder, a device alert, a flow author)."""

    flow: str
    vars: dict[str, Any] = field(default_factory=dict)


Event = Said | Emoted | TimerFired | ActionDone | Released | FlowStarted
