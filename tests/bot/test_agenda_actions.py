"""What flows get of the agenda: whose visits, until when they can be changed, what they cost, what is found where."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.dialects.postgresql import Range

from bot.actions import Outcome
from core.agenda import visits, waitlist
from core.agenda.model import Appointment, Location, Patient, Schedule, Service
from core.contacts.model import Contact
from core.organizations.model import Member, Organization
from tests.bot.agenda_talk import Talk
from tests.core.agenda.agenda_clinic import local

WANTED = "SELECT wanted::text FROM waitlist_entry WHERE state = 'waiting'"


async def change(talk: Talk, row: type, key: int, **columns: Any) -> None:
    async with talk.session() as session:
        found = await session.get_one(row, key)
        for name, value in columns.items():
            setattr(found, name, value)
        await session.commit()


async def missed(talk: Talk, patient: Patient, times: int) -> None:
    for number in range(times):
        start = local(17 - number, 10)
        talk.clock.now = start - timedelta(days=2)
        booked = await talk.book(patient, start)
        async with talk.session() as session:
            await visits.no_show(session, await session.get_one(Appointment, booked.id), start + timedelta(hours=2))
            await session.commit()
    talk.clock.now = local(18, 12)


def starts(outcome: Outcome) -> list[str]:
    return [one["start"] for one in outcome.value["openings"]]


async def test_who_is_late_is_late_for_the_visit_that_has_just_begun(talk: Talk) -> None:
    thread, ana = await talk.person()
    today, week = await talk.book(ana, local(19, 10)), await talk.book(ana, local(26, 10))
    talk.clock.now = local(19, 10, 5)
    found = await talk.act(thread, "agenda.mine", today=True)
    assert (found.name, found.value["appointment"]["id"]) == ("one", str(today.id))
    assert (await talk.act(thread, "agenda.late", appointment=str(today.id))).name == "ok"
    refused = await talk.act(thread, "agenda.late", appointment=str(week.id))
    assert (refused.name, refused.value["start"]) == ("other_day", "2026-11-26T10:00")
    assert await talk.column("SELECT id FROM appointment WHERE running_late_at IS NOT NULL") == [today.id]
    talk.clock.now = local(19, 12)
    assert (await talk.act(thread, "agenda.mine", today=True)).name == "none"
    assert (await talk.act(thread, "agenda.late", appointment=str(today.id))).name == "gone"


@pytest.mark.parametrize("action", ["agenda.get", "agenda.coming", "agenda.cancel", "agenda.move"])
async def test_what_has_begun_is_no_longer_the_patients_to_change(talk: Talk, action: str) -> None:
    thread, ana = await talk.person()
    booked = await talk.book(ana, local(19, 10))
    more = {"opening": f"{int(local(20, 10).timestamp())}.0.{talk.agenda.location}"} if action == "agenda.move" else {}
    talk.clock.now = local(19, 10)
    assert (await talk.act(thread, action, appointment=str(booked.id), **more)).name == "gone"
    talk.clock.now = local(19, 9)
    assert (await talk.act(thread, action, appointment=str(booked.id), **more)).name != "gone"


async def test_what_is_requested_is_not_confirmed_by_the_patient(talk: Talk) -> None:
    thread, ana = await talk.person()
    booked = await talk.book(ana, local(19, 10))
    await change(talk, Appointment, booked.id, status="requested")
    said = await talk.act(thread, "agenda.coming", appointment=str(booked.id))
    assert (said.name, said.value["status"]) == ("ok", "requested")


async def test_a_deposit_is_told_with_the_times_and_kept_on_the_appointment(talk: Talk) -> None:
    thread, _ = await talk.person()
    await change(talk, Service, talk.agenda.services["botox"], deposit_minor=30_000)
    await change(talk, Organization, talk.agenda.organization, currency="CLP")
    found = await talk.act(thread, "agenda.find", service="botox")
    assert found.value["deposit"] == {"amount": 3_000_000, "currency": "CLP"}, "pesos of Chile have no hundredths"
    booked = await talk.act(thread, "agenda.book", service="botox", opening=found.value["openings"][0]["id"])
    assert booked.value["deposit"] == found.value["deposit"]
    assert await talk.column("SELECT deposit_minor FROM appointment") == [30_000]
    assert await talk.column("SELECT content ->> 'code' FROM message WHERE author = 'system'") == ["deposit_due"]


async def test_a_late_cancellation_costs_what_the_patient_was_told_and_not_more(talk: Talk) -> None:
    thread, ana = await talk.person()
    await talk.set_policy(penalty_minor=20_000)
    one, two = await talk.book(ana, local(19, 10)), await talk.book(ana, local(19, 12))
    assert (await talk.act(thread, "agenda.get", appointment=str(one.id))).value["penalty"] is None
    talk.clock.now = local(19, 8)
    told = (await talk.act(thread, "agenda.get", appointment=str(one.id))).value["penalty"]
    assert told["amount"] == 20_000
    await talk.act(thread, "agenda.cancel", appointment=str(one.id), penalty=told)
    late = await talk.act(thread, "agenda.cancel", appointment=str(two.id))
    assert late.value["late"] is True
    assert await talk.column("SELECT penalty_minor FROM appointment ORDER BY id") == [20_000, 0]


async def test_why_it_was_cancelled_is_asked_afterwards(talk: Talk) -> None:
    thread, ana = await talk.person()
    booked = await talk.book(ana, local(20, 10))
    assert (await talk.act(thread, "agenda.explain", appointment=str(booked.id), reason="viaje")).name == "gone"
    await talk.act(thread, "agenda.cancel", appointment=str(booked.id))
    assert (await talk.act(thread, "agenda.explain", appointment=str(booked.id), reason="viaje")).name == "ok"
    assert await talk.column("SELECT cancel_code || ': ' || cancel_reason FROM appointment") == ["other: viaje"]


async def test_another_spelling_is_no_way_around_a_block_and_a_waiver_lifts_it(talk: Talk) -> None:
    thread, ana = await talk.person("Ana María")
    await talk.set_policy(deposit_minor=10_000)
    await missed(talk, ana, 2)
    other = (await talk.act(thread, "agenda.add_patient", name="Ana Maria P")).value["id"]
    for patient in (str(ana.id), other):
        found = await talk.act(thread, "agenda.find", service="botox", patient=patient)
        assert found.name == "blocked"
    assert (await talk.act(thread, "agenda.find", service="botox")).value == {"no_shows": 2}
    async with talk.session() as session:
        member = await session.get_one(Member, talk.agenda.clinic.members["owner"])
        await visits.waive(session, await session.get_one(Patient, ana.id), member, talk.clock())
        await session.commit()
    found = await talk.act(thread, "agenda.find", service="botox", patient=other)
    assert (found.name, found.value["deposit"]) == ("found", None)


async def test_a_child_the_staff_added_first_is_not_who_writes(talk: Talk) -> None:
    thread = await talk.agenda.clinic.add_thread("Marta", "hola")
    async with talk.session() as session:
        contact = (await session.scalars(Contact.__table__.select().with_only_columns(Contact.id))).one()
        session.add(Patient(organization_id=talk.agenda.organization, contact_id=contact, name="Tomás"))
        await session.commit()
    found = await talk.act(thread, "agenda.patients")
    assert [one["name"] for one in found.value["patients"]] == ["Tomás", "Marta"]
    opening = (await talk.act(thread, "agenda.find", service="botox")).value["openings"][0]["id"]
    booked = await talk.act(thread, "agenda.book", service="botox", opening=opening)
    assert booked.value["patient"] == "Marta"


async def test_a_time_two_places_have_is_offered_in_both_and_each_says_where(talk: Talk) -> None:
    thread, _ = await talk.person()
    one, two = talk.agenda.professionals
    there = await talk.agenda.add(Location(name="Lima", zone="America/Lima"))
    async with talk.session() as session:
        for schedule in (await session.scalars(Schedule.__table__.select().with_only_columns(Schedule.id))).all():
            found = await session.get_one(Schedule, schedule)
            if found.resource_id == two:
                found.location_id = there
        await session.commit()
    when = {"kind": "datetime", "start": "2026-11-19T10:00", "end": None, "hours": None, "text": "mañana a las 10"}
    shown = (await talk.act(thread, "agenda.find", service="botox", when=when)).value["openings"]
    at_ten = [(row["place"], row["id"].split(".")[1]) for row in shown if row["start"] == "2026-11-19T10:00"]
    assert at_ten == [("Centro", str(one)), ("Lima", str(two))]


@pytest.mark.parametrize(
    ("when", "first"),
    [
        ({"kind": "datetime", "start": "2026-11-20T00:30"}, '["2026-11-20 00:00:00-05","2026-11-20 02:01:00-05")'),
        ({"kind": "datetime", "start": "2026-11-20T23:00"}, '["2026-11-20 21:30:00-05","2026-11-21 00:00:00-05")'),
        ({"kind": "date", "start": "2027-06-01"}, '["2027-06-01 00:00:00-05","2027-06-02 00:00:00-05")'),
        ({"kind": "range", "start": "2027-06-01", "end": None}, '["2027-06-01 00:00:00-05","2027-07-31 00:00:00-05")'),
    ],
)
async def test_who_waits_for_an_hour_or_a_far_day_waits_for_just_that(
    talk: Talk, when: dict[str, Any], first: str
) -> None:
    thread, _ = await talk.person()
    assert (await talk.act(thread, "waitlist.join", service="botox", when=when)).name == "ok"
    async with talk.agenda.clinic.engine.connect() as connection:
        await connection.exec_driver_sql("SET TIME ZONE 'America/Bogota'")
        shown = [str((await connection.exec_driver_sql(WANTED)).scalar_one())]
    assert shown[0].strip("{}") == first


async def test_a_freed_time_says_how_long_it_is_kept(talk: Talk) -> None:
    _, ana = await talk.person("Ana")
    thread, berta = await talk.person("Berta")
    await talk.set_policy(waitlist_hold_minutes=40)
    booked = await talk.book(ana, local(20, 10), professional=talk.agenda.professionals[0])
    async with talk.session() as session:
        service = await session.get_one(Service, talk.agenda.services["botox"])
        await waitlist.join(session, berta, service, [Range(local(20, 8), local(20, 13))], talk.clock())
        found = await session.get_one(Appointment, booked.id)
        freed = waitlist.freed_by(found)
        await visits.cancel_visit(session, found, talk.clock(), by="staff")
        offer = await waitlist.match(session, freed, talk.clock())
        await session.commit()
    assert offer is not None
    talk.clock.forward(minutes=2)
    shown = await talk.act(thread, "waitlist.get", offer=str(offer.id))
    assert (shown.value["minutes"], shown.value["last"]) == (38, False)
