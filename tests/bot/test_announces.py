"""What the agenda says by itself is said, or it is known why not: nothing is marked as sent that nobody saw."""

from datetime import timedelta

import pytest
from sqlalchemy.dialects.postgresql import Range

from core.agenda import visits, waitlist
from core.agenda.model import Appointment, Patient, Service
from core.agenda.patients import add_patient
from core.agenda.stranded import ask_to_reschedule
from core.contacts.model import Contact
from core.threads.model import Thread
from tests.bot.agenda_talk import Talk
from tests.core.agenda.agenda_clinic import NOW, local

STATES = "SELECT n.state || coalesce(' ' || n.reason, '') FROM appointment_notice n WHERE n.kind = :kind ORDER BY n.id"
OFFERS = "SELECT state FROM waitlist_offer ORDER BY id"
ENTRIES = "SELECT state FROM waitlist_entry ORDER BY id"


async def child_of(talk: Talk, patient: Patient, name: str) -> Patient:
    async with talk.session() as session:
        child = await add_patient(session, await session.get_one(Contact, patient.contact_id), name)
        await session.commit()
        return child


async def waits(talk: Talk, patient: Patient) -> None:
    async with talk.session() as session:
        service = await session.get_one(Service, talk.agenda.services["botox"])
        await waitlist.join(session, patient, service, [Range(local(19, 8), local(20, 13))], talk.clock())
        await session.commit()


async def cancelled(talk: Talk, appointment: Appointment) -> None:
    async with talk.session() as session:
        found = await session.get_one(Appointment, appointment.id)
        freed = waitlist.freed_by(found)
        await visits.cancel_visit(session, found, talk.clock(), by="staff")
        await waitlist.match(session, freed, talk.clock())
        await session.commit()


async def with_staff(talk: Talk, thread_id: int) -> None:
    async with talk.session() as session:
        (await session.get_one(Thread, thread_id)).state = "open"
        await session.commit()


async def test_two_children_at_one_hour_are_two_reminders(talk: Talk) -> None:
    thread, mother = await talk.person("Marta")
    await talk.book(await child_of(talk, mother, "Tomás"), local(20, 10))
    await talk.book(await child_of(talk, mother, "Sofía"), local(20, 10))
    talk.clock.now = local(19, 10)
    await talk.announces.once()
    assert await talk.column(STATES, kind="reminder_day") == ["sent", "waiting"]
    for _ in range(2):
        await talk.round()
    said = await talk.said(thread)
    assert [text.split()[1] for text in said] == ["Marta", "Marta"], "she is who is written to"
    assert ["para Tomás" in said[0], "para Sofía" in said[1]] == [True, True]
    assert await talk.column(STATES, kind="reminder_day") == ["sent", "sent"]
    assert await talk.column("SELECT unread FROM thread") == [1], "nobody of the staff is called for it"


async def test_a_reminder_in_a_thread_of_the_staff_is_theirs_and_not_marked_as_sent(talk: Talk) -> None:
    thread, ana = await talk.person()
    await talk.book(ana, local(20, 10))
    await with_staff(talk, thread)
    talk.clock.now = local(19, 10)
    await talk.round()
    assert await talk.column(STATES, kind="reminder_day") == ["skipped with_staff"]
    assert await talk.said(thread) == []
    assert await talk.column("SELECT unread FROM thread") == [2]


async def test_a_freed_time_passes_by_who_talks_to_the_staff(talk: Talk) -> None:
    _, ana = await talk.person("Ana")
    one, two = await talk.book(ana, local(20, 10)), await talk.book(await child_of(talk, ana, "Tomás"), local(20, 10))
    assert one.professional_id != two.professional_id
    busy, berta = await talk.person("Berta")
    free, celia = await talk.person("Celia")
    await waits(talk, berta)
    await waits(talk, celia)
    await with_staff(talk, busy)
    await cancelled(talk, one)
    await talk.round()
    await talk.round()
    assert await talk.column(OFFERS) == ["expired", "sent"]
    assert await talk.column(ENTRIES) == ["waiting", "waiting"]
    assert await talk.said(busy) == []
    assert "Se liberó un" in (await talk.said(free))[-1]


async def test_a_reminder_that_has_not_left_is_not_sent_of_what_was_cancelled(talk: Talk) -> None:
    thread, ana = await talk.person()
    tomorrow, later = await talk.book(ana, local(20, 10)), await talk.book(ana, local(20, 12))
    talk.clock.now = local(19, 12)
    await talk.round()
    talk.clock.forward(seconds=5)
    await talk.round()
    queued = "SELECT m.text FROM outbox o JOIN message m ON m.id = o.message_id WHERE o.state = 'queued' ORDER BY o.id"
    before = await talk.column(queued)
    assert len(before) == len(await talk.said(thread)) == 2
    await cancelled(talk, tomorrow)
    assert await talk.column(queued) == before[1:], "the other one still leaves"
    assert await talk.column("SELECT status FROM message WHERE author = 'bot' ORDER BY seq") == ["cancelled", "queued"]
    assert later.status == "confirmed"


async def test_what_is_freed_at_night_is_offered_in_the_morning(talk: Talk) -> None:
    _, ana = await talk.person("Ana")
    booked = await talk.book(ana, local(20, 10))
    await talk.book(await child_of(talk, ana, "Tomás"), local(20, 10))
    thread, berta = await talk.person("Berta")
    await waits(talk, berta)
    talk.clock.now = local(19, 3)
    await cancelled(talk, booked)
    await talk.round()
    assert await talk.column(OFFERS) == [] and await talk.column("SELECT holder FROM slot_hold") == []
    talk.clock.now = local(19, 8)
    await talk.round()
    await talk.round()
    assert await talk.column(OFFERS) == ["sent"]
    assert "Se liberó un" in (await talk.said(thread))[-1]
    assert await talk.column("SELECT id FROM freed_time") == []


async def test_waiting_for_what_is_past_ends(talk: Talk) -> None:
    _, berta = await talk.person("Berta")
    await waits(talk, berta)
    await talk.round()
    assert await talk.column(ENTRIES) == ["waiting"]
    talk.clock.now = NOW + timedelta(days=3)
    await talk.round()
    assert await talk.column(ENTRIES) == ["expired"]


@pytest.mark.parametrize(("answer", "words"), [("approve", "Tu cita está confirmada"), ("decline", "No pudimos")])
async def test_who_asked_for_a_time_hears_the_staffs_answer(talk: Talk, answer: str, words: str) -> None:
    thread, _ = await talk.person()
    async with talk.session() as session:
        (await session.get_one(Service, talk.agenda.services["botox"])).needs_approval = True
        await session.commit()
    opening = (await talk.act(thread, "agenda.find", service="botox")).value["openings"][0]["id"]
    asked = await talk.act(thread, "agenda.book", service="botox", opening=opening)
    assert asked.value["status"] == "requested"
    async with talk.session() as session:
        found = await session.get_one(Appointment, int(asked.value["id"]))
        await getattr(visits, answer)(session, found, talk.clock())
        await session.commit()
    talk.clock.forward(minutes=1)
    await talk.round()
    assert words in (await talk.said(thread))[-1]


async def test_who_lost_several_appointments_is_asked_of_one_at_a_time(talk: Talk) -> None:
    thread, ana = await talk.person()
    lost = [await talk.book(ana, local(20, hour)) for hour in (9, 10, 11, 12)]
    async with talk.session() as session:
        await ask_to_reschedule(session, lost, talk.clock())
        await session.commit()
    for _ in range(3):
        await talk.round()
        talk.clock.now += timedelta(seconds=30)
    assert await talk.column(STATES, kind="stranded") == ["sent", "waiting", "waiting", "waiting"]
    assert len(await talk.said(thread)) == 1
    async with talk.session() as session:
        stored = (await session.get_one(Thread, thread)).session
        (await session.get_one(Thread, thread)).session = {**stored, "k": []}  # answered
        await session.commit()
    await talk.round()
    assert await talk.column(STATES, kind="stranded") == ["sent", "sent", "waiting", "waiting"]
