"""What falls due in the staff's threads, looked at again and again: promises, silence, scheduled messages, surveys.

Each thing is a transaction of its own under the thread's lock; several processes may run it at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.apply import Happening
from bot.conversing import Conversing
from bot.events import FlowStarted
from bot.turn import take_locked_turn
from core.clock import Clock
from core.db import driver_of, tenant_session
from core.organizations.model import Organization
from core.threads import keeping
from core.threads.actions import lock_thread
from core.threads.away import brief, is_away
from core.threads.later_model import ThreadSurvey
from core.threads.model import Thread
from core.threads.service_levels import ServiceLevels, levels_of
from core.threads.spine import TurnWrite
from core.threads.surveys import take_survey

POLL = 5.0
SURVEY_FLOW = "encuesta"
"""The flow of the pack that asks how it was; it is given `encuesta`, the survey. A pack without it asks nobody."""
_PROMISING = select(Organization.id).where(
    Organization.settings.has_key("service")
    | Organization.id.in_(select(Thread.organization_id).where(Thread.promised_at.is_not(None)))
)
"""Also those that promise nothing any more, whose threads still say so."""
_SCHEDULED = text(
    "SELECT id, organization_id FROM scheduled_message WHERE state = 'waiting' AND due_at <= :now ORDER BY due_at, id"
)
_SURVEYS = text(
    "SELECT id, organization_id FROM thread_survey WHERE state = 'waiting' AND due_at <= :now ORDER BY due_at, id"
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Watches:
    """`loops` as `hilo_spine` finds what is due in every organization; `app` as `hilo_app` does it in one."""

    loops: AsyncEngine
    app: AsyncEngine
    conversing: Conversing
    clock: Clock
    on_sent: Callable[[], None]
    on_run: Callable[[Sequence[TurnWrite]], None]

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except (SQLAlchemyError, OSError) as away:
                log.warning("cannot look at what falls due", error=brief(away))
            await asyncio.sleep(POLL)

    async def once(self) -> None:
        """Everything that is due now."""
        now = self.clock()
        async with AsyncSession(self.loops) as session:
            scheduled = (await session.execute(_SCHEDULED, {"now": now})).all()
            surveys = (await session.execute(_SURVEYS, {"now": now})).all()
            promising = list(await session.scalars(_PROMISING))
        for row in scheduled:
            await self._each(self._send(row.id, row.organization_id))
        for row in surveys:
            await self._each(self._ask(row.id, row.organization_id))
        for organization_id in promising:
            await self._each(self._keep(organization_id))

    async def _each(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as broken:  # one that breaks must not hold the others up
            if is_away(broken):
                raise
            log.exception("something that fell due was not done", error=brief(broken))

    async def _send(self, scheduled_id: int, organization_id: int) -> None:
        async with tenant_session(self.app, organization_id) as session:
            sent = await keeping.send_scheduled(session, scheduled_id, self.clock())
            await session.commit()
        if sent:
            self.on_sent()

    async def _ask(self, survey_id: int, organization_id: int) -> None:
        now = self.clock()
        turn: TurnWrite | None = None
        async with tenant_session(self.app, organization_id) as session:
            survey = await session.get_one(ThreadSurvey, survey_id)
            thread = await lock_thread(session, survey.thread_id)
            asks = await take_survey(session, survey_id, thread, now)
            library = await self.conversing.library(await driver_of(session), organization_id)
            if asks and SURVEY_FLOW not in library.flows:
                survey.state = "skipped"
            elif asks:
                await session.flush()
                started = FlowStarted(SURVEY_FLOW, {"encuesta": str(survey_id)})
                turn = await take_locked_turn(
                    await driver_of(session),
                    self.conversing,
                    thread.id,
                    organization_id,
                    Happening(f"survey/{survey_id}", started, now),
                    now,
                )
            await session.commit()
        if turn is not None:
            self.on_run([turn])

    async def _keep(self, organization_id: int) -> None:
        now = self.clock()
        async with tenant_session(self.app, organization_id) as session:
            organization = await session.get_one(Organization, organization_id)
            levels = levels_of(organization.settings)
            promised = await keeping.promises(session, organization, levels, now)
            silent = await keeping.fallen_silent(session, organization_id, levels, now)
        for one in promised:
            await self._each(self._promise(organization_id, one))
        for thread_id in silent:
            await self._each(self._end(organization_id, thread_id, levels))

    async def _promise(self, organization_id: int, promised: keeping.Promised) -> None:
        async with tenant_session(self.app, organization_id) as session:
            await keeping.keep_promise(session, promised, self.clock())
            await session.commit()

    async def _end(self, organization_id: int, thread_id: int, levels: ServiceLevels) -> None:
        async with tenant_session(self.app, organization_id) as session:
            await keeping.end_silent(session, thread_id, levels, self.clock())
            await session.commit()
