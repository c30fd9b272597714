"""What an organization promises its people: to answer and to resolve within so much of its opening hours.

A promise is the nearest of a thread's deadlines, kept on the thread (`promise`, `promised_at`) so that lists show it
without work. Clocks run only while the organization is open and the thread is with the staff, and stop when it is
resolved or given back to the bot.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from core.errors import Refused
from core.organizations.hours import OpenTime

Promise = Literal["first_reply", "next_reply", "resolution"]
LONGEST = 60 * 24 * 30
"""Minutes of the longest promise."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Open minutes until a person answers the first time, answers again, and the conversation is resolved. 0: not
    promised."""

    first_reply: int = 0
    next_reply: int = 0
    resolution: int = 0


@dataclass(frozen=True, slots=True)
class ServiceLevels:
    """`by_priority` goes before `targets`. `warn_percent` of the time used up is when it is said that little is left.
    `auto_resolve_hours` of silence after the staff spoke last end a conversation; 0: never. `survey`: people are asked
    how it was when a person of the staff had answered them."""

    targets: Targets = Targets()
    by_priority: Mapping[str, Targets] = field(default_factory=dict)
    warn_percent: int = 75
    auto_resolve_hours: int = 0
    survey: bool = False

    def of(self, priority: str) -> Targets:
        return self.by_priority.get(priority, self.targets)


def levels_of(settings: Mapping[str, Any]) -> ServiceLevels:
    """Of an organization's settings; raises Refused naming what makes no sense."""
    given = settings.get("service") or {}
    by_priority = {name: _targets(targets) for name, targets in (given.get("by_priority") or {}).items()}
    levels = ServiceLevels(
        _targets(given.get("targets") or {}),
        by_priority,
        given.get("warn_percent", 75),
        given.get("auto_resolve_hours", 0),
        given.get("survey", False),
    )
    if not 1 <= levels.warn_percent <= 99:
        raise Refused("wrong_setting", "El aviso va de 1 a 99 por ciento del plazo.")
    return levels


def _targets(given: Mapping[str, int]) -> Targets:
    targets = Targets(**given)
    if any(not 0 <= minutes <= LONGEST for minutes in (targets.first_reply, targets.next_reply, targets.resolution)):
        raise Refused("wrong_setting", f"Cada plazo va de 0 a {LONGEST} minutos.")
    return targets


@dataclass(frozen=True, slots=True)
class Running:
    """A promise that runs: since when, until when, and when it is said that little is left."""

    promise: Promise
    since: datetime
    due_at: datetime
    warn_at: datetime


def nearest(
    levels: ServiceLevels,
    opened: OpenTime,
    *,
    priority: str,
    handed_over_at: datetime | None,
    first_reply_at: datetime | None,
    waiting_since: datetime | None,
) -> Running | None:
    """The promise of a thread with the staff that ends first; None: nothing was promised."""
    targets = levels.of(priority)
    clocks: list[tuple[Promise, datetime | None, int]] = [
        ("first_reply", handed_over_at if first_reply_at is None else None, targets.first_reply),
        ("next_reply", waiting_since if first_reply_at is not None else None, targets.next_reply),
        ("resolution", handed_over_at, targets.resolution),
    ]
    found = []
    for promise, since, minutes in clocks:
        if since is None or not minutes:
            continue
        whole = timedelta(minutes=minutes)
        due, warn = opened.after(since, whole), opened.after(since, whole * levels.warn_percent / 100)
        if due is not None and warn is not None:
            found.append(Running(promise, since, due, warn))
    return min(found, key=lambda one: one.due_at, default=None)
