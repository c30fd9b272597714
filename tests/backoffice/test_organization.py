"""The organization's own affairs through the API, and what went wrong in its channels."""

from datetime import UTC, date, datetime

import httpx
import orjson
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.leads.model import Lead, LeadStage
from core.organizations.actions import create_organization
from core.organizations.hours import is_open, next_opening, problems
from core.organizations.queries import organization_facts
from core.threads.dead_letters import bury
from core.threads.model import Thread
from tests.backoffice.clinic import NOON, PASSWORD, Clinic

WEEK = {"mon": [["09:00", "13:00"], ["15:00", "19:00"]], "sat": [["09:00", "24:00"]]}


async def test_hours_have_several_intervals_and_mistakes_are_named(client: httpx.AsyncClient, clinic: Clinic) -> None:
    headers = clinic.as_("manager")
    set_ = await client.put("/api/organization/hours", json={"hours": WEEK}, headers=headers)
    assert set_.json()["organization"]["hours"] == WEEK
    for wrong in ({"mon": [["13:00", "09:00"]]}, {"lunes": []}, {"mon": [["9", "10"]]}, {"mon": [["²²:00", "23:00"]]}):
        answer = await client.put("/api/organization/hours", json={"hours": wrong}, headers=headers)
        assert answer.status_code == 422, wrong
    overlap = {"mon": [["09:00", "13:00"], ["12:00", "15:00"]]}
    answer = await client.put("/api/organization/hours", json={"hours": overlap}, headers=headers)
    assert answer.json()["message"] == "lun: el tramo 12:00–15:00 se superpone con otro."
    for zone in ("../etc/passwd", "America", "Nada/Aqui"):
        assert (await client.patch("/api/organization", json={"zone": zone}, headers=clinic.as_("owner"))).json()[
            "code"
        ] == "unknown_zone"


@pytest.mark.parametrize(
    ("at", "open_", "opens"),
    [
        (datetime(2026, 11, 16, 14, 0, tzinfo=UTC), True, datetime(2026, 11, 16, 14, 0, tzinfo=UTC)),
        (datetime(2026, 11, 16, 18, 0, tzinfo=UTC), False, datetime(2026, 11, 16, 20, 0, tzinfo=UTC)),
        (datetime(2026, 11, 22, 4, 59, tzinfo=UTC), True, datetime(2026, 11, 22, 4, 59, tzinfo=UTC)),
        (datetime(2026, 11, 22, 5, 0, tzinfo=UTC), False, datetime(2026, 11, 28, 14, 0, tzinfo=UTC)),
    ],
    ids=["monday 09:00", "monday at lunch", "saturday 23:59", "sunday 00:00, monday a holiday"],
)
def test_open_is_wall_time_in_bogota(at: datetime, open_: bool, opens: datetime) -> None:
    assert problems(WEEK) == []
    special = {date(2026, 11, 23): None}
    assert is_open(WEEK, special, "America/Bogota", at) is open_
    assert next_opening(WEEK, special, "America/Bogota", at) == opens


async def test_holidays_are_imported_once_and_may_be_changed(client: httpx.AsyncClient, clinic: Clinic) -> None:
    headers = clinic.as_("manager")
    imported = await client.post("/api/holidays-import", json={"year": 2026}, headers=headers)
    assert imported.json()["added"] >= 10
    again = await client.post("/api/holidays-import", json={"year": 2026}, headers=headers)
    assert again.json() == {"added": 0, "stranded": [], "asked": 0}
    half = {"name": "Nochebuena", "hours": [["09:00", "12:00"]]}
    kept = (await client.put("/api/holidays/2026-12-24", json=half, headers=headers)).json()
    assert (kept["holiday"]["hours"], kept["holiday"]["location"]) == (half["hours"], None)
    assert (await client.delete("/api/holidays/2026-12-24", headers=headers)).json()["holiday"] is None
    assert (await client.delete("/api/holidays/2026-12-24", headers=headers)).status_code == 404
    assert (await client.put("/api/holidays/0", json=half, headers=headers)).status_code == 422


async def test_people_come_and_go_within_the_licences_seats(client: httpx.AsyncClient, clinic: Clinic) -> None:
    headers = clinic.as_("owner")
    codes = []
    for n in range(10):
        given = {"email": f"n{n}@x.example", "name": f"N {n}", "role": "closer", "password": PASSWORD}
        codes.append((await client.post("/api/members", json=given, headers=headers)).status_code)
    assert codes == [201] * 9 + [409], "six were there, fifteen have a seat"
    people = (await client.get("/api/members", headers=headers)).json()
    last = next(one for one in people if one["email"] == "n8@x.example")
    off = await client.patch(f"/api/members/{last['id']}", json={"active": False}, headers=headers)
    assert off.json()["active"] is False
    me = clinic.public("member", clinic.members["owner"])
    alone = await client.patch(f"/api/members/{me}", json={"role": "closer"}, headers=headers)
    assert (alone.status_code, alone.json()["code"]) == (409, "last_owner")
    audit = (await client.get("/api/audit", headers=clinic.as_("manager"))).json()["items"]
    assert audit[0]["action"] == "member.changed"
    assert audit[0]["details"] == {"active": [True, False]}
    assert audit[0]["member"] == "Elena Márquez"


async def test_a_channel_never_shows_its_tokens(client: httpx.AsyncClient, clinic: Clinic) -> None:
    answer = await client.get("/api/channels", headers=clinic.as_("manager"))
    assert {one["kind"] for one in answer.json()} == {"whatsapp", "telegram"}
    assert "access_token" not in answer.text and "secrets" not in answer.text


async def test_a_dead_letter_is_read_again_once_it_can_be(client: httpx.AsyncClient, clinic: Clinic) -> None:
    account = f"10{clinic.organization_id}"
    slice_ = {
        "from": "573001234567", "id": "wamid.dead1", "timestamp": "1795014000", "type": "text",
        "text": {"body": "hola, ¿me leen?"},
    }  # fmt: skip
    async with AsyncSession(clinic.engine) as session:
        for key, body in (("good", orjson.dumps(slice_)), ("bad", b"{nada")):
            await bury(
                session, channel="whatsapp", account=account, organization_id=clinic.organization_id,
                reason="entry[0].changes[0].value.messages[0]: the parser failed with KeyError", body=body, key=key,
            )  # fmt: skip
        await session.commit()
    headers = clinic.as_("manager")
    bad, good = (await client.get("/api/dead-letters", headers=headers)).json()["items"]
    whole = (await client.get(f"/api/dead-letters/{good['id']}", headers=headers)).json()
    assert orjson.loads(whole["body"]) == slice_
    broken = await client.post(f"/api/dead-letters/{bad['id']}/replay", headers=headers)
    assert (broken.status_code, broken.json()["code"]) == (409, "unreadable")
    replayed = await client.post(f"/api/dead-letters/{good['id']}/replay", headers=headers)
    assert replayed.json() == {"items": [{"outcome": "stored", "reason": None}]}
    again = await client.post(f"/api/dead-letters/{good['id']}/replay", headers=headers)
    assert again.json() == {"items": [{"outcome": "known", "reason": None}]}
    left = (await client.get("/api/dead-letters", headers=headers)).json()["items"]
    assert [one["id"] for one in left] == [bad["id"]]
    async with clinic.engine.connect() as connection:
        assert await connection.scalar(text("SELECT text FROM message WHERE provider_id = 'wamid.dead1'"))


async def test_nothing_sent_to_the_api_is_a_server_error(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = f"/api/threads/{clinic.public('thread', await clinic.add_thread('Julia', 'hola'))}"
    headers = {**clinic.as_("owner"), "Content-Type": "application/json", "Idempotency-Key": "k"}
    texts = (
        rb'"a\u0000b"',
        rb'"\ud800"',
        b'"\xff\xfe"',
        b"1e999",
        b"[" * 3000,
        b"{}",
        b"null",
        b"",
        b'"' + b"x" * 9000,
    )
    for body in [b'{"content":{"kind":"text","text":' + one + b"}}" for one in texts] + list(texts):
        for path in (f"{thread}/messages", f"{thread}/notes", f"{thread}/labels", "/api/members", "/api/login"):
            answer = await client.post(path, content=body, headers=headers)
            assert 400 <= answer.status_code < 500, (path, body, answer.status_code)
            assert set(answer.json()) == {"code", "message", "details"}
    deep: object = "x"
    for _ in range(50):
        deep = {"a": deep}
    settings = {"settings": {"a": deep}}
    assert (await client.patch("/api/organization", json=settings, headers=headers)).status_code == 422
    for query in ("cursor=%00", "cursor=e30", "cursor=W251bGwsIngiXQ", "limit=0", "limit=999999999999999999999",
                  "state=nada", "channel=%ff", "owner=mb_", "label=%00", "cursor=" + "A" * 500):  # fmt: skip
        answer = await client.get(f"/api/threads?{query}", headers=headers)
        assert answer.status_code in (404, 422), (query, answer.status_code)
    other = await client.request("PUT", f"{thread}/messages", headers=headers)
    assert (other.status_code, other.headers["allow"]) == (405, "GET, POST")


async def test_a_register_is_the_countrys_until_the_owner_chooses_another(
    client: httpx.AsyncClient, clinic: Clinic
) -> None:
    headers = clinic.as_("owner")
    assert (await client.get("/api/organization", headers=headers)).json()["register"] == "tu"
    changed = await client.patch("/api/organization", json={"register": "usted", "language": "pt"}, headers=headers)
    assert (changed.json()["register"], changed.json()["language"]) == ("usted", "pt")
    assert (await client.patch("/api/organization", json={"register": "yo"}, headers=headers)).status_code == 422


async def test_an_argentine_clinic_says_vos_and_its_hours_are_told_in_every_language(clinic: Clinic) -> None:
    async with clinic.engine.begin() as connection:
        organization_id = await create_organization(
            connection,
            slug="porteña",
            name="Porteña",
            licence="individual",
            country="AR",
            zone="America/Argentina/Buenos_Aires",
            currency="ARS",
            pack="estetica",
            settings={},
        )
    async with AsyncSession(clinic.engine) as session:
        facts = (await organization_facts(session, organization_id, datetime(2026, 11, 16, tzinfo=UTC))).facts
    assert facts["register"] == "vos"
    assert facts["hours"]["en"].startswith("Mon to Fri 09:00–13:00 and 15:00–19:00")
    assert facts["hours"]["pt"].endswith("sáb 09:00–13:00")


async def test_the_payment_link_is_one_people_can_be_sent_and_carries_what_is_known(
    client: httpx.AsyncClient, clinic: Clinic
) -> None:
    owner = clinic.as_("owner")
    for wrong in ("javascript:alert(1)", "http://pagos.example/", "https:// x", 7, "https://" + "a" * 600):
        answer = await client.patch("/api/organization", json={"settings": {"payment_url": wrong}}, headers=owner)
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong_setting"), wrong
    thread = clinic.public("thread", await clinic.add_thread("Ana Ruiz", "hola"))
    page = f"/inbox/threads/{thread}"
    assert "data-pay=" not in (await client.get(page, headers=owner)).text
    link = {"payment_url": "https://pagos.example/{contact}?valor={amount}"}
    assert (await client.patch("/api/organization", json={"settings": link}, headers=owner)).status_code == 200
    shown = (await client.get(page, headers=owner)).text
    assert 'data-pay="https://pagos.example/Ana%20Ruiz?valor={amount}"' in shown
    async with AsyncSession(clinic.engine) as session:
        contact_id = await session.scalar(select(Thread.contact_id))
        stage_id = await session.scalar(select(LeadStage.id).where(LeadStage.key == "nuevo"))
        about = {"organization_id": clinic.organization_id, "contact_id": contact_id, "stage_id": stage_id}
        session.add(Lead(**about, stage_since=NOON, created_at=NOON, value_minor=65000050, currency="COP"))
        await session.commit()
    shown = (await client.get(page, headers=owner)).text
    assert 'data-pay="https://pagos.example/Ana%20Ruiz?valor=650000.50"' in shown
    cleared = {"settings": {"payment_url": None, "phone": None}}
    assert (await client.patch("/api/organization", json=cleared, headers=owner)).status_code == 200
    assert (await client.get("/settings/organization", headers=owner)).status_code == 200
