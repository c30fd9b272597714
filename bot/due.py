"""What falls due by itself: actions a turn asked for, timers, snoozes. Several processes may run it at once.

Actions are woken at once by the turn of the same process; the poll finds what a dead process left.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.apply import Happening
from bot.events import TimerFired
from bot.run_action import RunsActions
from bot.turn import Turns
from core.clock import Clock
from core.db import driver_connection
from core.errors import HiloError
from core.threads.pending import due_actions, due_threads, next_wake, wake_snoozed
from core.threads.spine import Question, TurnWrite

POLL = timedelta(seconds=1)
AT_ONCE = 4
BATCH = 200

log = structlog.get_logger()


@dataclass(slots=True)
class Due:
    """`engine` as `hilo_spine`, in autocommit."""

    engine: AsyncEngine
    turns: Turns
    actions: RunsActions
    clock: Clock
    on_run: Callable[[Sequence[TurnWrite]], None]
    """Called with the turns that actions' results brought, after their commit."""
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Something fell due just now."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                pause = await self.once()
            except (psycopg.Error, SQLAlchemyError, HiloError, OSError) as away:
                log.warning("cannot look for what is due", error=str(away))
                pause = POLL.total_seconds()
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    async def once(self) -> float:
        """Do everything due now; returns the seconds until the next thing is."""
        now = self.clock()
        async with driver_connection(self.engine) as driver:
            await wake_snoozed(driver, now)
            actions = await due_actions(driver, now, BATCH)
            threads = await due_threads(driver, now, BATCH)
        for start in range(0, len(actions), AT_ONCE):
            turns = await asyncio.gather(*(self.actions.run(due) for due in actions[start : start + AT_ONCE]))
            self.on_run([turn for turn in turns if turn is not None])
        waits = [
            self.turns.enqueue(
                Question(key, thread.organization_id, thread_id=thread.id), Happening(key, TimerFired(token), at)
            )
            for thread in threads
            for token, at_text in sorted(thread.timers, key=lambda timer: timer[1])
            if (at := datetime.fromisoformat(at_text)) <= now
            for key in (f"timer/{thread.id}/{token}/{at_text}",)
        ]
        fired = await asyncio.gather(*waits, return_exceptions=True)
        if actions or True in fired:
            return 0.0
        async with driver_connection(self.engine) as driver:
            due = await next_wake(driver, now, POLL)
        return max(0.0, (due - self.clock()).total_seconds())
