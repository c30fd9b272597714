"""A change of hours names the appointments it strands, and touches none of them."""

from datetime import date

from sqlalchemy.dialects.postgresql import Range

from core.agenda.model import Closure, ScheduleOverride
from core.agenda.stranded import stranded
from core.db import tenant_session
from tests.core.agenda.agenda_clinic import NOW, Agenda, local
from tests.core.agenda.test_booking import book


async def left_over(agenda: Agenda, *resources: int) -> list[str]:
    async with tenant_session(agenda.app, agenda.organization) as session:
        found = await stranded(session, agenda.organization, NOW, resources or None)
        return [f"{one.starts_at.astimezone(NOW.tzinfo):%d %H:%M}" for one in found]


async def test_what_lies_within_the_hours_is_not_stranded(agenda: Agenda) -> None:
    await book(agenda, await agenda.add_patient(), local(19, 10))
    assert await left_over(agenda) == []


async def test_a_date_of_other_hours_a_closure_and_who_left(agenda: Agenda) -> None:
    [doctor] = agenda.professionals
    for start in (local(19, 9), local(19, 12), local(20, 10), local(23, 10)):
        await book(agenda, await agenda.add_patient(), start)
    day = date(2026, 11, 19)
    await agenda.add(
        ScheduleOverride(resource_id=doctor, location_id=agenda.location, day=day, hours=[["09:00", "10:00"]])
    )
    assert await left_over(agenda) == ["19 12:00"]
    await agenda.add(Closure(resource_id=doctor, kind="time_off", during=Range(local(20, 10, 30), local(20, 11))))
    assert await left_over(agenda, doctor) == ["19 12:00", "20 10:00"]
    assert await left_over(agenda, 0) == []
    async with agenda.clinic.engine.begin() as connection:
        await connection.exec_driver_sql(f"UPDATE resource SET active = false WHERE id = {doctor}")
    assert len(await left_over(agenda)) == 4
