"""Programs elsewhere are told what happens: signed, tried again, and never anywhere that is not public."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.reacts import Reacts
from backoffice.tell_webhooks import WAITS, TellsWebhooks
from core.automation.model import Webhook
from core.vault import Vault
from tests.backoffice.agenda_requests import book
from tests.backoffice.clinic import IDS, Clinic, FixedClock
from tests.core.agenda.agenda_clinic import Agenda, local

ADDRESS = "https://crm.example/hilo"


class Elsewhere:
    """A program that answers what the test wants, and keeps what it was told."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.heard: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request)
        return httpx.Response(self.answers.pop(0) if self.answers else 204)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [orjson.loads(request.content) for request in self.heard]


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def reacts(app: FastAPI) -> Reacts:
    runtime = app.state.runtime
    return Reacts(runtime.loops, runtime.app, runtime.ids, runtime.clock, lambda: None)


@pytest.fixture
def tells(app: FastAPI, elsewhere: Elsewhere) -> TellsWebhooks:
    runtime = app.state.runtime

    async def resolve(host: str) -> Sequence[str]:
        return ["10.0.0.7"] if host.startswith("intern") else ["93.184.215.14"]

    transport = httpx.MockTransport(elsewhere)
    return TellsWebhooks(runtime.loops, runtime.app, runtime.vault, runtime.clock, resolve, transport)


async def connect(client: httpx.AsyncClient, clinic: Clinic, **given: Any) -> dict[str, Any]:
    body = {"name": "CRM", "url": ADDRESS, "events": ["message_received"], **given}
    answer = await client.post("/api/webhooks", json=body, headers=clinic.as_("owner"))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def deliveries(client: httpx.AsyncClient, clinic: Clinic, webhook: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/webhooks/{webhook['id']}/deliveries", headers=clinic.as_("owner"))
    shown: list[dict[str, Any]] = answer.json()
    return shown


async def test_it_is_told_once_and_can_tell_that_it_is_us(
    client: httpx.AsyncClient, clinic: Clinic, reacts: Reacts, tells: TellsWebhooks, elsewhere: Elsewhere
) -> None:
    webhook = await connect(client, clinic)
    thread = await clinic.add_thread("Ana Ruiz", "¿precio del bótox?")
    await reacts.once()
    await tells.once()
    await tells.once()
    (request,) = elsewhere.heard
    assert (request.url.host, request.headers["host"]) == ("93.184.215.14", "crm.example")
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.content
    key = base64.b64decode(webhook["secret"].removeprefix("whsec_"))
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{right}"
    (body,) = elsewhere.bodies
    assert body["type"] == "message_received"
    assert body["data"]["thread"]["id"] == clinic.public("thread", thread)
    assert body["data"]["message"]["text"] == "¿precio del bótox?"
    (told,) = await deliveries(client, clinic, webhook)
    assert (told["state"], told["attempts"], told["answer"], told["due_at"]) == ("delivered", 1, "Respondió 204.", None)
    again = f"/api/webhooks/{webhook['id']}/deliveries/{told['id']}/again"
    assert (await client.post(again, headers=clinic.as_("owner"))).status_code == 202
    await tells.once()
    assert elsewhere.heard[1].headers["webhook-id"] == elsewhere.heard[0].headers["webhook-id"]


async def test_it_is_tried_again_for_a_day_and_then_listed_as_failed(
    client: httpx.AsyncClient,
    clinic: Clinic,
    reacts: Reacts,
    tells: TellsWebhooks,
    elsewhere: Elsewhere,
    clock: FixedClock,
) -> None:
    webhook = await connect(client, clinic)
    await clinic.add_thread("Ana", "hola")
    await reacts.once()
    elsewhere.answers = [500] * 20
    for wait in (timedelta(0), *WAITS, timedelta(days=1), timedelta(days=1)):
        clock.now += wait
        await tells.once()
    assert len(elsewhere.heard) == len(WAITS) + 1
    (told,) = await deliveries(client, clinic, webhook)
    assert (told["state"], told["answer"]) == ("failed", "Respondió 500.")
    (listed,) = (await client.get("/api/webhooks", headers=clinic.as_("manager"))).json()
    assert (listed["failed"], listed["waiting"]) == (1, 0)


async def test_what_only_this_machine_can_reach_is_never_told(
    client: httpx.AsyncClient, clinic: Clinic, tells: TellsWebhooks, elsewhere: Elsewhere
) -> None:
    for url in ("http://crm.example/", "https://user:pass@crm.example/", "https://crm.example:8443/", "no"):
        body = {"name": "x", "url": url}
        assert (await client.post("/api/webhooks", json=body, headers=clinic.as_("owner"))).status_code == 422, url
    webhook = await connect(client, clinic, url="https://intern.example/")
    await client.post(f"/api/webhooks/{webhook['id']}/test", headers=clinic.as_("owner"))
    await tells.once()
    assert elsewhere.heard == []
    (told,) = await deliveries(client, clinic, webhook)
    assert (told["state"], "no es pública" in told["answer"]) == ("waiting", True)


async def test_an_automation_tells_it_more_and_keeps_it_from_being_taken_away(
    client: httpx.AsyncClient, clinic: Clinic, reacts: Reacts, tells: TellsWebhooks, elsewhere: Elsewhere
) -> None:
    webhook = await connect(client, clinic, events=[])
    body = {
        "name": "Avisar al CRM",
        "event": "message_received",
        "conditions": [{"fact": "text", "any": ["precio"]}],
        "actions": [{"do": "webhook", "webhook": webhook["id"]}],
    }
    made = await client.post("/api/automations", json=body, headers=clinic.as_("owner"))
    await clinic.add_thread("Leo", "hola")
    await clinic.add_thread("Ana", "precio")
    await reacts.once()
    await tells.once()
    (told,) = elsewhere.bodies
    assert (told["data"]["automation"], told["data"]["contact"]["name"]) == ("Avisar al CRM", "Ana")
    path = f"/api/webhooks/{webhook['id']}"
    refused = await client.delete(path, headers=clinic.as_("owner"))
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    await client.delete(f"/api/automations/{made.json()['id']}", headers=clinic.as_("owner"))
    assert (await client.delete(path, headers=clinic.as_("owner"))).status_code == 204


async def test_a_paused_one_is_told_nothing_and_a_new_secret_signs_from_then_on(
    client: httpx.AsyncClient, clinic: Clinic, reacts: Reacts, tells: TellsWebhooks, elsewhere: Elsewhere
) -> None:
    webhook = await connect(client, clinic)
    path = f"/api/webhooks/{webhook['id']}"
    await client.patch(path, json={"active": False}, headers=clinic.as_("owner"))
    await clinic.add_thread("Ana", "hola")
    await reacts.once()
    await tells.once()
    assert elsewhere.heard == []
    renewed = (await client.post(f"{path}/secret", headers=clinic.as_("owner"))).json()
    assert renewed["secret"] != webhook["secret"]
    listed = (await client.get("/api/webhooks", headers=clinic.as_("owner"))).json()
    assert "secret" not in listed[0]


async def test_a_visit_is_told_also_of_somebody_who_never_wrote(
    client: httpx.AsyncClient, agenda: Agenda, reacts: Reacts, tells: TellsWebhooks, elsewhere: Elsewhere
) -> None:
    await connect(client, agenda.clinic, events=["appointment_booked", "appointment_cancelled"])
    booked = (await book(client, agenda, local(19, 9))).json()
    cancel = f"/api/appointments/{booked['id']}/cancel"
    cancelled = await client.post(cancel, json={"reason": "no puede"}, headers=agenda.clinic.as_("owner"))
    assert cancelled.status_code == 200, cancelled.text
    await reacts.once()
    await tells.once()
    assert sorted(body["type"] for body in elsewhere.bodies) == ["appointment_booked", "appointment_cancelled"]
    told = elsewhere.bodies[0]["data"]
    assert (told["thread"], told["appointment"]["id"]) == (None, booked["id"])
    assert told["appointment"]["starts_at"].startswith("2026-11-19T14:00")


async def test_only_what_exists_can_be_listened_to(client: httpx.AsyncClient, clinic: Clinic) -> None:
    unknown = {"name": "x", "url": ADDRESS, "events": ["sunrise"]}
    answer = await client.post("/api/webhooks", json=unknown, headers=clinic.as_("owner"))
    assert (answer.status_code, "sunrise" in answer.text) == (422, True)


async def test_a_secret_that_cannot_be_read_any_more_fails_its_delivery_alone(
    client: httpx.AsyncClient,
    clinic: Clinic,
    reacts: Reacts,
    tells: TellsWebhooks,
    elsewhere: Elsewhere,
    empty_database: AsyncEngine,
) -> None:
    webhook = await connect(client, clinic)
    other = await connect(client, clinic, name="Otro")
    async with AsyncSession(empty_database) as session:
        lost = Vault("another secret, as long as it has to be").seal({"secret": "whsec_"})
        inside = IDS.decode("webhook", webhook["id"])
        await session.execute(update(Webhook).where(Webhook.id == inside).values(secret=lost))
        await session.commit()
    await clinic.add_thread("Ana", "hola")
    await reacts.once()
    await tells.once()
    assert len(elsewhere.heard) == 1
    (failed,) = await deliveries(client, clinic, webhook)
    assert (failed["state"], "secreto" in failed["answer"]) == ("failed", True)
    (taken,) = await deliveries(client, clinic, other)
    assert taken["state"] == "delivered"
