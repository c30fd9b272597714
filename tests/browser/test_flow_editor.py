"""An owner changes what the bot says: tried on the phone beside the form, published, and heard by who writes next."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Opens, Sits
from tests.browser.desk import OWNER
from tests.browser.test_accessible import serious

ASK = "steps.algo_mas.choose"


async def edits(page: Page, key: str, words: str) -> None:
    await page.locator(f'[data-key="{key}"]:not([data-language])').fill(words)


async def test_a_text_is_changed_tried_published_and_said(opens: Opens, sits: Sits) -> None:
    desk = await sits(OWNER)
    page = desk.page
    await page.goto(f"{desk.web}/settings/flows")
    await page.get_by_role("link", name="Inicio").click()
    talk = page.locator("#talk")
    await expect(talk).to_contain_text("¿En qué te ayudo?")
    publish = page.locator("#publish")
    await expect(publish).to_be_disabled()
    await edits(page, "steps.menu.choose", "¿Qué te trae por aquí hoy?")
    await expect(talk).to_contain_text("¿Qué te trae por aquí hoy?")
    await talk.get_by_text("Ver opciones").click()
    await talk.get_by_role("button", name="Pedir valoración").click()
    await expect(talk).to_contain_text("¿cómo te llamas?")

    running = await opens("whatsapp", "573005550811", "Antes")
    await running.writes("hola")
    await running.hears("¿En qué te ayudo?")

    await publish.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Lo que cambia en las conversaciones de ejemplo", timeout=20_000)
    await dialog.get_by_label("Qué cambiaste").fill("Más cálido")
    await dialog.get_by_role("button", name="Publicar").click()
    await expect(page.locator(".tag", has_text="versión 1").first).to_be_visible(timeout=15_000)

    phone = await opens("whatsapp", "573005550812", "Después")
    await phone.writes("hola")
    await phone.hears("¿Qué te trae por aquí hoy?")
    await running.writes("xyzzy")
    await running.hears("Perdona, no te entendí")

    await page.get_by_role("tab", name="Historia").click()
    await expect(page.locator("#history")).to_contain_text("Más cálido")
    page.on("dialog", lambda asked: asked.accept())
    await page.locator("#history").get_by_role("button", name="Volver a esta").last.click()
    await expect(page.locator("#editor .tag", has_text="Original").first).to_be_visible()
    later = await opens("whatsapp", "573005550813", "Luego")
    await later.writes("hola")
    await later.hears("¿En qué te ayudo?")


async def test_what_the_linter_refuses_is_told_while_writing_and_cannot_be_published(sits: Sits) -> None:
    desk = await sits(OWNER)
    page = desk.page
    await page.goto(f"{desk.web}/settings/flows/inicio")
    await edits(page, ASK, "¿Algo más, {nombree}?")
    troubles = page.locator("#troubles")
    await expect(troubles).to_contain_text("paso algo_mas", timeout=10_000)
    await expect(troubles).to_contain_text("Se usa algo que no existe: «nombree»")
    await troubles.get_by_role("button", name="Ir al paso").first.click()
    await expect(page.locator("#step-algo_mas")).to_be_in_viewport()
    await page.locator("#publish").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Corrige esto antes de publicar", timeout=20_000)
    await expect(dialog.get_by_role("button", name="Publicar")).to_be_disabled()
    await dialog.get_by_role("button", name="Cancelar").click()
    await page.get_by_role("tab", name="Avanzado").click()
    await expect(page.locator("#yaml")).to_have_value(re.compile("nombree"))
    await expect(page.locator("#lines .bad")).to_have_count(1)


async def test_options_are_put_in_order_from_the_keyboard_and_labels_are_counted(sits: Sits) -> None:
    desk = await sits(OWNER, width=360)
    page = desk.page
    await page.goto(f"{desk.web}/settings/flows/inicio")
    menu = page.locator("#step-algo_mas")
    await menu.get_by_role("button", name="Bajar valoracion").press("Enter")
    await expect(menu.locator("[data-option]").first).to_have_attribute("data-option", "otra")
    label = page.locator('[data-key="steps.algo_mas.nada.label"]:not([data-language])')
    await label.fill("Nada más por ahora, gracias")
    await expect(label.locator("xpath=../small")).to_have_text("27/20")
    await page.locator("#step-algo_mas").get_by_role("button", name="Probar desde aquí").click()
    talk = page.locator("#talk")
    await expect(talk).to_contain_text("1. Otra pregunta")  # too long for a button: WhatsApp shows numbered text
    await expect(talk).to_contain_text("2. Pedir valoración")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_editor_has_no_serious_barrier(sits: Sits, scheme: str) -> None:
    desk = await sits(OWNER)
    await desk.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await desk.page.goto(f"{desk.web}/settings/flows")
    assert await serious(desk) == []
    await desk.page.goto(f"{desk.web}/settings/flows/inicio")
    await expect(desk.page.locator("#talk")).to_contain_text("¿En qué te ayudo?")
    for name in ("Textos", "Mapa", "Historia", "Avanzado"):
        await desk.page.get_by_role("tab", name=name).click()
        assert await serious(desk) == [], name
