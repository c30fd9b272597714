"""What the agenda says by itself: reminders, surveys, freed times. Each starts a flow on the person's thread.

The mark that it was said and the turn that says it are committed together, so that a process killed anywhere says it
once, or not yet. Several processes may run it at once. A thread in which an action runs is left for the next round; of
one that the staff has they are told, and what was kept for the person is offered to the next one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.apply import Happening
from bot.conversing import Conversing
from bot.events import FlowStarted
from bot.state import awaits_action, is_running
from bot.turn import take_locked_turn
from core.agenda import notices, waitlist
from core.agenda.messages_model import AppointmentNotice, WaitlistEntry, WaitlistOffer
from core.agenda.model import Appointment
from core.clock import Clock
from core.db import driver_of, tenant_session
from core.threads.actions import HUMAN_STATES, lock_thread
from core.threads.away import brief
from core.threads.model import Thread
from core.threads.spine import TurnWrite

POLL = timedelta(seconds=5)
FLOWS = {
    "reminder_day": "recordatorio",
    "reminder_hour": "recordatorio",
    "approved": "respuesta",
    "declined": "respuesta",
    "booked": "respuesta",
    "moved": "respuesta",
    "cancelled": "respuesta",
    "survey": "despues",
    "no_show": "despues",
    "stranded": "reprogramar",
}
"""The flow of the pack that says each kind of notice; it is given `cita` (the appointment) and `tipo` (the kind)."""
ONE_AT_A_TIME = ("stranded",)
"""Kinds that ask for a choice of times: to one person the next waits until the one before is answered."""
ASKS_AGAIN = timedelta(seconds=20)
"""After this long it is seen whether it was; until then what waits leaves the loop's round to others."""
OFFER_FLOW = "lugar_libre"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Announces:
    """`loops` as `hilo_spine` finds what is due in every organization; `app` as `hilo_app` does it in one."""

    loops: AsyncEngine
    app: AsyncEngine
    conversing: Conversing
    clock: Clock
    on_run: Callable[[Sequence[TurnWrite]], None]

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except (SQLAlchemyError, OSError) as away:
                log.warning("cannot look for what the agenda has to say", error=str(away))
            await asyncio.sleep(POLL.total_seconds())

    async def once(self) -> None:
        """Say everything due now; what breaks holds nothing else up."""
        now = self.clock()
        async with AsyncSession(self.loops) as session:
            due = await notices.due(session, now)
            ended = await waitlist.expired(session, now)
            untold = await waitlist.untold(session, now)
            freed = await waitlist.freed_earlier(session, now)
            passed = await waitlist.passed(session, now)
        for one in due:
            await self._each(self.notice(one.id, one.organization_id))
        for offer, organization in ended:
            await self._each(self.pass_on(offer, organization))
        for time, organization in freed:
            await self._each(self.look_again(time, organization))
        for entry, organization in passed:
            await self._each(self.close(entry, organization))
        for offer, organization in untold:
            await self._each(self.offer(offer, organization))

    async def _each(self, work: Awaitable[TurnWrite | None]) -> None:
        try:
            turn = await work
        except Exception as broken:  # one that breaks must not silence the others
            log.exception("something of the agenda was not said", error=brief(broken))
            return
        if turn is not None:
            self.on_run([turn])

    async def notice(self, notice_id: int, organization_id: int) -> TurnWrite | None:
        """Say a notice that is due, if it still fits; None when it does not, or somebody else is at it."""
        now = self.clock()
        async with tenant_session(self.app, organization_id) as session:
            found = await session.execute(
                select(Appointment.contact_id, AppointmentNotice.kind)
                .join(AppointmentNotice, AppointmentNotice.appointment_id == Appointment.id)
                .where(AppointmentNotice.id == notice_id)
            )
            contact, kind = found.one()
            thread = await _locked_thread(session, contact)
            if thread is not None and _is_busy(thread):
                return None
            if thread is not None and kind in ONE_AT_A_TIME and is_running(thread.session, FLOWS[kind]):
                await notices.put_off(session, notice_id, now + ASKS_AGAIN)
                await session.commit()
                return None
            taken = await notices.take(session, notice_id, now)
            turn = None
            if taken is not None and thread is None:
                taken[0].state, taken[0].reason = "skipped", "no_thread"
            elif taken is not None and thread is not None:
                said, appointment = taken
                if thread.state in HUMAN_STATES:
                    said.state, said.reason = "skipped", "with_staff"  # the turn alerts them, and starts nothing
                given = {"cita": str(appointment.id), "tipo": said.kind}
                turn = await self._start(session, thread, FLOWS[said.kind], given, f"notice/{said.id}", now)
            await session.commit()
            return turn

    async def offer(self, offer_id: int, organization_id: int) -> TurnWrite | None:
        """Tell who waits of the time that is kept for them."""
        now = self.clock()
        async with tenant_session(self.app, organization_id) as session:
            contact = await session.scalar(
                select(WaitlistEntry.contact_id)
                .join(WaitlistOffer, WaitlistOffer.entry_id == WaitlistEntry.id)
                .where(WaitlistOffer.id == offer_id)
            )
            thread = await _locked_thread(session, contact)
            if thread is None or thread.state in HUMAN_STATES:
                await _pass_on(session, offer_id, now)
                await session.commit()
                return None
            if _is_busy(thread):
                return None
            turn = None
            if await waitlist.tell(session, offer_id, now):
                turn = await self._start(
                    session, thread, OFFER_FLOW, {"oferta": str(offer_id)}, f"offer/{offer_id}", now
                )
            await session.commit()
            return turn

    async def pass_on(self, offer_id: int, organization_id: int) -> None:
        """End an offer nobody answered, and keep its time for the next one."""
        now = self.clock()
        async with tenant_session(self.app, organization_id) as session:
            await _pass_on(session, offer_id, now)
            await session.commit()

    async def look_again(self, freed_id: int, organization_id: int) -> None:
        """Offer what was given back in the quiet hours, if it is still free."""
        async with tenant_session(self.app, organization_id) as session:
            await waitlist.look_again(session, freed_id, self.clock())
            await session.commit()

    async def close(self, entry_id: int, organization_id: int) -> None:
        """End the waiting for what is past."""
        async with tenant_session(self.app, organization_id) as session:
            await waitlist.close(session, entry_id, self.clock())
            await session.commit()

    async def _start(
        self, session: AsyncSession, thread: Thread, flow: str, given: dict[str, str], key: str, now: datetime
    ) -> TurnWrite | None:
        await session.flush()
        return await take_locked_turn(
            await driver_of(session),
            self.conversing,
            thread.id,
            thread.organization_id,
            Happening(key, FlowStarted(flow, dict(given)), now),
            now,
        )


async def _pass_on(session: AsyncSession, offer_id: int, now: datetime) -> None:
    freed = await waitlist.expire(session, offer_id)
    if freed is not None:
        await waitlist.match(session, freed, now)


def _is_busy(thread: Thread) -> bool:
    """Whether an action is under way: until it ends no flow starts, and the next round asks again."""
    return thread.state not in HUMAN_STATES and awaits_action(thread.session)


async def _locked_thread(session: AsyncSession, contact_id: int | None) -> Thread | None:
    """The contact's thread, locked before anything of the agenda is, as the actions of flows do."""
    found = await session.scalar(select(Thread.id).where(Thread.contact_id == contact_id))
    return await lock_thread(session, found) if found is not None else None
