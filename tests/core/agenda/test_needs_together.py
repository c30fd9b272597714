"""Needs out of one pool are met by different people and rooms, and what is listed so can be booked so."""

import asyncio

import psycopg
import pytest
from sqlalchemy import text

from core.agenda import booking
from core.agenda.booking import Taken, Wanted
from core.agenda.model import ServiceNeed, ServicePool
from core.db import tenant_session
from tests.core.agenda.agenda_clinic import NOW, Agenda, local
from tests.core.agenda.test_booking import book

DAY = (local(19, 0), local(20, 0))


async def occupied(agenda: Agenda, appointment: int) -> list[int]:
    async with tenant_session(agenda.app, agenda.organization) as session:
        found = await session.scalars(
            text(
                "SELECT resource_id FROM allocation a JOIN resource r ON r.id = a.resource_id "
                "WHERE appointment_id = :id AND kind <> 'patient' ORDER BY 1"
            ),
            {"id": appointment},
        )
        return list(found)


async def test_two_rooms_out_of_one_pool_are_two_rooms(agenda: Agenda) -> None:
    rooms = [await agenda.add_resource("room", f"Sala {n}") for n in (1, 2, 3)]
    doctor = await agenda.add_resource("professional", "Dr. Doble", capacity=2)
    await agenda.add_service("doble", [doctor], rooms, rooms)
    assert "19 10:00" in await agenda.times("doble", *DAY)
    booked = await book(agenda, await agenda.add_patient(), local(19, 10), service="doble")
    assert await occupied(agenda, booked.id) == sorted([doctor, *rooms[:2]])
    assert await agenda.times("doble", *DAY) == ["19 09:00", "19 11:00", "19 11:30", "19 12:00"]  # one room is left
    with pytest.raises(Taken):
        await book(agenda, await agenda.add_patient("Otra"), local(19, 10), service="doble")


async def test_two_professionals_out_of_one_pool_are_two_people(agenda: Agenda) -> None:
    [one] = agenda.professionals
    two = await agenda.add_resource("professional", "Dra. 2", capacity=4)
    await agenda.add_service("cirugia", [one, two], [one, two])
    booked = await book(agenda, await agenda.add_patient(), local(19, 10), service="cirugia")
    assert await occupied(agenda, booked.id) == [one, two]
    await book(agenda, await agenda.add_patient("Otra"), local(19, 12), professional=one)
    assert await agenda.times("cirugia", *DAY) == ["19 09:00", "19 11:00"]  # never the second one twice


async def test_who_is_needed_again_later_may_be_the_same(agenda: Agenda) -> None:
    service = await agenda.add_service("corta", agenda.professionals)
    async with agenda.clinic.engine.begin() as connection:
        await connection.execute(text("UPDATE service_need SET minutes = 20 WHERE service_id = :id"), {"id": service})
    last = ServiceNeed(service_id=service, position=1, kind="professional", offset_minutes=40)
    need = await agenda.add(last)
    await agenda.add(ServicePool(need_id=need, resource_id=agenda.professionals[0]))
    booked = await book(agenda, await agenda.add_patient(), local(19, 10), service="corta")
    assert await occupied(agenda, booked.id) == agenda.professionals * 2


async def test_the_one_who_can_give_the_rest_is_chosen(agenda: Agenda) -> None:
    """The first need takes whoever leaves somebody for the second."""
    [one] = agenda.professionals
    two = await agenda.add_resource("professional", "Dra. 2")
    await agenda.add_service("dupla", [one, two], [one])
    booked = await book(agenda, await agenda.add_patient(), local(19, 10), service="dupla")
    assert booked.professional_id == two
    with pytest.raises(Taken):
        await book(agenda, await agenda.add_patient("Otra"), local(19, 11), service="dupla", professional=one)


async def test_what_another_program_takes_at_the_last_moment_is_said_as_taken(agenda: Agenda) -> None:
    """The constraint stands behind the locks: whoever does not lock is met there."""
    patient = await agenda.add_patient()
    await book(agenda, await agenda.add_patient("Otra"), local(20, 10))
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        async with agenda.clinic.engine.connect() as other:
            await other.execute(
                text(
                    "INSERT INTO allocation (organization_id, resource_id, lane, during, appointment_id) "
                    "SELECT organization_id, resource_id, 1, tstzrange(:a, :b), appointment_id FROM allocation "
                    "WHERE resource_id = :id"
                ),
                {"a": local(19, 10), "b": local(19, 11), "id": agenda.professionals[0]},
            )
            wish = Wanted(patient, local(19, 10), "w")
            booked = asyncio.create_task(booking.book(session, offer, wish, NOW))
            await asyncio.sleep(0.3)
            await other.commit()
        with pytest.raises(Taken) as taken:
            await booked
        assert taken.value.reason == "busy"
        assert isinstance(taken.value.__cause__, Exception)
        assert isinstance(getattr(taken.value.__cause__, "orig", None), psycopg.errors.ExclusionViolation)
        await booking.book(session, offer, Wanted(patient, local(19, 11), "w2"), NOW)  # the transaction goes on
        await session.commit()
    assert await agenda.count("SELECT count(*) FROM appointment") == 2
