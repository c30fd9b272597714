"""The staff's devices: who is told of what, and that a device which is gone or was thrown out is told nothing."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.reacts import Reacts
from backoffice.sends_push import WAITS, SendsPush
from core.automation.model import Event
from core.organizations.model import Member, Organization
from core.push.model import PushMessage
from core.threads.actions import lock_thread, notice
from tests.backoffice.clinic import NOON, Clinic, FixedClock, log_in
from tests.backoffice.device import Device


class PushService:
    """Where every browser's messages go; it answers what the test wants."""

    def __init__(self) -> None:
        self.devices: dict[str, Device] = {}
        self.answers: list[int] = []
        self.heard: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request)
        return httpx.Response(self.answers.pop(0) if self.answers else 201)

    def said(self) -> list[tuple[str, dict[str, Any]]]:
        """(device, what it reads), as each came."""
        names = [request.url.path.strip("/") for request in self.heard]
        return [
            (name, self.devices[name].read(request.content)) for name, request in zip(names, self.heard, strict=True)
        ]

    def told(self) -> set[str]:
        return {name for name, _ in self.said()}


@pytest.fixture
def service() -> PushService:
    return PushService()


@pytest.fixture
def sends(app: FastAPI, service: PushService) -> SendsPush:
    runtime = app.state.runtime

    async def resolve(host: str) -> Sequence[str]:
        return ["10.0.0.7"] if host.startswith("intern") else ["93.184.215.14"]

    transport = httpx.MockTransport(service)
    return SendsPush(runtime.loops, runtime.app, runtime.voluntary, runtime.clock, resolve, transport)


@pytest.fixture
def reacts(app: FastAPI) -> Reacts:
    runtime = app.state.runtime
    return Reacts(runtime.loops, runtime.app, runtime.ids, runtime.clock, lambda: None)


@pytest.fixture
async def everybody(client: httpx.AsyncClient, clinic: Clinic, service: PushService) -> None:
    """A device for each role, named after it."""
    for role in clinic.members:
        await subscribe(client, clinic, service, role)


async def subscribe(
    client: httpx.AsyncClient, clinic: Clinic, service: PushService, role: str, name: str = "", **given: Any
) -> dict[str, Any]:
    device = service.devices[name or role] = Device(name or role)
    return await accept(client, clinic, role, device.subscription(**given))


async def accept(client: httpx.AsyncClient, clinic: Clinic, role: str, given: dict[str, Any]) -> dict[str, Any]:
    """In a browser of its own, where the member came in."""
    async with httpx.AsyncClient(transport=client._transport, base_url=client.base_url) as browser:
        headers = await log_in(browser, clinic, role)
        answer = await browser.post("/api/push/subscriptions", json=given, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def change(clinic: Clinic, what: Any) -> None:
    async with AsyncSession(clinic.engine) as session:
        await session.execute(what)
        await session.commit()


async def tell(reacts: Reacts, sends: SendsPush) -> None:
    await reacts.once()
    await sends.once()


@pytest.mark.usefixtures("everybody")
async def test_a_message_is_told_to_whoever_has_the_thread(
    clinic: Clinic, reacts: Reacts, sends: SendsPush, service: PushService
) -> None:
    thread = await clinic.add_thread("Ana Ruiz", "hola " * 60, state="open", owner_id=clinic.members["closer"])
    await tell(reacts, sends)
    ((name, said),) = service.said()
    public = clinic.public("thread", thread)
    assert (name, said["title"], said["url"]) == ("closer", "Ana Ruiz", f"/inbox?thread={public}")
    assert (said["thread"], said["body"][:9], len(said["body"])) == (public, "hola hola", 120)
    (request,) = service.heard
    assert (request.url.host, request.headers["host"]) == ("93.184.215.14", "push.example")
    assert (request.headers["ttl"], request.headers["topic"]) == ("3600", public.removeprefix("th_"))
    assert request.headers["authorization"].startswith("vapid t=")
    assert b"hola" not in request.content


@pytest.mark.usefixtures("everybody")
async def test_what_lies_unassigned_is_told_to_its_team_and_of_none_to_those_who_hand_out(
    clinic: Clinic, reacts: Reacts, sends: SendsPush, service: PushService
) -> None:
    await clinic.add_thread("Con el bot", "hola")
    await clinic.add_thread("De nadie que mire", "hola", state="open", team="laser")
    await tell(reacts, sends)
    assert service.told() == set()
    await clinic.add_thread("Del equipo", "hola", state="open", team="ventas")
    await tell(reacts, sends)
    assert service.told() == {"closer"}
    service.heard.clear()
    await change(clinic, update(Member).where(Member.id == clinic.members["manager"]).values(available=False))
    await clinic.add_thread("De nadie", "hola", state="open")
    await tell(reacts, sends)
    assert service.told() == {"owner", "closer", "receptionist"}


@pytest.mark.usefixtures("everybody")
async def test_one_who_takes_nothing_new_is_still_told_of_their_own(
    clinic: Clinic, reacts: Reacts, sends: SendsPush, service: PushService
) -> None:
    await change(clinic, update(Member).values(available=False))
    await clinic.add_thread("De nadie", "hola", state="open")
    await clinic.add_thread("Mía", "hola", state="waiting", owner_id=clinic.members["doctor"])
    await tell(reacts, sends)
    assert service.told() == {"doctor"}


@pytest.mark.usefixtures("everybody")
async def test_nobody_is_told_of_a_thread_they_may_not_see(
    clinic: Clinic, reacts: Reacts, sends: SendsPush, service: PushService
) -> None:
    await change(clinic, update(Organization).values(settings={"visibility": "assigned"}))
    await clinic.add_thread("De nadie", "hola", state="open")
    await tell(reacts, sends)
    assert service.told() == {"owner", "manager", "receptionist"}
    service.heard.clear()
    await change(clinic, update(Member).where(Member.id == clinic.members["owner"]).values(active=False))
    await clinic.add_thread("De quien se fue", "hola", state="open", owner_id=clinic.members["owner"])
    await clinic.add_thread("De una asistente", "hola", state="open", owner_id=clinic.members["assistant"])
    await tell(reacts, sends)
    assert service.told() == set()


@pytest.mark.usefixtures("everybody")
async def test_an_assignment_is_told_to_the_one_it_is_given_to_and_not_to_who_did_it(
    client: httpx.AsyncClient, clinic: Clinic, reacts: Reacts, sends: SendsPush, service: PushService
) -> None:
    thread = await clinic.add_thread("Ana", "hola")
    path = f"/api/threads/{clinic.public('thread', thread)}/assign"
    for to in ("doctor", "owner"):
        body = {"member": clinic.public("member", clinic.members[to])}
        answer = await client.post(path, json=body, headers=clinic.as_("owner"))
        assert answer.status_code == 200, answer.text
        await tell(reacts, sends)
    ((name, said),) = service.said()
    assert (name, said["body"]) == ("doctor", "Te asignaron la conversación: hola")


@pytest.mark.usefixtures("everybody")
async def test_a_mention_is_told_to_those_named_who_may_read_it(
    client: httpx.AsyncClient, clinic: Clinic, reacts: Reacts, sends: SendsPush, service: PushService
) -> None:
    thread = await clinic.add_thread("Ana", "hola", owner_id=clinic.members["doctor"])
    named = [clinic.public("member", clinic.members[role]) for role in ("manager", "owner", "closer", "assistant")]
    await change(clinic, update(Organization).values(settings={"visibility": "assigned"}))
    body = {"text": "¿le mandas el precio?", "mentions": named}
    path = f"/api/threads/{clinic.public('thread', thread)}/notes"
    assert (await client.post(path, json=body, headers=clinic.as_("owner"))).status_code == 201
    await tell(reacts, sends)
    ((name, said),) = service.said()
    assert (name, said["body"]) == ("manager", "Te nombraron en una nota: ¿le mandas el precio?")


async def test_it_is_told_in_the_language_of_the_device_and_a_burst_is_one_notice(
    client: httpx.AsyncClient, clinic: Clinic, reacts: Reacts, sends: SendsPush, service: PushService
) -> None:
    await subscribe(client, clinic, service, "doctor", "phone", language="pt")
    await subscribe(client, clinic, service, "doctor", "laptop")
    own = {"state": "open", "owner_id": clinic.members["doctor"]}
    thread = await clinic.add_thread("Ana", "uno", "dos", "tres", **own)
    await tell(reacts, sends)
    assert sorted((name, said["body"]) for name, said in service.said()) == [("laptop", "tres"), ("phone", "tres")]
    service.heard.clear()
    async with AsyncSession(clinic.engine) as session:
        await notice(session, await lock_thread(session, thread), "due_soon", NOON, promise="first", due="")
        await session.commit()
    await tell(reacts, sends)
    assert sorted(said["body"] for _, said in service.said()) == [
        "Falta pouco para o prazo: tres",
        "Queda poco para cumplir el plazo: tres",
    ]


async def test_a_device_its_service_does_not_know_any_more_is_forgotten_and_nothing_more_is_kept_for_it(
    client: httpx.AsyncClient, clinic: Clinic, reacts: Reacts, sends: SendsPush, service: PushService
) -> None:
    await subscribe(client, clinic, service, "closer")
    own = {"state": "open", "owner_id": clinic.members["closer"]}
    await clinic.add_thread("Ana", "hola", **own)
    service.answers = [410]
    await tell(reacts, sends)
    assert (await client.get("/api/push/subscriptions", headers=clinic.as_("closer"))).json() == []
    await clinic.add_thread("Leo", "hola", **own)
    async with AsyncSession(clinic.engine) as session:
        assert (await session.scalars(select(Event))).all() == []
        assert (await session.scalars(select(PushMessage))).all() == []


async def test_it_is_tried_again_while_it_is_news_and_no_longer(
    client: httpx.AsyncClient,
    clinic: Clinic,
    reacts: Reacts,
    sends: SendsPush,
    service: PushService,
    clock: FixedClock,
) -> None:
    await subscribe(client, clinic, service, "closer")
    await clinic.add_thread("Ana", "hola", state="open", owner_id=clinic.members["closer"])
    service.answers = [503, 429, 500, 500, 500, 500]
    await reacts.once()
    for wait in (timedelta(0), *WAITS, timedelta(minutes=30)):
        clock.now += wait
        await sends.once()
    assert len(service.heard) == len(WAITS) + 1
    (device,) = (await client.get("/api/push/subscriptions", headers=clinic.as_("closer"))).json()
    assert device["failed_at"] is not None
    service.answers = [403]
    await clinic.add_thread("Leo", "hola", at=clock.now, state="open", owner_id=clinic.members["closer"])
    await tell(reacts, sends)
    clock.now += timedelta(minutes=1)
    await sends.once()
    assert len(service.heard) == len(WAITS) + 2
    await clinic.add_thread("Sol", "hola", at=clock.now, state="open", owner_id=clinic.members["closer"])
    await reacts.once()
    clock.now += timedelta(minutes=61)
    await sends.once()
    assert len(service.heard) == len(WAITS) + 2


async def test_a_browser_that_was_thrown_out_is_told_nothing(
    client: httpx.AsyncClient, clinic: Clinic, reacts: Reacts, sends: SendsPush, service: PushService
) -> None:
    headers = await log_in(client, clinic, "doctor")
    device = service.devices["lost"] = Device("lost")
    made = await client.post("/api/push/subscriptions", json=device.subscription(), headers=headers)
    assert made.status_code == 201
    (browser,) = (await client.get("/api/sessions")).json()
    assert (await client.delete(f"/api/sessions/{browser['id']}", headers=headers)).status_code == 204
    await clinic.add_thread("Ana", "hola", state="open", owner_id=clinic.members["doctor"])
    await tell(reacts, sends)
    assert service.heard == []
    assert (await client.get("/api/push/subscriptions", headers=clinic.as_("doctor"))).json() == []


async def test_a_device_is_its_members_alone_and_only_reached_where_everybody_is(
    client: httpx.AsyncClient, clinic: Clinic, sends: SendsPush, service: PushService
) -> None:
    made = await subscribe(client, clinic, service, "doctor")
    path = f"/api/push/subscriptions/{made['id']}"
    assert (await client.delete(path, headers=clinic.as_("owner"))).status_code == 404
    assert (await client.post(f"{path}/test", headers=clinic.as_("owner"))).status_code == 404
    assert (await client.post(f"{path}/test", headers=clinic.as_("doctor"))).status_code == 202
    await sends.once()
    assert [said["url"] for _, said in service.said()] == ["/account"]
    assert (await client.delete(path, headers=clinic.as_("doctor"))).status_code == 204
    wrong = Device("x").subscription()
    for given in (
        {**wrong, "endpoint": "http://push.example/x"},
        {**wrong, "endpoint": "https://push.example:8443/x"},
        {**wrong, "keys": {**wrong["keys"], "p256dh": "A" * 87}},
        {**wrong, "keys": {**wrong["keys"], "auth": "AAAA"}},
    ):
        answer = await client.post("/api/push/subscriptions", json=given, headers=clinic.as_("doctor"))
        assert answer.status_code == 422, given
    inside = {**wrong, "endpoint": "https://intern.example/x"}
    made = await accept(client, clinic, "doctor", inside)
    await client.post(f"/api/push/subscriptions/{made['id']}/test", headers=clinic.as_("doctor"))
    await sends.once()
    assert len(service.heard) == 1


async def test_a_browser_two_people_use_tells_the_one_who_asked_last(
    client: httpx.AsyncClient, clinic: Clinic, service: PushService
) -> None:
    await subscribe(client, clinic, service, "doctor", "shared")
    await subscribe(client, clinic, service, "closer", "shared")
    assert (await client.get("/api/push/subscriptions", headers=clinic.as_("doctor"))).json() == []
    assert len((await client.get("/api/push/subscriptions", headers=clinic.as_("closer"))).json()) == 1
    for number in range(12):
        await subscribe(client, clinic, service, "closer", f"many-{number}")
    assert len((await client.get("/api/push/subscriptions", headers=clinic.as_("closer"))).json()) == 10
