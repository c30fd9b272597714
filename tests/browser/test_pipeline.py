"""The pipeline in a browser: cards go from stage to stage by mouse, by finger and by keyboard; everybody sees it."""

import psycopg
import pytest
from playwright.async_api import Locator, Page, expect

from backoffice.embedded import running_server
from tests.browser.conftest import Sits
from tests.browser.desk import Desk
from tests.demo.running import Demo

PAULA, OWNER = "paula@demo.hilo", "duena@demo.hilo"
ADD = """
    WITH clinic AS (SELECT id FROM organization WHERE slug = 'demo'),
    person AS (INSERT INTO contact (organization_id, name) SELECT id, %s FROM clinic RETURNING id, organization_id)
    INSERT INTO lead (organization_id, contact_id, stage_id, interest, value_minor, currency, next_step, next_at)
    SELECT p.organization_id, p.id, s.id, 'botox', 65000000, 'COP', 'Llamar', now() - interval '1 day'
    FROM person p JOIN lead_stage s ON s.organization_id = p.organization_id AND s.key = 'nuevo'
"""
STORED = """
    SELECT s.key, l.lost_reason, l.value_minor FROM lead l JOIN lead_stage s ON s.id = l.stage_id
    JOIN contact c ON c.id = l.contact_id WHERE c.name = %s
"""


def add_lead(demo: Demo, name: str) -> None:
    url = running_server(demo.data)
    assert url is not None
    with psycopg.connect(url) as connection:
        connection.execute(ADD, (name,))


def stored(demo: Demo, name: str) -> tuple[str, str | None, int | None]:
    """(stage, lost reason, value) of the person's lead."""
    url = running_server(demo.data)
    assert url is not None
    with psycopg.connect(url) as connection:
        row = connection.execute(STORED, (name,)).fetchone()
    assert row is not None
    return row


def column(page: Page, stage: str) -> Locator:
    return page.locator(f".stage[data-stage={stage}]")


def card(page: Page, name: str) -> Locator:
    return page.locator(f".lead[data-name='{name}']:not(.ghost)")


async def at_the_board(desk: Desk, query: str = "") -> Page:
    await desk.page.goto(f"{desk.web}/pipeline{query}")
    await expect(desk.page.locator(".stage").first).to_be_visible()
    return desk.page


async def drag(page: Page, name: str, stage: str) -> None:
    """Press on the card, pull it over the column in steps, let it go."""
    await card(page, name).scroll_into_view_if_needed()
    start, end = await card(page, name).bounding_box(), await column(page, stage).bounding_box()
    assert start is not None and end is not None
    await page.mouse.move(start["x"] + 60, start["y"] + 50)
    await page.mouse.down()
    await page.mouse.move(end["x"] + 90, end["y"] + 140, steps=12)
    await expect(page.locator(".stage.over")).to_have_attribute("data-stage", stage)
    await page.mouse.up()


async def test_a_dragged_card_is_stored_and_moves_on_every_page(demo: Demo, sits: Sits) -> None:
    add_lead(demo, "Irene Paz")
    page, other = await at_the_board(await sits(OWNER)), await at_the_board(await sits(PAULA))
    await expect(card(other, "Irene Paz")).to_contain_text("$650.000")
    before = int(await column(other, "calificado").locator(".number").inner_text())
    await drag(page, "Irene Paz", "calificado")
    await expect(column(page, "calificado").locator(".lead", has_text="Irene Paz")).to_be_visible()
    await expect(column(other, "calificado").locator(".lead", has_text="Irene Paz")).to_be_visible(timeout=10_000)
    await expect(column(other, "nuevo").locator(".lead", has_text="Irene Paz")).to_have_count(0)
    await expect(column(other, "calificado").locator(".number")).to_have_text(str(before + 1))
    assert stored(demo, "Irene Paz")[0] == "calificado"


async def test_a_lead_that_comes_appears_by_itself(demo: Demo, sits: Sits) -> None:
    page = await at_the_board(await sits(PAULA))
    add_lead(demo, "Recién Llegada")
    await expect(column(page, "nuevo").locator(".lead", has_text="Recién Llegada")).to_be_visible(timeout=10_000)


async def test_losing_asks_why_and_leaving_the_question_leaves_the_card(demo: Demo, sits: Sits) -> None:
    add_lead(demo, "Olga Rey")
    page = await at_the_board(await sits(OWNER, width=1900))
    await drag(page, "Olga Rey", "perdido")
    await page.get_by_role("button", name="Cancelar").click()
    await expect(column(page, "nuevo").locator(".lead", has_text="Olga Rey")).to_be_visible()
    await drag(page, "Olga Rey", "perdido")
    await page.get_by_label("Otro motivo").check()
    await page.get_by_label("Escribe el motivo").fill("Se mudó")
    await page.get_by_role("button", name="Marcar como perdida").click()
    await expect(column(page, "perdido").locator(".lead", has_text="Olga Rey")).to_contain_text("Se mudó")
    assert stored(demo, "Olga Rey")[:2] == ("perdido", "Se mudó")
    await page.get_by_role("button", name="Motivos de pérdida").click()
    await expect(page.locator(".bars")).to_contain_text("Se mudó")


async def test_the_keyboard_moves_a_card_and_winning_asks_what_it_is_worth(demo: Demo, sits: Sits) -> None:
    add_lead(demo, "Tere Gil")
    page = await at_the_board(await sits(PAULA))
    await page.get_by_role("button", name="Mover a… Tere Gil").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#move :focus")).to_have_text("Calificado")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Mover a… Tere Gil")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(column(page, "contactado").locator(".lead", has_text="Tere Gil")).to_be_visible()
    await expect(page.locator("#toasts")).to_contain_text("Tere Gil pasó a Contactado")
    await expect(page.get_by_role("button", name="Mover a… Tere Gil")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name="Asistió").press("Enter")
    await expect(page.get_by_label("Valor (COP)")).to_have_value("650000")
    await page.get_by_label("Valor (COP)").fill("700000")
    await page.keyboard.press("Enter")
    await expect(column(page, "asistio").locator(".lead", has_text="Tere Gil")).to_contain_text("$700.000")
    assert stored(demo, "Tere Gil") == ("asistio", None, 70_000_000)


async def test_the_next_step_is_written_on_the_card(demo: Demo, sits: Sits) -> None:
    add_lead(demo, "Luz Mar")
    page = await at_the_board(await sits(PAULA))
    await expect(card(page, "Luz Mar")).to_have_class("lead late")
    await page.get_by_role("button", name="Luz Mar", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Próximo paso").fill("Enviar presupuesto")
    await dialog.get_by_label("Para cuándo").fill("2099-03-04T15:30")
    await dialog.get_by_role("button", name="Guardar").click()
    await expect(card(page, "Luz Mar")).to_contain_text("Enviar presupuesto · 4 mar 2099")
    await expect(card(page, "Luz Mar")).to_have_class("lead")
    await page.get_by_role("button", name="Luz Mar", exact=True).click()
    await expect(dialog.get_by_label("Para cuándo")).to_have_value("2099-03-04T15:30")


async def test_filters_and_the_list_keep_to_the_address(demo: Demo, sits: Sits) -> None:
    add_lead(demo, "Zoe Lara")
    page = await at_the_board(await sits(PAULA))
    await page.get_by_label("Buscar personas").fill("zoe lara")
    await expect(page.locator(".lead")).to_have_count(1)
    await page.get_by_role("button", name="Lista").click()
    await expect(page.locator("#leads tbody tr")).to_have_count(1)
    await page.reload()
    await expect(page.locator("#leads tbody tr")).to_contain_text("Zoe Lara")
    await page.get_by_role("button", name="Valor").click()
    await expect(page.locator("[aria-sort=descending]")).to_have_text("Valor")


@pytest.mark.parametrize("path", ["/pipeline", "/pipeline?view=list", "/pipeline?view=lost", "/dashboard"])
async def test_on_a_narrow_phone_nothing_is_wider_than_the_screen(sits: Sits, path: str) -> None:
    desk = await sits(OWNER, width=360)
    await desk.page.goto(f"{desk.web}{path}")
    await expect(desk.page.locator("h1")).to_have_count(1)
    wide = await desk.page.evaluate(
        "Math.max(document.documentElement.scrollWidth, document.querySelector('#main').scrollWidth)"
    )
    assert wide <= 360


async def test_the_dashboard_draws_what_its_tables_say(demo: Demo, sits: Sits) -> None:
    add_lead(demo, "Nora Sol")
    desk = await sits(OWNER)
    await desk.page.goto(f"{desk.web}/dashboard")
    await expect(desk.page.locator(".chart canvas")).to_have_count(4)
    drawn = await desk.page.evaluate(
        "Chart.getChart(document.querySelector('.chart canvas')).data.datasets[0].data.at(-1)"
    )
    assert drawn >= 1
    await desk.page.get_by_label("Período").select_option("7")
    await desk.page.wait_for_url("**/dashboard?days=7*")
    async with desk.page.expect_download() as waiting:
        await desk.page.locator(".report a.file").first.click()
    assert (await waiting.value).suggested_filename == "hilo-leads-new.csv"
