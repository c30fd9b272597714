"""The settings in a browser: what is written there holds, and says what came of it."""

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import Sits
from tests.browser.desk import OWNER, Desk


async def at(desk: Desk, matter: str) -> Page:
    await desk.page.goto(f"{desk.web}/settings/{matter}")
    await expect(desk.page.locator(".sheet h1")).to_be_visible()
    return desk.page


async def test_somebody_is_invited_and_chooses_their_password(sits: Sits) -> None:
    desk = await sits(OWNER)
    page = await at(desk, "members")
    await page.get_by_text("Invitar a alguien").click()
    form = page.locator("form[data-send='POST /members']")
    await form.get_by_label("Nombre").fill("Irene Sol")
    await form.get_by_label("Correo").fill("irene@demo.hilo")
    await form.get_by_label("Rol").select_option("doctor")
    await form.get_by_role("button", name="Invitar").click()
    link = await page.get_by_role("dialog").get_by_role("textbox").input_value()
    assert re.search(r"/join[?#]", link), link
    await page.get_by_role("button", name="Listo").click()
    row = page.locator(".things li[data-email='irene@demo.hilo']")
    await expect(row).to_contain_text("Profesional")
    assert await form.get_by_label("Correo").input_value() == ""

    await row.get_by_text("Cambiar").click()
    await row.get_by_label("Rol").select_option("manager")
    await row.get_by_role("button", name="Guardar").click()
    await expect(row).to_contain_text("Gerencia")

    async with page.context.expect_page() as opened:
        await page.evaluate("address => open(address)", link)
    joined = await opened.value
    await expect(joined.get_by_label("Contraseña")).to_be_visible()
