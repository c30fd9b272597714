"""Courses, visits of several services and the waitlist through the API."""

from datetime import datetime
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from core.agenda.model import Closure
from tests.backoffice.agenda_requests import book, new_contact, public
from tests.core.agenda.agenda_clinic import ZONE, Agenda, local

GAP = {"least": 21, "target": 28, "most": 35}


async def course(client: httpx.AsyncClient, agenda: Agenda, contact: str, url: str, **more: Any) -> httpx.Response:
    given = {"contact": contact, "service": public(agenda, "service", agenda.services["botox"]), "gap": GAP}
    given |= {"start": local(19, 9).isoformat(), "sessions": 3, **more}
    headers = {**agenda.clinic.as_("receptionist"), "Idempotency-Key": "course"}
    return await client.post(f"/api/appointments/{url}", json=given, headers=headers)


async def test_a_course_is_planned_and_booked_whole_and_once(client: httpx.AsyncClient, agenda: Agenda) -> None:
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
    closed = Range(datetime(2027, 1, 20, tzinfo=ZONE), datetime(2027, 3, 20, tzinfo=ZONE))
    await agenda.add(Closure(location_id=agenda.location, during=closed))
    refused = await course(client, agenda, await new_contact(agenda), "series", sessions=4)
    assert (refused.status_code, refused.json()["code"]) == (409, "series_clash")
    assert refused.json()["details"] == {"session": 4, "day": "2027-02-11"}
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


async def test_a_visit_that_cannot_be_had_says_which_service_and_why(client: httpx.AsyncClient, agenda: Agenda) -> None:
    other = await agenda.add_resource("professional", "Dr. Facial")
    await agenda.add_service("facial", [other])
    await book(client, agenda, local(19, 10), service=public(agenda, "service", agenda.services["facial"]))
    services = [public(agenda, "service", agenda.services[key]) for key in ("botox", "facial")]
    given = {"contact": await new_contact(agenda), "services": services, "start": local(19, 9).isoformat()}
    headers = {**agenda.clinic.as_("receptionist"), "Idempotency-Key": "visit"}
    refused = await client.post("/api/appointments/visit", json=given, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "taken")
    assert refused.json()["message"].startswith("«Facial» no tiene lugar el 19/11 a las 10:00")
    details = refused.json()["details"]
    assert details["service"] == services[1]
    assert details["reasons"][0]["message"].startswith("Dr. Facial está ocupado de 10:00–11:00")
    assert details["alternatives"] == ["2026-11-19T15:00:00Z", "2026-11-19T15:30:00Z", "2026-11-19T16:00:00Z"]
    free = await client.post(
        "/api/appointments/visit", json={**given, "start": details["alternatives"][0]}, headers=headers
    )
    assert free.status_code == 201


async def test_a_doctor_books_visits_into_their_own_agenda_alone(client: httpx.AsyncClient, agenda: Agenda) -> None:
    one, two = agenda.professionals
    async with agenda.clinic.engine.begin() as connection:
        mine = {"member": agenda.clinic.members["doctor"], "id": two}
        await connection.execute(text("UPDATE resource SET member_id = :member WHERE id = :id"), mine)
    await agenda.add_service("facial", [one, two])
    await agenda.add_service("laser", [one])
    headers = {**agenda.clinic.as_("doctor"), "Idempotency-Key": "visit"}

    async def visit(*keys: str) -> httpx.Response:
        services = [public(agenda, "service", agenda.services[key]) for key in keys]
        given = {"contact": await new_contact(agenda), "services": services, "start": local(19, 9).isoformat()}
        return await client.post("/api/appointments/visit", json=given, headers=headers)

    refused = await visit("botox", "laser")
    assert (refused.status_code, refused.json()["details"]["reasons"][0]["rule"]) == (409, "not_given")
    booked = (await visit("botox", "facial")).json()["items"]
    assert {made["professional"]["id"] for made in booked} == {public(agenda, "resource", two)}


async def test_a_session_is_moved_with_those_after_it_once_that_was_looked_at(
    client: httpx.AsyncClient, agenda: Agenda
) -> None:
    made = (await course(client, agenda, await new_contact(agenda), "series")).json()["items"]
    url, headers = f"/api/appointments/{made[1]['id']}/move-series", agenda.clinic.as_("receptionist")
    given = {"start": local(30, 10).isoformat(), "gap": GAP, "version": 1}
    planned = (await client.post(f"{url}/plan", json=given, headers=headers)).json()
    assert planned["local_starts"] == ["2026-11-30T10:00", "2026-12-28T10:00"]
    assert (planned["sessions"], planned["appointments"]) == ([2, 3], [one["id"] for one in made[1:]])
    unmoved = await client.get(f"/api/appointments/{made[1]['id']}", headers=headers)
    assert unmoved.json()["local_start"] == "2026-12-17T09:00"
    moved = (await client.post(url, json=given, headers=headers)).json()["items"]
    assert [(one["local_start"], one["version"]) for one in moved] == [(at, 2) for at in planned["local_starts"]]
    assert (await client.post(url, json=given, headers=headers)).json()["code"] == "conflict"
    closed = Range(datetime(2026, 12, 20, tzinfo=ZONE), datetime(2027, 1, 31, tzinfo=ZONE))
    await agenda.add(Closure(location_id=agenda.location, during=closed))
    for path in (url, f"{url}/plan"):
        refused = await client.post(path, json={**given, "version": 2}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "series_clash")
        assert refused.json()["details"] == {"session": 3, "day": "2026-12-28"}
    alone = (await book(client, agenda, local(20, 9))).json()["id"]
    refused = await client.post(f"/api/appointments/{alone}/move-series", json={**given, "version": 1}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_course")
    theirs = await client.post(url, json=given, headers=agenda.clinic.as_("doctor"))
    assert theirs.status_code == 403


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
