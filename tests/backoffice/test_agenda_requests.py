"""The staff's yes or no to what patients ask for, through the API."""

import httpx
import pytest
from sqlalchemy import text

from tests.backoffice.agenda_requests import public
from tests.core.agenda.agenda_clinic import Agenda, local
from tests.core.agenda.test_booking import book


@pytest.fixture
async def asked(client: httpx.AsyncClient, agenda: Agenda) -> str:
    """The address of what a patient asked for, of a service set to need the staff's yes."""
    service = f"/api/services/{public(agenda, 'service', agenda.services['botox'])}"
    changed = await client.patch(service, json={"needs_approval": True}, headers=agenda.clinic.as_("owner"))
    assert changed.json()["service"]["needs_approval"] is True
    booked = await book(agenda, await agenda.add_patient(), local(19, 10), professional=agenda.professionals[0])
    return f"/api/appointments/{public(agenda, 'appointment', booked.id)}"


async def test_a_request_is_answered_with_yes_once(client: httpx.AsyncClient, agenda: Agenda, asked: str) -> None:
    headers = agenda.clinic.as_("receptionist")
    read = (await client.get(asked, headers=headers)).json()
    assert (read["status"], len(read["occupied"])) == ("requested", 1)
    stale = await client.post(f"{asked}/approve", json={"version": 7}, headers=headers)
    assert stale.json()["code"] == "conflict"
    approved = (await client.post(f"{asked}/approve", json={"version": 1}, headers=headers)).json()
    assert (approved["status"], approved["version"]) == ("confirmed", 2)
    again = await client.post(f"{asked}/approve", json={}, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_status")
    assert again.json()["message"] == "La cita está confirmada: eso ya no se puede."
    late = await client.post(f"{asked}/decline", json={}, headers=headers)
    assert (late.status_code, late.json()["code"]) == (409, "wrong_status")
    audit = (await client.get("/api/audit", headers=agenda.clinic.as_("owner"))).json()["items"]
    assert audit[0]["action"] == "appointment.approved"


async def test_a_request_is_answered_with_no(client: httpx.AsyncClient, agenda: Agenda, asked: str) -> None:
    headers = agenda.clinic.as_("receptionist")
    gone = (await client.post(f"{asked}/decline", json={"reason": "vacaciones"}, headers=headers)).json()
    assert (gone["status"], gone["cancelled_by"], gone["cancel_reason"]) == ("cancelled", "staff", "vacaciones")
    assert gone["occupied"] == []
    late = await client.post(f"{asked}/approve", json={}, headers=headers)
    assert late.json()["message"] == "La cita está cancelada: eso ya no se puede."


async def test_a_doctor_answers_for_their_own_agenda_alone(
    client: httpx.AsyncClient, agenda: Agenda, asked: str
) -> None:
    headers = agenda.clinic.as_("doctor")
    assert (await client.post(f"{asked}/approve", json={}, headers=headers)).status_code == 403
    async with agenda.clinic.engine.begin() as connection:
        mine = {"member": agenda.clinic.members["doctor"], "id": agenda.professionals[0]}
        await connection.execute(text("UPDATE resource SET member_id = :member WHERE id = :id"), mine)
    assert (await client.post(f"{asked}/approve", json={}, headers=headers)).json()["status"] == "confirmed"


async def test_what_is_asked_for_is_listed_until_it_is_answered(
    client: httpx.AsyncClient, agenda: Agenda, asked: str
) -> None:
    headers = agenda.clinic.as_("receptionist")
    waiting = (await client.get("/api/agenda/requests", headers=headers)).json()
    assert [one["status"] for one in waiting["items"]] == ["requested"]
    late = (await client.post(f"{asked}/running-late", headers=headers)).json()
    assert late["running_late_at"] is not None
    await client.post(f"{asked}/approve", json={}, headers=headers)
    assert (await client.get("/api/agenda/requests", headers=headers)).json() == {"items": [], "next": None}
