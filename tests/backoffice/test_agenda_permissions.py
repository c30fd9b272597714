"""Whose agenda each role changes: everybody's, their own, evaluations alone, or that of their places."""

from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.model import Location, Resource, Service
from tests.backoffice.agenda_requests import book, new_contact, public
from tests.core.agenda.agenda_clinic import ZONE, Agenda, local


async def change(agenda: Agenda, statement: Any) -> None:
    async with AsyncSession(agenda.clinic.engine) as session:
        await session.execute(statement)
        await session.commit()


async def doctor_is(agenda: Agenda, professional: int) -> None:
    member = agenda.clinic.members["doctor"]
    await change(agenda, update(Resource).where(Resource.id == professional).values(member_id=member))


async def test_a_closer_books_moves_and_cancels_evaluations_alone(client: httpx.AsyncClient, agenda: Agenda) -> None:
    refused = await book(client, agenda, local(19, 9), role="closer")
    assert refused.status_code == 403 and "evaluaciones" in refused.json()["message"]
    theirs = (await book(client, agenda, local(19, 9))).json()
    headers = agenda.clinic.as_("closer")
    assert (await client.post(f"/api/appointments/{theirs['id']}/cancel", json={}, headers=headers)).status_code == 403
    service = public(agenda, "service", agenda.services["botox"])
    marked = await client.patch(
        f"/api/services/{service}", json={"evaluation": True}, headers=agenda.clinic.as_("manager")
    )
    assert marked.json()["service"]["evaluation"] is True
    made = (await book(client, agenda, local(19, 10), role="closer")).json()
    url = f"/api/appointments/{made['id']}"
    moved = await client.post(f"{url}/move", json={"start": local(19, 11).isoformat()}, headers=headers)
    assert moved.status_code == 200
    for step in ("check-in", "attend", "no-show"):
        assert (await client.post(f"{url}/{step}", headers=headers)).status_code == 403
    assert (await client.post(f"{url}/cancel", json={}, headers=headers)).status_code == 200


@pytest.mark.parametrize("role", ["receptionist", "assistant"])
async def test_reception_and_assistants_keep_to_their_places(
    client: httpx.AsyncClient, agenda: Agenda, role: str
) -> None:
    theirs = (await book(client, agenda, local(19, 9))).json()
    other = public(agenda, "location", await agenda.add(Location(name="Norte", zone=ZONE.key)))
    member, owner = public(agenda, "member", agenda.clinic.members[role]), agenda.clinic.as_("owner")
    placed = await client.patch(f"/api/members/{member}", json={"locations": [other]}, headers=owner)
    assert placed.json()["locations"] == [other]
    here = public(agenda, "location", agenda.location)
    refused = await book(client, agenda, local(19, 10), role=role, location=here)
    assert refused.status_code == 403 and "Centro" in refused.json()["message"]
    headers, url = agenda.clinic.as_(role), f"/api/appointments/{theirs['id']}"
    assert (await client.get(url, headers=headers)).status_code == 404
    assert (await client.post(f"{url}/check-in", headers=headers)).status_code == 404
    day = {"day": "2026-11-19"}
    assert (await client.get("/api/agenda", params=day, headers=headers)).json()["appointments"] == []
    await client.patch(f"/api/members/{member}", json={"locations": None}, headers=owner)
    assert len((await client.get("/api/agenda", params=day, headers=headers)).json()["appointments"]) == 1
    assert (await book(client, agenda, local(19, 10), role=role, location=here)).status_code == 201


async def test_a_doctor_corrects_patients_of_their_own_and_waives_nobody(
    client: httpx.AsyncClient, agenda: Agenda
) -> None:
    mine, other = agenda.professionals
    await doctor_is(agenda, mine)
    headers, patients = agenda.clinic.as_("doctor"), {}
    for hour, who in ((9, mine), (10, other)):
        made = (await book(client, agenda, local(19, hour), professional=public(agenda, "resource", who))).json()
        patients[who] = f"/api/patients/{made['patient']['id']}"
    name = {"name": "Julia Pérez"}
    assert (await client.patch(patients[mine], json=name, headers=headers)).json()["name"] == "Julia Pérez"
    assert (await client.patch(patients[other], json=name, headers=headers)).status_code == 403
    waived = {
        role: (await client.post(f"{patients[mine]}/waive", headers=agenda.clinic.as_(role))).status_code
        for role in agenda.clinic.tokens
    }
    assert [role for role, status in waived.items() if status == 200] == ["owner", "manager", "receptionist"]


async def test_who_waits_for_a_doctor_is_that_doctors_to_change(client: httpx.AsyncClient, agenda: Agenda) -> None:
    mine, other = agenda.professionals
    await doctor_is(agenda, mine)
    span = {"since": local(19, 0).isoformat(), "until": local(21, 0).isoformat()}
    given = {"service": public(agenda, "service", agenda.services["botox"]), "wanted": [span]}
    doctor, desk = agenda.clinic.as_("doctor"), agenda.clinic.as_("receptionist")

    async def add(headers: dict[str, str], **more: str) -> httpx.Response:
        contact = await new_contact(agenda)
        return await client.post("/api/waitlist", json={**given, "contact": contact, **more}, headers=headers)

    assert (await add(doctor, professional=public(agenda, "resource", other))).status_code == 403
    own = (await add(doctor)).json()
    assert own["professional"]["id"] == public(agenda, "resource", mine)
    anybody, theirs = (await add(desk)).json(), (await add(desk, professional=public(agenda, "resource", other))).json()
    removed = [
        (await client.delete(f"/api/waitlist/{entry['id']}", headers=doctor)).status_code
        for entry in (anybody, theirs, own)
    ]
    assert removed == [403, 403, 204]
    assert (await add(agenda.clinic.as_("closer"))).status_code == 403
    await change(agenda, update(Service).values(evaluation=True))
    assert (await add(agenda.clinic.as_("closer"))).status_code == 201
