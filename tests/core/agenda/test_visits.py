"""What becomes of a visit, what is said about it, and what the clinic's policy makes of those who do not come."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import merging
from core.agenda import notices, visits
from core.agenda.messages_model import AppointmentNotice
from core.agenda.model import Appointment, Patient, Service
from core.agenda.patients import add_patient, own_patient, patients_of
from core.agenda.policy import Policy, policy_from, policy_of, standing
from core.contacts.actions import record_consent, suggest
from core.contacts.model import Contact, MergeSuggestion
from core.db import tenant_session
from core.errors import Refused
from core.leads.actions import open_lead
from core.leads.model import Lead, LeadStage
from core.organizations.model import Member, Organization
from tests.core.agenda.agenda_clinic import NOW, Agenda, local
from tests.core.agenda.test_booking import book


async def change(agenda: Agenda, appointment: int, *calls: Any) -> Appointment:
    """The appointment after these functions of `visits`, each (function, when)."""
    async with tenant_session(agenda.app, agenda.organization) as session:
        found = await session.get(Appointment, appointment)
        assert found is not None
        for call, at in calls:
            await call(session, found, at)
        await session.commit()
        return found


async def planned(agenda: Agenda, appointment: int) -> dict[str, tuple[str, str]]:
    """kind → (state, local time it is due) of the newest version."""
    async with tenant_session(agenda.app, agenda.organization) as session:
        rows = await session.scalars(
            select(AppointmentNotice)
            .where(AppointmentNotice.appointment_id == appointment)
            .order_by(AppointmentNotice.version)
        )
        return {row.kind: (row.state, f"{row.due_at.astimezone(NOW.tzinfo):%d %H:%M}") for row in rows}


async def set_policy(agenda: Agenda, **policy: Any) -> None:
    async with tenant_session(agenda.app, agenda.organization) as session:
        organization = await session.get(Organization, agenda.organization)
        assert organization is not None
        organization.settings = {**organization.settings, "agenda": policy}
        await session.commit()


async def test_a_booking_plans_its_reminders(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient(), local(20, 10))
    assert await planned(agenda, booked.id) == {
        "reminder_day": ("waiting", "19 10:00"),
        "reminder_hour": ("waiting", "20 09:00"),
    }


async def test_a_reminder_that_was_due_before_the_booking_is_not_sent(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient(), local(19, 10))
    assert set(await planned(agenda, booked.id)) == {"reminder_hour"}


async def test_a_cancellation_ends_what_was_planned(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient(), local(20, 10))

    async def cancel(session: Any, appointment: Appointment, at: datetime) -> None:
        assert await visits.cancel_visit(session, appointment, at, by="patient", reason="viaje")
        assert not await visits.cancel_visit(session, appointment, at, by="patient")

    cancelled = await change(agenda, booked.id, (cancel, NOW))
    assert (cancelled.status, cancelled.cancelled_late) == ("cancelled", False)
    assert {state for state, _ in (await planned(agenda, booked.id)).values()} == {"skipped"}
    assert "20 10:00" in await agenda.times("botox", local(20, 0), local(21, 0))


async def test_a_notice_is_taken_once_and_never_in_the_quiet_hours(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient(), local(20, 10))

    async def take(at: datetime) -> list[str]:
        async with tenant_session(agenda.app, agenda.organization) as session:
            due = await notices.due(session, at)
            taken = [await notices.take(session, one.id, at) for one in due]
            await session.commit()
            return [one[0].kind for one in taken if one]

    assert await take(local(19, 9)) == []
    assert await take(local(19, 10)) == ["reminder_day"]
    assert await take(local(19, 10)) == []
    await set_policy(agenda, quiet_from="08:30", quiet_until="09:15")
    assert await take(local(20, 9, 5)) == []
    assert await take(local(20, 9, 16)) == ["reminder_hour"]
    await change(agenda, booked.id, (visits.attend, local(20, 11)))
    assert (await planned(agenda, booked.id))["survey"] == ("waiting", "20 14:00")


async def test_a_visit_attended_wins_the_lead_and_opens_the_record(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    async with tenant_session(agenda.app, agenda.organization) as session:
        contact = await session.get(Contact, patient.contact_id)
        assert contact is not None
        lead = await open_lead(session, contact, NOW)
        await session.commit()
    booked = await book(agenda, patient, local(19, 10))
    await change(agenda, booked.id, (visits.check_in, local(19, 10)), (visits.attend, local(19, 11)))
    async with tenant_session(agenda.app, agenda.organization) as session:
        stage = await session.scalar(
            select(LeadStage.key).join(Lead, Lead.stage_id == LeadStage.id).where(Lead.id == lead.id)
        )
        opened = await session.get(Patient, patient.id)
    assert stage == "asistio"
    assert opened is not None and opened.opened_at == local(19, 11)


async def test_nobody_is_checked_in_without_the_consents_of_the_service(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    booked = await book(agenda, patient, local(19, 10))
    async with tenant_session(agenda.app, agenda.organization) as session:
        service = await session.get(Service, agenda.services["botox"])
        assert service is not None
        service.consents = ["procedure"]
        await session.commit()
    with pytest.raises(Refused, match="el procedimiento"):
        await change(agenda, booked.id, (visits.check_in, local(19, 10)))
    async with tenant_session(agenda.app, agenda.organization) as session:
        await record_consent(
            session, agenda.organization, patient.contact_id, "procedure", granted=True, source="staff", at=NOW
        )
        await session.commit()
    assert (await change(agenda, booked.id, (visits.check_in, local(19, 10)))).status == "checked_in"


async def test_nobody_is_treated_past_the_consents_either(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient(), local(19, 10))
    later = await book(agenda, await agenda.add_patient("Ana"), local(19, 11))
    await change(agenda, later.id, (visits.check_in, local(19, 11)))
    async with tenant_session(agenda.app, agenda.organization) as session:
        (await session.get_one(Service, agenda.services["botox"])).consents = ["procedure"]
        await session.commit()
    with pytest.raises(Refused) as refused:
        await change(agenda, booked.id, (visits.attend, local(19, 10)))
    assert (refused.value.code, refused.value.details["kinds"]) == ("missing_consent", ["procedure"])
    assert (await change(agenda, later.id, (visits.attend, local(19, 12)))).status == "attended"


async def test_a_no_show_marked_by_mistake_is_mended_with_what_it_led_to(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    for day in (19, 20):
        booked = await book(agenda, patient, local(day, 10))
        await change(agenda, booked.id, (visits.no_show, local(day, 12)))

    async def books() -> bool:
        async with tenant_session(agenda.app, agenda.organization) as session:
            return (await session.get_one(Patient, patient.id)).self_booking

    assert not await books()
    await change(agenda, booked.id, (visits.attend, local(20, 13)))
    assert await books()


async def test_two_no_shows_and_only_the_staff_books_until_it_is_waived(agenda: Agenda) -> None:
    patient = await agenda.add_patient()
    await set_policy(agenda, deposit_minor=50_000)
    for day in (19, 20):
        booked = await book(agenda, patient, local(day, 10))
        with pytest.raises(Refused, match="todavía no empezó"):
            await change(agenda, booked.id, (visits.no_show, NOW))
        await change(agenda, booked.id, (visits.no_show, local(day, 12)))
    later = local(23, 9)

    async def stands() -> tuple[bool, int, str]:
        async with tenant_session(agenda.app, agenda.organization) as session:
            found, organization = (
                await session.get(Patient, patient.id),
                await session.get(Organization, agenda.organization),
            )
            assert found is not None and organization is not None
            how = await standing(session, found, policy_of(organization), later)
            return how.may_book, how.deposit_minor, how.reason

    assert await stands() == (False, 50_000, "blocked")
    async with tenant_session(agenda.app, agenda.organization) as session:
        found, member = (
            await session.get(Patient, patient.id),
            await session.get(Member, agenda.clinic.members["owner"]),
        )
        assert found is not None and member is not None
        await visits.waive(session, found, member, later)
        await session.commit()
    assert await stands() == (True, 0, "")


async def test_a_mother_books_for_her_children(agenda: Agenda) -> None:
    mother = await agenda.add_patient("Marta")
    async with tenant_session(agenda.app, agenda.organization) as session:
        contact = await session.get(Contact, mother.contact_id)
        assert contact is not None
        child = await add_patient(session, contact, "  Tomás   Ruiz ")
        assert (await own_patient(session, contact)).id == mother.id
        await session.commit()
    assert child.name == "Tomás Ruiz"
    assert (await book(agenda, child, local(19, 10))).contact_id == mother.contact_id


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"reminder": 3}, "agenda.reminder: no existe"),
        ({"no_show_limit": "2"}, "agenda.no_show_limit: debe ser un número entero"),
        ({"late_cancel_hours": -1}, "va de 0 a 720"),
        ({"quiet_from": "9 pm"}, "escribe la hora como 21:00"),
    ],
)
def test_a_wrong_policy_is_refused_by_its_name(given: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message):
        policy_from(given)


def test_quiet_hours_that_go_over_midnight() -> None:
    policy = Policy()
    night, early = local(19, 23), local(20, 5)
    assert policy.quiet_ends(night) == policy.quiet_ends(early) == local(20, 8)
    assert policy.before_quiet(night) == policy.before_quiet(early) == local(19, 20, 59)
    assert policy.quiet_ends(local(20, 12)) == policy.before_quiet(local(20, 12)) == local(20, 12)
    assert not Policy(quiet_from="08:00", quiet_until="08:00").is_quiet(night - timedelta(hours=1))


async def test_two_contacts_made_one_bring_their_patients_and_visits(agenda: Agenda) -> None:
    kept, gone = await agenda.add_patient("Julia"), await agenda.add_patient("Julia R.")
    await book(agenda, gone, local(19, 10))
    async with tenant_session(agenda.app, agenda.organization) as session:
        await suggest(session, agenda.organization, kept.contact_id, gone.contact_id, "same_number")
        suggestion = await session.scalar(select(MergeSuggestion.id))
        assert suggestion is not None
        await merging.merge(session, await merging.find_suggestion(session, suggestion), kept.contact_id, NOW)
        assert [one.id for one in await patients_of(session, kept.contact_id)] == [kept.id, gone.id]
        moved = await session.scalar(select(Appointment.contact_id))
        assert moved == kept.contact_id
        await merging.undo_merge(session, await merging.find_suggestion(session, suggestion), NOW)
        assert [one.id for one in await patients_of(session, gone.contact_id)] == [gone.id]
