"""Whom a change leaves without their hours is written to once, when the staff says so."""

from datetime import timedelta

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.threads.model import Message, Thread
from tests.backoffice.agenda_requests import book, public
from tests.backoffice.clinic import FixedClock
from tests.core.agenda.agenda_clinic import Agenda, local


async def test_the_bot_offers_another_time(
    app: FastAPI, client: httpx.AsyncClient, agenda: Agenda, clock: FixedClock
) -> None:
    thread = await agenda.clinic.add_thread("Julia", "hola", at=clock.now)
    async with AsyncSession(agenda.clinic.engine) as session:
        contact = await session.scalar(select(Thread.contact_id).where(Thread.id == thread))
        assert contact is not None
    booked = (await book(client, agenda, local(20, 9), public(agenda, "contact", contact), notify=False)).json()
    day = f"/api/resources/{booked['professional']['id']}/overrides/2026-11-20"
    closed = await client.put(day, json={"hours": None, "reschedule": True}, headers=agenda.clinic.as_("owner"))
    assert closed.json()["asked"] == 1
    runtime = app.state.runtime
    for _ in range(2):
        await runtime.announces.once()
        await runtime.due.once()
        clock.now += timedelta(minutes=1)
    async with AsyncSession(agenda.clinic.engine) as session:
        said = list(await session.scalars(select(Message.text).where(Message.author == "bot").order_by(Message.seq)))
    assert len(said) == 1 and "no podremos atenderte" in said[0], said
