"""The inbox through the API: list, read, answer, and who may not talk over whom."""

from datetime import timedelta

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.threads.model import Message, Thread
from core.threads.queues import Outbox
from tests.backoffice.clinic import NOON, Clinic, FixedClock, log_in


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
