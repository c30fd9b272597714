"""Courses are planned, booked and moved whole, or not at all, saying what was in the way."""

import asyncio
import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from core.agenda.booking import Wanted
from core.agenda.calendars import Asking
from core.agenda.model import Appointment, Closure, Patient
from core.agenda.series import Clash, Course, book_course, move_course, plan_course, plan_move
from core.db import tenant_session
from core.errors import Refused
from tests.core.agenda.agenda_clinic import NOW, ZONE, Agenda, local
from tests.core.agenda.test_booking import book

MONTHLY = Course(sessions=4, least=5, target=7, most=9, tolerance=60)


async def course(agenda: Agenda, patient: Patient, *, booked: bool = False) -> list[str]:
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        starts = await plan_course(session, offer, Asking(NOW), local(19, 10), MONTHLY)
        if booked:
            await book_course(session, offer, Wanted(patient, starts[0], "c1"), starts, NOW)
        await session.commit()
    return [f"{start.astimezone(ZONE):%m-%d %H:%M}" for start in starts]


async def test_a_course_keeps_its_distance_and_its_time_of_day(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    assert await course(agenda, patient, booked=True) == ["11-19 10:00", "11-26 10:00", "12-03 10:00", "12-10 10:00"]
    assert await agenda.count("SELECT count(*) FROM appointment") == 4
    assert await agenda.count("SELECT count(DISTINCT series_id) FROM appointment") == 1


async def test_a_course_goes_around_what_is_taken(agenda: Agenda) -> None:
    await agenda.add(Closure(location_id=agenda.location, during=Range(local(26, 0), local(27, 0))))
    assert await course(agenda, await agenda.add_patient()) == [
        "11-19 10:00",
        "11-25 10:00",
        "12-02 10:00",
        "12-09 10:00",
    ]


async def test_a_course_that_cannot_be_had_names_the_session_and_the_date(agenda: Agenda) -> None:
    await agenda.add(
        Closure(location_id=agenda.location, during=Range(local(30, 0), datetime(2026, 12, 9, tzinfo=ZONE)))
    )
    with pytest.raises(Clash, match=r"La sesión 3 no tiene lugar alrededor del 03/12/2026"):
        await course(agenda, await agenda.add_patient())


async def test_a_session_taken_meanwhile_leaves_nothing_booked(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        starts = await plan_course(session, offer, Asking(NOW), local(19, 10), MONTHLY)
        await session.commit()
    await book(agenda, await agenda.add_patient("Otra"), starts[2])
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        with pytest.raises(Clash, match="La sesión 3"):
            await book_course(session, offer, Wanted(patient, starts[0], "c1"), starts, NOW)
        await session.commit()
    assert await agenda.count("SELECT count(*) FROM appointment WHERE patient_id = :id", id=patient.id) == 0


@pytest.mark.parametrize("given", [(0, 5, 7, 9), (3, 8, 7, 9), (3, 0, 7, 9)])
def test_a_course_that_makes_no_sense_is_refused(given: tuple[int, int, int, int]) -> None:
    with pytest.raises(Refused):
        Course(*given)


async def test_a_session_that_is_moved_takes_those_after_it_along(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    await course(agenda, patient, booked=True)
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        second = await session.scalar(select(Appointment).order_by(Appointment.starts_at).offset(1).limit(1))
        assert second is not None
        wish = Wanted(patient, local(30, 10), "m1")
        await move_course(session, offer, wish, await plan_move(session, offer, second, wish, NOW, MONTHLY), NOW)
        rows = await session.scalars(select(Appointment.starts_at).order_by(Appointment.starts_at))
        assert [f"{at.astimezone(ZONE):%m-%d %H:%M}" for at in rows] == [
            "11-19 10:00", "11-30 10:00", "12-07 10:00", "12-14 10:00",
        ]  # fmt: skip
        await session.commit()
        moved = second.id
    await agenda.add(
        Closure(location_id=agenda.location, during=Range(local(30, 23), datetime(2026, 12, 31, tzinfo=ZONE)))
    )
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        second = await session.get(Appointment, moved)
        assert second is not None
        with pytest.raises(Clash, match="La sesión 3 no tiene lugar alrededor del 07/12/2026"):
            await plan_move(session, offer, second, Wanted(patient, local(30, 11), "m2"), NOW, MONTHLY)
        await session.commit()
    assert await agenda.count("SELECT version FROM appointment WHERE id = :id", id=moved) == 2


async def test_the_staff_plans_beyond_the_days_patients_may_book(agenda: Agenda) -> None:
    """Six sessions every four weeks reach further than the sixty days of the patients."""
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        monthly = Course(sessions=6, least=21, target=28, most=35)
        with pytest.raises(Clash, match="La sesión 4 "):
            await plan_course(session, offer, Asking(NOW), local(19, 10), monthly)
        starts = await plan_course(session, offer, Asking(NOW, staff=True), local(19, 10, 20), monthly)
        assert [f"{start:%m-%d %H:%M}" for start in starts[::5]] == ["11-19 10:20", "04-08 10:30"]


async def test_a_search_that_must_turn_back_often_is_soon_over(agenda: Agenda) -> None:
    """Twelve sessions, and a closure that stops the last one however the first ones are set."""
    closed = Range(local(19, 0) + timedelta(days=62), local(19, 0) + timedelta(days=400))
    await agenda.add(Closure(location_id=agenda.location, during=closed))
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        longest, began = 0.0, time.perf_counter()

        async def look() -> None:
            nonlocal longest
            while True:
                before = time.perf_counter()
                await asyncio.sleep(0)
                longest = max(longest, time.perf_counter() - before)

        looking = asyncio.create_task(look())
        with pytest.raises(Clash, match=r"La sesión 1\d no tiene lugar"):
            await plan_course(session, offer, Asking(NOW, staff=True), local(19, 10), Course(12, 5, 6, 12))
        looking.cancel()
        assert time.perf_counter() - began < 5
        assert longest < 1  # others have their turn meanwhile


async def test_a_course_is_moved_to_where_its_own_next_session_was(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    await course(agenda, patient, booked=True)
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "botox")
        second = await session.scalar(select(Appointment).order_by(Appointment.starts_at).offset(1).limit(1))
        assert second is not None
        wish = Wanted(patient, local(26, 10) + timedelta(days=7), "m1")
        plan = await plan_move(session, offer, second, wish, NOW, MONTHLY)
        assert (plan.number, [f"{start:%m-%d %H:%M}" for start in plan.starts]) == (
            2,
            ["12-03 10:00", "12-10 10:00", "12-17 10:00"],
        )
        moved = await move_course(session, offer, wish, plan, NOW)
        assert [one.starts_at for one in moved] == list(plan.starts)
        await session.commit()
    assert await agenda.count("SELECT count(*) FROM allocation") == 8


async def test_what_is_no_course_is_not_moved_as_one(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    booked = await book(agenda, patient, local(19, 10))
    await book(agenda, patient, local(20, 10))
    async with tenant_session(agenda.app, agenda.organization) as session:
        alone = await session.get_one(Appointment, booked.id)
        with pytest.raises(Refused, match="muévela sola"):
            wish = Wanted(patient, local(23, 10), "m")
            await plan_move(session, await agenda.offer(session, "botox"), alone, wish, NOW, MONTHLY)
