"""The record of changes is readable: words for everything that is kept, what was before, and it can be narrowed."""

import re

import httpx

from backoffice.pages.settings.audit_words import ACTION_NAMES
from backoffice.settings import PROJECT
from tests.backoffice.clinic import Clinic, FixedClock

KEPT = re.compile(r'(?:\baudit|_changed|Seen)\([^"()]*"([a-z_]+\.[a-z_]+)"')


def test_everything_kept_in_the_record_has_words() -> None:
    code = "".join(file.read_text() for folder in ("backoffice", "core") for file in (PROJECT / folder).rglob("*.py"))
    kept = set(KEPT.findall(code))
    assert {"member.changed", "schedule.added", "patient.waived"} <= kept
    assert sorted(kept - ACTION_NAMES.keys()) == []


async def change_things(client: httpx.AsyncClient, clinic: Clinic, clock: FixedClock) -> None:
    owner, manager = clinic.as_("owner"), clinic.as_("manager")
    rosa = f"/api/members/{clinic.public('member', clinic.members['receptionist'])}"
    await client.patch(rosa, json={"role": "closer", "teams": ["ventas", "norte"]}, headers=owner)
    clock.forward(days=2)
    week = {"mon": [["09:00", "13:00"], ["15:00", "19:00"]]}
    await client.put("/api/organization/hours", json={"hours": week}, headers=manager)
    settings = {"phone": "+57 601 555 0123", "address": None}
    await client.patch("/api/organization", json={"settings": settings}, headers=owner)


async def test_who_changed_what_is_said_in_the_readers_words(
    client: httpx.AsyncClient, clinic: Clinic, clock: FixedClock
) -> None:
    await change_things(client, clinic, clock)
    shown = " ".join((await client.get("/settings/audit", headers=clinic.as_("owner"))).text.split())
    told = re.sub(r" +", " ", re.sub(r"<[^>]+>", " ", shown))
    assert "Elena Márquez · Cambió a alguien del equipo: Rosa Gil" in told
    assert "Rol antes Recepción → ahora Asesoría de ventas" in told
    assert "Equipos antes — → ahora ventas, norte" in told
    assert "ahora lun 09:00–13:00 · 15:00–19:00" in told
    assert "antes +57 601 555 0199 → ahora +57 601 555 0123" in told
    assert "Dirección" not in told.split("Cambió los datos")[-1], "what stayed as it was did not change"
    english = {**clinic.as_("owner"), "Accept-Language": "en"}
    assert "Changed somebody of the team: Rosa Gil" in (await client.get("/settings/audit", headers=english)).text


async def test_it_is_narrowed_by_member_action_and_day(
    client: httpx.AsyncClient, clinic: Clinic, clock: FixedClock
) -> None:
    await change_things(client, clinic, clock)

    async def actions(**asked: str) -> list[str]:
        answer = await client.get("/api/audit", params=asked, headers=clinic.as_("manager"))
        assert answer.status_code == 200, answer.text
        return [row["action"] for row in answer.json()["items"]]

    assert await actions() == ["organization.changed", "hours.changed", "member.changed"]
    assert await actions(member=clinic.public("member", clinic.members["manager"])) == ["hours.changed"]
    assert await actions(action="member.changed") == ["member.changed"]
    assert await actions(until="2026-11-18") == ["member.changed"], "the last day belongs to it"
    assert await actions(since="2026-11-19", until="2026-11-20") == ["organization.changed", "hours.changed"]
    path = "/settings/audit?member=&action=member.changed&since=&until=nada"
    shown = (await client.get(path, headers=clinic.as_("owner"))).text
    assert re.findall(r'data-action="([a-z.]+)"', shown) == ["member.changed"]


async def test_it_is_paged_and_had_as_a_file(client: httpx.AsyncClient, clinic: Clinic, clock: FixedClock) -> None:
    headers = clinic.as_("owner")
    for number in range(55):
        clock.forward(minutes=1)
        await client.post("/api/labels", json={"name": f"=etiqueta {number}"}, headers=headers)
    first = (await client.get("/settings/audit", headers=headers)).text
    (older,) = re.findall(r'href="(/settings/audit\?cursor=[^"]+)"', first)
    second = (await client.get(older, headers=headers)).text
    shown = [re.findall(r"=etiqueta (\d+)", page) for page in (first, second)]
    assert [len(page) for page in shown] == [50, 5] and [*shown[0], *shown[1]] == [str(n) for n in range(54, -1, -1)]
    file = await client.get("/settings/audit.csv?action=label.created", headers=headers)
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Cuándo;Quién;Qué hizo;A qué;Qué cambió" and len(lines) == 56
    assert lines[1] == "2026-11-18 10:55;Elena Márquez;Preparó una etiqueta;'=etiqueta 54;"
