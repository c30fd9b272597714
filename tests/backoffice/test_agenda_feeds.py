"""A professional's calendar at a secret address."""

import hashlib
from urllib.parse import urlsplit

import httpx
import pytest

from tests.backoffice.agenda_requests import book, new_contact, public
from tests.core.agenda.agenda_clinic import Agenda, local


async def test_the_calendar_is_read_without_coming_in_until_the_address_changes(
    client: httpx.AsyncClient, agenda: Agenda, capfd: pytest.CaptureFixture[str]
) -> None:
    headers, who = agenda.clinic.as_("owner"), public(agenda, "resource", agenda.professionals[0])
    await book(client, agenda, local(19, 9), await new_contact(agenda, "Julia Pérez"), professional=who)
    url = f"/api/resources/{who}/calendar-address"
    first = urlsplit((await client.post(url, headers=headers)).json()["address"]).path
    token = first.removeprefix("/calendars/").removesuffix(".ics")
    read = await client.get(first)
    assert read.status_code == 200 and read.headers["content-type"].startswith("text/calendar")
    assert "DTSTART:20261119T140000Z" in read.text and "Botox · J. P." in read.text and "Pérez" not in read.text
    kept = "SELECT count(*) FROM resource WHERE calendar_token = :digest"
    assert await agenda.count(kept, digest=hashlib.sha256(token.encode()).digest()) == 1
    second = urlsplit((await client.post(url, headers=headers)).json()["address"]).path
    assert [(await client.get(one)).status_code for one in (first, second)] == [404, 200]
    (resource,) = [one for one in (await client.get("/api/resources", headers=headers)).json() if one["id"] == who]
    assert resource["has_feed"] is True
    assert (await client.delete(url, headers=headers)).status_code == 204
    assert (await client.get(second)).status_code == 404
    audit = (await client.get("/api/audit", headers=headers)).text
    said = capfd.readouterr()
    assert token not in audit + said.out + said.err
