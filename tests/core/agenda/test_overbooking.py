"""What the staff booked over the capacity takes time all the same, whatever becomes of what it was booked over."""

from typing import Any

import pytest
from sqlalchemy import text

from core.agenda import visits
from core.agenda.booking import Taken
from core.agenda.model import Appointment
from core.db import tenant_session
from core.errors import Refused
from tests.core.agenda.agenda_clinic import NOW, Agenda, local
from tests.core.agenda.test_booking import book

DAY = (local(19, 0), local(20, 0))


async def cancel(agenda: Agenda, appointment: Appointment) -> None:
    async with tenant_session(agenda.app, agenda.organization) as session:
        found = await session.get_one(Appointment, appointment.id)
        assert await visits.cancel_visit(session, found, NOW, by="patient")
        await session.commit()


async def overbook(agenda: Agenda, start: Any, **wanted: Any) -> Appointment:
    member = agenda.clinic.members["owner"]
    return await book(agenda, await agenda.add_patient("Sobreturno"), start, by=member, overbook=True, **wanted)


async def test_the_overbooked_patient_keeps_the_time_when_the_first_one_cancels(agenda: Agenda) -> None:
    first = await book(agenda, await agenda.add_patient(), local(19, 10))
    await overbook(agenda, local(19, 10))
    await cancel(agenda, first)
    assert await agenda.times("botox", *DAY) == ["19 09:00", "19 11:00", "19 11:30", "19 12:00"]
    with pytest.raises(Taken):
        await book(agenda, await agenda.add_patient("Otra"), local(19, 10))


async def test_what_was_overbooked_over_only_half_of_another_takes_both_halves(agenda: Agenda) -> None:
    await book(agenda, await agenda.add_patient(), local(19, 10))
    await overbook(agenda, local(19, 10, 30))
    assert await agenda.times("botox", *DAY) == ["19 09:00", "19 11:30", "19 12:00"]


async def test_an_overbooking_off_hours_counts_once_the_hours_are_extended(agenda: Agenda) -> None:
    await overbook(agenda, local(19, 14))
    async with tenant_session(agenda.app, agenda.organization) as session:
        await session.execute(
            text("UPDATE schedule SET weekly = jsonb_set(weekly, '{thu}', '[[\"13:00\", \"16:00\"]]')")
        )
        await session.commit()
    assert await agenda.times("botox", *DAY) == ["19 13:00", "19 15:00"]


async def test_a_lowered_capacity_still_counts_those_it_had_room_for(agenda: Agenda) -> None:
    wide = await agenda.add_resource("professional", "Dr. Ancho", capacity=2)
    await agenda.add_service("grupo", [wide])
    first = await book(agenda, await agenda.add_patient("A"), local(19, 10), service="grupo")
    await book(agenda, await agenda.add_patient("B"), local(19, 10), service="grupo")
    await cancel(agenda, first)
    assert "19 10:00" in await agenda.times("grupo", *DAY)
    async with tenant_session(agenda.app, agenda.organization) as session:
        await session.execute(text("UPDATE resource SET capacity = 1 WHERE id = :id"), {"id": wide})
        await session.commit()
    assert await agenda.times("grupo", *DAY) == ["19 09:00", "19 11:00", "19 11:30", "19 12:00"]


async def test_an_overbooking_takes_one_of_two_places_and_not_both(agenda: Agenda) -> None:
    await agenda.add_service("grupo", [await agenda.add_resource("professional", "Dr. Ancho", capacity=2)])
    for name in ("A", "B"):
        first = await book(agenda, await agenda.add_patient(name), local(19, 10), service="grupo")
    await overbook(agenda, local(19, 10), service="grupo")
    await cancel(agenda, first)
    assert "19 10:00" not in await agenda.times("grupo", *DAY)
    await overbook(agenda, local(19, 12), service="grupo")
    assert "19 12:00" in await agenda.times("grupo", *DAY)


async def test_a_patient_overbooked_with_themselves_is_still_there(agenda: Agenda) -> None:
    await agenda.add_service("facial", [await agenda.add_resource("professional", "Dr. Otro")])
    patient, member = await agenda.add_patient(), agenda.clinic.members["owner"]
    first = await book(agenda, patient, local(19, 10))
    await book(agenda, patient, local(19, 10), "both", service="facial", by=member, overbook=True)
    await cancel(agenda, first)
    with pytest.raises(Taken):
        await book(agenda, patient, local(19, 10), "again")


async def test_nobody_is_overbooked_with_a_service_they_do_not_give(agenda: Agenda) -> None:
    stranger = await agenda.add_resource("professional", "Dr. Ajeno")
    with pytest.raises(Refused, match="falta quien lo dé") as refused:
        await overbook(agenda, local(19, 10), professional=stranger)
    assert refused.value.code == "not_given"
    room = await agenda.add_resource("room", "Sala", active=False)
    await agenda.add_service("laser", agenda.professionals, [room])
    with pytest.raises(Refused, match="una sala") as refused:
        await overbook(agenda, local(19, 10), service="laser")
    assert refused.value.code == "not_given"
