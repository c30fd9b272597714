"""What webhooks bring is stored once and in order, whatever they bring."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from core.leads.actions import add_default_stages
from core.organizations.actions import create_organization
from core.public_id import PublicIds
from core.threads.model import Channel
from core.vault import Vault
from tests.spine.clinic import BOT, SECRET, Clinic
from tests.spine.people import Walker
from tests.spine.posts import new_id, post, said, status, whatsapp

STORED = (
    "SELECT text FROM message m JOIN thread t ON t.id = m.thread_id JOIN identity i ON i.contact_id = t.contact_id \
WHERE i.value = %s AND direction = 'in' ORDER BY seq"
)


async def heard(clinic: Clinic, person: str) -> list[str]:
    return [row["text"] for row in await clinic.rows(STORED, person)]


async def test_the_same_webhook_ten_times_at_once_is_stored_once(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp").id
    body = said(person, "hola")
    answers = await asyncio.gather(*(post(clinic, body) for _ in range(10)))
    assert [answer.status_code for answer in answers] == [200] * 10
    assert sorted(answer.json()["stored"] for answer in answers) == [0] * 9 + [1]
    assert await heard(clinic, person) == ["hola"]
    assert len(await Walker(clinic, "whatsapp", id=person).outbox()) == 2


async def test_the_same_status_ten_times_at_once_is_stored_once(clinic: Clinic) -> None:
    body = status("573001110000", wamid := new_id(), "delivered")
    answers = await asyncio.gather(*(post(clinic, body) for _ in range(10)))
    assert [answer.status_code for answer in answers] == [200] * 10
    assert await clinic.value("SELECT count(*) FROM message_event WHERE provider_id = %s", wamid) == 1


async def test_a_hundred_messages_in_one_body_are_stored_in_their_order_at_the_first_attempt(clinic: Clinic) -> None:
    person, other = Walker(clinic, "whatsapp").id, Walker(clinic, "whatsapp").id
    words = [f"palabra {n}" for n in range(100)]
    body = said(person, *words)
    body["entry"].append(said(other, "hola")["entry"][0])
    answer = await post(clinic, body)
    assert (answer.status_code, answer.json()["stored"]) == (200, 101)
    assert await heard(clinic, person) == words
    assert await heard(clinic, other) == ["hola"]


async def test_a_crowd_at_once_is_stored_whole(clinic: Clinic) -> None:
    people = [Walker(clinic, "whatsapp").id for _ in range(150)]
    answers = await asyncio.gather(*(post(clinic, said(person, "uno", "dos")) for person in people))
    assert {answer.status_code for answer in answers} == {200}
    for person in people:
        assert await heard(clinic, person) == ["uno", "dos"]


async def test_what_speaks_of_a_message_may_come_before_it(clinic: Clinic) -> None:
    person, wamid = Walker(clinic, "whatsapp").id, new_id()
    contact = {"contacts": [{"profile": {"name": "Ana"}, "wa_id": person}]}
    reaction = {"from": person, "id": new_id(), "timestamp": "1790000000", "type": "reaction"}
    reaction["reaction"] = {"message_id": wamid, "emoji": "👍"}  # type: ignore[assignment]
    for body in (whatsapp({**contact, "messages": [reaction]}), status(person, wamid, "read")):
        assert (await post(clinic, body)).json()["stored"] == 1
    assert (await post(clinic, said(person, "hola", ids=[wamid]))).json()["stored"] == 1
    kinds = await clinic.rows("SELECT kind FROM message_event WHERE provider_id = %s ORDER BY id", wamid)
    assert [row["kind"] for row in kinds] == ["reacted", "read"]
    assert await heard(clinic, person) == ["hola"]


DEEP = b'{"a":' * 400 + b"1" + b"}" * 400
BAD_BODIES: dict[str, tuple[bytes, int]] = {
    "no JSON": (b"{", 200),
    "nothing": (b"", 200),
    "null": (b"null", 200),
    "a number": (b"7", 200),
    "an array": (b"[1, 2]", 200),
    "an entry that is an object": (b'{"object":"whatsapp_business_account","entry":{"id":"1"}}', 200),
    "changes that are null": (b'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":null}]}', 200),
    "nested deeply": (DEEP, 200),
    "nested beyond any stack": (b"[" * 200_000 + b"]" * 200_000, 200),
    "invalid UTF-8": (b'{"object":"\xff\xfe"}', 200),
    "NaN": (b'{"object": NaN}', 200),
    "more than 3 MB": (b'{"a":"' + b"x" * (3 * 1024 * 1024) + b'"}', 413),
}


@pytest.mark.parametrize("name", BAD_BODIES)
async def test_a_signed_body_nobody_can_read_gets_a_clear_answer_and_is_kept(clinic: Clinic, name: str) -> None:
    body, wanted = BAD_BODIES[name]
    before = await clinic.value("SELECT count(*) FROM dead_letter")
    answer = await post(clinic, body)
    assert answer.status_code == wanted
    if wanted == 200 and answer.json()["ignored"] == 0:
        assert answer.json()["dead"] == 1, answer.json()
        assert await clinic.value("SELECT count(*) FROM dead_letter") == before + 1


async def test_half_an_emoji_and_a_nul_are_stored_as_text(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp").id
    raw = json.dumps(said(person, "TEXT")).replace("TEXT", "hola \\ud83d fin").encode()
    assert (await post(clinic, raw)).json()["stored"] == 1
    raw = json.dumps(said(person, "TEXT")).replace("TEXT", "nul \\u0000 fin").replace('"Ana"', '"A\\u0000na"').encode()
    assert (await post(clinic, raw)).json()["stored"] == 1
    assert await heard(clinic, person) == ["hola � fin", "nul � fin"]


async def test_a_nul_in_the_name_of_somebody_new_costs_no_message(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp").id
    raw = json.dumps(said(person, "hola")).replace('"Ana"', '"A\\u0000na"').encode()
    assert (await post(clinic, raw)).json()["stored"] == 1
    assert await heard(clinic, person) == ["hola"]


async def test_a_message_without_an_id_is_kept_as_a_dead_letter_and_the_others_are_stored(clinic: Clinic) -> None:
    person = Walker(clinic, "whatsapp").id
    body = said(person, "uno", "dos")
    del body["entry"][0]["changes"][0]["value"]["messages"][0]["id"]
    told = (await post(clinic, body)).json()
    assert (told["stored"], told["dead"]) == (1, 1)
    assert await heard(clinic, person) == ["dos"]


@pytest.mark.parametrize("secret", [None, "", "another secret"])
async def test_an_unsigned_body_is_refused_and_nothing_is_stored(clinic: Clinic, secret: str | None) -> None:
    person = Walker(clinic, "whatsapp").id
    before = await clinic.value("SELECT count(*) FROM dead_letter")
    assert (await post(clinic, said(person, "hola"), secret=secret)).status_code == 401
    assert await clinic.value("SELECT count(*) FROM identity WHERE value = %s", person) == 0
    assert await clinic.value("SELECT count(*) FROM dead_letter") == before


async def test_one_organizations_app_cannot_speak_for_anothers_number(clinic: Clinic) -> None:
    async with clinic.engine.begin() as connection:
        other = await create_organization(
            connection,
            slug="otra",
            name="Otra",
            licence="clinic",
            country="CO",
            zone="America/Bogota",
            currency="COP",
            pack="estetica",
            settings={},
        )
    async with AsyncSession(clinic.engine) as session:
        await add_default_stages(session, other)
        secrets = {"access_token": "t", "app_secret": "the other's app secret", "verify_token": "v"}
        session.add(
            Channel(
                organization_id=other,
                kind="whatsapp",
                account="999",
                name="Otra",
                settings={"waba_id": "998"},
                secrets=Vault(SECRET).seal(secrets),
            )
        )
        await session.commit()
    person = Walker(clinic, "whatsapp").id
    body = said(person, "hola")

    async def told() -> httpx.Response:
        return await post(clinic, body, secret="the other's app secret")

    answer = await told()
    for _ in range(120):  # until the web process has read the channels again
        if answer.status_code != 401:
            break
        await asyncio.sleep(0.1)
        answer = await told()
    assert (answer.status_code, answer.json()["stored"], answer.json()["dead"]) == (200, 0, 1)
    assert await heard(clinic, person) == []
    assert (await post(clinic, body)).json()["stored"] == 1  # the true owner's app still may


async def test_telegram_needs_its_secret_and_a_channel_that_exists(clinic: Clinic) -> None:
    channel = await clinic.value("SELECT id FROM channel WHERE account = %s", BOT)
    public = PublicIds(SECRET).encode("channel", channel)
    update: dict[str, Any] = {"update_id": 1}
    async with httpx.AsyncClient(trust_env=False, base_url=f"{clinic.web}/webhooks/telegram") as http:
        wrong = {"x-telegram-bot-api-secret-token": "wrong"}
        right = {"x-telegram-bot-api-secret-token": "demo-secret"}
        assert (await http.post(f"/{public}", json=update)).status_code == 401
        assert (await http.post(f"/{public}", json=update, headers=wrong)).status_code == 401
        assert (await http.post("/ch_nobody", json=update, headers=right)).status_code == 404
        for body in (b"{", b"null", b"[]", b'{"update_id": "x"}', b'{"update_id":5,"message":[]}', DEEP):
            assert (await http.post(f"/{public}", content=body, headers=right)).status_code == 200
