"""What follows from what happened: automations run, and what webhooks and the staff's devices are told is queued.

Each event is one transaction, in which its row goes: it is all done once, or not at all and tried again. Several
processes may run it at once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import delete, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.notifies import notify
from backoffice.webhook_body import body_of
from core.automation.acting import Told, automate
from core.automation.facts import Happened, look
from core.automation.model import AutomationRun, Event, Webhook, WebhookDelivery
from core.clock import Clock
from core.db import tenant_session
from core.organizations.model import Organization
from core.public_id import PublicIds
from core.threads.away import brief, is_away, is_contended

POLL = 0.5
BATCH = 100
TRIES = 6
KEPT = timedelta(days=30)
"""How long what automations did and webhooks took is kept."""
TIDY = timedelta(hours=6)

_DUE = text(
    "SELECT id, organization_id FROM event WHERE due_at <= :now AND error IS NULL ORDER BY due_at, id LIMIT :most"
)

log = structlog.get_logger()


@dataclass(slots=True)
class Reacts:
    """`loops` as `hilo_spine` finds events of every organization, `app` as `hilo_app` works in one."""

    loops: AsyncEngine
    app: AsyncEngine
    ids: PublicIds
    clock: Clock
    on_sent: Callable[[], None]
    """Called when something was queued that the delivery should look at."""

    async def run(self) -> None:
        """Until cancelled."""
        tidied = self.clock() - TIDY
        while True:
            try:
                done = await self.once()
                if self.clock() - tidied >= TIDY:
                    tidied = self.clock()
                    await self.tidy()
            except (SQLAlchemyError, OSError) as away:
                log.warning("cannot look at what happened", error=brief(away))
                done = 0
            if done < BATCH:
                await asyncio.sleep(POLL)

    async def once(self) -> int:
        """Do what follows from everything that is due; how many events there were."""
        async with AsyncSession(self.loops) as session:
            due = (await session.execute(_DUE, {"now": self.clock(), "most": BATCH})).all()
        for row in due:
            try:
                await self.react(row.id, row.organization_id)
            except Exception as broken:  # one event that breaks must not stop the others
                if is_away(broken) and not is_contended(broken):
                    raise
                log.exception("something did not follow", event_id=row.id, error=brief(broken))
                await self._put_off(row.id, row.organization_id, brief(broken))
        return len(due)

    async def react(self, event_id: int, organization_id: int) -> None:
        """Do what follows from one event, unless somebody else is at it."""
        now = self.clock()
        async with tenant_session(self.app, organization_id) as session:
            event = await session.scalar(
                select(Event).where(Event.id == event_id, Event.error.is_(None)).with_for_update(skip_locked=True)
            )
            if event is None:
                return
            happened = await look(session, event)
            if happened is not None:
                told = await automate(session, happened, now)
                await self._tell(session, happened, told)
                await notify(session, self.ids, happened, now)
            await session.delete(event)
            await session.commit()
        self.on_sent()

    async def _tell(self, session: AsyncSession, happened: Happened, told: list[Told]) -> None:
        always = await session.scalars(
            select(Webhook.id).where(
                Webhook.organization_id == happened.organization.id,
                Webhook.active,
                Webhook.events.contains([happened.event.kind]),
            )
        )
        for number, one in enumerate([*(Told(webhook, "") for webhook in always), *told]):
            session.add(
                WebhookDelivery(
                    organization_id=happened.organization.id,
                    webhook_id=one.webhook_id,
                    key=f"evt_{self.ids.encode('event', happened.event.id).partition('_')[2]}_{number}",
                    body=body_of(self.ids, happened, one.automation),
                )
            )

    async def _put_off(self, event_id: int, organization_id: int, error: str) -> None:
        async with tenant_session(self.app, organization_id) as session:
            event = await session.get(Event, event_id, with_for_update=True)
            if event is None:
                return
            event.attempts += 1
            event.due_at = self.clock() + timedelta(seconds=4**event.attempts)
            if event.attempts >= TRIES:
                event.error = error
            await session.commit()

    async def tidy(self) -> None:
        """Forget what was done long ago."""
        since = self.clock() - KEPT
        async with AsyncSession(self.loops) as session:
            organizations = list(await session.scalars(select(Organization.id)))
        for organization_id in organizations:
            async with tenant_session(self.app, organization_id) as session:
                await session.execute(delete(AutomationRun).where(AutomationRun.at < since))
                await session.execute(delete(Event).where(Event.error.is_not(None), Event.at < since))
                await session.execute(
                    delete(WebhookDelivery).where(
                        WebhookDelivery.state != "waiting", WebhookDelivery.created_at < since
                    )
                )
                await session.commit()
