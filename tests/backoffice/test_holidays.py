"""Days that differ close the places that keep them, and tell whom they strand."""

from typing import Any

import httpx

from core.agenda.model import Location
from tests.backoffice.agenda_requests import book, new_contact, public
from tests.core.agenda.agenda_clinic import ZONE, Agenda, local


async def openings(client: httpx.AsyncClient, agenda: Agenda, place: int, day: int) -> list[str]:
    asked = {
        "service": public(agenda, "service", agenda.services["botox"]),
        "location": public(agenda, "location", place),
        "since": local(day, 0).isoformat(),
        "until": local(day + 1, 0).isoformat(),
    }
    found = await client.get("/api/openings", params=asked, headers=agenda.clinic.as_("owner"))
    assert found.status_code == 200, found.text
    return [one["local_start"] for one in found.json()["items"]]


async def two_places(agenda: Agenda) -> int:
    """Another place, and somebody who keeps the organization's hours wherever they are."""
    other: int = await agenda.add(Location(name="Norte", zone=ZONE.key))
    nora = await agenda.add_resource("professional", "Dra. Nora", None)
    await agenda.add_service("botox2", [nora])
    agenda.services["botox"] = agenda.services["botox2"]
    return other


async def test_a_holiday_of_one_place_closes_that_place_alone(client: httpx.AsyncClient, agenda: Agenda) -> None:
    other, headers = await two_places(agenda), agenda.clinic.as_("manager")
    await client.put(
        "/api/holidays/2026-11-20",
        json={"name": "Fiesta", "location": public(agenda, "location", other)},
        headers=headers,
    )
    assert await openings(client, agenda, other, 20) == []
    assert await openings(client, agenda, agenda.location, 20) != []
    everywhere = await client.put("/api/holidays/2026-11-20", json={"name": "Feriado"}, headers=headers)
    assert everywhere.status_code == 200 and await openings(client, agenda, agenda.location, 20) == []
    listed = (await client.get("/api/holidays", headers=headers)).json()
    days = [(one["name"], one["location"] is None) for one in listed if one["day"] == "2026-11-20"]
    assert sorted(days) == [("Feriado", True), ("Fiesta", False)]
    open_there = {"name": "Fiesta", "location": public(agenda, "location", other), "hours": [["10:00", "11:00"]]}
    await client.put("/api/holidays/2026-11-20", json=open_there, headers=headers)
    assert await openings(client, agenda, other, 20) == ["2026-11-20T10:00"]


async def test_holidays_of_a_region_are_those_of_the_places_in_it(client: httpx.AsyncClient, agenda: Agenda) -> None:
    headers = agenda.clinic.as_("manager")
    place = {"location": public(agenda, "location", agenda.location), "country": "BR", "year": 2027}
    asked = await client.post("/api/holidays-import", json=place, headers=headers)
    assert asked.json()["code"] == "region_needed"
    await agenda.add(Location(name="Salvador", zone="America/Bahia", region="BA"))
    places = (await client.get("/api/locations", headers=headers)).json()
    bahia = next(one["id"] for one in places if one["region"] == "BA")
    country = {"country": "BR", "region": None, "year": 2027}
    assert (await client.post("/api/holidays-import", json=country, headers=headers)).json()["added"] > 5
    its_own = {"country": "BR", "location": bahia, "year": 2027}
    assert (await client.post("/api/holidays-import", json=its_own, headers=headers)).json()["added"] == 1
    listed = (await client.get("/api/holidays", headers=headers)).json()
    assert [(one["day"], one["location"]) for one in listed if one["location"]] == [("2027-07-02", bahia)]


async def test_a_holiday_or_other_hours_tell_whom_they_strand_and_write_only_when_asked(
    client: httpx.AsyncClient, agenda: Agenda
) -> None:
    headers, plain = agenda.clinic.as_("manager"), await agenda.add_resource("professional", "Dra. Nora", None)
    await agenda.add_service("peeling", [plain])
    service = public(agenda, "service", agenda.services["peeling"])
    contact = await new_contact(agenda)
    booked = (await book(client, agenda, local(20, 9), contact, service=service, key="k")).json()

    async def changed(method: str, url: str, given: Any) -> tuple[list[str], int]:
        answer = (await client.request(method, url, json=given, headers=headers)).json()
        return [one["id"] for one in answer["stranded"]], answer["asked"]

    day = "/api/holidays/2026-11-20"
    assert await changed("PUT", day, {"name": "Feriado"}) == ([booked["id"]], 0)
    assert await changed("PUT", day, {"name": "Feriado de todos", "reschedule": True}) == ([], 0), "nobody's news"
    known = (await client.get("/api/agenda/stranded", headers=headers)).json()["items"]
    asked = await client.post(
        "/api/agenda/stranded/reschedule", json={"appointments": [one["id"] for one in known]}, headers=headers
    )
    assert ([one["id"] for one in known], asked.json()["asked"]) == ([booked["id"]], 1)
    assert await changed("DELETE", day, None) == ([], 0)
    hours = {"hours": {"fri": [["15:00", "19:00"]]}}
    assert await changed("PUT", "/api/organization/hours", hours) == ([booked["id"]], 0)


async def test_the_whole_organization_may_close_for_some_hours(client: httpx.AsyncClient, agenda: Agenda) -> None:
    other, headers = await two_places(agenda), agenda.clinic.as_("owner")
    closed = {"since": local(20, 9).isoformat(), "until": local(20, 12).isoformat(), "organization": True}
    assert (await client.post("/api/closures", json=closed, headers=agenda.clinic.as_("doctor"))).status_code == 403
    added = (await client.post("/api/closures", json=closed, headers=headers)).json()["closure"]
    assert (added["location"], added["resource"]) == (None, None)
    for place in (agenda.location, other):
        assert (await openings(client, agenda, place, 20))[0] == "2026-11-20T12:00"
    both = {**closed, "location": public(agenda, "location", other)}
    assert (await client.post("/api/closures", json=both, headers=headers)).json()["code"] == "needs"
