"""Courses and visits of several services are booked whole, or not at all, saying what was in the way."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from core.agenda.booking import Taken, Wanted
from core.agenda.calendars import Asking
from core.agenda.model import Appointment, Closure, Patient
from core.agenda.series import Clash, Course, book_course, move_course, plan_course, plan_move
from core.agenda.several import book_visit, visit_openings
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


async def test_two_services_in_one_visit_follow_one_another(agenda: Agenda) -> None:
    other = await agenda.add_resource("professional", "Dr. Otro")
    await agenda.add_service("facial", [other], minutes=45)
    patient = await agenda.add_patient()
    await book(agenda, await agenda.add_patient("Otra"), local(19, 11), service="facial")
    async with tenant_session(agenda.app, agenda.organization) as session:
        offers = [await agenda.offer(session, key) for key in ("botox", "facial")]
        day = (int(local(19, 0).timestamp()), int(local(20, 0).timestamp()))
        found = [f"{one.at(ZONE):%H:%M}" for one in await visit_openings(session, offers, Asking(NOW), *day)]
        assert found == ["09:00", "11:00"]
        booked = await book_visit(session, offers, Wanted(patient, local(19, 9), "v1"), NOW)
        await session.commit()
    assert [one.starts_at for one in booked] == [local(19, 9), local(19, 10)]
    with pytest.raises(Taken):
        async with tenant_session(agenda.app, agenda.organization) as session:
            offers = [await agenda.offer(session, key) for key in ("botox", "facial")]
            await book_visit(session, offers, Wanted(await agenda.add_patient("T"), local(19, 10), "v2"), NOW)
    assert await agenda.count("SELECT count(*) FROM appointment") == 3


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
