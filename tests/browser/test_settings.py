"""The settings in a browser: what is written there holds, and says what came of it."""

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import Opens, Sits
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


async def test_the_week_and_a_holiday_are_changed(sits: Sits) -> None:
    desk = await sits(OWNER)
    page = await at(desk, "hours")
    sunday = page.get_by_role("group", name="Domingo")
    await expect(sunday).to_contain_text("Cerrado")
    await sunday.get_by_role("button", name="Añadir tramo").click()
    await sunday.get_by_label("Hasta").fill("00:00")
    await page.get_by_role("button", name="Guardar el horario").click()
    await expect(page.locator("#toasts")).to_contain_text("Guardado.")
    await page.reload()
    assert await sunday.get_by_label("Desde").input_value() == "09:00"
    assert await sunday.get_by_label("Hasta").input_value() == "00:00"

    await sunday.get_by_label("Desde").fill("10:00")
    await sunday.get_by_role("button", name="Añadir tramo").click()
    await page.get_by_role("button", name="Guardar el horario").click()
    await expect(page.locator("#week .problem")).to_contain_text("dom: el tramo 10:00–24:00 se superpone")
    await sunday.get_by_role("button", name="Quitar el tramo").last.click()
    await page.get_by_role("button", name="Guardar el horario").click()
    await expect(page.locator("#week .problem")).to_be_hidden()

    await page.get_by_text("Añadir un día").click()
    form = page.locator("form[data-send='PUT /holidays/{day}']")
    await form.get_by_label("Día").fill("2031-03-04")
    await form.get_by_label("Nombre").fill("Aniversario")
    await form.get_by_role("button", name="Añadir", exact=True).click()
    day = page.locator("li[data-day='2031-03-04']")
    await expect(day).to_contain_text("Aniversario · Cerrado")
    await day.get_by_text("Cambiar").click()
    await day.get_by_role("button", name="Añadir tramo").click()
    await day.get_by_role("button", name="Guardar").click()
    await expect(day).to_contain_text("Aniversario · 09:00–13:00")
    page.on("dialog", lambda dialog: dialog.accept())
    await day.get_by_role("button", name="Quitar Aniversario").click()
    await expect(day).to_have_count(0)


async def test_a_label_of_the_inbox_is_coloured_and_renamed_everywhere(opens: Opens, sits: Sits) -> None:
    phone = await opens("whatsapp", "573009000301", "Lidia Etiqueta")
    await phone.writes("una persona por favor")
    desk = await sits(OWNER)
    await desk.opens("Lidia Etiqueta")
    await desk.page.get_by_role("button", name="Ficha de la persona").click()
    field = desk.page.get_by_label("Añadir una etiqueta")
    await field.fill("novia 2027")
    await field.press("Enter")
    await expect(desk.page.locator(".labels li").first).to_contain_text("novia 2027")

    page = await at(desk, "labels")
    row = page.locator(".things li[data-name='novia 2027']")
    await expect(row).to_contain_text("1 conversación")
    await row.get_by_text("Cambiar").click()
    await row.get_by_label("Nombre").fill("Novias")
    await row.get_by_label("Azul").check()
    await row.get_by_role("button", name="Guardar").click()
    await expect(page.locator(".things li[data-name='Novias']")).to_be_visible()
    await desk.page.goto(f"{desk.web}/inbox")
    await expect(desk.row("Lidia Etiqueta").locator("[data-colour=blue]")).to_have_text("Novias")


async def test_a_canned_response_is_written_as_it_will_be_read(sits: Sits) -> None:
    desk = await sits(OWNER)
    page = await at(desk, "canned")
    await page.get_by_text("Añadir una respuesta").click()
    form = page.locator("form[data-send='POST /canned-responses']")
    await form.get_by_label("Atajo").fill("llegar")
    await form.get_by_label("Texto").fill("{contact}, soy {member}: estamos en la calle 93.")
    await expect(form.locator("[data-preview]")).to_have_text("María, soy Elena: estamos en la calle 93.")
    await form.get_by_role("button", name="Añadir").click()
    row = page.locator("li[data-shortcut=llegar]")
    await expect(row).to_be_visible()
    await page.get_by_label("Buscar").fill("CÁLLE 93")
    await expect(row).to_be_visible()
    await expect(page.locator("li[data-shortcut=pago]")).to_be_hidden()
    await row.get_by_text("Cambiar").click()
    await row.get_by_label("Atajo").fill("pago")
    await row.get_by_role("button", name="Guardar").click()
    await expect(row.locator(".problem")).to_have_text("Ya hay una respuesta «pago»: elige otro nombre.")
    page.on("dialog", lambda dialog: dialog.accept())
    await row.get_by_role("button", name="Quitar").click()
    await expect(row).to_have_count(0)


async def test_stages_are_added_moved_and_kept_while_in_use(sits: Sits) -> None:
    desk = await sits(OWNER)
    page = await at(desk, "stages")
    stages = page.locator(".things > li strong")
    before = await stages.all_inner_texts()
    await page.get_by_text("Añadir una etapa").click()
    form = page.locator("form[data-send='POST /lead-stages']")
    await form.get_by_label("Nombre").fill("Segunda valoración")
    await form.get_by_role("button", name="Añadir").click()
    await expect(stages).to_have_text([*before, "Segunda valoración"])
    await page.get_by_role("button", name="Subir Segunda valoración").click()
    await expect(stages).to_have_text([*before[:-1], "Segunda valoración", before[-1]])
    row = page.locator("li[data-stage=segunda_valoracion]")
    page.on("dialog", lambda dialog: dialog.accept())
    await row.get_by_text("Cambiar").click()
    await row.get_by_role("button", name="Quitar").click()
    await expect(stages).to_have_text(before)


async def test_a_key_works_until_it_is_revoked(sits: Sits) -> None:
    desk = await sits(OWNER)
    page = await at(desk, "tokens")
    await page.get_by_text("Crear una clave").click()
    await page.get_by_label("Para qué es").fill("Hoja de cálculo")
    await page.get_by_role("button", name="Crear").click()
    key = await page.get_by_role("dialog").get_by_role("textbox").input_value()
    await page.get_by_role("button", name="Listo").click()
    ask = """async ([web, key]) => (await fetch(`${web}/api/members`,
        {credentials: "omit", headers: {Authorization: `Bearer ${key}`}})).status"""
    assert await page.evaluate(ask, [desk.web, key]) == 200
    page.on("dialog", lambda dialog: dialog.accept())
    await page.locator("li[data-name='Hoja de cálculo']").get_by_role("button", name="Revocar").click()
    await expect(page.get_by_text("Revocadas (1)")).to_be_visible()
    assert await page.evaluate(ask, [desk.web, key]) == 401


async def test_the_bot_greets_with_the_privacy_notice_that_was_published(opens: Opens, sits: Sits) -> None:
    desk = await sits(OWNER)
    page = await at(desk, "consents")
    notice = page.locator("section[data-kind=privacy_notice] li[data-written=pt]")
    await notice.locator("summary").click()
    await notice.get_by_label("Texto").fill("guardamos só o necessário para atender você.")
    await notice.get_by_role("button", name="Publicar").click()
    await expect(notice).to_contain_text("Versión 1")
    await page.wait_for_timeout(6000)  # what the bot knows of the clinic is read anew every few seconds
    phone = await opens("whatsapp", "5511987654321", "Beatriz Lima")
    await phone.writes("olá, bom dia")
    await expect(phone.root).to_contain_text("cuidamos dos seus dados: guardamos só o necessário para atender você.")
    await expect(phone.root).to_contain_text("https://clinica-demo.example/privacidad")
