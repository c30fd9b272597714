"""Play recorded events again through the pure step: what a thread went through, or what a new revision makes of it."""

from collections.abc import Iterable
from datetime import datetime

from bot.events import Event
from bot.facts import Facts
from bot.language.library import Library
from bot.standing import standing
from bot.state import State
from bot.step import StepResult, step


def replay(
    library: Library, facts: Facts, events: Iterable[tuple[datetime, str, Event]], state: State | None = None
) -> list[StepResult]:
    """The state and effects after each (instant, thread's state, event), beginning from `state`.

    Actions are not run: their results are among the events.
    """
    results: list[StepResult] = []
    for now, thread_state, event in events:
        result = step(library, facts, standing(state, thread_state, event), event, now)
        results.append(result)
        state = result.state
    return results
