"""The agenda's reports, against a few visits counted by hand."""

from typing import Any, get_args

import httpx

from core.agenda.messages_model import VisitFeedback
from core.agenda.model import Location
from core.agenda.reasons import CANCEL_REASONS, CancelCode, coded
from tests.backoffice.agenda_requests import book, new_contact, public
from tests.backoffice.clinic import IDS, FixedClock
from tests.core.agenda.agenda_clinic import ZONE, Agenda, local

DAYS = {"since": "2026-11-19", "until": "2026-11-21"}


async def report(client: httpx.AsyncClient, agenda: Agenda, name: str, **asked: str) -> Any:
    url = f"/api/reports/agenda/{name}"
    answer = await client.get(url, params={**DAYS, **asked}, headers=agenda.clinic.as_("manager"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_occupancy_is_booked_over_open_time(client: httpx.AsyncClient, agenda: Agenda) -> None:
    who = [public(agenda, "resource", one) for one in agenda.professionals]
    for start in (local(19, 9), local(19, 10, 30)):
        await book(client, agenda, start, professional=who[0])
    by_day = await report(client, agenda, "occupancy")
    assert [(row["key"], row["open_minutes"], row["booked_minutes"], row["rate"]) for row in by_day] == [
        ("2026-11-19", 480, 120, 0.25),
        ("2026-11-20", 480, 0, 0.0),
    ]
    by_hour = await report(client, agenda, "occupancy", by="hour")
    assert [(row["key"], row["open_minutes"], row["booked_minutes"]) for row in by_hour] == [
        ("9", 240, 60), ("10", 240, 30), ("11", 240, 30), ("12", 240, 0)
    ]  # fmt: skip
    away = {
        "resource": who[1],
        "kind": "time_off",
        "since": local(20, 0).isoformat(),
        "until": local(21, 0).isoformat(),
    }
    await client.post("/api/closures", json=away, headers=agenda.clinic.as_("owner"))
    people = await report(client, agenda, "occupancy", by="professional")
    assert [(row["key"], row["name"], row["open_minutes"], row["booked_minutes"]) for row in people] == [
        (who[0], "Dra. 1", 480, 120),
        (who[1], "Dra. 2", 240, 0),
    ]
    assert await report(client, agenda, "occupancy", by="room") == []


async def test_what_became_of_the_visits(client: httpx.AsyncClient, agenda: Agenda, clock: FixedClock) -> None:
    headers, who = agenda.clinic.as_("receptionist"), public(agenda, "resource", agenda.professionals[0])
    made = [
        (await book(client, agenda, local(day, hour), professional=who)).json()["id"]
        for day, hour in ((19, 9), (19, 10), (19, 11), (20, 9))
    ]
    for away in (
        {"by": "patient", "reason": "viaja a Cali", "code": "travel"},
        {"by": "patient", "reason": "no puede"},
    ):
        await client.post(f"/api/appointments/{made.pop()}/cancel", json=away, headers=headers)
    early = await report(client, agenda, "lead-time")
    assert (early["appointments"], early["same_day"], early["median_days"]) == (2, 1, 0.98)  # 23 h and 24 h
    clock.forward(days=2)
    await client.post(f"/api/appointments/{made[0]}/attend", headers=headers)
    await client.post(f"/api/appointments/{made[1]}/no-show", headers=headers)
    missed = await report(client, agenda, "no-shows")
    assert (missed["attended"], missed["no_shows"], missed["rate"]) == (1, 1, 0.5)
    assert [row["professional"]["id"] for row in missed["professionals"]] == [who]
    cancelled = await report(client, agenda, "cancellations")
    assert [(row["reason"], row["by"], row["appointments"], row["late"]) for row in cancelled] == [
        ("other", "patient", 1, 0),
        ("travel", "patient", 1, 0),
    ]
    assert [row["name"] for row in cancelled] == ["Otro motivo", "Viaje"]


async def test_the_patients_own_words_are_a_note_beside_the_reason(client: httpx.AsyncClient, agenda: Agenda) -> None:
    made, headers = (await book(client, agenda, local(19, 9))).json(), agenda.clinic.as_("receptionist")
    url = f"/api/appointments/{made['id']}/cancel"
    assert (await client.post(url, json={"code": "whatever"}, headers=headers)).status_code == 422
    gone = (await client.post(url, json={"code": "health", "reason": "tiene gripe"}, headers=headers)).json()
    assert (gone["cancel_code"], gone["cancel_reason"]) == ("health", "tiene gripe")
    assert [coded(one) for one in ("travel", "me mudo", "")] == [("travel", None), ("other", "me mudo"), (None, None)]
    assert get_args(CancelCode) == tuple(CANCEL_REASONS)


async def test_what_patients_say_is_shown_with_the_visit_and_on_average(
    client: httpx.AsyncClient, agenda: Agenda, clock: FixedClock
) -> None:
    who = [public(agenda, "resource", one) for one in agenda.professionals]
    made = [
        (await book(client, agenda, local(19, hour), professional=who[n])).json()["id"]
        for hour, n in ((9, 0), (10, 0), (11, 1))
    ]
    for one, score in zip(made, (5, 4, 2), strict=True):
        inside = IDS.decode("appointment", one)
        await agenda.add(VisitFeedback(appointment_id=inside, score=score, comment=f"un {score}", at=clock.now))
    seen = (await client.get("/api/agenda?day=2026-11-19", headers=agenda.clinic.as_("manager"))).json()
    said = [one["feedback"]["comment"] for one in seen["appointments"]]
    assert said == ["un 5", "un 4", "un 2"]
    found = await report(client, agenda, "feedback")
    assert (found["answers"], found["mean"]) == (3, 3.67)
    assert [(row["of"]["id"], row["answers"], row["mean"]) for row in found["professionals"]] == [
        (who[0], 2, 4.5),
        (who[1], 1, 2.0),
    ]
    assert [(row["of"]["name"], row["mean"]) for row in found["services"]] == [("Botox", 3.67)]


async def test_who_has_no_schedule_is_open_only_where_they_are_booked(
    client: httpx.AsyncClient, agenda: Agenda
) -> None:
    await agenda.add(Location(name="Norte", zone=ZONE.key))
    nora = await agenda.add_resource("professional", "Dra. Nora", None)
    await agenda.add_service("peeling", [nora])
    service, where = public(agenda, "service", agenda.services["peeling"]), public(agenda, "location", agenda.location)
    given = {"service": service, "location": where, "key": "k"}
    assert (await book(client, agenda, local(19, 9), **given)).status_code == 201
    people = await report(client, agenda, "occupancy", by="professional")
    (hers,) = [row for row in people if row["name"] == "Dra. Nora"]
    assert (hers["open_minutes"], hers["booked_minutes"]) == (2 * 8 * 60, 60)


async def test_what_the_waitlist_brings(client: httpx.AsyncClient, agenda: Agenda) -> None:
    headers = agenda.clinic.as_("receptionist")
    span = {"since": local(19, 0).isoformat(), "until": local(21, 0).isoformat()}
    service = public(agenda, "service", agenda.services["botox"])
    given = {"contact": await new_contact(agenda, "Ana"), "service": service, "wanted": [span]}
    await client.post("/api/waitlist", json=given, headers=headers)
    booked = (await book(client, agenda, local(19, 9))).json()
    await client.post(f"/api/appointments/{booked['id']}/cancel", json={}, headers=headers)
    found = await report(client, agenda, "waitlist", since="2026-11-18")
    assert (found["entries"], found["waiting"], found["offers"], found["conversion"]) == (1, 1, 1, 0.0)


async def test_a_range_that_makes_no_sense_is_refused(client: httpx.AsyncClient, agenda: Agenda) -> None:
    asked = {"since": "2026-11-20", "until": "2026-11-19"}
    url = "/api/reports/agenda/lead-time"
    refused = await client.get(url, params=asked, headers=agenda.clinic.as_("owner"))
    assert (refused.status_code, refused.json()["code"]) == (422, "range")
