"""Another calendar of a professional is busy time here."""

import httpx
from fastapi import FastAPI

from backoffice.calendar_reads import ReadsCalendars
from backoffice.fetch_calendar import Fetched
from core.errors import Refused
from tests.backoffice.agenda_requests import public
from tests.backoffice.clinic import FixedClock
from tests.core.agenda.agenda_clinic import Agenda, local

CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
BEGIN:VEVENT\r
UID:1\r
DTSTART:20261119T140000Z\r
DTEND:20261119T160000Z\r
END:VEVENT\r
END:VCALENDAR\r
"""


async def test_events_elsewhere_are_busy_time_until_the_calendar_is_taken_off(
    app: FastAPI, client: httpx.AsyncClient, agenda: Agenda, clock: FixedClock
) -> None:
    headers, who = agenda.clinic.as_("owner"), public(agenda, "resource", agenda.professionals[0])
    url = f"/api/resources/{who}/external-calendars"
    bad = await client.post(url, json={"name": "Mío", "address": "http://x.example/a.ics"}, headers=headers)
    assert (bad.status_code, bad.json()["code"]) == (422, "address")
    given = {"name": "Mío", "address": "https://x.example/secret.ics"}
    made = (await client.post(url, json=given, headers=headers)).json()
    asked: list[tuple[str, str | None]] = []
    broken = False

    async def fetch(address: str, etag: str | None) -> Fetched:
        asked.append((address, etag))
        if broken:
            raise Refused("address", "address: ese calendario no responde.")
        return Fetched(None, etag) if etag else Fetched(CALENDAR, "1")

    opened = app.state.runtime
    reads = ReadsCalendars(opened.loops, opened.app, opened.vault, clock, fetch)

    async def free() -> list[str]:
        service = public(agenda, "service", agenda.services["botox"])
        since = local(19, 9).isoformat()
        query = {"service": service, "professional": who, "since": since, "limit": "1"}
        return [
            one["local_start"]
            for one in (await client.get("/api/openings", params=query, headers=headers)).json()["items"]
        ]

    assert await free() == ["2026-11-19T09:00"]
    await reads.once()
    await reads.once()  # not due again yet
    assert await free() == ["2026-11-19T11:00"]
    clock.forward(minutes=21)
    await reads.once()
    clock.forward(minutes=21)
    broken = True
    await reads.once()
    assert asked == [(given["address"], None), (given["address"], "1"), (given["address"], "1")]
    (listed,) = (await client.get(url, headers=headers)).json()
    assert listed["problem"] == "address: ese calendario no responde." and await free() == ["2026-11-19T11:00"]
    assert (await client.delete(f"/api/external-calendars/{made['id']}", headers=headers)).status_code == 204
    assert await free() == ["2026-11-19T09:00"]
