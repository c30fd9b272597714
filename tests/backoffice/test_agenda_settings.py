"""Places, people, rooms, weeks, closures and services through the API: what is wrong is named, what strands is told."""

from typing import Any

import httpx
import pytest

from tests.backoffice.agenda_requests import book, public
from tests.core.agenda.agenda_clinic import MORNINGS, Agenda, local

OWNER = "owner"


async def test_a_place_with_a_room_and_a_professional_is_set_up(
    client: httpx.AsyncClient,
    agenda: Agenda,
) -> None:
    headers = agenda.clinic.as_(OWNER)
    place = {"name": "Norte", "zone": "America/Argentina/Buenos_Aires", "address": "Calle 1"}
    made = (await client.post("/api/locations", json=place, headers=headers)).json()
    assert (made["name"], made["zone"], made["active"]) == ("Norte", "America/Argentina/Buenos_Aires", True)
    given = {"kind": "room", "name": "Sala 9", "buffer_after": 10, "location": made["id"]}
    room = (await client.post("/api/resources", json=given, headers=headers)).json()
    assert (room["kind"], room["capacity"], room["buffer_after"], room["location"]) == ("room", 1, 10, made["id"])
    who = {"kind": "professional", "name": "Dra. Nora"}
    nora = (await client.post("/api/resources", json=who, headers=headers)).json()
    week = {"location": made["id"], "valid_from": "2026-12-01", "weekly": {"mon": [["09:00", "13:00"]]}}
    url = f"/api/resources/{nora['id']}/schedules"
    added = await client.post(url, json=week, headers=headers)
    assert added.status_code == 201 and added.json()["stranded"] == []
    needs = [
        {"kind": "professional", "pool": [{"resource": nora["id"], "minutes": 45}]},
        {"kind": "room", "pool": [{"resource": room["id"]}]},
    ]
    service = {"key": "peeling", "name": "Peeling", "minutes": 40, "needs": needs}
    offered = (await client.post("/api/services", json=service, headers=headers)).json()
    assert [(need["kind"], [one["name"] for one in need["pool"]]) for need in offered["needs"]] == [
        ("professional", ["Dra. Nora"]),
        ("room", ["Sala 9"]),
    ]
    asked = {"service": offered["id"], "location": made["id"], "limit": "1"}
    (first,) = (await client.get("/api/openings", params=asked, headers=headers)).json()["items"]
    assert (first["local_start"], first["minutes"]) == ("2026-12-07T09:00", 45)
    assert {one["name"] for one in (await client.get("/api/services", headers=headers)).json()} == {"Botox", "Peeling"}
    assert len((await client.get("/api/resources", params={"kind": "room"}, headers=headers)).json()) == 1


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({"weekly": {"mon": [["13:00", "09:00"]]}}, "block_order", "weekly.mon.0"),
        ({"weekly": {"mon": [["09:00", "13:00"], ["12:00", "15:00"]]}}, "block_overlap", "weekly.mon.1"),
        ({"weekly": {"lun": [["09:00", "13:00"]]}}, "weekday", "weekly.lun"),
        ({"weekly": {}, "valid_from": "2027-01-02", "valid_until": "2027-01-01"}, "validity", "valid_until"),
        ({"weekly": {}, "valid_from": "2027-02-29"}, "invalid", "valid_from"),
        ({"weekly": MORNINGS}, "schedule_overlap", "valid_from"),
    ],
)
async def test_a_week_that_makes_no_sense_names_its_field(
    client: httpx.AsyncClient,
    agenda: Agenda,
    given: Any,
    code: str,
    said: str,
) -> None:
    url = f"/api/resources/{public(agenda, 'resource', agenda.professionals[0])}/schedules"
    refused = await client.post(url, json=given, headers=agenda.clinic.as_(OWNER))
    assert refused.status_code in (409, 422) and refused.json()["code"] == code
    assert said in refused.json()["message"]


async def test_nobody_works_in_two_places_at_once(client: httpx.AsyncClient, agenda: Agenda) -> None:
    headers = agenda.clinic.as_(OWNER)
    other = (await client.post("/api/locations", json={"name": "Sur"}, headers=headers)).json()
    url = f"/api/resources/{public(agenda, 'resource', agenda.professionals[0])}/schedules"
    both = {"location": other["id"], "weekly": {"mon": [["12:00", "15:00"]]}}
    refused = await client.post(url, json=both, headers=headers)
    assert refused.json()["code"] == "schedule_overlap" and "en Centro" in refused.json()["message"]
    after = {"location": other["id"], "weekly": {"mon": [["14:00", "18:00"]]}}
    assert (await client.post(url, json=after, headers=headers)).status_code == 201


@pytest.mark.parametrize(
    ("url", "given", "code"),
    [
        ("/api/locations", {"name": "X", "zone": "America/Bogotá"}, "unknown_zone"),
        ("/api/locations", {"name": "X", "region": "ZZ"}, "unknown_region"),
        ("/api/holidays-import", {"country": "BR", "year": 2027}, "region_needed"),
        ("/api/holidays-import", {"country": "BR", "region": "ZZ", "year": 2027}, "unknown_region"),
        ("/api/holidays-import", {"country": "ZZ", "region": None, "year": 2027}, "unknown_country"),
        ("/api/closures", {"since": "2026-11-20T10:00:00Z", "until": "2026-11-20T09:00:00Z"}, "range"),
        ("/api/closures", {"since": "2026-11-20T10:00:00Z", "until": "2026-11-20T11:00:00Z"}, "needs"),
    ],
)
async def test_what_is_wrong_is_refused_with_its_field(
    client: httpx.AsyncClient,
    agenda: Agenda,
    url: str,
    given: Any,
    code: str,
) -> None:
    refused = await client.post(url, json=given, headers=agenda.clinic.as_(OWNER))
    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_a_service_longer_than_any_opening_is_refused(
    client: httpx.AsyncClient,
    agenda: Agenda,
) -> None:
    url = f"/api/services/{public(agenda, 'service', agenda.services['botox'])}"
    headers = agenda.clinic.as_(OWNER)
    for changes, code in (
        ({"minutes": 300}, "too_long"),
        ({"step": 7}, "step"),
        ({"buffer_after": -1}, "buffer_after"),
    ):
        refused = await client.patch(url, json=changes, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    changed = await client.patch(url, json={"minutes": 90, "daily_limit": 3}, headers=headers)
    assert (changed.json()["service"]["minutes"], changed.json()["service"]["daily_limit"]) == (90, 3)
    cleared = await client.patch(url, json={"daily_limit": None}, headers=headers)
    assert cleared.json()["service"]["daily_limit"] is None


async def test_a_service_is_not_made_shorter_than_what_it_needs(client: httpx.AsyncClient, agenda: Agenda) -> None:
    room = await agenda.add_resource("room", "Sala")
    url = f"/api/services/{public(agenda, 'service', agenda.services['botox'])}"
    headers = agenda.clinic.as_(OWNER)
    needs = [
        {"kind": "professional", "pool": [{"resource": public(agenda, "resource", agenda.professionals[0])}]},
        {"kind": "room", "offset_minutes": 30, "pool": [{"resource": public(agenda, "resource", room)}]},
    ]
    assert (await client.patch(url, json={"needs": needs}, headers=headers)).status_code == 200
    short = await client.patch(url, json={"minutes": 20}, headers=headers)
    assert (short.status_code, short.json()["code"]) == (422, "needs")
    assert short.json()["message"].startswith("minutes: el tramo 2 termina después del servicio, que dura 20 minutos")
    needs[0]["pool"][0]["minutes"] = 25  # type: ignore[index]
    quick = await client.patch(url, json={"needs": needs}, headers=headers)
    assert quick.json()["message"].startswith("needs.1.minutes: el tramo 2 termina después del servicio, que dura 25")
    assert (await client.patch(url, json={"minutes": 45}, headers=headers)).status_code == 200


async def test_time_off_tells_whom_it_strands_and_writes_only_when_asked(
    client: httpx.AsyncClient,
    agenda: Agenda,
) -> None:
    headers, who = agenda.clinic.as_(OWNER), public(agenda, "resource", agenda.professionals[0])
    booked = (await book(client, agenda, local(20, 9), professional=who)).json()
    await book(client, agenda, local(23, 9), professional=who)
    away = {"resource": who, "kind": "time_off", "reason": "Congreso"}
    away |= {"since": local(20, 0).isoformat(), "until": local(21, 0).isoformat()}
    added = (await client.post("/api/closures", json=away, headers=headers)).json()
    assert [one["id"] for one in added["stranded"]] == [booked["id"]] and added["asked"] == 0
    assert await agenda.count("SELECT count(*) FROM appointment_notice WHERE kind = 'stranded'") == 0
    listed = (await client.get("/api/agenda/stranded", headers=headers)).json()["items"]
    assert [one["id"] for one in listed] == [booked["id"]]
    for expected in (1, 0):
        asked = {"appointments": [booked["id"]]}
        answer = await client.post("/api/agenda/stranded/reschedule", json=asked, headers=headers)
        assert answer.json() == {"asked": expected}
    assert await agenda.count("SELECT count(*) FROM appointment_notice WHERE kind = 'stranded'") == 1
    assert [one["reason"] for one in (await client.get("/api/closures", headers=headers)).json()] == ["Congreso"]
    assert (await client.delete(f"/api/closures/{added['closure']['id']}", headers=headers)).status_code == 204
    assert (await client.get("/api/agenda/stranded", headers=headers)).json()["items"] == []


async def test_a_changed_week_or_date_strands_too(client: httpx.AsyncClient, agenda: Agenda) -> None:
    headers, who = agenda.clinic.as_(OWNER), public(agenda, "resource", agenda.professionals[0])
    booked = (await book(client, agenda, local(20, 9), professional=who)).json()
    day = f"/api/resources/{who}/overrides/2026-11-20"
    closed = (await client.put(day, json={"hours": None, "reschedule": True}, headers=headers)).json()
    assert [one["id"] for one in closed["stranded"]] == [booked["id"]] and closed["asked"] == 1
    opened = (await client.put(day, json={"hours": [["08:00", "10:00"]]}, headers=headers)).json()
    assert (opened["override"]["hours"], opened["stranded"]) == ([["08:00", "10:00"]], [])
    assert (await client.delete(day, headers=headers)).json()["override"] is None
    (week,) = (await client.get(f"/api/resources/{who}/schedules", headers=headers)).json()
    fewer = {"valid_from": "2026-01-01", "weekly": {"mon": [["09:00", "13:00"]]}}
    changed = (await client.put(f"/api/schedules/{week['id']}", json=fewer, headers=headers)).json()
    assert changed["schedule"]["weekly"] == {"mon": [["09:00", "13:00"]]}
    assert [one["id"] for one in changed["stranded"]] == [booked["id"]]
    gone = (await client.patch(f"/api/resources/{who}", json={"active": False}, headers=headers)).json()
    assert gone["resource"]["active"] is False and gone["stranded"] == [], "it was stranded before"


async def test_a_place_no_longer_used_strands_what_is_booked_there(
    client: httpx.AsyncClient,
    agenda: Agenda,
) -> None:
    booked = (await book(client, agenda, local(20, 9))).json()
    url, headers = f"/api/locations/{public(agenda, 'location', agenda.location)}", agenda.clinic.as_(OWNER)
    closed = (await client.patch(url, json={"active": False}, headers=headers)).json()
    assert [one["id"] for one in closed["stranded"]] == [booked["id"]]


async def test_the_policy_is_validated(client: httpx.AsyncClient, agenda: Agenda) -> None:
    url, headers = "/api/agenda/policy", agenda.clinic.as_(OWNER)
    assert (await client.get(url, headers=headers)).json()["policy"]["late_cancel_hours"] == 12
    changed = (await client.patch(url, json={"late_cancel_hours": 24}, headers=headers)).json()
    assert (changed["policy"]["late_cancel_hours"], changed["set"]) == (24, ["late_cancel_hours"])
    for wrong, code in (({"lateness": 1}, "unknown_setting"), ({"quiet_from": "99:00"}, "wrong_setting")):
        refused = await client.patch(url, json=wrong, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    settings = {"settings": {"agenda": {"late_cancel_hours": "mucho"}}}
    assert (await client.patch("/api/organization", json=settings, headers=headers)).status_code == 422
    assert (await client.patch(url, json={"late_cancel_hours": None}, headers=headers)).json()["set"] == []


async def test_a_doctor_keeps_their_own_hours_only(client: httpx.AsyncClient, agenda: Agenda) -> None:
    own = {"member": public(agenda, "member", agenda.clinic.members["doctor"])}
    mine, other = (public(agenda, "resource", one) for one in agenda.professionals)
    await client.patch(f"/api/resources/{mine}", json=own, headers=agenda.clinic.as_(OWNER))
    headers = agenda.clinic.as_("doctor")
    closed = {"hours": None}
    assert (await client.put(f"/api/resources/{mine}/overrides/2026-11-20", json=closed, headers=headers)).is_success
    refused = await client.put(f"/api/resources/{other}/overrides/2026-11-20", json=closed, headers=headers)
    assert refused.status_code == 403
    place = {"location": public(agenda, "location", agenda.location)}
    place |= {"since": local(20, 0).isoformat(), "until": local(21, 0).isoformat()}
    assert (await client.post("/api/closures", json=place, headers=headers)).status_code == 403
