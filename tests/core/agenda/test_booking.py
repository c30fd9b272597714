"""What is booked is booked once, whole, and by whoever came first."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncEngine

from core.agenda import booking
from core.agenda.booking import Taken, Wanted
from core.agenda.model import Appointment, Closure, Patient, ScheduleOverride
from core.db import tenant_session
from core.organizations.model import Holiday
from tests.core.agenda.agenda_clinic import NOW, Agenda, local, make_agenda


async def book(agenda: Agenda, patient: Patient, start: datetime, key: str = "", **wanted: Any) -> Appointment:
    service = wanted.pop("service", "botox")
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, service)
        wish = Wanted(patient, start, key or f"{patient.id}-{start}", **wanted)
        booked = await booking.book(session, offer, wish, NOW)
        await session.commit()
        return booked


async def test_times_are_offered_and_a_booked_one_no_more(agenda: Agenda) -> None:
    day = (local(19, 0), local(20, 0))
    assert await agenda.times("botox", *day) == [
        "19 09:00", "19 09:30", "19 10:00", "19 10:30", "19 11:00", "19 11:30", "19 12:00",
    ]  # fmt: skip
    await book(agenda, await agenda.add_patient(), local(19, 10))
    assert await agenda.times("botox", *day) == ["19 09:00", "19 11:00", "19 11:30", "19 12:00"]


async def test_of_forty_who_want_one_time_one_has_it(agenda: Agenda) -> None:
    patients = [await agenda.add_patient(f"P{n}") for n in range(40)]
    results = await asyncio.gather(
        *(book(agenda, patient, local(19, 10)) for patient in patients), return_exceptions=True
    )
    assert sum(isinstance(one, Appointment) for one in results) == 1
    assert sum(isinstance(one, Taken) and one.reason == "busy" for one in results) == 39
    assert await agenda.count("SELECT count(*) FROM appointment") == 1
    assert await agenda.count("SELECT count(*) FROM allocation") == 2  # the professional's and the patient's


async def test_the_same_wish_is_one_booking_however_often_it_comes(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    booked = await asyncio.gather(*(book(agenda, patient, local(19, 10), "w1") for _ in range(12)))
    assert len({one.id for one in booked}) == 1


async def test_nobody_is_booked_twice_at_once(agenda: Agenda) -> None:
    await agenda.add_service("facial", [await agenda.add_resource("professional", "Dr. Otro")])
    patient = await agenda.add_patient()
    await book(agenda, patient, local(19, 10))
    with pytest.raises(Taken):
        await book(agenda, patient, local(19, 10, 30), service="facial")
    await book(agenda, patient, local(19, 11), service="facial")


async def test_a_room_is_needed_too_and_not_half_of_two(agenda: Agenda) -> None:
    rooms = [await agenda.add_resource("room", f"Sala {n}") for n in (1, 2)]
    await agenda.add_service("laser", [await agenda.add_resource("professional", "Dr. Láser", capacity=3)], rooms)
    for hour in (9, 9):
        await book(agenda, await agenda.add_patient(), local(19, hour), service="laser")
    with pytest.raises(Taken):
        await book(agenda, await agenda.add_patient(), local(19, 9), service="laser")
    await book(agenda, await agenda.add_patient(), local(19, 10), service="laser")
    assert "19 09:30" not in await agenda.times("laser", local(19, 0), local(20, 0))


async def test_a_rooms_cleaning_is_kept_free_on_both_sides(agenda: Agenda) -> None:
    room = await agenda.add_resource("room", "Sala", buffer_after=30)
    doctors = [await agenda.add_resource("professional", f"D{n}") for n in (1, 2)]
    await agenda.add_service("peeling", doctors, [room])
    await book(agenda, await agenda.add_patient(), local(19, 10), service="peeling")
    assert await agenda.times("peeling", local(19, 0), local(20, 0)) == ["19 11:30", "19 12:00"]


async def test_a_move_that_cannot_be_made_leaves_the_appointment_as_it_was(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    booked = await book(agenda, patient, local(19, 10))
    await book(agenda, await agenda.add_patient("Otra"), local(19, 12))

    async def move(to: datetime) -> Appointment:
        async with tenant_session(agenda.app, agenda.organization) as session:
            appointment = await session.get(Appointment, booked.id)
            assert appointment is not None
            offer = await agenda.offer(session, "botox")
            try:
                await booking.move(session, offer, appointment, Wanted(patient, to, "m"), NOW)
            finally:
                await session.commit()
            return appointment

    with pytest.raises(Taken):
        await move(local(19, 12))
    assert await agenda.count("SELECT version FROM appointment WHERE id = :id", id=booked.id) == 1
    assert "19 10:00" not in await agenda.times("botox", local(19, 0), local(20, 0))
    moved = await move(local(19, 10, 30))  # half over its own old time
    assert (moved.version, moved.starts_at) == (2, local(19, 10, 30))
    assert "19 09:30" in await agenda.times("botox", local(19, 0), local(20, 0))


async def test_a_hold_keeps_a_time_until_it_expires(agenda: Agenda) -> None:
    patient, other = await agenda.add_patient(), await agenda.add_patient("Otra")

    async def hold(start: datetime) -> None:
        async with tenant_session(agenda.app, agenda.organization) as session:
            offer = await agenda.offer(session, "botox")
            await booking.hold(session, offer, Wanted(patient, start, "", holder="t1"), NOW)
            await session.commit()

    await hold(local(19, 10))
    assert "19 10:00" not in await agenda.times("botox", local(19, 0), local(20, 0))
    assert "19 10:00" in await agenda.times("botox", local(19, 0), local(20, 0), holder="t1")
    assert "19 10:00" in await agenda.times("botox", local(19, 0), local(20, 0), now=NOW + timedelta(minutes=5))
    with pytest.raises(Taken):
        await book(agenda, other, local(19, 10))
    await hold(local(19, 12))
    await book(agenda, other, local(19, 10))
    await book(agenda, patient, local(19, 12), holder="t1")
    assert await agenda.count("SELECT count(*) FROM slot_hold") == 0


async def test_an_expired_hold_is_in_nobodys_way(agenda: Agenda) -> None:
    patient, other = await agenda.add_patient(), await agenda.add_patient("Otra")
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        wish = Wanted(patient, local(19, 10), "", holder="t1")
        await booking.hold(session, offer, wish, NOW - timedelta(minutes=6))
        await session.commit()
    await book(agenda, other, local(19, 10))


async def test_the_patients_rules_bind_the_patient_and_not_the_staff(agenda: Agenda) -> None:
    patient, member = await agenda.add_patient(), agenda.clinic.members["owner"]
    for start, reason in (
        (local(18, 12, 30), "notice"),
        (local(19, 10, 10), "grid"),
        (local(30, 10) + timedelta(60), "horizon"),
    ):
        with pytest.raises(Taken) as taken:
            await book(agenda, patient, start)
        assert taken.value.reason == reason
    await book(agenda, patient, local(19, 10, 10), by=member)


async def test_the_staff_may_overbook_and_it_is_said(agenda: Agenda) -> None:
    member = agenda.clinic.members["owner"]
    await book(agenda, await agenda.add_patient(), local(19, 10))
    with pytest.raises(Taken):
        await book(agenda, await agenda.add_patient(), local(19, 10), by=member)
    for _ in range(2):
        booked = await book(agenda, await agenda.add_patient(), local(19, 10), by=member, overbook=True)
        assert booked.overbooked
    assert "19 10:00" not in await agenda.times("botox", local(19, 0), local(20, 0))


async def test_closures_holidays_and_dates_of_ones_own(agenda: Agenda) -> None:
    await agenda.add(Holiday(day=date(2026, 11, 19), name="Feriado"))
    assert await agenda.times("botox", local(19, 0), local(20, 0)) == []
    [doctor] = agenda.professionals
    hours = [["09:00", "10:00"]]
    await agenda.add(
        ScheduleOverride(resource_id=doctor, location_id=agenda.location, day=date(2026, 11, 19), hours=hours)
    )
    assert await agenda.times("botox", local(19, 0), local(20, 0)) == ["19 09:00"]
    await agenda.add(
        Closure(location_id=agenda.location, during=Range(local(20, 9), local(20, 12)), reason="Fumigación")
    )
    assert await agenda.times("botox", local(20, 0), local(21, 0)) == ["20 12:00"]


async def test_who_gives_a_visit_nobody_asked_for_by_name(empty_database: AsyncEngine, app: AsyncEngine) -> None:
    agenda = await make_agenda(empty_database, app, professionals=3)
    one, two, three = agenda.professionals
    first = await book(agenda, patient := await agenda.add_patient(), local(19, 9))
    second = await book(agenda, await agenda.add_patient(), local(20, 9))
    third = await book(agenda, await agenda.add_patient(), local(20, 10))
    assert [first.professional_id, second.professional_id, third.professional_id] == [one, two, three]
    again = await book(agenda, patient, local(23, 9))
    assert again.professional_id == one  # continuity goes before shares
    asked = await book(agenda, await agenda.add_patient(), local(23, 10), professional=three)
    assert asked.professional_id == three


async def test_a_professional_may_take_their_own_time(empty_database: AsyncEngine, app: AsyncEngine) -> None:
    agenda = await make_agenda(empty_database, app, professionals=2)
    quick, slow = agenda.professionals
    async with empty_database.begin() as connection:
        await connection.exec_driver_sql(f"UPDATE service_pool SET minutes = 240 WHERE resource_id = {slow}")
    assert (await book(agenda, await agenda.add_patient(), local(19, 9), professional=slow)).ends_at == local(19, 13)
    assert await agenda.times("botox", local(20, 0), local(21, 0), professionals=frozenset({slow})) == ["20 09:00"]
    assert len(await agenda.times("botox", local(20, 0), local(21, 0), professionals=frozenset({quick}))) == 7
