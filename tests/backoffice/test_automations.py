"""When something happens, what should follow does: once, in order, and only for those it is meant for."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.reacts import Reacts
from core.automation.model import Event
from core.contacts.model import Contact
from core.leads.actions import open_lead
from core.threads.content import Text, to_json
from core.threads.model import Message, Thread, ThreadChannel
from core.threads.queues import Outbox
from tests.backoffice.clinic import NOON, Clinic, FixedClock


@pytest.fixture
def reacts(app: FastAPI) -> Reacts:
    runtime = app.state.runtime
    return Reacts(runtime.loops, runtime.app, runtime.ids, runtime.clock, lambda: None)


async def say(
    engine: AsyncEngine, clinic: Clinic, thread_id: int, words: str, at: datetime = NOON, *, depth: int = 0
) -> None:
    """The person writes, as the spine stores it."""
    async with AsyncSession(engine) as session:
        await session.execute(text("SELECT set_config('hilo.depth', :depth, true)"), {"depth": str(depth)})
        thread = await session.get_one(Thread, thread_id)
        thread.last_seq += 1
        session.add(
            Message(
                organization_id=clinic.organization_id,
                thread_id=thread_id,
                seq=thread.last_seq,
                channel_id=clinic.whatsapp,
                direction="in",
                author="contact",
                provider_id=f"wamid.{thread_id}.{thread.last_seq}",
                content=to_json(Text(words)),
                text=words,
                at=at,
            )
        )
        await session.commit()


async def automate(client: httpx.AsyncClient, clinic: Clinic, **given: Any) -> dict[str, Any]:
    body = {"name": "Prueba", "event": "message_received", **given}
    answer = await client.post("/api/automations", json=body, headers=clinic.as_("manager"))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def thread_of(engine: AsyncEngine, thread_id: int) -> Thread:
    async with AsyncSession(engine) as session:
        return await session.get_one(Thread, thread_id)


async def messages_of(engine: AsyncEngine, thread_id: int) -> list[Message]:
    async with AsyncSession(engine) as session:
        rows = await session.scalars(select(Message).where(Message.thread_id == thread_id).order_by(Message.seq))
        return list(rows)


async def test_nothing_is_kept_that_nobody_listens_to(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine
) -> None:
    thread = await clinic.add_thread("Ana", "hola")
    one = await automate(client, clinic, actions=[{"do": "label", "label": "x"}])
    other = await clinic.add_thread("Leo", "hola")
    await client.patch(f"/api/automations/{one['id']}", json={"active": False}, headers=clinic.as_("owner"))
    await say(empty_database, clinic, thread, "otra vez")
    async with AsyncSession(empty_database) as session:
        (kept,) = await session.scalars(select(Event))
        assert kept.kind == "message_received"
        message = await session.get_one(Message, kept.subject_id)
        assert message.thread_id == other


async def test_words_channel_and_hours_decide_and_everything_is_done_in_order(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, reacts: Reacts
) -> None:
    closer = clinic.public("member", clinic.members["closer"])
    await automate(
        client,
        clinic,
        name="Precios",
        conditions=[
            {"fact": "text", "any": ["precio", "cuánto cuesta"]},
            {"fact": "channel", "any": ["whatsapp"]},
            {"fact": "owner"},
            {"fact": "language", "any": ["pt"], "none": True},
        ],
        actions=[
            {"do": "assign", "member": closer},
            {"do": "label", "label": "precios"},
            {"do": "priority", "level": "high"},
            {"do": "note", "text": "{contact} pregunta precios"},
            {"do": "send", "text": "Hola, {contact}: ya te contamos."},
        ],
    )
    asks = await clinic.add_thread("Ana Ruiz", "hola")
    other = await clinic.add_thread("Leo", "hola")
    await say(empty_database, clinic, asks, "¿Cuanto CUESTA el botox?")
    await say(empty_database, clinic, other, "quiero una cita")
    await reacts.once()
    thread = await thread_of(empty_database, asks)
    assert (thread.owner_id, thread.labels, thread.priority) == (clinic.members["closer"], ["precios"], "high")
    said = [(one.author, one.direction, one.text) for one in await messages_of(empty_database, asks) if one.text]
    assert said[-2:] == [
        ("system", "internal", "Ana pregunta precios"),
        ("bot", "out", "Hola, Ana: ya te contamos."),
    ]
    assert (await thread_of(empty_database, other)).labels == []
    async with AsyncSession(empty_database) as session:
        (queued,) = await session.scalars(select(Outbox))
        assert (queued.thread_id, queued.epoch) == (asks, None)
        assert list(await session.scalars(select(Event))) == []
    (listed,) = (await client.get("/api/automations", headers=clinic.as_("owner"))).json()
    assert listed["runs"] == 1
    (run,) = (await client.get(f"/api/automations/{listed['id']}/runs", headers=clinic.as_("owner"))).json()
    assert run["contact"]["name"] == "Ana Ruiz"
    assert [one["do"] for one in run["outcomes"]] == ["assign", "label", "priority", "note", "send"]


async def test_out_of_hours_it_answers_once_and_says_nothing_more_until_the_pause_is_over(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, reacts: Reacts, clock: FixedClock
) -> None:
    await automate(
        client,
        clinic,
        conditions=[{"fact": "open", "any": ["no"]}, {"fact": "state", "any": ["open", "waiting"]}],
        actions=[{"do": "send", "text": "Estamos cerrados: te respondemos mañana."}],
        pause_hours=12,
    )
    midnight = datetime(2026, 11, 19, 5, 0, tzinfo=UTC)
    clock.now = midnight
    thread = await clinic.add_thread("Ana", "hola", at=midnight - timedelta(hours=1), state="open")
    await reacts.once()
    for minutes in (1, 2):
        await say(empty_database, clinic, thread, "¿están?", midnight + timedelta(minutes=minutes))
        await reacts.once()
    sent = [one.text for one in await messages_of(empty_database, thread) if one.direction == "out"]
    assert sent == ["Estamos cerrados: te respondemos mañana."]
    assert (await thread_of(empty_database, thread)).state == "open"
    clock.forward(hours=13)
    await say(empty_database, clinic, thread, "hola", datetime(2026, 11, 20, 4, 0, tzinfo=UTC))
    await reacts.once()
    assert len([one for one in await messages_of(empty_database, thread) if one.direction == "out"]) == 2


async def test_when_the_window_is_closed_the_template_goes_and_without_one_the_thread_says_why_not(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, reacts: Reacts, clock: FixedClock
) -> None:
    template = {"name": "hola", "language": "es", "body": "Hola {{1}}, seguimos aquí.", "parameters": ["{contact}"]}
    await automate(
        client,
        clinic,
        event="lead_stage_changed",
        conditions=[{"fact": "stage", "any": ["contactado"]}],
        actions=[{"do": "send", "text": "¿Seguimos?", "template": template}, {"do": "send", "text": "¿Seguimos?"}],
    )
    thread_id = await clinic.add_thread("Ana Ruiz", "hola", at=NOON - timedelta(days=3))
    async with AsyncSession(empty_database) as session:
        thread = await session.get_one(Thread, thread_id)
        lead = await open_lead(session, await session.get_one(Contact, thread.contact_id), NOON)
        lead_id = clinic.public("lead", lead.id)
        await session.commit()
    stage = {"stage": "contactado"}
    moved = await client.patch(f"/api/leads/{lead_id}", json=stage, headers=clinic.as_("owner"))
    assert moved.status_code == 200, moved.text
    await reacts.once()
    (sent,) = [one for one in await messages_of(empty_database, thread_id) if one.direction == "out"]
    assert (sent.content["kind"], sent.text) == ("template", "Hola Ana, seguimos aquí.")
    (notice,) = [one for one in await messages_of(empty_database, thread_id) if one.content.get("code") == "automated"]
    first, second = notice.content["data"]["outcomes"]
    assert "refused" not in first
    assert "24 horas" in second["refused"]


async def test_somebody_who_asked_not_to_be_written_to_is_not(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, reacts: Reacts
) -> None:
    await automate(client, clinic, actions=[{"do": "send", "text": "¡Oferta!"}])
    thread_id = await clinic.add_thread("Ana")
    async with AsyncSession(empty_database) as session:
        await session.execute(update(Contact).values(opted_out_at=NOON))
        await session.execute(update(ThreadChannel).values(last_inbound_at=NOON))
        await session.commit()
    await say(empty_database, clinic, thread_id, "hola")
    await reacts.once()
    assert [one for one in await messages_of(empty_database, thread_id) if one.direction == "out"] == []


async def test_automations_that_set_each_other_off_come_to_rest(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, reacts: Reacts
) -> None:
    await automate(client, clinic, event="message_sent", actions=[{"do": "send", "text": "y otra"}])
    await automate(client, clinic, actions=[{"do": "send", "text": "una"}])
    thread_id = await clinic.add_thread("Ana", "hola")
    for _ in range(8):
        await reacts.once()
    sent = [one.text for one in await messages_of(empty_database, thread_id) if one.direction == "out"]
    assert sent == ["una", "y otra", "y otra"]


async def test_two_processes_do_it_once(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, reacts: Reacts
) -> None:
    await automate(client, clinic, actions=[{"do": "note", "text": "una vez"}])
    for name in ("Ana", "Leo", "Eva"):
        await clinic.add_thread(name, "hola")
    await asyncio.gather(reacts.once(), reacts.once(), reacts.once())
    async with AsyncSession(empty_database) as session:
        notes = list(await session.scalars(select(Message.thread_id).where(Message.text == "una vez")))
    assert len(notes) == len(set(notes)) == 3


async def test_what_breaks_is_tried_again_then_listed_and_can_be_tried_anew(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, reacts: Reacts, clock: FixedClock
) -> None:
    await automate(client, clinic, actions=[{"do": "note", "text": "anotado"}])
    thread_id = await clinic.add_thread("Ana", "hola")
    async with AsyncSession(empty_database) as session:
        await session.execute(text('UPDATE automation SET actions = \'[{"do": "dance"}]\''))
        await session.commit()
    for _ in range(8):
        await reacts.once()
        clock.forward(hours=2)
    (stuck,) = (await client.get("/api/events/stuck", headers=clinic.as_("manager"))).json()
    assert stuck["kind"] == "message_received"
    async with AsyncSession(empty_database) as session:
        await session.execute(text('UPDATE automation SET actions = \'[{"do": "note", "text": "anotado"}]\''))
        await session.commit()
    again = await client.post(f"/api/events/{stuck['id']}/again", headers=clinic.as_("manager"))
    assert again.status_code == 204
    await reacts.once()
    assert "anotado" in [one.text for one in await messages_of(empty_database, thread_id)]


async def test_it_is_tried_on_the_last_month_before_it_runs(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, clock: FixedClock
) -> None:
    asks = await clinic.add_thread("Ana", "hola", "¿precio del bótox?", "precio por favor")
    await clinic.add_thread("Leo", "¿dónde quedan?")
    await clinic.add_thread("Eva", "precio", at=NOON - timedelta(days=40))
    body = {
        "event": "message_received",
        "conditions": [{"fact": "text", "any": ["precio"]}, {"fact": "state", "any": ["bot"]}],
    }
    tried = (await client.post("/api/automations/try", json=body, headers=clinic.as_("manager"))).json()
    assert (tried["looked"], tried["matched"], tried["people"], tried["as_now"]) == (4, 2, 1, ["state"])
    assert [one["text"] for one in tried["examples"]] == ["precio por favor", "¿precio del bótox?"]
    assert tried["examples"][0]["thread"] == clinic.public("thread", asks)
    paused = (
        await client.post("/api/automations/try", json={**body, "pause_hours": 12}, headers=clinic.as_("manager"))
    ).json()
    assert paused["matched"] == 1
    assert [one.direction for one in await messages_of(empty_database, asks)] == ["in"] * 3
    moved = {"event": "appointment_moved"}
    refused = await client.post("/api/automations/try", json=moved, headers=clinic.as_("manager"))
    assert (refused.status_code, refused.json()["code"]) == (409, "no_past")
    for kind in ("thread_resolved", "lead_stage_changed", "appointment_booked", "appointment_cancelled"):
        answer = await client.post("/api/automations/try", json={"event": kind}, headers=clinic.as_("manager"))
        assert (answer.status_code, answer.json()["looked"]) == (200, 0), kind


async def test_what_makes_no_sense_is_refused_with_its_reason(client: httpx.AsyncClient, clinic: Clinic) -> None:
    nobody = clinic.public("member", 10**9)
    for given, status, words in (
        ({"event": "sunrise", "actions": [{"do": "resolve"}]}, 422, "message_received"),
        ({"event": "message_received", "actions": []}, 422, "actions"),
        ({"event": "message_received", "actions": [{"do": "assign"}]}, 422, "a quién"),
        ({"event": "message_received", "actions": [{"do": "assign", "member": nobody}]}, 404, "persona"),
        ({"event": "message_received", "actions": [{"do": "stage", "stage": "nope"}]}, 404, "etapa"),
        ({"event": "message_received", "actions": [{"do": "stage", "stage": "perdido"}]}, 422, "motivo"),
        (
            {"event": "message_received", "conditions": [{"fact": "text"}], "actions": [{"do": "resolve"}]},
            422,
            "al menos un valor",
        ),
    ):
        answer = await client.post("/api/automations", json={"name": "x", **given}, headers=clinic.as_("owner"))
        assert (answer.status_code, words in answer.text) == (status, True), (given, answer.text)


async def test_a_label_or_team_that_is_renamed_is_renamed_in_them(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, reacts: Reacts
) -> None:
    await automate(
        client,
        clinic,
        conditions=[{"fact": "team", "any": ["ventas"]}],
        actions=[{"do": "label", "label": "urgente"}, {"do": "assign", "team": "ventas"}],
    )
    thread = await clinic.add_thread("Ana", "hola", team="ventas")
    await reacts.once()
    (label,) = (await client.get("/api/labels", headers=clinic.as_("owner"))).json()
    assert (label["name"], label["threads"]) == ("urgente", 1)
    await client.patch(f"/api/labels/{label['id']}", json={"name": "para hoy"}, headers=clinic.as_("owner"))
    renamed = {"name": "comercial"}
    answer = await client.patch("/api/teams?name=ventas", json=renamed, headers=clinic.as_("owner"))
    assert answer.status_code == 200, answer.text
    (one,) = (await client.get("/api/automations", headers=clinic.as_("owner"))).json()
    assert one["conditions"][0]["any"] == ["comercial"]
    assert (one["actions"][0]["label"], one["actions"][1]["team"]) == ("para hoy", "comercial")
    assert (await thread_of(empty_database, thread)).labels == ["para hoy"]


async def test_what_is_listened_to_is_the_union_also_of_those_made_at_once(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine
) -> None:
    kinds = ("message_received", "lead_created", "thread_resolved", "appointment_booked")
    await asyncio.gather(
        *(automate(client, clinic, event=kind, actions=[{"do": "note", "text": "x"}]) for kind in kinds)
    )
    async with AsyncSession(empty_database) as session:
        listens = await session.scalar(text("SELECT listens FROM organization"))
    assert sorted(listens) == sorted(kinds)


async def test_a_label_an_automation_puts_on_is_not_taken_away(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await automate(client, clinic, actions=[{"do": "label", "label": "urgente"}])
    headers = clinic.as_("owner")
    made = await client.post("/api/labels", json={"name": "urgente", "colour": "gray"}, headers=headers)
    refused = await client.delete(f"/api/labels/{made.json()['id']}", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
