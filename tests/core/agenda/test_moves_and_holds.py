"""A move keeps what belongs to the visit and drops what belonged to its time; a time that is kept is theirs."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncEngine

from core.agenda import booking, visits, waitlist
from core.agenda.booking import Taken, Wanted
from core.agenda.calendars import load_offer
from core.agenda.model import Appointment, Location, Patient, Service
from core.db import tenant_session
from core.errors import Refused
from tests.core.agenda.agenda_clinic import MORNINGS, NOW, ZONE, Agenda, local, make_agenda
from tests.core.agenda.test_booking import book


async def move(agenda: Agenda, patient: Patient, appointment: int, to: datetime, **wanted: Any) -> Appointment:
    async with tenant_session(agenda.app, agenda.organization) as session:
        found = await session.get_one(Appointment, appointment)
        await booking.move(
            session, await agenda.offer(session, "botox"), found, Wanted(patient, to, "m", **wanted), NOW
        )
        await session.commit()
        return found


async def test_an_appointment_cancelled_meanwhile_is_not_moved(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    booked = await book(agenda, patient, local(19, 10))
    async with tenant_session(agenda.app, agenda.organization) as session:
        seen = await session.get_one(Appointment, booked.id)
        async with tenant_session(agenda.app, agenda.organization) as other:
            await visits.cancel_visit(other, await other.get_one(Appointment, booked.id), NOW, by="patient")
            await other.commit()
        with pytest.raises(Refused) as refused:
            await booking.move(
                session, await agenda.offer(session, "botox"), seen, Wanted(patient, local(20, 10), "m"), NOW
            )
        assert refused.value.code == "not_movable"
        await session.commit()
    assert await agenda.count("SELECT count(*) FROM allocation") == 0


async def test_who_ran_late_is_not_late_for_the_new_time(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    booked = await book(agenda, patient, local(19, 10))
    async with tenant_session(agenda.app, agenda.organization) as session:
        await visits.running_late(session, await session.get_one(Appointment, booked.id), local(19, 9, 50))
        await session.commit()
    moved = await move(agenda, patient, booked.id, local(20, 10))
    assert (moved.running_late_at, moved.answered_at) == (None, None)


async def test_the_price_follows_the_professional_unless_somebody_set_it(
    empty_database: AsyncEngine, app: AsyncEngine
) -> None:
    agenda = await make_agenda(empty_database, app, professionals=2)
    one, two = agenda.professionals
    async with empty_database.begin() as connection:
        await connection.execute(text("UPDATE service SET price_minor = 500"))
        await connection.execute(text("UPDATE service_pool SET price_minor = 900 WHERE resource_id = :id"), {"id": two})
    patient, member = await agenda.add_patient(), agenda.clinic.members["owner"]
    listed = await book(agenda, patient, local(19, 10), professional=one)
    agreed = await book(agenda, patient, local(19, 11), professional=one, by=member, price_minor=300)
    assert (await move(agenda, patient, listed.id, local(20, 10), professional=two)).price_minor == 900
    assert (await move(agenda, patient, listed.id, local(20, 11), professional=one)).price_minor == 500
    assert (await move(agenda, patient, agreed.id, local(20, 9), professional=two)).price_minor == 300


async def test_what_is_held_is_theirs_although_the_notice_passes_meanwhile(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    start, then = local(19, 10), local(19, 8, 58)
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        await booking.hold(session, offer, Wanted(patient, start, "", holder="t1"), then)
        await session.commit()
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        late = then + timedelta(minutes=4)
        with pytest.raises(Taken) as taken:  # another time is not what was kept
            await booking.book(session, offer, Wanted(patient, local(19, 9, 30), "w1", holder="t1"), late)
        assert taken.value.reason == "notice"
        with pytest.raises(Taken) as taken:  # and a hold that is over keeps nothing
            await booking.book(session, offer, Wanted(patient, start, "w1", holder="t1"), then + timedelta(minutes=5))
        assert taken.value.reason == "notice"
        await session.rollback()
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        assert (await booking.book(session, offer, Wanted(patient, start, "w1", holder="t1"), late)).starts_at == start
        await session.commit()


async def test_what_was_offered_to_who_waits_is_theirs_although_the_notice_passes(agenda: Agenda) -> None:
    async with agenda.clinic.engine.begin() as connection:
        await connection.execute(text("UPDATE service SET notice_minutes = 180"))
    patient, start = await agenda.add_patient(), local(19, 12)
    async with tenant_session(agenda.app, agenda.organization) as session:
        service = await session.get_one(Service, agenda.services["botox"])
        await waitlist.join(session, patient, service, [Range(local(19, 0), local(20, 0))], NOW)
        freed = waitlist.Freed(service.id, agenda.location, start)
        offered = await waitlist.match(session, freed, local(19, 8, 55))
        assert offered is not None
        claimed = await waitlist.claim(session, offered.id, local(19, 9, 5))
        assert claimed.starts_at == start
        await session.commit()


async def test_a_limit_of_one_a_day_is_one_in_all_places_together(agenda: Agenda) -> None:
    """Two places share nothing but the limit itself."""
    north = await agenda.add(Location(name="Norte", zone=ZONE.key))
    here = await agenda.add_resource("professional", "Dra. Centro", MORNINGS, location_id=agenda.location)
    center, agenda.location = agenda.location, north
    there = await agenda.add_resource("professional", "Dra. Norte", MORNINGS, location_id=north)
    await agenda.add_service("unica", [here, there], daily_limit=1)

    async def at(place: int, patient: Patient) -> Appointment:
        async with tenant_session(agenda.app, agenda.organization) as session:
            service = await session.get_one(Service, agenda.services["unica"])
            offer = await load_offer(session, service, await session.get_one(Location, place))
            booked = await booking.book(session, offer, Wanted(patient, local(19, 10), f"{patient.id}"), NOW)
            await asyncio.sleep(0.2)
            await session.commit()
            return booked

    patients = [await agenda.add_patient(name) for name in ("A", "B")]
    results = await asyncio.gather(at(center, patients[0]), at(north, patients[1]), return_exceptions=True)
    assert sum(isinstance(one, Appointment) for one in results) == 1
    assert [one.reason for one in results if isinstance(one, Taken)] == ["daily_limit"]
