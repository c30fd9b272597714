"""Message templates by the API: submitted to the emulated Meta, decided by its webhooks, and only then to be sent."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.pages.settings import message_templates as page
from backoffice.pages.words import translations
from channels.emulator import EmulatorClient
from core.threads.message_templates import MessageTemplate
from core.threads.model import Channel
from tests.backoffice.clinic import NOON, VAULT, Clinic
from tests.hosting import Host

REMINDER = "recordatorio_hora"
OWN = {
    "name": "aviso_de_turno",
    "language": "es",
    "category": "UTILITY",
    "body": "Hola {{1}}, tu turno es el {{2}}.",
    "examples": ["Ana", "lunes 10:00"],
    "footer": "Clínica Sol",
    "buttons": [{"kind": "quick_reply", "text": "Confirmo"}, {"kind": "quick_reply", "text": "No puedo"}],
}


@pytest.fixture
async def sol(
    clinic: Clinic, provider: EmulatorClient, emulator_host: Host, web_host: Host, reachable: FastAPI
) -> Clinic:
    """A clinic with a number at the emulated Meta, which tells it of what it decides."""
    keys = {"access_token": "EAAG", "app_secret": "secret", "verify_token": "verify"}
    async with AsyncSession(clinic.engine) as session:
        await session.execute(
            update(Channel)
            .where(Channel.id == clinic.whatsapp)
            .values(settings=Channel.settings.concat({"api_base": emulator_host.url}), secrets=VAULT.seal(keys))
        )
        await session.commit()
        number = await session.get_one(Channel, clinic.whatsapp)
    await reachable.state.runtime.directory.refresh(force=True)  # the clock stands still: nothing grows old
    await provider.whatsapp_account(
        number.account,
        waba_id=number.settings["waba_id"],
        display_phone_number="+57 601 555 0199",
        name="Sol",
        webhook_url=f"{web_host.url}/webhooks/whatsapp",
        status_delay=0,
        templates=[{"id": "1", "name": "hello_world", "language": "es", "category": "UTILITY", "status": "APPROVED",
                    "components": [{"type": "BODY", "text": "Hola."}]}],
        **keys,
    )  # fmt: skip
    return clinic


async def listed(browser: httpx.AsyncClient, sol: Clinic) -> dict[tuple[str, str], dict[str, Any]]:
    answer = await browser.get("/api/templates", headers=sol.as_("manager"))
    assert answer.status_code == 200, answer.text
    return {(one["name"], one["language"]): one for one in answer.json()["items"]}


async def until(browser: httpx.AsyncClient, sol: Clinic, key: tuple[str, str], status: str) -> dict[str, Any]:
    for _ in range(300):
        found = (await listed(browser, sol)).get(key)
        if found is not None and found["status"] == status:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"{key} is {found and found['status']}, not {status}")


async def submit(browser: httpx.AsyncClient, sol: Clinic, *keys: tuple[str, str]) -> list[str | None]:
    """The problems of each."""
    named = [{"name": name, "language": language} for name, language in keys]
    answer = await browser.post("/api/templates/submit", json={"templates": named}, headers=sol.as_("manager"))
    assert answer.status_code == 200, answer.text
    return [one["problem"] for one in answer.json()["outcomes"]]


async def forms(browser: httpx.AsyncClient, sol: Clinic, thread: int) -> set[str]:
    """The names of the templates the inbox offers in a thread whose window is closed."""
    shown = await browser.get(f"/inbox/threads/{sol.public('thread', thread)}", headers=sol.as_("owner"))
    assert shown.status_code == 200
    return {part.split('"')[0] for part in shown.text.split('data-template="')[1:]}


async def late_thread(sol: Clinic) -> int:
    """Somebody who wrote two days ago."""
    return await sol.add_thread("Ana", "hola", at=NOON - timedelta(days=2), state="open")


async def send(browser: httpx.AsyncClient, sol: Clinic, thread: int, name: str, key: str) -> httpx.Response:
    content = {"kind": "template", "name": name, "language": "es", "text": "Hola.", "parameters": []}
    return await browser.post(
        f"/api/threads/{sol.public('thread', thread)}/messages",
        json={"content": content},
        headers={**sol.as_("owner"), "Idempotency-Key": key},
    )


async def test_the_packs_templates_are_listed_with_their_words(browser: httpx.AsyncClient, sol: Clinic) -> None:
    found = (await listed(browser, sol))[REMINDER, "es"]
    assert (found["status"], found["origin"], found["id"]) == ("not_submitted", "pack", None)
    assert "{{1}}" in found["body"] and "{{" not in found["shown"]
    assert {language for name, language in await listed(browser, sol) if name == REMINDER} == {"es", "pt_BR", "en"}


async def test_those_submitted_are_pending_until_meta_decides(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient
) -> None:
    number = provider.accounts["whatsapp"]
    await provider.whatsapp_account(number, review="hold")
    assert await submit(browser, sol, (REMINDER, "es"), (REMINDER, "en")) == [None, None]
    assert (await listed(browser, sol))[REMINDER, "es"]["status"] == "pending"
    assert await submit(browser, sol, (REMINDER, "es")) == []
    await provider.template(REMINDER, "es", status="APPROVED")
    info = {"reason": "Two parameters touch.", "recommendation": "Put words between them."}
    await provider.template(REMINDER, "en", status="REJECTED", reason="INVALID_FORMAT", rejection_info=info)
    await until(browser, sol, (REMINDER, "es"), "approved")
    rejected = await until(browser, sol, (REMINDER, "en"), "rejected")
    assert rejected["reason"] == (
        "El formato no vale: mira que las variables tengan texto entre medio y un ejemplo claro. "
        "Meta dice: «Two parameters touch. Put words between them.»"
    )
    await provider.whatsapp_account(number, review="approve")
    assert await submit(browser, sol, (REMINDER, "en")) == [None]
    assert (await until(browser, sol, (REMINDER, "en"), "approved"))["reason"] is None


async def test_a_verdict_that_comes_before_the_answer_is_stored_stands(browser: httpx.AsyncClient, sol: Clinic) -> None:
    for language in ("es", "pt_BR", "en"):  # decided at once, while the request is still being answered
        assert await submit(browser, sol, (REMINDER, language)) == [None]
        await until(browser, sol, (REMINDER, language), "approved")


async def test_quality_and_category_are_metas_and_an_older_word_changes_nothing(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient
) -> None:
    await browser.post("/api/templates/refresh", json={}, headers=sol.as_("owner"))
    await provider.template("hello_world", "es", quality="RED", category="MARKETING")
    for _ in range(200):
        found = (await listed(browser, sol))["hello_world", "es"]
        if (found["quality"], found["category"]) == ("RED", "MARKETING"):
            break
        await asyncio.sleep(0.02)
    assert (found["quality"], found["category"], found["origin"]) == ("RED", "MARKETING", "meta")
    async with AsyncSession(sol.engine) as session:
        later = NOON + timedelta(minutes=5)
        await session.execute(update(MessageTemplate).values(checked_at=later))
        await session.commit()
    await provider.template("hello_world", "es", status="PAUSED")
    for _ in range(200):
        if not await provider.deliveries("pending"):
            break
        await asyncio.sleep(0.02)
    assert (await listed(browser, sol))["hello_world", "es"]["status"] == "approved"


async def test_reading_from_meta_takes_every_page_and_forgets_what_is_gone(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient
) -> None:
    number = provider.accounts["whatsapp"]
    many = [{"id": str(n), "name": f"otra_{n}", "language": "es", "category": "UTILITY", "status": "APPROVED",
             "components": [{"type": "BODY", "text": "Hola."}]} for n in range(100, 350)]  # fmt: skip
    await provider.whatsapp_account(number, templates=many)
    answer = await browser.post("/api/templates/refresh", json={}, headers=sol.as_("owner"))
    assert answer.json()["read_at"] is not None
    assert sum(name.startswith("otra_") for name, _ in await listed(browser, sol)) == 250
    await provider.whatsapp_account(number, templates=many[:1])
    await browser.post("/api/templates/refresh", json={}, headers=sol.as_("owner"))
    found = await listed(browser, sol)
    assert (found["otra_100", "es"]["status"], found["otra_349", "es"]["status"]) == ("approved", "not_submitted")


async def test_an_own_template_is_written_checked_and_approved(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient
) -> None:
    headers = sol.as_("manager")
    made = await browser.post("/api/templates", json=OWN, headers=headers)
    assert made.status_code == 201, made.text
    assert (made.json()["shown"], made.json()["status"]) == ("Hola Ana, tu turno es el lunes 10:00.", "not_submitted")
    again = await browser.post("/api/templates", json=OWN, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "template_taken")
    better = {name: OWN[name] for name in ("category", "examples", "footer", "buttons")}
    path = f"/api/templates/{made.json()['id']}"
    changed = await browser.put(path, json={**better, "body": "Hola {{1}}, te esperamos el {{2}}."}, headers=headers)
    assert changed.json()["shown"] == "Hola Ana, te esperamos el lunes 10:00."
    assert await submit(browser, sol, ("aviso_de_turno", "es")) == [None]
    approved = await until(browser, sol, ("aviso_de_turno", "es"), "approved")
    assert [one["text"] for one in approved["buttons"]] == ["Confirmo", "No puedo"]
    fixed = await browser.put(path, json={**better, "body": OWN["body"]}, headers=headers)
    assert (fixed.status_code, fixed.json()["code"]) == (409, "template_fixed")
    assert (await browser.delete(path, headers=headers)).status_code == 204
    state = await provider.call("GET", "/emulator/api/state")
    assert "aviso_de_turno" not in str(state)


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"name": "Aviso de turno"}, "template_name", "minúsculas"),
        ({"language": "fr"}, "template_language", "no se ofrece"),
        ({"body": "x" * 1025, "examples": []}, "template_body", "caben 1024"),
        ({"body": " ", "examples": []}, "template_body", "Falta el texto"),
        ({"body": "{{1}}, hola {{2}}."}, "template_body", "empezar"),
        ({"body": "Hola {{1}}, el {{2}}"}, "template_body", "terminar"),
        ({"body": "Hola {{1}} {{2}}, ven."}, "template_body", "Entre dos variables"),
        ({"body": "Hola {{2}} y {{1}}, ven."}, "template_body", "en ese orden"),
        ({"body": "Hola {{nombre}}, ven el {{2}} ya."}, "template_body", "en ese orden"),
        ({"examples": ["Ana"]}, "template_examples", "hay 1 ejemplos"),
        ({"footer": "x" * 61}, "template_footer", "60"),
        ({"buttons": [{"kind": "quick_reply", "text": "x" * 26}]}, "template_buttons", "25"),
        ({"buttons": [{"kind": "quick_reply", "text": f"B{n}"} for n in range(4)]}, "template_buttons", "hasta 3"),
        ({"buttons": [{"kind": "quick_reply", "text": "Sí"}] * 2}, "template_buttons", "lo mismo"),
        ({"buttons": [{"kind": "url", "text": "Ver", "url": "http://sol.example"}]}, "template_buttons", "https://"),
        (
            {"buttons": [{"kind": "url", "text": "Ver", "url": "https://a.co"}, {"kind": "quick_reply", "text": "No"}]},
            "template_buttons",
            "o un botón",
        ),
    ],
)
async def test_what_meta_would_not_take_is_refused_with_words(
    browser: httpx.AsyncClient, sol: Clinic, change: dict[str, Any], code: str, words: str
) -> None:
    answer = await browser.post("/api/templates", json={**OWN, **change}, headers=sol.as_("owner"))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert words in answer.json()["message"]


async def test_what_meta_itself_refuses_is_told(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient
) -> None:
    await browser.post("/api/templates/refresh", json={}, headers=sol.as_("owner"))
    taken = {"id": "77", "name": "aviso_de_turno", "language": "es", "category": "UTILITY", "status": "APPROVED",
             "components": [{"type": "BODY", "text": "Otro."}]}  # fmt: skip
    await provider.whatsapp_account(provider.accounts["whatsapp"], templates=[taken])
    assert (await browser.post("/api/templates", json=OWN, headers=sol.as_("owner"))).status_code == 201
    (problem,) = await submit(browser, sol, ("aviso_de_turno", "es"))
    assert problem is not None and problem.startswith("Meta no la tomó: There is already es content")


async def test_the_inbox_offers_what_is_approved(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient
) -> None:
    thread = await late_thread(sol)
    before = await forms(browser, sol, thread)
    assert REMINDER in before and "hello_world" not in before  # never read: the pack's count as approved
    await browser.post("/api/templates/refresh", json={}, headers=sol.as_("owner"))
    assert await forms(browser, sol, thread) == {"hello_world"}
    await submit(browser, sol, (REMINDER, "es"))
    await until(browser, sol, (REMINDER, "es"), "approved")
    assert await forms(browser, sol, thread) == {"hello_world", REMINDER}
    await provider.template(REMINDER, "es", status="PAUSED")
    await until(browser, sol, (REMINDER, "es"), "paused")
    assert await forms(browser, sol, thread) == {"hello_world"}


async def test_one_that_meta_paused_or_never_saw_is_not_sent(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient
) -> None:
    thread = await late_thread(sol)
    assert (await send(browser, sol, thread, "hello_world", "1")).status_code == 201  # nothing is known of any
    await provider.template("hello_world", "es", status="PAUSED")
    await until(browser, sol, ("hello_world", "es"), "paused")
    refused = await send(browser, sol, thread, "hello_world", "2")
    assert (refused.status_code, refused.json()["code"]) == (409, "template_not_approved")
    assert refused.json()["message"].startswith("Meta pausó esta plantilla")
    assert (await send(browser, sol, thread, REMINDER, "3")).status_code == 201  # still unknown
    await browser.post("/api/templates/refresh", json={}, headers=sol.as_("owner"))
    assert "envíala a aprobar" in (await send(browser, sol, thread, REMINDER, "4")).json()["message"]


async def test_what_needs_more_than_text_is_not_offered(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient
) -> None:
    def made(number: int, name: str, *components: dict[str, Any]) -> dict[str, Any]:
        return {"id": str(number), "name": name, "language": "es", "category": "UTILITY", "status": "APPROVED",
                "components": [{"type": "BODY", "text": "Hola {{1}}, ven."}, *components]}  # fmt: skip

    await provider.whatsapp_account(
        provider.accounts["whatsapp"],
        templates=[
            made(1, "simple", {"type": "FOOTER", "text": "Sol"}),
            made(2, "con_foto", {"type": "HEADER", "format": "IMAGE"}),
            made(3, "con_direccion", {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Ver",
                                                                     "url": "https://a.co/{{1}}"}]}),
            {**made(4, "con_nombre"), "components": [{"type": "BODY", "text": "Hola {{nombre}}, ven."}]},
        ],
    )  # fmt: skip
    await browser.post("/api/templates/refresh", json={}, headers=sol.as_("owner"))
    assert await forms(browser, sol, await late_thread(sol)) == {"simple"}


async def test_without_a_number_the_page_says_what_to_do(browser: httpx.AsyncClient, sol: Clinic) -> None:
    await browser.delete(f"/api/channels/{sol.public('channel', sol.whatsapp)}", headers=sol.as_("owner"))
    answer = await browser.get("/api/templates", headers=sol.as_("owner"))
    assert (answer.status_code, answer.json()["code"]) == (409, "no_whatsapp")
    assert "conecta primero un número" in (await browser.get("/settings/templates", headers=sol.as_("owner"))).text


async def test_templates_are_of_one_organization(browser: httpx.AsyncClient, sol: Clinic, clinic: Clinic) -> None:
    made = await browser.post("/api/templates", json=OWN, headers=sol.as_("owner"))
    async with AsyncSession(sol.engine) as session:
        row = (await session.scalars(select(MessageTemplate))).one()
    assert (row.organization_id, row.own) == (sol.organization_id, True)
    path = f"/api/templates/{made.json()['id']}"
    assert (await browser.delete(path, headers=sol.as_("receptionist"))).status_code == 403


def test_every_word_of_the_templates_page_is_translated() -> None:
    tables = (page.STATES, page.QUALITIES, page.ORIGINS, page.CATEGORIES, page.PURPOSES)
    words = {word for table in tables for word in table.values()}
    assert [word for word in words for language in ("pt", "en") if word not in translations(language)] == []
