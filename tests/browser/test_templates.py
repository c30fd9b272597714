"""The templates' page in a browser: read from Meta, written with its preview, and approved."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Sits
from tests.browser.desk import OWNER
from tests.browser.test_accessible import serious


async def test_a_template_is_written_previewed_and_approved(sits: Sits) -> None:
    desk = await sits(OWNER)
    page = desk.page
    await page.goto(f"{desk.web}/settings/templates")
    await page.get_by_role("button", name="Leer de Meta").click()
    reminder = page.locator("[data-template=recordatorio_hora][data-language=es]")
    await expect(reminder).to_have_attribute("data-status", "approved")
    await page.get_by_role("link", name="Escribir una").click()
    await page.get_by_label("Nombre, para el equipo y para Meta").fill("resultado_listo")
    await page.get_by_label("Texto").fill("{{1}}, tu resultado está listo.")
    await page.get_by_label("Ejemplo de {{1}}").fill("Ana")
    await expect(page.locator("#said")).to_have_text("Ana, tu resultado está listo.")
    await page.get_by_role("button", name="Guardar y enviar a aprobar").click()
    await expect(page.locator("#write .problem")).to_contain_text("no puede empezar ni terminar con una variable")
    await page.get_by_label("Texto").fill("Hola {{1}}, tu resultado está listo.")
    await expect(page.get_by_label("Ejemplo de {{1}}")).to_have_value("Ana")
    await page.get_by_label("Botones").select_option("quick_reply")
    await page.get_by_label("Botón 1").fill("Gracias")
    await expect(page.locator("#options")).to_have_text("Gracias")
    await page.get_by_role("button", name="Guardar y enviar a aprobar").click()
    own = page.locator("[data-template=resultado_listo]")
    await expect(own).to_contain_text("Hola Ana, tu resultado está listo.")
    for _ in range(20):
        if await own.get_attribute("data-status") == "approved":
            break
        await page.wait_for_timeout(250)
        await page.reload()
    await expect(own).to_contain_text("Aprobada")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_templates_pages_have_no_serious_barrier_and_fit_a_narrow_phone(sits: Sits, scheme: str) -> None:
    desk = await sits(OWNER, width=360)
    await desk.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in ("/settings/templates", "/settings/templates/new"):
        await desk.page.goto(f"{desk.web}{path}")
        assert await serious(desk) == []
        assert await desk.page.evaluate("document.documentElement.scrollWidth") <= 360
