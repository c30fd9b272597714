"""The channels' page in a browser: connecting a bot, which turns green by itself when somebody writes to it."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Sits
from tests.browser.desk import OWNER
from tests.browser.test_accessible import serious
from tests.demo.running import Demo

BOT, TOKEN = "7000000002", "7000000002:AAH-token-of-the-second-bot"


async def test_a_second_bot_is_connected_and_turns_green_when_a_person_writes(demo: Demo, sits: Sits) -> None:
    async with demo.emulator() as emulator:
        await emulator.telegram_account(int(BOT), token=TOKEN, username="promos_bot", name="Promos")
        desk = await sits(OWNER)
        page = desk.page
        await page.goto(f"{desk.web}/settings/channels")
        await page.get_by_role("link", name="Un bot de Telegram").click()
        await page.get_by_label("Token de @BotFather").fill("7000000002:AAH-mistyped")
        await page.get_by_role("button", name="Ver el bot").click()
        await expect(page.locator("#look .problem")).to_contain_text("Telegram no conoce ese token")
        await page.get_by_label("Token de @BotFather").fill(TOKEN)
        await page.get_by_role("button", name="Ver el bot").click()
        await expect(page.locator("#bot")).to_contain_text("Promos @promos_bot")
        await page.get_by_role("button", name="Conectar", exact=True).click()
        await expect(page.locator("[data-step=webhook]")).to_have_attribute("data-state", "ok")
        first = page.locator("[data-step=first]")
        await expect(first).to_have_attribute("data-state", "waiting")
        await expect(first).to_contain_text("Escríbele «hola» al bot")
        await emulator.person("telegram", 900000077, BOT, name="Nadia")
        await emulator.act("telegram", 900000077, BOT, type="text", text="hola")
        await expect(first).to_have_attribute("data-state", "ok", timeout=15_000)
        await expect(page.locator(".well")).to_be_visible()
        assert TOKEN not in await page.content()
        await emulator.wait_for_reply("telegram", 900000077, account=BOT)
    await page.get_by_label("De dónde viene la gente (opcional)").fill("volante_mayo")
    await expect(page.get_by_label("Enlace", exact=True)).to_have_value("https://t.me/promos_bot?start=volante_mayo")
    await page.get_by_role("button", name="Pausar").click()
    await expect(page.locator(".known")).to_contain_text("En pausa")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Quitar").click()
    await page.wait_for_url("**/settings/channels")
    await expect(page.locator(".things")).not_to_contain_text("Promos")


async def test_a_number_is_connected_and_meta_verifies_it(demo: Demo, sits: Sits) -> None:
    number = "100000000000088"
    keys = {"waba_id": "200000000000088", "app_secret": "the-secret", "access_token": "EAAG-the-token"}
    async with demo.emulator() as emulator:
        known = {"display_phone_number": "+57 601 555 0188", "name": "Sede Norte", "verify_token": ""}
        await emulator.whatsapp_account(number, **known, **keys, status_delay=0)
        desk = await sits(OWNER)
        page = desk.page
        await page.goto(f"{desk.web}/settings/channels/whatsapp")
        await page.get_by_label("Identificador del número de teléfono").fill(number)
        await page.get_by_label("Identificador de la cuenta (WABA)").fill(keys["waba_id"])
        await page.get_by_label("Clave de acceso permanente").fill(keys["access_token"])
        await page.get_by_label("Clave secreta de la app").fill(keys["app_secret"])
        await page.get_by_role("button", name="Probar y conectar").click()
        verified = page.locator("[data-step=verified]")
        await expect(verified).to_have_attribute("data-state", "waiting")
        pasted = {
            "webhook_url": await page.get_by_label("Dirección (URL de devolución de llamada)").input_value(),
            "verify_token": await page.get_by_label("Código de verificación").input_value(),
        }
        await emulator.whatsapp_account(number, verify=True, **pasted)
        await expect(verified).to_have_attribute("data-state", "ok", timeout=15_000)
        await emulator.act("whatsapp", "573009998877", number, type="text", text="hola")
        await expect(page.locator(".well")).to_be_visible(timeout=15_000)
        assert keys["access_token"] not in await page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_channels_pages_have_no_serious_barrier_and_fit_a_narrow_phone(sits: Sits, scheme: str) -> None:
    desk = await sits(OWNER, width=360)
    await desk.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in ("/settings/channels", "/settings/channels/telegram", "/settings/channels/whatsapp"):
        await desk.page.goto(f"{desk.web}{path}")
        assert await serious(desk) == []
        assert await desk.page.evaluate("document.documentElement.scrollWidth") <= 360
    await desk.page.goto(f"{desk.web}/settings/channels")
    await desk.page.get_by_role("link", name="Bot de Telegram", exact=True).click()
    await expect(desk.page.locator("[data-step=token]")).to_have_attribute("data-state", "ok")
    assert await serious(desk) == []
    assert await desk.page.evaluate("document.documentElement.scrollWidth") <= 360
