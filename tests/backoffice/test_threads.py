"""The inbox through the API: list, read, answer, and who may not talk over whom."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.threads.model import Message, MessageEvent, Thread
from core.threads.queues import InboundEvent, Outbox
from tests.backoffice.clinic import NOON, Clinic, FixedClock, log_in, make_clinic


async def test_staff_comes_in_lists_reads_and_answers(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = await clinic.add_thread("Julia Pérez", "hola", "¿cuánto sale el botox?")
    csrf = await log_in(client, clinic, "closer")
    listed = (await client.get("/api/threads")).json()
    assert [row["contact"]["name"] for row in listed["items"]] == ["Julia Pérez"]
    assert listed["items"][0]["last_message"]["text"] == "¿cuánto sale el botox?"
    assert listed["items"][0]["window_closes_at"] == "2026-11-19T15:00:00Z"
    public = listed["items"][0]["id"]
    messages = (await client.get(f"/api/threads/{public}/messages")).json()
    assert [message["text"] for message in messages["items"]] == ["hola", "¿cuánto sale el botox?"]
    sent = await client.post(
        f"/api/threads/{public}/messages",
        json={"content": {"kind": "text", "text": "Desde $650.000"}, "reply_to": messages["items"][1]["id"]},
        headers={**csrf, "Idempotency-Key": "k1"},
    )
    assert sent.status_code == 201, sent.text
    body = sent.json()
    assert (body["status"], body["author"], body["member"]["name"]) == ("queued", "member", "Paula Ríos")
    assert body["quoted"]["text"] == "¿cuánto sale el botox?"
    async with AsyncSession(clinic.engine) as session:
        queued = await session.scalar(select(Outbox).where(Outbox.thread_id == thread))
        assert queued is not None and queued.state == "queued" and queued.epoch is None
    now = (await client.get(f"/api/threads/{public}")).json()
    assert (now["state"], now["owner"]["name"], now["unread"]) == ("waiting", "Paula Ríos", 0)


async def send(
    client: httpx.AsyncClient, clinic: Clinic, thread: int, words: str, key: str, role: str = "closer"
) -> httpx.Response:
    return await client.post(
        f"/api/threads/{clinic.public('thread', thread)}/messages",
        json={"content": {"kind": "text", "text": words}},
        headers={**clinic.as_(role), "Idempotency-Key": key},
    )


async def act(
    client: httpx.AsyncClient, clinic: Clinic, thread: int, what: str, role: str = "closer", **body: object
) -> httpx.Response:
    url = f"/api/threads/{clinic.public('thread', thread)}/{what}"
    return await client.post(url, json=body or None, headers=clinic.as_(role))


async def test_the_same_key_again_sends_nothing_twice(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = await clinic.add_thread("Julia", "hola")
    first, again = [await send(client, clinic, thread, "Hola Julia", "k1") for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    other = await send(client, clinic, thread, "Otra cosa", "k1")
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    async with AsyncSession(clinic.engine) as session:
        assert len((await session.scalars(select(Outbox))).all()) == 1


async def test_without_a_key_nothing_is_sent(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = await clinic.add_thread("Julia", "hola")
    url = f"/api/threads/{clinic.public('thread', thread)}/messages"
    answer = await client.post(url, json={"content": {"kind": "text", "text": "x"}}, headers=clinic.as_("closer"))
    assert answer.status_code == 422
    assert answer.json()["details"]["fields"] == [
        {"field": "header.Idempotency-Key", "message": "«Idempotency-Key» falta."}
    ]


async def test_after_24_hours_only_a_template_leaves(
    client: httpx.AsyncClient, clinic: Clinic, clock: FixedClock
) -> None:
    thread = await clinic.add_thread("Julia", "hola")
    clock.forward(hours=24, seconds=1)
    closed = await send(client, clinic, thread, "¿Sigues ahí?", "k1")
    assert (closed.status_code, closed.json()["code"]) == (409, "window_closed")
    assert closed.json()["details"] == {"closed_at": "2026-11-19T15:00:00+00:00"}
    template = {"kind": "template", "name": "seguimiento", "language": "es", "text": "Hola, ¿seguimos?"}
    sent = await client.post(
        f"/api/threads/{clinic.public('thread', thread)}/messages",
        json={"content": template},
        headers={**clinic.as_("closer"), "Idempotency-Key": "k2"},
    )
    assert sent.status_code == 201 and sent.json()["content"]["name"] == "seguimiento"


async def test_taking_over_cancels_what_the_bot_had_queued(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = await clinic.add_thread("Julia", "hola")
    bot = await clinic.queue_bot_message(thread, "¡Hola! Soy el asistente")
    answer = await act(client, clinic, thread, "take-over")
    assert (answer.json()["state"], answer.json()["owner"]["name"]) == ("open", "Paula Ríos")
    async with AsyncSession(clinic.engine) as session:
        assert (await session.get_one(Message, bot)).status == "cancelled"
        assert (await session.get_one(Thread, thread)).epoch == 1


@pytest.mark.parametrize("deed", ["take-over", "messages", "assign", "snooze"])
async def test_whoever_the_bot_gave_the_thread_to_silences_it_by_acting(
    client: httpx.AsyncClient, clinic: Clinic, deed: str
) -> None:
    """Assigned to her before the handover: the thread is hers already, and the bot still has things to say."""
    late = [["9.1", "2026-11-18T15:30:00+00:00"]]
    thread = await clinic.add_thread("Julia", "hola", state="open", owner_id=clinic.members["closer"], timers=late)
    bot = await clinic.queue_bot_message(thread, "Te paso con Paula")
    given: dict[str, Any] = {
        "messages": {"content": {"kind": "text", "text": "Hola, soy Paula"}},
        "assign": {"member": clinic.public("member", clinic.members["closer"])},
        "snooze": {"until": "2026-11-19T15:00:00Z"},
    }.get(deed, {})
    path = f"/api/threads/{clinic.public('thread', thread)}/{deed}"
    answer = await client.post(path, json=given, headers={**clinic.as_("closer"), "Idempotency-Key": "k"})
    assert answer.status_code in (200, 201), answer.text
    async with AsyncSession(clinic.engine) as session:
        row = await session.get_one(Thread, thread)
        assert (row.timers, row.due_at, row.epoch) == ([], None, 1)
        assert (await session.get_one(Message, bot)).status == "cancelled"


async def test_released_the_bot_goes_on(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = await clinic.add_thread("Julia", "hola")
    assert (await act(client, clinic, thread, "release")).json()["code"] == "already_bot"
    await act(client, clinic, thread, "take-over")
    answer = await act(client, clinic, thread, "release")
    assert (answer.status_code, answer.json()["state"], answer.json()["owner"]) == (200, "bot", None)
    async with AsyncSession(clinic.engine) as session:
        row = await session.get_one(Thread, thread)
        assert row.session is not None, "the bot took its turn in the same transaction"
        keys = (await session.scalars(select(InboundEvent.key).where(InboundEvent.thread_id == thread))).all()
        assert [key.rpartition("/")[0] for key in keys] == [f"staff/release/{thread}"]


async def test_snoozed_assigned_resolved(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = await clinic.add_thread("Julia", "hola")
    past = await act(client, clinic, thread, "snooze", until="2020-01-01T00:00:00Z")
    assert (past.status_code, past.json()["code"]) == (422, "past")
    snoozed = (await act(client, clinic, thread, "snooze", until="2026-11-19T09:00:00-05:00")).json()
    assert (snoozed["state"], snoozed["snoozed_until"]) == ("snoozed", "2026-11-19T14:00:00Z")
    given = (await act(client, clinic, thread, "assign", "manager", round_robin=True, team="ventas")).json()
    assert (given["owner"]["name"], given["team"]) == ("Paula Ríos", "ventas")
    nobody = await act(client, clinic, thread, "assign", "manager", round_robin=True, team="otro")
    assert nobody.json()["code"] == "nobody_available"
    done = (await act(client, clinic, thread, "resolve")).json()
    assert (done["state"], done["owner"], done["unread"]) == ("resolved", None, 0)
    again = (await act(client, clinic, thread, "take-over")).json()
    assert again["state"] == "open"
    notices = (await client.get(f"/api/threads/{again['id']}/messages", headers=clinic.as_("closer"))).json()["items"]
    codes = [message["content"]["code"] for message in notices if message["content"]["kind"] == "notice"]
    assert codes == ["taken_over", "snoozed", "assigned", "resolved", "taken_over"]


async def test_a_note_is_for_the_staff_alone(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = await clinic.add_thread("Julia", "hola")
    note = (await act(client, clinic, thread, "notes", text="Pidió descuento")).json()
    assert (note["direction"], note["author"], note["status"]) == ("internal", "member", None)
    async with AsyncSession(clinic.engine) as session:
        assert (await session.get_one(Thread, thread)).last_text == "hola"
        assert (await session.scalars(select(Outbox))).all() == []


async def test_a_failed_message_is_sent_again_corrected(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = await clinic.add_thread("Julia", "hola")
    failed = await clinic.queue_bot_message(thread, "Hola Jlia", state="failed")
    listed = (await client.get("/api/failed-messages", headers=clinic.as_("manager"))).json()["items"]
    assert [(one["text"], one["state"]) for one in listed] == [("Hola Jlia", "failed")]
    url = f"/api/threads/{clinic.public('thread', thread)}/messages/{clinic.public('message', failed)}/resend"
    corrected = {"content": {"kind": "text", "text": "Hola Julia"}}
    answer = await client.post(url, json=corrected, headers=clinic.as_("closer"))
    assert (answer.json()["text"], answer.json()["status"]) == ("Hola Julia", "queued")
    assert (await client.post(url, headers=clinic.as_("closer"))).json()["code"] == "not_failed"


async def test_filters_counts_and_pages(client: httpx.AsyncClient, clinic: Clinic) -> None:
    for n in range(5):
        await clinic.add_thread(f"Bot {n}", "hola", at=NOON - timedelta(minutes=n))
    mine = await clinic.add_thread("Mía", "hola", state="open", owner_id=clinic.members["closer"], labels=["vip"])
    await clinic.add_thread("De nadie", "hola", state="open", priority="urgent", team="ventas")
    headers = clinic.as_("closer")

    async def names(**query: object) -> list[str]:
        answer = await client.get("/api/threads", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return [row["contact"]["name"] for row in answer.json()["items"]]

    assert await names(state="bot") == [f"Bot {n}" for n in range(5)]
    assert await names(mine=True) == ["Mía"]
    assert await names(unassigned=True) == ["De nadie"]
    assert await names(label="vip") == ["Mía"]
    assert await names(priority="urgent") == ["De nadie"]
    assert await names(team="ventas", state=["open", "bot"]) == ["De nadie"]
    assert await names(channel=clinic.public("channel", clinic.telegram)) == []
    counts = (await client.get("/api/threads/counts", headers=headers)).json()
    assert counts == {
        "bot": 5, "open": 2, "waiting": 0, "snoozed": 0, "resolved": 0, "mine": 1, "unassigned": 1, "unread": 7
    }  # fmt: skip
    seen: list[str] = []
    cursor = None
    while True:
        page = (
            await client.get(
                "/api/threads", params={"limit": 2, **({"cursor": cursor} if cursor else {})}, headers=headers
            )
        ).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7 and clinic.public("thread", mine) in seen


async def test_search_forgives_accents_and_typos(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await clinic.add_thread("Catalina González", "quiero una sesión de láser", phone="+573009998877")
    await clinic.add_thread("Pedro Ñáñez", "¿hacen limpieza facial?")

    async def found(search: str) -> list[str]:
        answer = await client.get("/api/threads", params={"search": search}, headers=clinic.as_("closer"))
        return [row["contact"]["name"] for row in answer.json()["items"]]

    for search in ("gonzalez", "Gonzales", "catalna", "LASER", "sesion de las", "9998877", "lasser sesion"):
        assert await found(search) == ["Catalina González"], search
    for search in ("nanez", "limpiesa", "facial"):
        assert await found(search) == ["Pedro Ñáñez"], search
    for search in ("zzzzqq", "%", "_", "' OR 1=1 --", "xk & | !"):
        assert await found(search) == [], search


async def test_search_stays_inside_the_organization(client: httpx.AsyncClient, clinic: Clinic) -> None:
    mine = await clinic.add_thread("Lucía Ferreyra", "quiero botox")
    other = await make_clinic(clinic.engine, "otra")
    await other.add_thread("Lucía Ferreyra", "quiero botox")
    for words in ("lucia ferreyra", "ferreira", "botox"):
        found = await client.get("/api/threads", params={"search": words}, headers=clinic.as_("owner"))
        assert [row["id"] for row in found.json()["items"]] == [clinic.public("thread", mine)], words


async def test_closers_see_what_the_organization_lets_them(client: httpx.AsyncClient, clinic: Clinic) -> None:
    own = await clinic.add_thread("Propia", "hola", state="open", owner_id=clinic.members["closer"])
    team = await clinic.add_thread("Del equipo", "hola", state="open", team="ventas")
    others = await clinic.add_thread("Ajena", "hola", state="open", owner_id=clinic.members["manager"])

    async def sees(role: str) -> set[str]:
        rows = (await client.get("/api/threads", headers=clinic.as_(role))).json()["items"]
        return {row["contact"]["name"] for row in rows}

    for visibility, expected in (
        ("all", {"Propia", "Del equipo", "Ajena"}),
        ("team", {"Propia", "Del equipo"}),
        ("assigned", {"Propia"}),
    ):
        changed = await client.patch(
            "/api/organization", json={"settings": {"visibility": visibility}}, headers=clinic.as_("owner")
        )
        assert changed.status_code == 200
        assert await sees("closer") == expected
        assert len(await sees("manager")) == 3
    for thread, status in ((own, 200), (team, 404), (others, 404)):
        for path in ("", "/messages"):
            url = f"/api/threads/{clinic.public('thread', thread)}{path}"
            assert (await client.get(url, headers=clinic.as_("closer"))).status_code == status
    assert (await send(client, clinic, others, "hola", "k")).status_code == 404
    people = (await client.get("/api/contacts", headers=clinic.as_("closer"))).json()["items"]
    assert [one["name"] for one in people] == ["Propia"]


async def test_another_organizations_ids_are_nobodys(client: httpx.AsyncClient, clinic: Clinic) -> None:
    other = await make_clinic(clinic.engine, "otra")
    thread = await other.add_thread("Ajena", "secreto")
    for path in ("", "/messages"):
        url = f"/api/threads/{other.public('thread', thread)}{path}"
        assert (await client.get(url, headers=clinic.as_("owner"))).status_code == 404
    found = (await client.get("/api/threads", params={"search": "secreto"}, headers=clinic.as_("owner"))).json()
    assert found["items"] == []


async def test_the_list_asks_the_database_the_same_however_long_it_is(
    client: httpx.AsyncClient, clinic: Clinic, app: FastAPI
) -> None:
    asked: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    engine = app.state.runtime.app.sync_engine
    numbers = []
    event.listen(engine, "before_cursor_execute", count)
    try:
        for threads in (1, 20):
            for n in range(threads):
                await clinic.add_thread(f"Persona {threads} {n}", "hola")
            asked.clear()
            answer = await client.get("/api/threads", params={"limit": 100}, headers=clinic.as_("closer"))
            assert answer.status_code == 200
            numbers.append(len(asked))
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert numbers[0] == numbers[1] <= 6


async def test_edits_reactions_and_deletions_are_shown(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = await clinic.add_thread("Julia", "kiero turno")
    async with AsyncSession(clinic.engine) as session:
        message = (await session.scalars(select(Message).where(Message.thread_id == thread))).one()
        for kind, data in (
            ("edited", {"before": {"kind": "text", "text": "kiero turno"}}),
            ("reacted", {"emoji": "👍"}),
            ("reacted", {"emoji": "❤️"}),
        ):
            session.add(
                MessageEvent(
                    organization_id=clinic.organization_id, channel_id=clinic.whatsapp, message_id=message.id,
                    provider_id=message.provider_id, kind=kind, data=data, at=NOON,
                )
            )  # fmt: skip
        message.content, message.text, message.edited_at = (
            {"kind": "text", "text": "quiero turno"},
            "quiero turno",
            NOON,
        )
        message.revoked_at = NOON
        await session.commit()
    url = f"/api/threads/{clinic.public('thread', thread)}/messages"
    (shown,) = (await client.get(url, headers=clinic.as_("closer"))).json()["items"]
    assert (shown["text"], shown["reaction"], shown["revoked_at"]) == ("quiero turno", "❤️", "2026-11-18T15:00:00Z")
    assert shown["edits"] == [{"content": {"kind": "text", "text": "kiero turno"}, "until": "2026-11-18T15:00:00Z"}]


async def test_a_long_thread_is_read_page_by_page(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = await clinic.add_thread("Julia", *[f"m{n}" for n in range(10)])
    url = f"/api/threads/{clinic.public('thread', thread)}/messages"
    headers = clinic.as_("closer")
    last = (await client.get(url, params={"limit": 4}, headers=headers)).json()
    assert [m["text"] for m in last["items"]] == ["m6", "m7", "m8", "m9"] and last["more_before"]
    before = {"limit": 4, "before": last["items"][0]["id"]}
    assert [m["text"] for m in (await client.get(url, params=before, headers=headers)).json()["items"]] == [
        "m2", "m3", "m4", "m5"
    ]  # fmt: skip
    after = {"limit": 4, "after": last["items"][2]["id"]}
    page = (await client.get(url, params=after, headers=headers)).json()
    assert [m["text"] for m in page["items"]] == ["m9"] and not page["more_after"]
    other = await clinic.add_thread("Otra", "x")
    alien = await client.get(f"/api/threads/{clinic.public('thread', other)}/messages", params=before, headers=headers)
    assert alien.status_code == 404


async def test_a_wrong_body_is_told_what_it_lacks(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = clinic.public("thread", await clinic.add_thread("Julia", "hola"))
    headers = {**clinic.as_("closer"), "Idempotency-Key": "k"}
    no_kind = await client.post(
        f"/api/threads/{thread}/messages", json={"content": {"type": "text", "text": "hola"}}, headers=headers
    )
    assert (no_kind.status_code, no_kind.json()["message"]) == (
        422,
        "«content» necesita 'kind', que dice de qué tipo es (text, media, location …).",
    )
    no_zone = await client.post(f"/api/threads/{thread}/snooze", json={"until": "2026-11-22T09:00:00"}, headers=headers)
    assert no_zone.json()["message"] == "«until» necesita la zona: termínala en Z o en una diferencia como -05:00."
