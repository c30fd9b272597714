"""The page of the hours: the week as it is kept, the days that differ, and the appointments that lie outside."""

import httpx

from tests.backoffice.agenda_requests import book, new_contact
from tests.core.agenda.agenda_clinic import Agenda, local


async def test_an_appointment_on_a_day_that_closes_is_shown(client: httpx.AsyncClient, agenda: Agenda) -> None:
    headers = agenda.clinic.as_("manager")
    contact = await new_contact(agenda)
    assert (await book(client, agenda, local(20, 9), contact, notify=False)).status_code == 201
    before = (await client.get("/settings/hours", headers=headers)).text
    assert 'id="stranded" tabindex="-1" hidden' in before
    week = {"mon": [["09:00", "13:00"], ["15:00", "24:00"]]}
    assert (await client.put("/api/organization/hours", json={"hours": week}, headers=headers)).status_code == 200
    closed = await client.put("/api/holidays/2026-11-20", json={"name": "Inventario"}, headers=headers)
    shown = (await client.get("/settings/hours", headers=headers)).text
    assert f'data-appointment="{closed.json()["stranded"][0]["id"]}"' in shown
    assert 'id="stranded" tabindex="-1" hidden' not in shown
    assert "Inventario" in shown and 'data-send="DELETE /holidays/2026-11-20"' in shown
    assert shown.count('value="15:00"') == 1 and 'value="00:00"' in shown, "24:00 is the next midnight"
