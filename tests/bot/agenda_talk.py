"""A clinic whose agenda speaks: the loop that announces and the actions it leads to, on real rows and the real pack."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

import bot.agenda_actions
import bot.agenda_finding  # noqa: F401
from bot.actions import ActionContext, Outcome, perform
from bot.announces import Announces
from bot.conversing import Conversing
from bot.language import load_pack
from bot.published import Published
from bot.run_action import RunsActions
from core.agenda import booking
from core.agenda.booking import Wanted
from core.agenda.model import Appointment, Patient
from core.agenda.patients import own_patient
from core.contacts.model import Contact
from core.db import create_engine, driver_connection, tenant_session
from core.organizations.model import Organization
from core.organizations.queries import OrganizationFacts, organization_facts
from core.threads.model import Thread
from core.threads.pending import due_actions
from tests.backoffice.clinic import FixedClock
from tests.core.agenda.agenda_clinic import NOW, Agenda, make_agenda

FLOWS = Path(__file__).parents[2] / "flows"


@dataclass
class Talk:
    """`clock` is the test's; nothing runs by itself."""

    agenda: Agenda
    loops: AsyncEngine
    clock: FixedClock
    announces: Announces
    actions: RunsActions
    keys: int = field(default=0)

    async def person(self, name: str = "Ana", **columns: Any) -> tuple[int, Patient]:
        """Somebody who wrote an hour ago: their thread, and they as a patient."""
        thread_id = await self.agenda.clinic.add_thread(name, "hola", at=self.clock(), **columns)
        async with self.session() as session:
            thread = await session.get_one(Thread, thread_id)
            patient = await own_patient(session, await session.get_one(Contact, thread.contact_id))
            await session.commit()
            return thread_id, patient

    def session(self) -> Any:
        return tenant_session(self.agenda.app, self.agenda.organization)

    async def book(self, patient: Patient, start: datetime, **wanted: Any) -> Appointment:
        self.keys += 1
        async with self.session() as session:
            offer = await self.agenda.offer(session, wanted.pop("service", "botox"))
            wish = Wanted(patient, start, f"booked-{self.keys}", **wanted)
            booked = await booking.book(session, offer, wish, self.clock())
            await session.commit()
            return booked

    async def act(self, thread_id: int, action: str, /, **arguments: Any) -> Outcome:
        """An action as this thread's flow would run it."""
        self.keys += 1
        async with self.session() as session:
            thread = await session.get_one(Thread, thread_id)
            context = ActionContext(
                session, self.agenda.organization, thread_id, thread.contact_id, self.clock(), f"act-{self.keys}"
            )
            outcome = await perform(context, action, arguments)
            await session.commit()
            return outcome

    async def set_policy(self, **policy: Any) -> None:
        async with self.session() as session:
            organization = await session.get_one(Organization, self.agenda.organization)
            organization.settings = {**organization.settings, "agenda": policy}
            await session.commit()

    async def round(self) -> None:
        """One look at what is due, and the actions it asks for, until none is left."""
        await self.announces.once()
        while True:
            async with driver_connection(self.loops) as driver:
                due = await due_actions(driver, self.clock(), 50)
            if not due:
                return
            for one in due:
                await self.actions.run(one)

    async def said(self, thread_id: int) -> list[str]:
        """What the bot has said there, in order."""
        return await self.column(
            "SELECT text FROM message WHERE thread_id = :id AND author = 'bot' ORDER BY seq", id=thread_id
        )

    async def column(self, query: str, **values: Any) -> list[Any]:
        async with self.agenda.clinic.engine.connect() as connection:
            return list((await connection.execute(text(query), values)).scalars())


async def make_talk(engine: AsyncEngine, app: AsyncEngine, database_url: str) -> Talk:
    """The clinic of `make_agenda` with two professionals, at its `NOW`."""
    agenda, clock = await make_agenda(engine, app, professionals=2), FixedClock(NOW)
    loops = create_engine(database_url, "hilo_spine")

    async def facts(organization_id: int, now: datetime) -> OrganizationFacts:
        async with AsyncSession(loops) as session:
            return await organization_facts(session, organization_id, now)

    conversing = Conversing(Published({"estetica": load_pack(FLOWS / "estetica")}), facts, lambda _: "whatsapp", clock)
    announces = Announces(loops, app, conversing, clock, lambda _: None)
    return Talk(agenda, loops, clock, announces, RunsActions(app, conversing, clock))
