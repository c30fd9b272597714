"""The phone page in a real browser (Debian's Chromium), talking to a real emulator."""

import shutil
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from playwright.async_api import Page, async_playwright, expect
from pywa_async import WhatsApp
from pywa_async.types import Section, SectionList, SectionRow

from channels.emulator import EmulatorClient
from tests.channels.emulator.conftest import ANA, TEO, Host, Receiver
from tests.channels.emulator.test_bot_api import keyboard

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture
async def page(served: Host, phone: EmulatorClient) -> AsyncIterator[Page]:
    troubles: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        page.on("pageerror", lambda error: troubles.append(str(error)))
        await page.goto(served.url)
        yield page
        await browser.close()
    assert troubles == []


async def test_a_chat_is_had_by_typing_choosing_and_tapping(
    page: Page, whatsapp: WhatsApp, bot: Bot, phone: EmulatorClient, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url)
    green, blue = page.locator("#phone-whatsapp"), page.locator("#phone-telegram")
    await green.get_by_label("Mensaje", exact=True).fill("Hola, *quiero* un turno")
    await green.get_by_label("Mensaje", exact=True).press("Enter")
    await expect(green.locator(".mine strong")).to_have_text("quiero")

    rows = [SectionRow("Botox", "botox", "Desde $100"), SectionRow("Láser", "laser")]
    sent = await whatsapp.send_message(ANA, "¿Qué te interesa?", buttons=SectionList("Ver", [Section("Hoy", rows)]))
    await green.get_by_role("button", name="Ver", exact=True).click()
    await green.get_by_role("button", name="Botox Desde $100").click()
    await expect(green.locator(".mine").nth(1)).to_contain_text("Botox")
    await expect(green.locator(f"[data-id='{sent.id}'] .is-read")).to_be_visible()

    asked = await bot.send_message(TEO, "¿Confirmas?", reply_markup=keyboard())
    await blue.get_by_role("button", name="Sí").click()
    await receiver.wait(1)
    while not (taps := [r.body for r in receiver.received if b"callback_query" in r.raw]):
        await page.wait_for_timeout(20)
    assert taps[0]["callback_query"]["data"] == "yes"
    await bot.answer_callback_query(taps[0]["callback_query"]["id"], text="Anotado")
    await expect(blue.locator(".toast")).to_have_text("Anotado")
    await bot.edit_message_text("Confirmado", chat_id=TEO, message_id=asked.message_id)
    await expect(blue.locator(".msg").first).to_contain_text("Confirmado")


async def test_a_failure_says_why_and_a_bots_markup_is_only_text(
    page: Page, whatsapp: WhatsApp, phone: EmulatorClient
) -> None:
    await phone.whatsapp_text(ANA, "hola")
    await phone.person("whatsapp", ANA, window="closed")
    await whatsapp.send_message(ANA, "<img src=x onerror=alert(1)>")
    green = page.locator("#phone-whatsapp")
    await expect(green.locator(".why")).to_have_text(
        "No se entregó: pasaron más de 24 horas desde tu último mensaje (131047)"
    )
    await expect(green.locator(".notice")).to_be_visible()
    await expect(green.locator(".msg .body").last).to_have_text("<img src=x onerror=alert(1)>")
    assert await green.locator("img").count() == 0


async def test_a_held_bubble_offers_reactions_replies_and_edits(
    page: Page, whatsapp: WhatsApp, phone: EmulatorClient, receiver: Receiver
) -> None:
    mine = await phone.whatsapp_text(ANA, "hola")
    theirs = await whatsapp.send_message(ANA, "¿Qué día?")
    green = page.locator("#phone-whatsapp")
    bubble = green.locator(f"[data-id='{theirs.id}'] .bubble")
    await bubble.click(button="right")
    await page.get_by_role("menuitem", name="Reaccionar 👍").click()
    await expect(green.locator(f"[data-id='{theirs.id}'] .react")).to_have_text("👍")
    await bubble.click(button="right")
    await page.get_by_role("menuitem", name="Responder").click()
    await page.keyboard.type("El martes")
    await page.keyboard.press("Enter")
    await expect(green.locator(".mine .quote")).to_have_text("¿Qué día?")
    await green.locator(f"[data-id='{mine}'] .bubble").click(button="right")
    await page.get_by_role("menuitem", name="Editar").click()
    await page.keyboard.type(" Sol")
    await page.keyboard.press("Enter")
    await expect(green.locator(f"[data-id='{mine}'] .body")).to_have_text("hola Sol")
    kinds = {m["type"]: m for v in receiver.values() for m in v.get("messages", [])}
    assert kinds["reaction"]["reaction"] == {"message_id": theirs.id, "emoji": "👍"}
    assert kinds["edit"]["edit"]["original_message_id"] == mine


async def test_the_sample_voice_note_is_audio_a_browser_decodes(page: Page) -> None:
    seconds = await page.evaluate(
        """async () => {
            const bytes = await (await fetch("/emulator/api/samples/voice.ogg")).arrayBuffer();
            return (await new OfflineAudioContext(1, 48000, 48000).decodeAudioData(bytes)).duration;
        }"""
    )
    assert seconds == 3


async def test_the_scenario_starts_from_an_ad_and_sets_faults(
    page: Page, phone: EmulatorClient, receiver: Receiver
) -> None:
    await page.get_by_role("button", name="Escenario").click()
    await page.get_by_label("Perder las respuestas").check()
    await page.get_by_label("Repetir cada aviso").fill("2")
    await page.get_by_role("button", name="Tocar el anuncio").click()
    await receiver.wait(3)
    assert receiver.values()[0]["messages"][0]["referral"]["source_id"] == "120210001234"
    faults = await phone.call("GET", "/emulator/api/faults")
    assert (faults["drop_reply"], faults["redeliver"]) == (-1, 2)


async def test_at_360_pixels_one_phone_shows_at_a_time_without_sideways_scroll(page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await expect(page.locator("#phone-whatsapp")).to_be_visible()
    await expect(page.locator("#phone-telegram")).to_be_hidden()
    await page.get_by_role("tab", name="Telegram").click()
    await expect(page.locator("#phone-telegram")).to_be_visible()
    await expect(page.locator("#phone-whatsapp")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
