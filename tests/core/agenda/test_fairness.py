"""Shares are of the time somebody is there: not of days they are away, nor of another place's hours."""

from datetime import timedelta

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncEngine

from core.agenda.fairness import in_turn
from core.agenda.model import Closure, Location
from core.db import tenant_session
from tests.core.agenda.agenda_clinic import NOW, Agenda, local, make_agenda
from tests.core.agenda.test_booking import book


async def next_of(agenda: Agenda) -> int:
    stranger = await agenda.add_patient("Nadie")
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        return await in_turn(session, offer, stranger.id, agenda.professionals, local(20, 10))


async def test_who_is_away_has_less_time_to_share(empty_database: AsyncEngine, app: AsyncEngine) -> None:
    agenda = await make_agenda(empty_database, app, professionals=2)
    one, two = agenda.professionals
    for day in (19, 20):
        await book(agenda, await agenda.add_patient(), local(day, 9), professional=two)
    await book(agenda, await agenda.add_patient(), local(19, 9), professional=one)
    assert await next_of(agenda) == one
    away = Range(NOW - timedelta(days=30), local(19, 0))
    later = Range(local(21, 0), local(21, 0) + timedelta(days=60))
    for during in (away, later):
        await agenda.add(Closure(kind="time_off", resource_id=one, during=during))
    assert await next_of(agenda) == two  # one visit in two mornings is more than two in a month


async def test_visits_elsewhere_are_not_held_against_the_hours_here(
    empty_database: AsyncEngine, app: AsyncEngine
) -> None:
    agenda = await make_agenda(empty_database, app, professionals=2)
    one, two = agenda.professionals
    await book(agenda, await agenda.add_patient(), local(19, 9), professional=two)
    center = agenda.location
    agenda.location = await agenda.add(Location(name="Norte", zone="America/Bogota"))
    evenings = {day: [["15:00", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    await agenda.add_hours(one, evenings)
    for hour in (15, 16):
        await book(agenda, await agenda.add_patient(), local(19, hour), professional=one)
    agenda.location = center
    assert await next_of(agenda) == one
