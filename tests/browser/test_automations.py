"""The owner makes an automation on the page, tries it on the past, and it does what it says to the next person."""

from playwright.async_api import expect

from tests.browser.conftest import Opens, Sits
from tests.browser.desk import OWNER


async def test_an_automation_is_tried_on_the_past_saved_and_then_acts(opens: Opens, sits: Sits) -> None:
    phone = await opens("whatsapp", "573004445501", "Nadia Vela")
    await phone.writes("quiero saber por los bonos de regalo")
    desk = await sits(OWNER)
    page = desk.page
    await page.goto(f"{desk.web}/settings/automations")
    await page.get_by_role("button", name="Nueva automatización").click()
    editor = page.locator("#editor")
    await editor.get_by_label("Nombre").fill("Bonos")
    await editor.get_by_role("button", name="Condición").click()
    await editor.get_by_label("Valor").fill("bono, bonos")
    await editor.locator("#actions select").first.select_option("note")
    await editor.get_by_label("Nota").fill("{contact} pregunta por bonos")
    await editor.get_by_role("button", name="Probar con los últimos 30 días").click()
    await expect(editor.locator("#tried")).to_contain_text("Nadia Vela")
    await editor.get_by_role("button", name="Guardar").click()
    await expect(page.locator("#automations")).to_contain_text("Bonos")

    await phone.writes("¿tienen bonos?")
    await page.goto(f"{desk.web}/inbox?view=all")
    await desk.opens("Nadia Vela")
    await expect(page.locator("#messages")).to_contain_text("Nadia pregunta por bonos", timeout=10_000)
    await expect(page.locator("#messages .event", has_text="Automatización: Bonos")).to_be_visible()

    await page.goto(f"{desk.web}/settings/automations")
    await page.get_by_role("button", name="Qué hizo").click()
    await expect(page.locator(".runs")).to_contain_text("Nadia Vela")
