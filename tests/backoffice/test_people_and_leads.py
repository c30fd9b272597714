"""Contacts, merging, leads, stages, files and canned texts through the API."""

import httpx
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.contacts.actions import suggest
from core.contacts.model import Contact
from core.leads.actions import open_lead
from core.threads.model import Thread
from tests.backoffice.clinic import NOON, Clinic

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


async def contact_of(clinic: Clinic, thread: int) -> int:
    async with AsyncSession(clinic.engine) as session:
        found = await session.scalar(select(Thread.contact_id).where(Thread.id == thread))
        assert found is not None
        return found


async def lead_of(clinic: Clinic, thread: int) -> str:
    async with AsyncSession(clinic.engine) as session:
        contact = await session.get_one(Contact, await contact_of(clinic, thread))
        lead = await open_lead(session, contact, NOON)
        inside = lead.id
        await session.commit()
    return clinic.public("lead", inside)


async def test_a_contact_is_corrected_and_consent_recorded(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = await clinic.add_thread("julia", "hola")
    url = f"/api/contacts/{clinic.public('contact', await contact_of(clinic, thread))}"
    headers = clinic.as_("receptionist")
    changes = {"name": "Julia Pérez", "phone": "300 123 4567", "email": "Julia@X.example", "attributes": {"dni": "1"}}
    changed = (await client.patch(url, json=changes, headers=headers)).json()
    assert (changed["name"], changed["phone"], changed["email"]) == ("Julia Pérez", "+573001234567", "julia@x.example")
    assert {one["kind"] for one in changed["identities"]} == {"whatsapp", "phone"}
    wrong = await client.patch(url, json={"phone": "12"}, headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "number")
    stopped = await client.post(f"{url}/consents", json={"kind": "messaging", "granted": False}, headers=headers)
    assert stopped.status_code == 201 and stopped.json()["opted_out_at"] == "2026-11-18T15:00:00Z"
    again = await client.post(f"{url}/consents", json={"kind": "messaging", "granted": True}, headers=headers)
    assert again.json()["opted_out_at"] is None and len(again.json()["consents"]) == 2


async def test_a_merge_is_offered_made_and_undone(client: httpx.AsyncClient, clinic: Clinic) -> None:
    one, other = [await contact_of(clinic, await clinic.add_thread(name, "hola")) for name in ("Julia", "Julia P")]
    async with AsyncSession(clinic.engine) as session:
        await suggest(session, clinic.organization_id, one, other, "same_number")
        await session.commit()
    headers = clinic.as_("receptionist")
    (offered,) = (await client.get("/api/merge-suggestions", headers=headers)).json()["items"]
    url = f"/api/merge-suggestions/{offered['id']}"
    keep = {"keep": clinic.public("contact", one)}
    assert (await client.post(f"{url}/merge", json=keep, headers=headers)).json()["state"] == "merged"
    listed = (await client.get("/api/threads", headers=headers)).json()["items"]
    assert [row["contact"]["name"] for row in listed] == ["Julia"]
    assert (await client.post(f"{url}/undo", headers=headers)).json()["state"] == "open"
    assert len((await client.get("/api/threads", headers=headers)).json()["items"]) == 2
    assert (await client.post(f"{url}/dismiss", headers=headers)).json()["state"] == "dismissed"
    assert (await client.post(f"{url}/merge", json=keep, headers=headers)).json()["code"] == "not_open"


async def test_a_lead_moves_through_the_pipeline(client: httpx.AsyncClient, clinic: Clinic) -> None:
    url = f"/api/leads/{await lead_of(clinic, await clinic.add_thread('Julia', 'hola'))}"
    headers = clinic.as_("closer")
    lost = await client.patch(url, json={"stage": "perdido"}, headers=headers)
    assert (lost.status_code, lost.json()["code"]) == (422, "reason_needed")
    owner = clinic.public("member", clinic.members["closer"])
    changed = (
        await client.patch(url, json={"stage": "calificado", "owner": owner, "value_minor": 65000000}, headers=headers)
    ).json()
    assert (changed["stage"]["key"], changed["owner"]["id"], changed["currency"]) == ("calificado", owner, "COP")
    assert [event["kind"] for event in changed["events"]] == [
        "created", "stage_changed", "owner_changed", "value_changed"
    ]  # fmt: skip
    assert changed["events"][2]["data"] == {"owner": owner}
    listed = (await client.get("/api/leads", params={"stage": "calificado", "mine": True}, headers=headers)).json()
    assert len(listed["items"]) == 1
    lost = (await client.patch(url, json={"stage": "perdido", "lost_reason": "precio"}, headers=headers)).json()
    assert lost["lost_reason"] == "precio" and lost["closed_at"] is not None


async def test_a_stage_in_use_says_what_to_do_before_it_goes(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await lead_of(clinic, await clinic.add_thread("Julia", "hola"))
    headers = clinic.as_("manager")
    stages = {one["key"]: one["id"] for one in (await client.get("/api/lead-stages", headers=headers)).json()}
    used = await client.delete(f"/api/lead-stages/{stages['nuevo']}", headers=headers)
    assert (used.status_code, used.json()["message"]) == (
        409,
        "Hay 1 oportunidades en «Nuevo»: pásalas antes a otra etapa.",
    )
    assert (await client.delete(f"/api/lead-stages/{stages['no_show']}", headers=headers)).status_code == 204
    made = (await client.post("/api/lead-stages", json={"key": "espera", "name": "En espera"}, headers=headers)).json()
    await client.patch(f"/api/lead-stages/{made['id']}", json={"position": 0}, headers=headers)
    order = [one["key"] for one in (await client.get("/api/lead-stages", headers=headers)).json()]
    assert order[:2] == ["espera", "nuevo"] and "no_show" not in order


async def test_a_file_is_what_its_bytes_say_and_never_runs(client: httpx.AsyncClient, clinic: Clinic) -> None:
    headers = clinic.as_("closer")
    sent = await client.post("/api/attachments", files={"file": ("../año.png", PNG, "image/png")}, headers=headers)
    assert (sent.status_code, sent.json()["filename"], sent.json()["mime"]) == (201, "año.png", "image/png")
    got = await client.get(sent.json()["url"], headers=headers)
    assert got.content == PNG and got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-disposition"] == "inline; filename*=UTF-8''a%C3%B1o.png"
    assert "sandbox" in got.headers["content-security-policy"]
    lying = {"file": ("foto.png", b"<html><script>alert(1)</script>", "image/png")}
    refused = await client.post("/api/attachments", files=lying, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_type")
    page = await client.post("/api/attachments", files={"file": ("a.html", b"<html>", "text/html")}, headers=headers)
    shown = await client.get(page.json()["url"], headers=headers)
    assert shown.headers["content-disposition"].startswith("attachment;")
    big = {"file": ("a.bin", b"\0" * (16 * 1024 * 1024 + 1), "application/octet-stream")}
    assert (await client.post("/api/attachments", files=big, headers=headers)).status_code in (413, 422)
    thread = await clinic.add_thread("Julia", "hola")
    content = {"kind": "media", "type": "image", "attachment": sent.json()["id"], "caption": "así queda"}
    message = await client.post(
        f"/api/threads/{clinic.public('thread', thread)}/messages",
        json={"content": content},
        headers={**headers, "Idempotency-Key": "k1"},
    )
    assert message.json()["content"]["url"] == sent.json()["url"]
    as_voice = {**content, "type": "voice"}
    wrong = await client.post(
        f"/api/threads/{clinic.public('thread', thread)}/messages",
        json={"content": as_voice},
        headers={**headers, "Idempotency-Key": "k2"},
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "attachment_type")


async def test_a_canned_response_knows_who_talks_to_whom(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = await clinic.add_thread("Julia Pérez", "hola")
    headers = clinic.as_("closer")
    given = {"shortcut": "hola", "text": "Hola {contact}, soy {member}."}
    made = await client.post("/api/canned-responses", json=given, headers=headers)
    assert made.status_code == 201
    assert (await client.post("/api/canned-responses", json=given, headers=headers)).json()["code"] == "shortcut_taken"
    url = f"/api/threads/{clinic.public('thread', thread)}/canned-responses/hola"
    assert (await client.get(url, headers=headers)).json() == {"text": "Hola Julia, soy Paula."}
    assert (await client.delete(f"/api/canned-responses/{made.json()['id']}", headers=headers)).status_code == 204
    assert (await client.get(url, headers=headers)).status_code == 404


async def test_a_search_by_people_finds_by_phone_and_mail(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await clinic.add_thread("Julia", "hola", phone="+573005556677")
    async with clinic.engine.begin() as connection:
        await connection.execute(text("UPDATE contact SET email = 'julia@clinica.example'"))
    for search in ("300 555 6677", "5556677", "julia@clin"):
        found = await client.get("/api/contacts", params={"search": search}, headers=clinic.as_("assistant"))
        assert [one["name"] for one in found.json()["items"]] == ["Julia"], search
