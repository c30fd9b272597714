"""The staff's agenda through the API: free times, booking for anybody, moving, cancelling, the day itself, reading."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from core.agenda.model import Resource
from tests.backoffice.agenda_requests import book, new_contact, public
from tests.backoffice.clinic import FixedClock
from tests.core.agenda.agenda_clinic import Agenda, local


async def test_free_times_are_those_the_bot_offers(client: httpx.AsyncClient, agenda: Agenda) -> None:
    asked = {"service": public(agenda, "service", agenda.services["botox"]), "limit": "2"}
    found = (await client.get("/api/openings", params=asked, headers=agenda.clinic.as_("closer"))).json()
    assert found["zone"] == "America/Bogota"
    assert [(one["start"], one["local_start"], len(one["professionals"])) for one in found["items"]] == [
        ("2026-11-18T16:00:00Z", "2026-11-18T11:00", 2),
        ("2026-11-18T16:30:00Z", "2026-11-18T11:30", 2),
    ]


async def test_a_time_that_is_not_offered_is_explained(client: httpx.AsyncClient, agenda: Agenda) -> None:
    async def why(start: Any, **more: str) -> list[str]:
        asked = {"service": public(agenda, "service", agenda.services["botox"]), "start": start.isoformat(), **more}
        answer = await client.get("/api/openings/explain", params=asked, headers=agenda.clinic.as_("owner"))
        assert answer.json()["offered"] is (not answer.json()["reasons"])
        return [one["rule"] for one in answer.json()["reasons"]]

    first = public(agenda, "resource", agenda.professionals[0])
    assert await why(local(19, 9)) == []
    assert await why(local(19, 9, 10)) == ["grid"]
    assert await why(local(19, 15)) == ["closed", "closed"]
    assert await why(local(17, 9)) == ["past"]
    await book(client, agenda, local(19, 9), professional=first)
    assert await why(local(19, 9)) == []
    assert await why(local(19, 9), professional=first) == ["busy"]


async def test_staff_book_once_however_often_it_is_sent(client: httpx.AsyncClient, agenda: Agenda) -> None:
    contact = await new_contact(agenda)
    first = await book(client, agenda, local(19, 9), contact, key="one")
    again = await book(client, agenda, local(19, 9), contact, key="one")
    assert first.status_code == 201 and first.json() == again.json()
    made = first.json()
    assert (made["status"], made["local_start"], made["contact"]["name"]) == ("confirmed", "2026-11-19T09:00", "Julia")
    assert made["booked_by"] == public(agenda, "member", agenda.clinic.members["receptionist"])
    assert [one["kind"] for one in made["occupied"]] == ["professional"]
    assert await agenda.count("SELECT count(*) FROM appointment") == 1


async def test_a_taken_time_is_explained_with_free_ones(client: httpx.AsyncClient, agenda: Agenda) -> None:
    who = public(agenda, "resource", agenda.professionals[0])
    await book(client, agenda, local(19, 9), professional=who)
    refused = await book(client, agenda, local(19, 9, 30), professional=who)
    assert (refused.status_code, refused.json()["code"]) == (409, "taken")
    assert refused.json()["message"].startswith("Dra. 1 está ocupado de 09:00–10:00")
    details = refused.json()["details"]
    assert (details["field"], details["reasons"][0]["resource"]) == ("start", who)
    assert details["alternatives"] == ["2026-11-19T15:00:00Z", "2026-11-19T15:30:00Z", "2026-11-19T16:00:00Z"]


async def test_overbooking_is_asked_for_and_audited(client: httpx.AsyncClient, agenda: Agenda) -> None:
    who = public(agenda, "resource", agenda.professionals[0])
    await book(client, agenda, local(19, 9), professional=who)
    extra = await book(client, agenda, local(19, 9), professional=who, overbook=True)
    assert extra.status_code == 201 and extra.json()["overbooked"]
    soon = await book(client, agenda, local(18, 10, 30))
    assert soon.status_code == 201
    audit = (await client.get("/api/audit", headers=agenda.clinic.as_("owner"))).json()["items"]
    assert [one["action"] for one in audit] == ["appointment.outside_rules", "appointment.overbooked"]


async def test_a_patient_is_in_one_place_at_a_time(client: httpx.AsyncClient, agenda: Agenda) -> None:
    contact = await new_contact(agenda)
    await book(client, agenda, local(19, 9), contact)
    refused = await book(client, agenda, local(19, 9, 30), contact)
    assert [one["rule"] for one in refused.json()["details"]["reasons"]] == ["patient"]


async def test_moving_keeps_the_original_when_it_cannot(client: httpx.AsyncClient, agenda: Agenda) -> None:
    who = public(agenda, "resource", agenda.professionals[0])
    made = (await book(client, agenda, local(19, 9), professional=who)).json()
    url, headers = f"/api/appointments/{made['id']}", agenda.clinic.as_("receptionist")
    closed = await client.post(f"{url}/move", json={"start": local(19, 20).isoformat()}, headers=headers)
    assert (closed.status_code, closed.json()["code"]) == (409, "taken")
    assert (await client.get(url, headers=headers)).json() == made
    stale = {"start": local(20, 9).isoformat(), "version": 7}
    assert (await client.post(f"{url}/move", json=stale, headers=headers)).json()["code"] == "conflict"
    moved = (await client.post(f"{url}/move", json={**stale, "version": 1}, headers=headers)).json()
    assert (moved["local_start"], moved["version"], moved["professional"]["id"]) == ("2026-11-20T09:00", 2, who)


async def test_cancelling_frees_the_time(client: httpx.AsyncClient, agenda: Agenda) -> None:
    made = (await book(client, agenda, local(19, 9))).json()
    url, headers = f"/api/appointments/{made['id']}/cancel", agenda.clinic.as_("receptionist")
    gone = (await client.post(url, json={"reason": "viaja", "by": "patient"}, headers=headers)).json()
    assert (gone["status"], gone["cancelled_by"], gone["cancel_reason"]) == ("cancelled", "patient", "viaja")
    assert gone["cancelled_late"] is False and gone["occupied"] == []
    assert (await client.post(url, json={}, headers=headers)).json()["version"] == gone["version"]
    assert await agenda.count("SELECT count(*) FROM allocation") == 0


async def test_the_day_of_the_visit(client: httpx.AsyncClient, agenda: Agenda, clock: FixedClock) -> None:
    made = (await book(client, agenda, local(19, 9))).json()
    url, headers = f"/api/appointments/{made['id']}", agenda.clinic.as_("assistant")
    early = await client.post(f"{url}/no-show", headers=headers)
    assert (early.status_code, early.json()["code"]) == (409, "not_begun")
    assert (await client.post(f"{url}/confirm", headers=headers)).json()["answered_at"]
    assert (await client.post(f"{url}/check-in", headers=headers)).json()["code"] == "not_begun"
    clock.now = local(19, 9)
    assert (await client.post(f"{url}/check-in", headers=headers)).json()["status"] == "checked_in"
    assert (await client.post(f"{url}/attend", headers=headers)).json()["status"] == "attended"
    patient = f"/api/patients/{made['patient']['id']}"
    assert (await client.get(patient, headers=headers)).json()["opened_at"] == "2026-11-19T14:00:00Z"
    late = await client.post(f"{url}/cancel", json={}, headers=headers)
    assert (late.status_code, late.json()["code"]) == (409, "wrong_status")


async def test_who_missed_too_often_is_booked_by_staff_until_it_is_waived(
    client: httpx.AsyncClient, agenda: Agenda, clock: FixedClock
) -> None:
    contact, headers = await new_contact(agenda), agenda.clinic.as_("receptionist")
    visits = [(await book(client, agenda, local(day, 9), contact)).json() for day in (19, 20)]
    clock.forward(days=3)
    for made in visits:
        await client.post(f"/api/appointments/{made['id']}/no-show", headers=headers)
    patient = f"/api/patients/{visits[0]['patient']['id']}"
    stands = (await client.get(patient, headers=headers)).json()
    assert (stands["no_shows"], stands["may_book"]) == (2, False) and stands["reason"] == "blocked"
    assert (await client.post(f"{patient}/waive", headers=headers)).json()["may_book"] is True
    audit = (await client.get("/api/audit", headers=agenda.clinic.as_("owner"))).json()["items"]
    assert audit[0]["action"] == "patient.waived"


async def test_a_mother_books_for_her_child(client: httpx.AsyncClient, agenda: Agenda) -> None:
    contact, headers = await new_contact(agenda, "Marta"), agenda.clinic.as_("receptionist")
    url = f"/api/contacts/{contact}/patients"
    child = (await client.post(url, json={"name": "Tomás", "birth_date": "2020-02-29"}, headers=headers)).json()
    assert child["birth_date"] == "2020-02-29"
    wrong = await client.post(url, json={"name": "Tomás", "birth_date": "2021-02-29"}, headers=headers)
    assert wrong.status_code == 422
    assert [one["name"] for one in (await client.get(url, headers=headers)).json()] == ["Marta", "Tomás"]
    given = {"service": public(agenda, "service", agenda.services["botox"]), "start": local(19, 9).isoformat()}
    for more in ({"patient": child["id"]}, {"patient": child["id"], "contact": contact}, {}):
        answer = await client.post(
            "/api/appointments", json={**given, **more}, headers={**headers, "Idempotency-Key": str(len(more))}
        )
        assert answer.status_code == (201 if len(more) == 1 else 422), answer.text
    booked = (await client.get(f"/api/contacts/{contact}/appointments", headers=headers)).json()["items"]
    assert [one["patient"]["name"] for one in booked] == ["Tomás"]


async def test_a_doctor_changes_only_their_own_agenda(client: httpx.AsyncClient, agenda: Agenda) -> None:
    nobody = await book(client, agenda, local(19, 9), role="doctor")
    assert (nobody.status_code, nobody.json()["code"]) == (403, "forbidden")
    async with AsyncSession(agenda.clinic.engine) as session:
        mine = await session.get_one(Resource, agenda.professionals[1])
        mine.member_id = agenda.clinic.members["doctor"]
        await session.commit()
    made = await book(client, agenda, local(19, 9), role="doctor")
    assert made.json()["professional"]["id"] == public(agenda, "resource", agenda.professionals[1])
    first = public(agenda, "resource", agenda.professionals[0])
    assert (await book(client, agenda, local(19, 9), role="doctor", professional=first)).status_code == 403
    theirs = (await book(client, agenda, local(19, 9), professional=first)).json()
    url, headers = f"/api/appointments/{theirs['id']}", agenda.clinic.as_("doctor")
    assert (await client.get(url, headers=headers)).status_code == 200
    assert (await client.post(f"{url}/cancel", json={}, headers=headers)).status_code == 403


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def test_a_week_is_read_by_one_query_however_full(
    app: FastAPI, client: httpx.AsyncClient, agenda: Agenda
) -> None:
    asked = {"view": "week", "day": "2026-11-20"}

    async def read() -> tuple[list[Any], int]:
        with statements(app.state.runtime.app) as seen:
            answer = await client.get("/api/agenda", params=asked, headers=agenda.clinic.as_("assistant"))
        return answer.json()["appointments"], len(seen)

    await book(client, agenda, local(19, 9))
    few, queries = await read()
    for day, hour in ((19, 10), (20, 9), (20, 10)):
        await book(client, agenda, local(day, hour))
    many, same = await read()
    assert (len(few), len(many)) == (1, 4) and queries == same
    assert [one["local_start"] for one in many] == sorted(one["local_start"] for one in many)


async def test_a_day_by_professional_room_and_place(client: httpx.AsyncClient, agenda: Agenda) -> None:
    room = await agenda.add_resource("room", "Sala 1")
    await agenda.add_service("peeling", agenda.professionals, [room])
    who = [public(agenda, "resource", one) for one in agenda.professionals]
    first = (await book(client, agenda, local(19, 9), professional=who[0])).json()
    service = public(agenda, "service", agenda.services["peeling"])
    second = (await book(client, agenda, local(19, 9), professional=who[1], service=service)).json()

    async def ids(**asked: str) -> list[str]:
        answer = await client.get("/api/agenda", params=asked, headers=agenda.clinic.as_("doctor"))
        return [one["id"] for one in answer.json()["appointments"]]

    day = {"day": "2026-11-19"}
    assert await ids(**day) == [first["id"], second["id"]]
    assert await ids(**day, professional=who[0]) == [first["id"]]
    assert await ids(**day, resource=public(agenda, "resource", room)) == [second["id"]]
    assert await ids(**day, location=public(agenda, "location", agenda.location)) == [first["id"], second["id"]]
    assert await ids() == []
    assert len(await ids(view="month")) == 2


async def test_who_did_not_answer_is_listed(client: httpx.AsyncClient, agenda: Agenda) -> None:
    one, other = [(await book(client, agenda, local(19, hour))).json() for hour in (9, 10)]
    await book(client, agenda, local(25, 9))
    headers = agenda.clinic.as_("receptionist")
    await client.post(f"/api/appointments/{one['id']}/confirm", headers=headers)
    listed = (await client.get("/api/agenda/unanswered", headers=headers)).json()["items"]
    assert [row["id"] for row in listed] == [other["id"]]


async def test_a_diary_of_a_day_no_calendar_is_kept_for_is_refused(client: httpx.AsyncClient, agenda: Agenda) -> None:
    headers = agenda.clinic.as_("owner")
    urls = [f"/api/agenda?view={view}&day={day}" for view in ("day", "week", "month") for day in FAR]
    urls += [f"/api/reports/agenda/{name}?until={day}" for name in ("lead-time", "occupancy") for day in FAR]
    urls += ["/api/agenda?view=month&day=2000-01-01", "/api/agenda?view=week&day=2100-12-31"]
    assert [(await client.get(url, headers=headers)).status_code for url in urls] == [422] * (len(urls) - 2) + [200] * 2


FAR = ("9999-12-31", "0001-01-01", "0001-01-05", "1999-12-31")


async def test_a_long_diary_says_that_it_goes_on(client: httpx.AsyncClient, agenda: Agenda) -> None:
    headers = agenda.clinic.as_("receptionist")
    made = [(await book(client, agenda, local(19, hour))).json()["id"] for hour in (9, 10, 11)]
    asked = {"view": "month", "day": "2026-11-19", "limit": "2"}
    first = (await client.get("/api/agenda", params=asked, headers=headers)).json()
    rest = (await client.get("/api/agenda", params={**asked, "cursor": first["next"]}, headers=headers)).json()
    assert [one["id"] for one in first["appointments"] + rest["appointments"]] == made and rest["next"] is None
    soon = (await client.get("/api/agenda/unanswered", params={"limit": "2"}, headers=headers)).json()
    assert len(soon["items"]) == 2 and soon["next"] is not None


async def test_the_same_key_for_another_appointment_is_refused(client: httpx.AsyncClient, agenda: Agenda) -> None:
    one, other = await new_contact(agenda), await new_contact(agenda)
    first = await book(client, agenda, local(19, 9), one, key="same")
    assert (await book(client, agenda, local(19, 9), one, key="same")).json()["id"] == first.json()["id"]
    for who, when in ((other, local(19, 9)), (one, local(19, 10))):
        again = await book(client, agenda, when, who, key="same")
        assert (again.status_code, again.json()["code"]) == (409, "key_reused")


async def test_the_patient_is_told_of_what_the_staff_does_unless_the_staff_tells_them(
    client: httpx.AsyncClient, agenda: Agenda
) -> None:
    headers = agenda.clinic.as_("receptionist")
    made = (await book(client, agenda, local(19, 9))).json()
    url = f"/api/appointments/{made['id']}"
    await client.post(f"{url}/move", json={"start": local(19, 10).isoformat()}, headers=headers)
    await client.post(f"{url}/cancel", json={}, headers=headers)
    await book(client, agenda, local(20, 9), key="quiet", notify=False)
    told = "SELECT count(*) FROM appointment_notice WHERE kind IN ('booked', 'moved', 'cancelled')"
    assert await agenda.count(told) == 3
    assert await agenda.count(f"{told} AND state = 'waiting' AND kind = 'cancelled' AND version = 3") == 1
    assert await agenda.count(f"{told} AND state = 'skipped'") == 2, "what was changed since is not told any more"


async def test_why_a_time_is_not_offered_names_the_day_off(client: httpx.AsyncClient, agenda: Agenda) -> None:
    headers, who = agenda.clinic.as_("owner"), public(agenda, "resource", agenda.professionals[0])
    off = {"since": local(19, 8).isoformat(), "until": local(19, 20).isoformat(), "resource": who, "kind": "time_off"}
    await client.post("/api/closures", json={**off, "reason": "Vacaciones"}, headers=headers)
    asked = {"start": local(19, 9).isoformat(), "service": public(agenda, "service", agenda.services["botox"])}
    answer = await client.get("/api/openings/explain", params={**asked, "professional": who}, headers=headers)
    assert "está de permiso (Vacaciones)" in " ".join(one["message"] for one in answer.json()["reasons"])
