"""The agenda's pages: every role may look; what a member may not change is not offered to them."""

import httpx
import pytest
from sqlalchemy import text

from core.agenda.model import Location
from tests.backoffice.agenda_requests import book, new_contact, public
from tests.core.agenda.agenda_clinic import Agenda, local


@pytest.mark.parametrize("role", ["owner", "doctor", "closer", "receptionist", "assistant"])
@pytest.mark.parametrize("view", ["day", "week", "month", "list", "never"])
async def test_every_role_sees_every_view(client: httpx.AsyncClient, agenda: Agenda, role: str, view: str) -> None:
    await book(client, agenda, local(19, 9), await new_contact(agenda, "Julia"))
    asked = {"view": view, "day": "2026-11-19", "professional": "nobody"}
    page = await client.get("/agenda", params=asked, headers=agenda.clinic.as_(role))
    assert page.status_code == 200
    assert "Julia" in page.text


async def test_a_doctor_is_offered_only_their_own(client: httpx.AsyncClient, agenda: Agenda) -> None:
    mine, other = agenda.professionals
    async with agenda.clinic.engine.begin() as connection:
        given = {"member": agenda.clinic.members["doctor"], "id": mine}
        await connection.execute(text("UPDATE resource SET member_id = :member WHERE id = :id"), given)
    headers, moves = agenda.clinic.as_("doctor"), {}
    for hour, who in ((9, mine), (10, other)):
        made = (await book(client, agenda, local(19, hour), professional=public(agenda, "resource", who))).json()
        panel = (await client.get(f"/agenda/appointments/{made['id']}", headers=headers)).text
        moves[who] = "Mover a…" in panel
    assert moves == {mine: True, other: False}
    diary = (await client.get("/agenda/diary", params={"day": "2026-11-19"}, headers=headers)).text
    assert (diary.count("data-visit="), diary.count("data-movable")) == (2, 1)


async def test_hours_and_closures_of_a_place_are_drawn_in_its_zone(client: httpx.AsyncClient, agenda: Agenda) -> None:
    owner = agenda.clinic.as_("owner")
    there = public(agenda, "location", await agenda.add(Location(name="Madrid", zone="Europe/Madrid")))
    span = {"since": local(19, 9).isoformat(), "until": local(19, 12).isoformat()}
    closed = {"location": public(agenda, "location", agenda.location), "reason": "Obras", **span}
    assert (await client.post("/api/closures", json=closed, headers=owner)).status_code == 201
    asked = {"day": "2026-11-19", "location": there}
    elsewhere = (await client.get("/agenda/diary", params=asked, headers=owner)).text
    assert 'data-zone="Europe/Madrid"' in elsewhere
    assert "Obras" not in elsewhere
    asked["location"] = public(agenda, "location", agenda.location)
    here = (await client.get("/agenda/diary", params=asked, headers=owner)).text
    assert 'data-shut="closure" data-in="" data-start="2026-11-19T09:00" data-end="2026-11-19T12:00"' in here
    assert "Obras" in here
