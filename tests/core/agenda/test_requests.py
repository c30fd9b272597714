"""What needs the staff's yes is requested: it takes its time, and is answered once."""

import asyncio

import pytest
from sqlalchemy import select, text

from bot.agenda_context import described
from core.agenda import booking, visits
from core.agenda.booking import Taken, Wanted
from core.agenda.model import Appointment
from core.contacts.model import Contact
from core.db import tenant_session
from core.errors import Refused
from core.leads.actions import open_lead
from core.leads.model import Lead, LeadStage
from tests.core.agenda.agenda_clinic import NOW, Agenda, local
from tests.core.agenda.test_booking import book
from tests.core.agenda.test_visits import change


@pytest.fixture
async def asked_first(agenda: Agenda) -> Agenda:
    """The clinic whose «botox» the staff must say yes to."""
    async with agenda.clinic.engine.begin() as connection:
        await connection.execute(text("UPDATE service SET needs_approval = true"))
    return agenda


async def test_a_patients_booking_is_requested_and_takes_its_time(asked_first: Agenda) -> None:
    booked = await book(asked_first, await asked_first.add_patient(), local(19, 10))
    assert booked.status == "requested"
    with pytest.raises(Taken):
        await book(asked_first, await asked_first.add_patient("Otra"), local(19, 10))
    member = asked_first.clinic.members["owner"]
    theirs = await book(asked_first, await asked_first.add_patient("Ana"), local(19, 11), by=member)
    assert theirs.status == "confirmed"


async def test_flows_are_told_that_it_is_only_requested(asked_first: Agenda) -> None:
    booked = await book(asked_first, await asked_first.add_patient(), local(19, 10))
    async with tenant_session(asked_first.app, asked_first.organization) as session:
        assert (await described(session, await session.get_one(Appointment, booked.id), NOW))["status"] == "requested"


async def test_the_lead_is_booked_when_the_staff_says_yes(asked_first: Agenda) -> None:
    patient = await asked_first.add_patient()

    async def stage() -> str | None:
        async with tenant_session(asked_first.app, asked_first.organization) as session:
            return await session.scalar(select(LeadStage.key).join(Lead, Lead.stage_id == LeadStage.id))

    async with tenant_session(asked_first.app, asked_first.organization) as session:
        await open_lead(session, await session.get_one(Contact, patient.contact_id), NOW)
        await session.commit()
    booked = await book(asked_first, patient, local(19, 10))
    assert await stage() != "cita_agendada"
    approved = await change(asked_first, booked.id, (visits.approve, NOW))
    assert (approved.status, approved.version) == ("confirmed", 2)
    assert await stage() == "cita_agendada"


async def test_of_two_who_say_yes_at_once_one_is_told(asked_first: Agenda) -> None:
    booked = await book(asked_first, await asked_first.add_patient(), local(19, 10))
    answers = await asyncio.gather(
        *(change(asked_first, booked.id, (visits.approve, NOW)) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, Appointment) for one in answers) == 1
    told = [one for one in answers if isinstance(one, Refused)]
    assert len(told) == 4 and {one.message for one in told} == {"La cita está confirmada: eso ya no se puede."}


async def test_a_yes_after_the_patient_cancelled_is_refused(asked_first: Agenda) -> None:
    booked = await book(asked_first, await asked_first.add_patient(), local(19, 10))
    async with tenant_session(asked_first.app, asked_first.organization) as session:
        seen = await session.get_one(Appointment, booked.id)
        async with tenant_session(asked_first.app, asked_first.organization) as other:
            await visits.cancel_visit(other, await other.get_one(Appointment, booked.id), NOW, by="patient")
            await other.commit()
        with pytest.raises(Refused, match="La cita está cancelada"):
            await visits.approve(session, seen, NOW)
        with pytest.raises(Refused, match="La cita está cancelada"):
            await visits.decline(session, seen, NOW)


async def test_a_no_frees_the_time(asked_first: Agenda) -> None:
    booked = await book(asked_first, await asked_first.add_patient(), local(19, 10))
    declined = await change(asked_first, booked.id, (visits.decline, NOW))
    assert (declined.status, declined.cancelled_by) == ("cancelled", "staff")
    assert "19 10:00" in await asked_first.times("botox", local(19, 0), local(20, 0))
    with pytest.raises(Refused, match="La cita está cancelada"):
        await change(asked_first, booked.id, (visits.decline, NOW))


async def test_the_patient_says_yes_for_themselves_and_not_for_the_staff(asked_first: Agenda) -> None:
    booked = await book(asked_first, await asked_first.add_patient(), local(19, 10))
    coming = await change(asked_first, booked.id, (visits.confirm_coming, NOW))
    assert (coming.status, coming.answered_at) == ("requested", NOW)
    with pytest.raises(Refused, match="La cita está por confirmar"):
        await change(asked_first, booked.id, (visits.no_show, local(19, 12)))


async def test_a_patient_who_moves_asks_again(asked_first: Agenda) -> None:
    patient = await asked_first.add_patient()
    booked = await book(asked_first, patient, local(19, 10))
    await change(asked_first, booked.id, (visits.approve, NOW))

    async def move(day: int, by: int | None) -> str:
        async with tenant_session(asked_first.app, asked_first.organization) as session:
            found = await session.get_one(Appointment, booked.id)
            offer = await asked_first.offer(session, "botox")
            await booking.move(session, offer, found, Wanted(patient, local(day, 10), "m", by=by), NOW)
            await session.commit()
            return found.status

    assert await move(20, asked_first.clinic.members["owner"]) == "confirmed"
    assert await move(19, None) == "requested"
