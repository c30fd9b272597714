"""What is said about an appointment, and when: never at night, never twice, never of what is no longer so."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.agenda import booking, notices, visits
from core.agenda.booking import Wanted
from core.agenda.model import Appointment
from core.agenda.several import book_visit
from core.db import tenant_session
from tests.core.agenda.agenda_clinic import NOW, Agenda, local
from tests.core.agenda.test_booking import book
from tests.core.agenda.test_visits import change, planned, set_policy

EARLY = {day: [["07:00", "13:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
NIGHT = {day: [["07:00", "23:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


async def taken(agenda: Agenda, at: datetime) -> list[tuple[int, str]]:
    """(appointment, kind) of what is sent at this moment."""
    async with tenant_session(agenda.app, agenda.organization) as session:
        sent = [await notices.take(session, one.id, at) for one in await notices.due(session, at)]
        await session.commit()
        return [(one[1].id, one[0].kind) for one in sent if one]


async def become(agenda: Agenda, appointment: int, status: str, at: datetime, **columns: Any) -> None:
    """The status changes, and what is to be said is planned anew."""
    async with tenant_session(agenda.app, agenda.organization) as session:
        found = await session.get_one(Appointment, appointment)
        found.status, found.version = status, found.version + 1
        for name, value in columns.items():
            setattr(found, name, value)
        await session.flush()
        await notices.plan(session, found, at)
        await session.commit()


async def book_at(agenda: Agenda, start: datetime, now: datetime) -> Appointment:
    patient = await agenda.add_patient()
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "laser")
        booked = await booking.book(session, offer, Wanted(patient, start, "early"), now)
        await session.commit()
        return booked


@pytest.mark.parametrize(
    ("booked_at", "start", "due"),
    [
        (NOW, local(20, 10), {"reminder_day": "19 10:00", "reminder_hour": "20 09:00"}),
        (NOW, local(20, 8), {"reminder_day": "19 08:00"}),  # the hour's would be said at seven
        (local(19, 9), local(20, 8), {"reminder_day": "19 20:59"}),  # the day's was due before: it is said that evening
        (local(19, 21), local(20, 8), {}),  # booked at night for the next morning: they know
        (NOW, local(20, 7), {"reminder_day": "19 08:00"}),
        (NOW, local(20, 22), {"reminder_day": "19 20:59", "reminder_hour": "20 20:59"}),
    ],
)
async def test_a_reminder_for_the_quiet_hours_is_said_when_it_is_of_use(
    agenda: Agenda, booked_at: datetime, start: datetime, due: dict[str, str]
) -> None:
    who = await agenda.add_resource("professional", "Dra. Madruga", NIGHT)
    await agenda.add_service("laser", [who])
    booked = await book_at(agenda, start, booked_at)
    assert {kind: at for kind, (_, at) in (await planned(agenda, booked.id)).items()} == due


async def test_what_was_put_before_the_night_is_sent_then(agenda: Agenda) -> None:
    who = await agenda.add_resource("professional", "Dra. Madruga", EARLY)
    await agenda.add_service("laser", [who])
    booked = await book_at(agenda, local(20, 8), local(19, 9))
    assert await taken(agenda, local(19, 20, 59)) == [(booked.id, "reminder_day")]
    assert await taken(agenda, local(20, 8)) == []


async def test_a_visit_of_several_services_is_spoken_of_once(agenda: Agenda) -> None:
    await agenda.add_service("facial", agenda.professionals)
    patient = await agenda.add_patient()
    async with tenant_session(agenda.app, agenda.organization) as session:
        offers = [await agenda.offer(session, "botox"), await agenda.offer(session, "facial")]
        first, second = await book_visit(session, offers, Wanted(patient, local(20, 10), "v"), NOW)
        await session.commit()
    assert await taken(agenda, local(19, 11)) == [(first.id, "reminder_day")]
    assert await taken(agenda, local(20, 10)) == []
    for one in (first, second):
        await change(agenda, one.id, (visits.attend, local(20, 12)))
    assert await taken(agenda, local(20, 15)) == [(first.id, "survey")]


async def test_the_second_part_is_spoken_of_when_the_first_was_cancelled(agenda: Agenda) -> None:
    await agenda.add_service("facial", agenda.professionals)
    patient = await agenda.add_patient()
    async with tenant_session(agenda.app, agenda.organization) as session:
        offers = [await agenda.offer(session, "botox"), await agenda.offer(session, "facial")]
        first, second = await book_visit(session, offers, Wanted(patient, local(20, 10), "v"), NOW)
        await visits.cancel_visit(session, first, NOW, by="staff")
        await session.commit()
    assert await taken(agenda, local(19, 11)) == [(second.id, "reminder_day")]


async def test_who_asked_for_a_time_hears_when_the_staff_has_confirmed_it(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient(), local(20, 10))
    await become(agenda, booked.id, "requested", NOW)
    assert await taken(agenda, local(19, 10)) == []  # nobody is reminded of what nobody has confirmed
    await become(agenda, booked.id, "confirmed", local(18, 22))
    assert await taken(agenda, local(18, 22)) == []
    assert await taken(agenda, local(19, 8)) == [(booked.id, "approved")]
    assert await taken(agenda, local(19, 10)) == [(booked.id, "reminder_day")]


@pytest.mark.parametrize(("by", "said"), [("staff", ["declined"]), ("patient", [])])
async def test_who_asked_for_a_time_hears_when_the_staff_has_declined_it(
    agenda: Agenda, by: str, said: list[str]
) -> None:
    booked = await book(agenda, await agenda.add_patient(), local(20, 10))
    await become(agenda, booked.id, "requested", NOW)
    await become(agenda, booked.id, "cancelled", NOW, cancelled_by=by)
    assert [kind for _, kind in await taken(agenda, NOW + timedelta(minutes=1))] == said


async def test_a_request_nobody_answered_ends_unsaid(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient(), local(20, 10))
    await become(agenda, booked.id, "requested", NOW)
    await set_policy(agenda, quiet_from="00:00", quiet_until="00:00")
    assert await taken(agenda, local(20, 10)) == []
    assert (await planned(agenda, booked.id))["approved"][0] == "skipped"
