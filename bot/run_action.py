"""Running a pending action: its own transaction under the thread's lock, its result the thread's next event.

The action's changes, the turn that its result brings and the mark that it is done are committed together, so a
process killed anywhere leaves either all of it or none, and the action is run again.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.actions import ActionContext, Outcome, perform
from bot.apply import Happening
from bot.conversing import Conversing
from bot.events import ActionDone
from bot.turn import take_locked_turn
from core.clock import Clock
from core.db import driver_of, tenant_session
from core.errors import Transient
from core.threads.actions import lock_thread, notice
from core.threads.away import brief
from core.threads.pending import DueAction
from core.threads.queues import PendingAction
from core.threads.spine import TurnWrite

TRIES = 3

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RunsActions:
    """`engine` as `hilo_app`: an action sees its own organization only."""

    engine: AsyncEngine
    conversing: Conversing
    clock: Clock

    async def run(self, due: DueAction) -> TurnWrite | None:
        """Run it unless somebody else has; the turn its result brought, or None. Raises when the database is away."""
        now = self.clock()
        async with tenant_session(self.engine, due.organization_id) as session:
            thread = await lock_thread(session, due.thread_id)
            action = await session.scalar(
                select(PendingAction)
                .where(PendingAction.id == due.id, PendingAction.state == "pending")
                .with_for_update(skip_locked=True)
            )
            if action is None:
                return None
            context = ActionContext(session, due.organization_id, thread.id, thread.contact_id, now, action.key)
            outcome = await self._perform(session, context, action)
            if outcome is None:
                await session.commit()
                return None
            action.state = "done" if outcome.name != "error" else "failed"
            await session.flush()
            event = ActionDone(action.step_key, outcome.name, dict(outcome.value))
            turn = await take_locked_turn(
                await driver_of(session),
                self.conversing,
                thread.id,
                thread.organization_id,
                Happening(f"action/{action.key}", event, now),
                now,
            )
            await session.commit()
            return turn

    async def park(self, due: DueAction, problem: str) -> None:
        """Running it broke outside of the action: later again, and after the last try the staff has the thread."""
        now = self.clock()
        async with tenant_session(self.engine, due.organization_id) as session:
            thread = await lock_thread(session, due.thread_id)
            action = await session.get(PendingAction, due.id, with_for_update=True)
            if action is None or action.state != "pending":
                return
            action.attempts += 1
            action.error = problem[:500]
            action.due_at = now + timedelta(seconds=2**action.attempts)
            if action.attempts >= TRIES:
                action.state = "failed"
                thread.problem = action.error
                if thread.state == "bot":
                    thread.state = "open"
                    thread.waiting_since = now
                thread.unread += 1
                await notice(session, thread, "handed_over", now, error=action.error)
            await session.commit()

    async def _perform(self, session: AsyncSession, context: ActionContext, action: PendingAction) -> Outcome | None:
        """The outcome; `error` after the last try; None when it is to be tried again later."""
        action.attempts += 1
        await session.flush()
        try:
            async with session.begin_nested():
                return await perform(context, action.name, action.args)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Transient("the database is away") from error
            return self._after_failure(action, error)
        except Exception as error:
            return self._after_failure(action, error)

    def _after_failure(self, action: PendingAction, error: Exception) -> Outcome | None:
        action.error = brief(error)[:500]
        log.warning("action failed", action=action.name, key=action.key, error=action.error, tries=action.attempts)
        if action.attempts < TRIES:
            action.due_at = self.clock() + timedelta(seconds=2**action.attempts)
            return None
        value: dict[str, Any] = {"message": action.error}
        return Outcome("error", value)
