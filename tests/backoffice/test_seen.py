"""Who looked at whom is noted; a file is seen with its thread; somebody who has not written is known too."""

import httpx
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from core.organizations.model import AuditEntry, Organization
from core.threads.content import Media, to_json
from core.threads.model import Message
from tests.backoffice.clinic import IDS, Clinic, FixedClock


async def noted(engine: AsyncEngine) -> list[tuple[str, str, str]]:
    async with AsyncSession(engine) as session:
        rows = await session.scalars(select(AuditEntry).where(AuditEntry.action.like("%.seen")).order_by(AuditEntry.id))
        return [(one.action, one.subject, one.details["name"]) for one in rows]


async def test_opening_a_conversation_is_noted_once_an_hour(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, clock: FixedClock
) -> None:
    thread = clinic.public("thread", await clinic.add_thread("Ana Ruiz", "hola"))
    for _ in range(3):
        shown = await client.get(f"/api/threads/{thread}/messages", headers=clinic.as_("doctor"))
        assert shown.status_code == 200
    await client.get(f"/inbox/threads/{thread}/messages", headers=clinic.as_("receptionist"))
    assert await noted(empty_database) == [("thread.seen", thread, "Ana Ruiz")] * 2
    clock.forward(hours=2)
    await client.get(f"/api/threads/{thread}/messages", headers=clinic.as_("doctor"))
    assert len(await noted(empty_database)) == 3
    listed = (await client.get("/api/audit", headers=clinic.as_("owner"))).json()["items"]
    assert [one["member"] for one in listed] == ["Diego Paz", "Rosa Gil", "Diego Paz"]


async def test_the_list_alone_is_no_look_and_a_persons_card_is_one(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine
) -> None:
    await clinic.add_thread("Ana Ruiz", "hola")
    await client.get("/api/threads", headers=clinic.as_("closer"))
    assert await noted(empty_database) == []
    (person,) = (await client.get("/api/contacts", headers=clinic.as_("closer"))).json()["items"]
    await client.get(f"/api/contacts/{person['id']}", headers=clinic.as_("closer"))
    assert await noted(empty_database) == [("contact.seen", person["id"], "Ana Ruiz")]


async def test_a_file_is_seen_only_with_its_thread(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine
) -> None:
    thread = await clinic.add_thread("Ana", "foto")
    form = {"file": ("foto.txt", b"hola", "text/plain")}
    kept = (await client.post("/api/attachments", files=form, headers=clinic.as_("owner"))).json()
    path = f"/api/attachments/{kept['id']}"
    async with AsyncSession(empty_database) as session:
        await session.execute(update(Organization).values(settings={"visibility": "assigned"}))
        await session.commit()
    assert (await client.get(path, headers=clinic.as_("closer"))).status_code == 200  # of no thread yet: about to go
    async with AsyncSession(empty_database) as session:
        message = await session.scalar(select(Message).where(Message.thread_id == thread))
        assert message is not None
        message.content = to_json(Media("document", attachment=IDS.decode("attachment", kept["id"])))
        await session.commit()
    assert (await client.get(path, headers=clinic.as_("closer"))).status_code == 404
    assert (await client.get(path, headers=clinic.as_("doctor"))).status_code == 200


async def test_who_came_in_without_writing_is_made_and_found_by_their_phone(
    client: httpx.AsyncClient, clinic: Clinic
) -> None:
    given = {"name": "Sol Vera", "phone": "300 123 4567", "email": "sol@example.com"}
    made = await client.post("/api/contacts", json=given, headers=clinic.as_("receptionist"))
    assert (made.status_code, made.json()["phone"], made.json()["thread"]) == (201, "+573001234567", None)
    again = await client.post("/api/contacts", json=given, headers=clinic.as_("receptionist"))
    assert (again.status_code, again.json()["code"]) == (409, "phone_taken")
    assert again.json()["details"]["contact"] == made.json()["id"]
    wrong = await client.post("/api/contacts", json={"name": "X", "phone": "12"}, headers=clinic.as_("owner"))
    assert wrong.status_code == 422
    child = await client.post("/api/contacts", json={"name": "Luz Vera"}, headers=clinic.as_("receptionist"))
    assert child.status_code == 201
    assert (await client.post("/api/contacts", json=given, headers=clinic.as_("assistant"))).status_code == 403
