"""Courses, visits of several services and the waitlist through the API."""

from typing import Any

import httpx

from tests.backoffice.agenda_requests import book, new_contact, public
from tests.core.agenda.agenda_clinic import Agenda, local

GAP = {"least": 21, "target": 28, "most": 35}


async def course(client: httpx.AsyncClient, agenda: Agenda, contact: str, url: str, **more: Any) -> httpx.Response:
    given = {"contact": contact, "service": public(agenda, "service", agenda.services["botox"]), "gap": GAP}
    given |= {"start": local(19, 9).isoformat(), "sessions": 3, **more}
    headers = {**agenda.clinic.as_("receptionist"), "Idempotency-Key": "course"}
    return await client.post(f"/api/appointments/{url}", json=given, headers=headers)


async def test_a_course_is_planned_and_booked_whole_and_once(client: httpx.AsyncClient, agenda: Agenda) -> None:
    await client.patch(
        f"/api/services/{public(agenda, 'service', agenda.services['botox'])}",
        json={"horizon_days": 120},
        headers=agenda.clinic.as_("owner"),
    )
    contact = await new_contact(agenda)
    planned = (await course(client, agenda, contact, "series/plan")).json()
    assert planned["local_starts"] == ["2026-11-19T09:00", "2026-12-17T09:00", "2027-01-14T09:00"]
    assert await agenda.count("SELECT count(*) FROM appointment") == 0
    booked = await course(client, agenda, contact, "series")
    assert booked.status_code == 201
    items = booked.json()["items"]
    assert [one["local_start"] for one in items] == planned["local_starts"]
    assert {one["series"] for one in items} == {items[0]["id"]}
    assert (await course(client, agenda, contact, "series")).json() == booked.json()
    assert await agenda.count("SELECT count(*) FROM appointment") == 3


async def test_a_course_that_does_not_fit_names_the_session(client: httpx.AsyncClient, agenda: Agenda) -> None:
    refused = await course(client, agenda, await new_contact(agenda), "series", sessions=4)
    assert (refused.status_code, refused.json()["code"]) == (409, "series_clash")
    assert refused.json()["details"]["session"] == 4
    assert await agenda.count("SELECT count(*) FROM appointment") == 0
    gap = {"least": 9, "target": 5, "most": 7}
    wrong = await course(client, agenda, await new_contact(agenda), "series", gap=gap)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "gaps")


async def test_several_services_are_one_visit(client: httpx.AsyncClient, agenda: Agenda) -> None:
    await agenda.add_service("facial", agenda.professionals, minutes=30)
    services = [public(agenda, "service", agenda.services[key]) for key in ("botox", "facial")]
    asked = {"service": services, "limit": 1, "since": local(19, 11).isoformat()}
    headers = agenda.clinic.as_("receptionist")
    (free,) = (await client.get("/api/openings", params=asked, headers=headers)).json()["items"]
    assert (free["local_start"], free["minutes"]) == ("2026-11-19T11:00", 90)
    given = {"contact": await new_contact(agenda), "services": services, "start": free["start"]}
    keyed = {**headers, "Idempotency-Key": "visit"}
    booked = (await client.post("/api/appointments/visit", json=given, headers=keyed)).json()["items"]
    assert [one["local_start"] for one in booked] == ["2026-11-19T11:00", "2026-11-19T12:00"]
    late = {**given, "contact": await new_contact(agenda, "Ana"), "start": local(19, 12).isoformat()}
    headers["Idempotency-Key"] = "late"
    refused = await client.post("/api/appointments/visit", json=late, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "taken")
    assert await agenda.count("SELECT count(*) FROM appointment") == 2


async def test_who_waits_is_listed_and_offered_what_is_freed(client: httpx.AsyncClient, agenda: Agenda) -> None:
    headers = agenda.clinic.as_("receptionist")
    service = public(agenda, "service", agenda.services["botox"])
    spans = [{"since": local(19, 0).isoformat(), "until": local(21, 0).isoformat()}]
    given = {"contact": await new_contact(agenda, "Ana"), "service": service, "wanted": spans, "priority": 5}
    entry = (await client.post("/api/waitlist", json=given, headers=headers)).json()
    assert (entry["patient"]["name"], entry["priority"]) == ("Ana", 5)
    past = [{"since": local(1, 0).isoformat(), "until": local(2, 0).isoformat()}]
    wrong = await client.post("/api/waitlist", json={**given, "wanted": past}, headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wanted_past")
    assert [one["id"] for one in (await client.get("/api/waitlist", headers=headers)).json()] == [entry["id"]]
    booked = (await book(client, agenda, local(19, 9))).json()
    await client.post(f"/api/appointments/{booked['id']}/cancel", json={}, headers=headers)
    assert await agenda.count("SELECT count(*) FROM waitlist_offer WHERE state = 'sent'") == 1
    assert (await client.delete(f"/api/waitlist/{entry['id']}", headers=headers)).status_code == 204
    assert (await client.delete(f"/api/waitlist/{entry['id']}", headers=headers)).status_code == 404
    assert (await client.get("/api/waitlist", headers=headers)).json() == []
