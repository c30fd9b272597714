"""Takes the README's pictures from the phone page and the staff's pages of a running demo.

    make demo                                       # in one terminal
    .venv/bin/python docs/screenshots.py            # in another; or with the phone page's address

Needs Chromium. Pictures go to docs/images.
"""

import asyncio
import shutil
import sys
from pathlib import Path

from playwright.async_api import Locator, Page, async_playwright, expect

from backoffice.seed import OWNER, PASSWORD

IMAGES = Path(__file__).parent / "images"
PAGES = (("pipeline", "/pipeline"), ("flows", "/settings/flows/inicio"))
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


async def write(phone: Locator, text: str) -> None:
    box = phone.get_by_label("Mensaje", exact=True)
    await box.fill(text)
    await box.press("Enter")


async def tap(phone: Locator, label: str) -> None:
    await phone.get_by_role("button", name=label, exact=True).last.click()


async def heard(phone: Locator, words: str) -> None:
    """Wait until the clinic's newest message has these words, and until its ticks are blue."""
    last = phone.locator(".msg:not(.mine)").last
    await expect(last).to_contain_text(words, timeout=15_000)
    if await phone.get_attribute("data-channel") == "whatsapp":
        await expect(last.locator(".is-read")).to_be_visible(timeout=15_000)


async def whatsapp(page: Page) -> None:
    phone = page.locator("#phone-whatsapp")
    await write(phone, "menú")
    await heard(phone, "¿En qué te ayudo?")
    await tap(phone, "Ver opciones")
    await phone.get_by_role("dialog").get_by_role("button", name="Pedir valoración").click()
    await heard(phone, "¿cómo te llamas?")
    await write(phone, "soy Carolina Pérez")
    await heard(phone, "¿qué tratamiento te interesa?")
    await write(phone, "botoxx")
    await heard(phone, "¿Qué edad tienes?")
    await write(phone, "tengo 34 años")
    await heard(phone, "embarazo o lactancia")
    await tap(phone, "No")
    await heard(phone, "primera vez")


async def telegram(page: Page) -> None:
    phone = page.locator("#phone-telegram")
    await write(phone, "menú")
    await heard(phone, "¿En qué te ayudo?")
    await tap(phone, "Pedir valoración")
    await heard(phone, "¿cómo te llamas?")
    await write(phone, "Andrés Gil")
    await heard(phone, "¿qué tratamiento te interesa?")
    await tap(phone, "Depilación láser")
    await heard(phone, "¿Qué edad tienes?")
    await write(phone, "¿dónde quedan?")
    await expect(phone.locator(".card")).to_be_visible(timeout=15_000)
    await heard(phone, "¿Qué edad tienes?")


async def staff(page: Page, address: str) -> None:
    """The inbox with the lead of the phone open, and the other pages."""
    await page.goto(address)
    await page.get_by_label("Correo").fill(OWNER)
    await page.get_by_label("Contraseña").fill(PASSWORD)
    await page.get_by_role("button", name="Entrar").click()
    await page.locator("#views button", has_text="Con el bot").click()
    await page.locator(".row", has_text="Carolina").first.click()
    await expect(page.locator("#messages .bubble").last).to_be_visible()
    await page.wait_for_timeout(800)
    await page.screenshot(path=IMAGES / "inbox.png")
    for name, path in PAGES:
        await page.goto(f"{address}{path}")
        await page.wait_for_timeout(800)  # charts and calendars come in with a movement
        await page.screenshot(path=IMAGES / f"{name}.png")


async def main(address: str) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Chromium is needed: apt-get install chromium")
    IMAGES.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1000, "height": 780})
        await page.goto(address)
        await whatsapp(page)
        await telegram(page)
        await page.mouse.move(0, 0)
        await page.wait_for_timeout(500)  # the last bubble comes in with a movement
        await page.screenshot(path=IMAGES / "conversation.png")
        await page.set_viewport_size({"width": 360, "height": 740})
        await page.get_by_label("Cambiar entre claro y oscuro").click()
        await page.wait_for_timeout(500)
        await page.screenshot(path=IMAGES / "conversation-dark.png")
        desk = await browser.new_page(viewport={"width": 1366, "height": 800}, locale="es-CO")
        host, _, port = address.rpartition(":")
        await staff(desk, f"{host}:{int(port) - 10}")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8790"))
