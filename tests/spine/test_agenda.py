"""Appointments by message, from the first word to the reminder: real processes, both channels."""

import asyncio
import signal

import pytest

from core.clock import system_clock
from tests.spine.clinic import Clinic, Forge, clinic_running
from tests.spine.people import Kind, Walker

APPOINTMENTS = (
    "SELECT count(*) FROM appointment a JOIN identity i ON i.contact_id = a.contact_id "
    "WHERE i.value = %s AND a.status = %s"
)


async def book(clinic: Clinic, person: Walker) -> str:
    """Book the first time offered; what it was called."""
    await person.say("hola")
    await person.answered(2)
    await person.say("quiero una cita")
    await person.answered(3)
    await person.tap("Botox")
    await person.answered(4)
    await person.say("cualquiera")
    await person.answered(5)
    time = await first_time(clinic, person)
    await person.tap(time)
    await person.answered(6)
    if "¿Confirmo la cita?" not in (await person.received())[-1]:  # somebody was faster: other times are offered
        await person.answered(7)
        time = await first_time(clinic, person)
        await person.tap(time)
        await person.answered(8)
    await person.tap("Sí, confirmar")
    await clinic.until(APPOINTMENTS.replace("count(*)", "count(*) > 0"), person.id, "confirmed")
    return time


async def remind_now(clinic: Clinic, person: Walker) -> None:
    """The hour's reminder falls due now, whatever the time of day it is where the test runs."""
    awake = '{"agenda": {"quiet_from": "00:00", "quiet_until": "00:00"}}'
    await clinic.rows("UPDATE organization SET settings = settings || %s::jsonb RETURNING id", awake)
    await clinic.rows(
        "INSERT INTO appointment_notice (organization_id, appointment_id, kind, version, due_at) "
        "SELECT a.organization_id, a.id, 'reminder_hour', a.version, %s FROM appointment a "
        "JOIN identity i ON i.contact_id = a.contact_id WHERE i.value = %s "
        "ON CONFLICT (appointment_id, kind, version) DO UPDATE SET due_at = excluded.due_at RETURNING id",
        system_clock(),
        person.id,
    )


async def first_time(clinic: Clinic, person: Walker) -> str:
    """The label of the newest list's first row."""
    rows = await clinic.rows(
        "SELECT m.content -> 'options' -> 0 AS option FROM message m JOIN thread t ON t.id = m.thread_id "
        "JOIN identity i ON i.contact_id = t.contact_id WHERE i.value = %s AND m.content ->> 'kind' = 'prompt' "
        "ORDER BY m.seq DESC LIMIT 1",
        person.id,
    )
    return str(rows[0]["option"]["label"])


@pytest.mark.parametrize("kind", ["whatsapp", "telegram"])
async def test_a_cita_is_booked_moved_and_cancelled_by_message(clinic: Clinic, kind: Kind) -> None:
    person = Walker(clinic, kind)
    await book(clinic, person)
    await person.answered(10)  # the confirmation, its pin, its calendar file, a word of farewell
    shown = await person.received()
    assert any("Cita confirmada" in text for text in shown)
    before = await clinic.value(
        "SELECT starts_at FROM appointment a JOIN identity i ON i.contact_id = a.contact_id WHERE i.value = %s",
        person.id,
    )
    await person.say("no puedo ir a mi cita")
    await person.answered(11)
    await person.tap("Cambiar la hora")
    await person.answered(12)
    await person.say("cualquiera")
    await person.answered(13)
    await person.tap(await first_time(clinic, person))
    await person.answered(14)
    await person.tap("Sí, cámbiala")
    await clinic.until(
        "SELECT a.starts_at <> %s FROM appointment a JOIN identity i ON i.contact_id = a.contact_id WHERE i.value = %s",
        before,
        person.id,
    )
    assert await clinic.value(APPOINTMENTS, person.id, "confirmed") == 1


async def test_two_people_who_tap_the_same_time_do_not_both_have_it(clinic: Clinic) -> None:
    people = [Walker(clinic, "whatsapp") for _ in range(2)]
    await asyncio.gather(*(book(clinic, person) for person in people))
    doubled = await clinic.value(
        "SELECT count(*) FROM allocation a JOIN allocation b ON b.resource_id = a.resource_id AND b.lane = a.lane "
        "AND b.id > a.id AND b.during && a.during"
    )
    assert doubled == 0


async def test_a_reminder_is_said_once_and_its_answer_is_understood(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp")
    await book(clinic, person)
    await person.answered(10)
    await remind_now(clinic, person)
    await person.answered(11)
    assert "te esperamos a las" in (await person.received())[-1]
    await person.say("👍")
    await person.answered(12)
    assert "Gracias" in (await person.received())[-1]
    answered = await clinic.value(
        "SELECT answered_at FROM appointment a JOIN identity i ON i.contact_id = a.contact_id WHERE i.value = %s",
        person.id,
    )
    assert answered is not None
    await asyncio.sleep(6)  # another round of the loop
    assert len(await person.outbox()) == 12


async def test_a_reminder_after_a_day_of_silence_is_an_approved_template_whose_buttons_work(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp")
    await book(clinic, person)
    await person.answered(10)
    await clinic.emulator.person("whatsapp", person.id, window="closed")  # free text would be refused now
    await clinic.rows(
        "UPDATE thread t SET session = jsonb_set(t.session, '{l}', to_jsonb((t.session->>'l')::bigint - 90000)) "
        "FROM identity i WHERE i.contact_id = t.contact_id AND i.value = %s RETURNING t.id",
        person.id,
    )
    await remind_now(clinic, person)
    await person.answered(11)
    content = (await person.messages())[-1]["content"]
    assert (content["type"], content["template"]["name"]) == ("template", "recordatorio_hora")
    assert "Te esperamos a las" in content["_shown"]["body"] and "{{" not in content["_shown"]["body"]
    await person.tap("Voy en camino")
    await person.answered(12)
    assert "Gracias" in (await person.received())[-1]


@pytest.mark.parametrize("step", ["a notice is taken", "a notice's turn is written", "a notice's commit"])
async def test_a_reminder_is_said_once_wherever_the_process_dies(forge: Forge, database_url: str, step: str) -> None:
    async with clinic_running(forge, database_url) as clinic:
        person = Walker(clinic, "whatsapp")
        await book(clinic, person)
        await person.answered(10)
        clinic.processes["web"].send(signal.SIGKILL)
        await clinic.processes["web"].ended(5)
        await remind_now(clinic, person)
        assert await clinic.start("web", f"{step}/after/1").ended(30), f"it did not die after {step}"
        clinic.start("web")
        await clinic.ready()
        reminders = "SELECT count(*) FROM message WHERE text LIKE '%%te esperamos a las%%'"
        await clinic.until(reminders.replace("count(*)", "count(*) > 0"), within=30)
        await person.answered(11)
        await asyncio.sleep(6)
        assert await clinic.value(reminders) == 1
