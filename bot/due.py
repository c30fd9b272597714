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
from bot.turn import Broken, Turns
from core.clock import Clock
from core.db import driver_connection
from core.errors import HiloError, Transient
from core.threads.away import brief, is_away
from core.threads.pending import (
    DueAction,
    DueThread,
    due_actions,
    due_threads,
    forget_timers,
    next_wake,
    wake_snoozed,
)
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
        acted = False
        for start in range(0, len(actions), AT_ONCE):
            turns = await asyncio.gather(*(self._act(due) for due in actions[start : start + AT_ONCE]))
            taken = [turn for turn in turns if turn is not None]
            acted |= bool(taken)
            self.on_run(taken)
        fired = await asyncio.gather(*(self._fire(thread, now) for thread in threads))
        if acted or True in fired:
            return 0.0
        async with driver_connection(self.engine) as driver:
            due = await next_wake(driver, now, POLL)
        until = (due - self.clock()).total_seconds()
        # Overdue although all that was due was done: somebody else is at it, or it broke. Looking at once would spin.
        return until if until > 0 else POLL.total_seconds()

    async def _act(self, due: DueAction) -> TurnWrite | None:
        """One action; one that breaks holds nobody up and is parked for the staff."""
        try:
            return await self.actions.run(due)
        except Exception as broken:
            if is_away(broken):
                log.warning("an action must wait", thread=due.thread_id, error=str(broken))
            else:
                log.exception("an action broke", thread=due.thread_id)
                await self.actions.park(due, brief(broken))
            return None

    async def _fire(self, thread: DueThread, now: datetime) -> bool:
        """The thread's due timers, earliest first; whether one was taken now. A broken one is forgotten and told."""
        due = [(token, at) for token, at in thread.timers if datetime.fromisoformat(at) <= now]
        fired = False
        for token, at in sorted(due, key=lambda timer: timer[1]):
            key = f"timer/{thread.id}/{token}/{at}"
            question = Question(key, thread.organization_id, thread_id=thread.id)
            happening = Happening(key, TimerFired(token), datetime.fromisoformat(at))
            try:
                fired |= await self.turns.take(question, happening)
            except Broken as broken:
                async with driver_connection(self.engine) as driver:
                    await forget_timers(driver, thread.id, now, str(broken))
            except Transient as away:
                log.warning("a timer must wait", thread=thread.id, error=str(away))
        return fired
