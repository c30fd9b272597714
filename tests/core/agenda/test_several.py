"""Visits of several services: what is listed can be booked, one after the other, whole or not at all."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.agenda.booking import Taken, Wanted
from core.agenda.calendars import Asking
from core.agenda.model import Appointment
from core.agenda.openings import Opening
from core.agenda.several import Blocked, book_visit, visit_openings
from core.db import tenant_session
from tests.core.agenda.agenda_clinic import NOW, ZONE, Agenda, local, make_agenda
from tests.core.agenda.test_booking import book

DAY = (int(local(19, 0).timestamp()), int(local(20, 0).timestamp()))


async def listed(agenda: Agenda, *keys: str, **asking: Any) -> list[Opening]:
    async with tenant_session(agenda.app, agenda.organization) as session:
        offers = [await agenda.offer(session, key) for key in keys]
        return await visit_openings(session, offers, Asking(NOW, **asking), *DAY)


async def visit(agenda: Agenda, name: str, start: Any, *keys: str, **wanted: Any) -> list[Appointment]:
    by_one = wanted.pop("by_one", False)
    patient = await agenda.add_patient(name)
    async with tenant_session(agenda.app, agenda.organization) as session:
        offers = [await agenda.offer(session, key) for key in keys]
        booked = await book_visit(session, offers, Wanted(patient, start, name, **wanted), NOW, by_one=by_one)
        await session.commit()
        return booked


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


async def test_who_needs_time_after_the_first_service_is_not_free_for_the_next_at_once(agenda: Agenda) -> None:
    """Two services of one professional, the first with ten minutes to be kept free after it: never one visit."""
    await agenda.add_service("a", agenda.professionals, minutes=30, buffer_after=10)
    await agenda.add_service("b", agenda.professionals, minutes=30)
    assert await listed(agenda, "a", "b") == []
    with pytest.raises(Blocked, match="«B» no tiene lugar el 19/11 a las 10:30, a continuación"):
        await visit(agenda, "Ana", local(19, 10), "a", "b")
    assert [f"{one.at(ZONE):%H:%M}" for one in await listed(agenda, "b", "a")][:2] == ["09:00", "09:30"]


async def test_every_time_that_is_listed_can_be_booked(empty_database: AsyncEngine, app: AsyncEngine) -> None:
    """One takes longer, one is busy in between, and there is one room to share."""
    agenda = await make_agenda(empty_database, app, professionals=2)
    one, two = agenda.professionals
    room = await agenda.add_resource("room", "Sala", buffer_after=15)
    await agenda.add_service("a", [one, two], minutes=30, buffer_after=10, step=15)
    await agenda.add_service("b", [two, one], [room], minutes=30, step=15)
    await agenda.add_service("c", [one], [room], minutes=15, step=15)
    async with empty_database.begin() as connection:
        await connection.execute(
            text("UPDATE service_pool SET minutes = 45 WHERE resource_id = :id AND need_id IN "
                 "(SELECT id FROM service_need WHERE service_id = :service)"),
            {"id": two, "service": agenda.services["a"]},
        )  # fmt: skip
    await book(agenda, await agenda.add_patient(), local(19, 10, 30), professional=one)
    for keys in (("a", "b"), ("b", "a"), ("a", "c"), ("c", "a", "a")):
        found = await listed(agenda, *keys)
        starts = {opening.start: opening for opening in found}
        for at in range(DAY[0] + 9 * 3600, DAY[0] + 13 * 3600, 900):
            async with tenant_session(app, agenda.organization) as session:
                offers = [await agenda.offer(session, key) for key in keys]
                from_start = local(19, 0).fromtimestamp(at, ZONE)
                wish = Wanted(await agenda.add_patient("X"), from_start, f"{keys}{at}")
                if at in starts:
                    booked = await book_visit(session, offers, wish, NOW)
                    assert booked[0].professional_id in starts[at].professionals
                    minutes = (booked[-1].ends_at - booked[0].starts_at).total_seconds() // 60
                    assert minutes >= starts[at].minutes
                else:
                    with pytest.raises(Taken):
                        await book_visit(session, offers, wish, NOW)
        assert found


async def test_one_professional_may_have_to_give_all_of_it(empty_database: AsyncEngine, app: AsyncEngine) -> None:
    agenda = await make_agenda(empty_database, app, professionals=2)
    one, two = agenda.professionals
    await agenda.add_service("facial", [two, one])
    booked = await visit(agenda, "A", local(19, 9), "botox", "facial", professional=one, by_one=True)
    assert [appointment.professional_id for appointment in booked] == [one, one]
    await agenda.add_service("laser", [two])
    with pytest.raises(Blocked):
        await visit(agenda, "B", local(19, 11), "botox", "laser", professional=one, by_one=True)


async def test_visits_in_opposite_orders_do_not_wait_for_each_other_for_ever(agenda: Agenda) -> None:
    for key in ("a", "b"):
        await agenda.add_service(key, [await agenda.add_resource("professional", f"Dr. {key}")])
    orders = [("a", "b"), ("b", "a")] * 8
    results = await asyncio.gather(
        *(visit(agenda, f"P{n}", local(19, 9), *keys) for n, keys in enumerate(orders)), return_exceptions=True
    )
    assert sum(isinstance(one, list) for one in results) == 2  # crosswise both fit
    assert sum(isinstance(one, Blocked) for one in results) == 14


async def test_what_is_needed_is_read_once_however_many_times_there_are(agenda: Agenda) -> None:
    await agenda.add_service("a", agenda.professionals, step=5, minutes=15)
    await agenda.add_service("b", agenda.professionals, step=5, minutes=15)
    sent = 0

    def count(*_: Any) -> None:
        nonlocal sent
        sent += 1

    async with tenant_session(agenda.app, agenda.organization) as session:
        offers = [await agenda.offer(session, key) for key in ("a", "b", "a")]
        event.listen(agenda.app.sync_engine, "before_cursor_execute", count)
        found = await visit_openings(session, offers, Asking(NOW), DAY[0], DAY[0] + 31 * 86_400)
        event.remove(agenda.app.sync_engine, "before_cursor_execute", count)
    assert len(found) > 800
    assert sent <= 9


async def test_the_same_visit_however_often_it_comes_is_one(agenda: Agenda) -> None:
    await agenda.add_service("facial", agenda.professionals, minutes=30)
    patient = await agenda.add_patient()

    async def once() -> list[int]:
        async with tenant_session(agenda.app, agenda.organization) as session:
            offers = [await agenda.offer(session, key) for key in ("botox", "facial")]
            booked = await book_visit(session, offers, Wanted(patient, local(19, 9), "same"), NOW)
            await session.commit()
            return [one.id for one in booked]

    assert len({tuple(one) for one in await asyncio.gather(*(once() for _ in range(4)))}) == 1
