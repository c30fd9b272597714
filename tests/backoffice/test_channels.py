"""Connecting numbers and bots by the API: real clients against the emulated providers, real webhooks coming back."""

import asyncio
import json
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.pages.words import translations
from channels.emulator import EmulatorClient
from core.organizations.model import AuditEntry
from core.threads.model import Channel, Thread
from tests.backoffice.clinic import NOON, VAULT, Clinic, make_clinic
from tests.hosting import Host

BOT, TOKEN = 123456789, "123456789:AAH-token-of-another-bot"
NUMBER, WABA, ACCESS, APP_SECRET = "106540352242922", "102290129340398", "EAAG-permanent", "the-app-secret"


@pytest.fixture
async def sol(clinic: Clinic, provider: EmulatorClient, emulator_host: Host) -> Clinic:
    """A clinic whose providers are the emulator: its first channels say so, and those to come go there too."""
    async with AsyncSession(clinic.engine) as session:
        base = {"api_base": emulator_host.url}
        await session.execute(update(Channel).values(settings=Channel.settings.concat(base)))
        await session.commit()
    await provider.telegram_account(BOT, token=TOKEN, username="sol_bot", name="Clínica Sol")
    await provider.whatsapp_account(
        NUMBER,
        waba_id=WABA,
        display_phone_number="+57 601 555 0177",
        name="Clínica Sol",
        app_secret=APP_SECRET,
        verify_token="",
        access_token=ACCESS,
        status_delay=0,
        subscribed=False,
    )
    return clinic


def whatsapp(**changes: str) -> dict[str, str]:
    keys = {"phone_number_id": NUMBER, "waba_id": WABA, "access_token": ACCESS, "app_secret": APP_SECRET}
    return {"kind": "whatsapp", **keys, **changes}


async def connect(browser: httpx.AsyncClient, sol: Clinic, given: dict[str, Any]) -> dict[str, Any]:
    answer = await browser.post("/api/channels", json=given, headers=sol.as_("owner"))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def steps(browser: httpx.AsyncClient, sol: Clinic, channel: str, **given: bool) -> dict[str, str]:
    answer = await browser.post(f"/api/channels/{channel}/check", json=given, headers=sol.as_("owner"))
    assert answer.status_code == 200, answer.text
    told = [step[words] for step in answer.json()["steps"] for words in ("title", "todo") if step[words]]
    assert [one for one in told for language in ("pt", "en") if one not in translations(language)] == []
    return {step["key"]: step["state"] for step in answer.json()["steps"]}


async def stored(sol: Clinic, account: str) -> Channel:
    async with AsyncSession(sol.engine) as session:
        return (await session.scalars(select(Channel).where(Channel.account == account))).one()


async def until_heard(browser: httpx.AsyncClient, sol: Clinic, channel: str) -> dict[str, Any]:
    for _ in range(300):
        view = (await browser.get(f"/api/channels/{channel}", headers=sol.as_("owner"))).json()
        if view["heard_at"]:
            return dict(view)
        await asyncio.sleep(0.02)
    raise AssertionError(f"nothing came: {view}")


async def test_a_bot_is_looked_at_connected_and_heard(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient, web_host: Host
) -> None:
    looked = await browser.post("/api/channels/telegram-bot", json={"token": TOKEN}, headers=sol.as_("owner"))
    assert looked.json() == {"account": str(BOT), "username": "sol_bot", "name": "Clínica Sol", "connected": False}
    made = await connect(browser, sol, {"kind": "telegram", "token": TOKEN})
    channel = made["channel"]
    assert (channel["name"], channel["known_as"], channel["link"]) == (
        "Clínica Sol",
        "@sol_bot",
        "https://t.me/sol_bot",
    )
    assert made["webhook"] == f"{web_host.url}/webhooks/telegram/{channel['id']}"
    assert await steps(browser, sol, channel["id"]) == {"token": "ok", "webhook": "ok", "first": "waiting"}
    await provider.person("telegram", 900, str(BOT), name="Ana")
    await provider.act("telegram", 900, str(BOT), type="text", text="hola")
    view = await until_heard(browser, sol, channel["id"])
    assert await steps(browser, sol, channel["id"]) == {"token": "ok", "webhook": "ok", "first": "ok"}
    assert (view["heard_at"], view["last_in_at"] is not None) == (NOON.isoformat().replace("+00:00", "Z"), True)


async def test_a_token_that_is_none_or_unknown_is_refused_with_words(browser: httpx.AsyncClient, sol: Clinic) -> None:
    headers = sol.as_("owner")
    for token, words in (
        ("hola", "Eso no es el token de un bot"),
        ("777:AAH-nobody", "Telegram no conoce ese token"),
    ):
        for path, body in (("telegram-bot", {}), ("", {"kind": "telegram"})):
            answer = await browser.post(
                f"/api/channels/{path}".rstrip("/"), json={**body, "token": token}, headers=headers
            )
            assert (answer.status_code, answer.json()["code"]) == (422, "token")
            assert answer.json()["message"].startswith(words)
            assert token not in answer.text
    assert len((await browser.get("/api/channels", headers=headers)).json()) == 2


async def test_a_number_is_connected_step_by_step(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient, web_host: Host
) -> None:
    made = await connect(browser, sol, whatsapp())
    channel, token = made["channel"]["id"], made["verify_token"]
    assert made["webhook"] == f"{web_host.url}/webhooks/whatsapp"
    assert made["channel"]["link"] == "https://wa.me/576015550177"
    well = {"token": "ok", "number": "ok", "waba": "ok", "secret": "ok", "subscribed": "ok"}
    assert await steps(browser, sol, channel) == {**well, "verified": "waiting", "first": "waiting"}
    await provider.whatsapp_account(NUMBER, verify=True, webhook_url=made["webhook"], verify_token=token)
    assert await steps(browser, sol, channel) == {**well, "verified": "ok", "first": "waiting"}
    await provider.act("whatsapp", "573001112233", NUMBER, type="text", text="hola")
    await until_heard(browser, sol, channel)
    assert await steps(browser, sol, channel) == {**well, "verified": "ok", "first": "ok"}


async def test_each_wrong_key_of_a_number_turns_its_own_step_red(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient
) -> None:
    channel = (await connect(browser, sol, whatsapp()))["channel"]["id"]
    headers = sol.as_("owner")
    wrong = {"app_secret": "of-another-app", "waba_id": "999"}
    assert (await browser.patch(f"/api/channels/{channel}", json=wrong, headers=headers)).status_code == 200
    found = await steps(browser, sol, channel)
    assert {key for key, state in found.items() if state == "wrong"} == {"waba", "secret", "subscribed"}
    right = {"app_secret": APP_SECRET, "waba_id": WABA}
    assert (await browser.patch(f"/api/channels/{channel}", json=right, headers=headers)).status_code == 200
    await provider.whatsapp_account(NUMBER, subscribed=False)
    assert (await steps(browser, sol, channel))["subscribed"] == "wrong"
    assert (await steps(browser, sol, channel, mend=True))["subscribed"] == "ok"
    await provider.whatsapp_account(NUMBER, access_token="EAAG-another")
    found = await steps(browser, sol, channel)
    assert (found["token"], found["number"]) == ("wrong", "waiting")
    assert (await browser.get(f"/api/channels/{channel}", headers=headers)).json()["problem"].startswith("Meta no acep")
    change = await browser.patch(f"/api/channels/{channel}", json={"access_token": "EAAG-another"}, headers=headers)
    assert change.json()["channel"]["problem"] is None
    assert (await steps(browser, sol, channel))["token"] == "ok"


async def test_a_number_the_token_cannot_read_is_not_connected(browser: httpx.AsyncClient, sol: Clinic) -> None:
    for change, code in (
        ({"phone_number_id": "106540352242923"}, "not_readable"),
        ({"phone_number_id": "+57 601"}, "meta_id"),
        ({"access_token": "EAAG-wrong"}, "token"),
    ):
        answer = await browser.post("/api/channels", json=whatsapp(**change), headers=sol.as_("owner"))
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert len((await browser.get("/api/channels", headers=sol.as_("owner"))).json()) == 2


async def test_a_provider_that_is_away_is_not_a_wrong_token(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient
) -> None:
    channel = (await connect(browser, sol, whatsapp()))["channel"]["id"]
    async with AsyncSession(sol.engine) as session:
        nowhere = {"api_base": "http://127.0.0.1:9"}
        await session.execute(update(Channel).values(settings=Channel.settings.concat(nowhere)))
        await session.commit()
    answer = await browser.post("/api/channels", json=whatsapp(), headers=sol.as_("owner"))
    assert (answer.status_code, answer.json()["code"]) == (409, "no_answer")
    checked = await browser.post(f"/api/channels/{channel}/check", json={}, headers=sol.as_("owner"))
    assert checked.json()["steps"][0]["title"] == "No hay conexión con Meta"
    assert (await stored(sol, NUMBER)).problem is None


async def test_secrets_go_in_and_never_come_out(browser: httpx.AsyncClient, sol: Clinic) -> None:
    bot = await connect(browser, sol, {"kind": "telegram", "token": TOKEN, "name": "El bot"})
    number = await connect(browser, sol, whatsapp())
    headers = sol.as_("owner")
    paths = ["/api/channels", "/api/audit", "/settings/channels"]
    paths += [f"/{page}/channels/{made['channel']['id']}" for made in (bot, number) for page in ("api", "settings")]
    answers = [await browser.get(path, headers=headers) for path in paths]
    for made in (bot, number):
        answers += [await browser.post(f"/api/channels/{made['channel']['id']}/check", json={}, headers=headers)]
    assert {answer.status_code for answer in answers} == {200}
    shown = [json.dumps(made["channel"]) for made in (bot, number)] + [answer.text for answer in answers]
    kept = [VAULT.open((await stored(sol, account)).secrets) for account in (str(BOT), NUMBER)]
    secrets = {value for one in kept for value in one.values()}
    assert {TOKEN, ACCESS, APP_SECRET, number["verify_token"]} <= secrets
    assert [secret for secret in secrets for text in shown if secret in text] == []
    sealed = [(await stored(sol, account)).secrets for account in (str(BOT), NUMBER)]
    assert [secret for secret in secrets for one in sealed if secret.encode() in one] == []
    async with AsyncSession(sol.engine) as session:
        told = [(entry.action, entry.subject) for entry in await session.scalars(select(AuditEntry))]
    assert told == [("channel.connected", "telegram @sol_bot"), ("channel.connected", "whatsapp +57 601 555 0177")]


async def test_a_paused_bot_hears_again_what_was_written_meanwhile(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient
) -> None:
    channel = (await connect(browser, sol, {"kind": "telegram", "token": TOKEN}))["channel"]["id"]
    headers = sol.as_("owner")
    await browser.patch(f"/api/channels/{channel}", json={"active": False}, headers=headers)
    await provider.person("telegram", 900, str(BOT), name="Ana")
    await provider.act("telegram", 900, str(BOT), type="text", text="¿están?")
    await asyncio.sleep(0.1)
    assert (await browser.get(f"/api/channels/{channel}", headers=headers)).json()["heard_at"] is None
    await browser.patch(f"/api/channels/{channel}", json={"active": True}, headers=headers)
    await until_heard(browser, sol, channel)


async def test_new_keys_must_be_of_the_same_bot_and_a_name_asks_nobody(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient
) -> None:
    channel = (await connect(browser, sol, {"kind": "telegram", "token": TOKEN}))["channel"]["id"]
    path, headers = f"/api/channels/{channel}", sol.as_("owner")
    other = await browser.patch(path, json={"token": "42:AAH-other"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "other_account")
    assert (await browser.patch(path, json={"app_secret": "x"}, headers=headers)).status_code == 422
    await provider.telegram_account(BOT, token=f"{BOT}:AAH-after-revoke")
    named = await browser.patch(path, json={"name": "Bot nuevo"}, headers=headers)
    assert named.json()["channel"]["name"] == "Bot nuevo"
    assert (await steps(browser, sol, channel))["token"] == "wrong"
    fresh = await browser.patch(path, json={"token": f"{BOT}:AAH-after-revoke"}, headers=headers)
    assert fresh.status_code == 200
    assert await steps(browser, sol, channel) == {"token": "ok", "webhook": "ok", "first": "waiting"}


async def test_a_removed_channel_keeps_its_threads_and_comes_back_to_them(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient
) -> None:
    channel = (await connect(browser, sol, {"kind": "telegram", "token": TOKEN}))["channel"]["id"]
    await provider.person("telegram", 900, str(BOT), name="Ana")
    await provider.act("telegram", 900, str(BOT), type="text", text="hola")
    await until_heard(browser, sol, channel)
    headers = sol.as_("owner")
    assert (await browser.delete(f"/api/channels/{channel}", headers=headers)).status_code == 204
    assert (await browser.get(f"/api/channels/{channel}", headers=headers)).status_code == 404
    assert len((await browser.get("/api/channels", headers=headers)).json()) == 2
    row = await stored(sol, str(BOT))
    assert (row.secrets, row.active) == (b"", False)
    async with AsyncSession(sol.engine) as session:
        assert await session.scalar(select(Thread.channel_id)) == row.id
    again = await connect(browser, sol, {"kind": "telegram", "token": TOKEN})
    assert (again["channel"]["id"], again["channel"]["heard_at"]) == (channel, None)


async def test_an_account_is_of_one_organization_until_it_is_removed(
    browser: httpx.AsyncClient, sol: Clinic, emulator_host: Host
) -> None:
    other = await make_clinic(sol.engine, "otra")
    async with AsyncSession(sol.engine) as session:
        base = {"api_base": emulator_host.url}
        await session.execute(update(Channel).values(settings=Channel.settings.concat(base)))
        await session.commit()
    mine = (await connect(browser, sol, {"kind": "telegram", "token": TOKEN}))["channel"]["id"]
    given = {"kind": "telegram", "token": TOKEN}
    taken = await browser.post("/api/channels", json=given, headers=other.as_("owner"))
    assert (taken.status_code, taken.json()["code"]) == (409, "taken")
    assert (await browser.get(f"/api/channels/{mine}", headers=other.as_("owner"))).status_code == 404
    await browser.delete(f"/api/channels/{mine}", headers=sol.as_("owner"))
    assert (await browser.post("/api/channels", json=given, headers=other.as_("owner"))).status_code == 201


async def test_what_came_before_a_number_was_connected_is_its_organizations(
    browser: httpx.AsyncClient, sol: Clinic, provider: EmulatorClient, web_host: Host
) -> None:
    await connect(browser, sol, whatsapp())
    await provider.whatsapp_account(
        "106540352240000", waba_id=WABA, display_phone_number="+57 1", name="Dos", app_secret=APP_SECRET,
        verify_token="", access_token=ACCESS, webhook_url=f"{web_host.url}/webhooks/whatsapp",
    )  # fmt: skip
    await provider.act("whatsapp", "573001112233", "106540352240000", type="text", text="¿hola?")
    for _ in range(200):
        if not await provider.deliveries("pending"):
            break
        await asyncio.sleep(0.02)
    made = await connect(browser, sol, whatsapp(phone_number_id="106540352240000"))
    assert made["waited"] == 1


async def test_links_are_written_and_drawn(browser: httpx.AsyncClient, sol: Clinic) -> None:
    bot = (await connect(browser, sol, {"kind": "telegram", "token": TOKEN}))["channel"]["id"]
    number = (await connect(browser, sol, whatsapp()))["channel"]["id"]
    headers = sol.as_("manager")
    link = (await browser.get(f"/api/channels/{bot}/link?payload=volante_mayo", headers=headers)).json()
    assert link["address"] == "https://t.me/sol_bot?start=volante_mayo"
    assert re.match(r"data:image/svg\+xml;base64,", link["picture"])
    link = (
        await browser.get(f"/api/channels/{number}/link", params={"text": "Hola, ¿precio?"}, headers=headers)
    ).json()
    assert link["address"] == "https://wa.me/576015550177?text=Hola%2C%20%C2%BFprecio%3F"
    assert (await browser.get(f"/api/channels/{bot}/link?payload=a%20b", headers=headers)).status_code == 422
