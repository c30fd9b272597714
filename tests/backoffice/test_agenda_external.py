"""Another calendar of a professional is busy time here."""

import asyncio
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI

from backoffice import unfold_calendar
from backoffice.calendar_reads import ReadsCalendars
from backoffice.fetch_calendar import Fetched
from core.agenda.model import CalendarFeed
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


async def add_feeds(app: FastAPI, agenda: Agenda, clock: FixedClock, *names: str) -> None:
    for name in names:
        sealed = app.state.runtime.vault.seal({"address": name})
        who = agenda.professionals[0]
        await agenda.add(CalendarFeed(resource_id=who, name=name, address=sealed, due_at=clock.now))


def reading(app: FastAPI, clock: FixedClock, fetch: object) -> ReadsCalendars:
    opened = app.state.runtime
    return ReadsCalendars(opened.loops, opened.app, opened.vault, clock, fetch)  # type: ignore[arg-type]


async def test_one_calendar_that_breaks_holds_up_no_other_and_is_tried_less_and_less(
    app: FastAPI, agenda: Agenda, clock: FixedClock
) -> None:
    await add_feeds(app, agenda, clock, "bad", "good")
    asked: list[str] = []

    async def fetch(address: str, _etag: str | None) -> Fetched:
        asked.append(address)
        if address == "bad":
            raise UnicodeEncodeError("idna", "x", 0, 1, "nobody thought of this")
        return Fetched(CALENDAR, None)

    reads = reading(app, clock, fetch)
    await reads.once()
    assert sorted(asked) == ["bad", "good"]
    kept = "SELECT count(*) FROM calendar_feed WHERE name = 'bad' AND problem LIKE 'No pudimos%' AND read_at = :now"
    assert await agenda.count(kept, now=clock.now) == 1
    assert await agenda.count("SELECT count(*) FROM closure WHERE kind = 'external'") == 1
    asked.clear()
    for _ in range(6):  # two hours
        clock.forward(minutes=21)
        await reads.once()
    assert (asked.count("good"), asked.count("bad")) == (6, 2)


async def test_each_calendar_is_read_by_one_process(app: FastAPI, agenda: Agenda, clock: FixedClock) -> None:
    await add_feeds(app, agenda, clock, *"abcdefgh")
    asked: list[str] = []
    at_once = most = 0

    async def fetch(address: str, _etag: str | None) -> Fetched:
        nonlocal at_once, most
        asked.append(address)
        at_once, most = at_once + 1, max(most, at_once + 1)
        await asyncio.sleep(0.02)
        at_once -= 1
        return Fetched(None, None)

    await asyncio.gather(*(reading(app, clock, fetch).once() for _ in range(2)))
    assert sorted(asked) == list("abcdefgh") and most > 1


async def test_once_a_day_it_is_read_whole_so_that_what_repeats_goes_on(
    app: FastAPI, agenda: Agenda, clock: FixedClock
) -> None:
    await add_feeds(app, agenda, clock, "a")
    weekly = CALENDAR.replace("END:VEVENT", "RRULE:FREQ=WEEKLY\r\nEND:VEVENT")

    async def fetch(_address: str, etag: str | None) -> Fetched:
        return Fetched(None, etag) if etag else Fetched(weekly, "1")

    reads, last = reading(app, clock, fetch), "SELECT extract(epoch FROM max(upper(during)))::bigint FROM closure"
    await reads.once()
    first = await agenda.count(last)
    clock.forward(hours=2)
    await reads.once()
    assert await agenda.count(last) == first
    clock.forward(days=14)
    await reads.once()
    assert await agenda.count(last) - first == 14 * 86_400


async def test_a_rule_that_takes_for_ever_is_given_up_while_others_are_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unfold_calendar, "WAIT_SECONDS", 1.0)
    slow = CALENDAR.replace("END:VEVENT", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\nEND:VEVENT")
    since, turns = datetime(2026, 11, 18, tzinfo=UTC), 0
    task = asyncio.create_task(unfold_calendar.unfold(slow, ZoneInfo("UTC"), since, since + timedelta(180), ""))
    while not task.done():
        await asyncio.sleep(0.05)
        turns += 1
    assert turns > 10
    with pytest.raises(Refused, match="tarda demasiado"):
        task.result()


async def test_what_unfolding_cannot_do_is_told_apart_from_what_it_will_not() -> None:
    since = datetime(2026, 11, 18, tzinfo=UTC)
    hourly = CALENDAR.replace("END:VEVENT", "RRULE:FREQ=HOURLY\r\nEND:VEVENT")
    with pytest.raises(Refused, match="varias veces al día"):
        await unfold_calendar.unfold(hourly, ZoneInfo("UTC"), since, since + timedelta(180), "")
    with (files("tzdata") / "zoneinfo" / "UTC").open("rb") as unknown:
        nowhere = ZoneInfo.from_file(unknown, key="Nowhere")
    with pytest.raises(unfold_calendar.Unfoldable, match="Nowhere"):
        await unfold_calendar.unfold(CALENDAR, nowhere, since, since + timedelta(1), "")
