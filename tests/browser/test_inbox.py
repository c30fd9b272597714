"""The staff's inbox, beside the phone of who writes: nothing on either side is ever reloaded."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import Opens, Sits
from tests.browser.desk import OWNER, PAULA


async def test_a_lead_writes_and_is_answered_by_a_person_and_sees_it(opens: Opens, sits: Sits) -> None:
    desk = await sits(PAULA)
    await desk.views("Con el bot")
    phone = await opens("whatsapp", "573009000001", "Marina Lagos")
    await phone.writes("hola")
    await expect(desk.row("Marina Lagos")).to_be_visible(timeout=10_000)
    await desk.opens("Marina Lagos")
    await expect(desk.last).to_contain_text("¿En qué te ayudo?")
    await desk.acts("Tomar")
    await expect(desk.page.locator(".head")).to_contain_text("Paula Ríos")
    await desk.writes("Hola, Marina, soy Paula 👋")
    await phone.hears("Hola, Marina, soy Paula 👋")
    await expect(desk.last.locator(".tick.read")).to_be_visible(timeout=10_000)
    await phone.writes("¡gracias, Paula!")
    await expect(desk.last).to_contain_text("¡gracias, Paula!", timeout=10_000)
    await desk.views("Mías")
    await expect(desk.row("Marina Lagos").locator(".last")).to_contain_text("¡gracias, Paula!")


async def test_two_agents_see_what_the_other_does(opens: Opens, sits: Sits) -> None:
    phone = await opens("telegram", "900000011", "Bruno Sosa")
    await phone.writes("quiero hablar con una persona")
    paula, owner = await sits(PAULA), await sits(OWNER)
    await paula.opens("Bruno Sosa")
    await owner.opens("Bruno Sosa")
    await paula.acts("Tomar")
    await expect(owner.page.locator(".head")).to_contain_text("Paula Ríos", timeout=10_000)
    await paula.page.get_by_role("tab", name="Nota").click()
    await paula.writes("Ojo: es alérgico")
    await expect(owner.last).to_contain_text("Ojo: es alérgico", timeout=10_000)
    await paula.acts("Resolver")
    await expect(owner.row("Bruno Sosa")).to_have_attribute("aria-current", "true")
    await expect(owner.page.locator(".head")).to_contain_text("Resuelta", timeout=10_000)
    assert not any("alérgico" in text for text in await phone.root.locator(".msg").all_inner_texts())


async def test_a_lost_connection_loses_nothing(opens: Opens, sits: Sits) -> None:
    phone = await opens("whatsapp", "573009000002", "Elisa Mora")
    await phone.writes("una persona por favor")
    desk = await sits(OWNER)
    await desk.opens("Elisa Mora")
    await desk.page.context.set_offline(True)
    await desk.page.get_by_label("Mensaje", exact=True).fill("Ya te ayudo, Elisa")
    await phone.writes("¿sigues ahí?")
    await desk.page.get_by_label("Mensaje", exact=True).press("Enter")
    await desk.page.wait_for_timeout(1500)
    await desk.page.context.set_offline(False)
    await phone.hears("Ya te ayudo, Elisa")
    await expect(desk.page.locator("#messages")).to_contain_text("¿sigues ahí?", timeout=15_000)
    assert await desk.page.locator("#messages .member .bubble").count() == 1


async def test_a_file_is_sent_and_arrives(opens: Opens, sits: Sits, tmp_path: Path) -> None:
    phone = await opens("whatsapp", "573009000004", "Iris Vela")
    await phone.writes("una persona por favor")
    desk = await sits(OWNER)
    await desk.opens("Iris Vela")
    picture = tmp_path / "antes.png"
    await desk.page.screenshot(path=picture)
    await desk.page.locator("#composer [type=file]:not([capture])").set_input_files(picture)
    await desk.page.get_by_label("Mensaje", exact=True).fill("Así quedó")
    await desk.page.get_by_role("button", name="Enviar", exact=True).click()
    await expect(desk.last.locator("img")).to_be_visible(timeout=10_000)
    await expect(phone.root.locator(".msg:not(.mine) .picture").last).to_be_visible(timeout=15_000)


async def test_on_a_narrow_phone_one_thing_is_shown_at_a_time(opens: Opens, sits: Sits) -> None:
    phone = await opens("whatsapp", "573009000005", "Ada Ruiz")
    await phone.writes("una persona por favor")
    desk = await sits(OWNER, width=360)
    await desk.opens("Ada Ruiz")
    await expect(desk.page.locator(".list")).to_be_hidden()
    wide = await desk.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
    await desk.page.get_by_role("button", name="Volver a la lista").click()
    await expect(desk.row("Ada Ruiz")).to_be_visible()


async def test_who_is_named_in_a_note_finds_it_among_their_mentions(opens: Opens, sits: Sits) -> None:
    phone = await opens("whatsapp", "573009000006", "Julia Cano")
    await phone.writes("una persona por favor")
    owner, paula = await sits(OWNER), await sits(PAULA)
    await owner.opens("Julia Cano")
    await owner.page.get_by_role("tab", name="Nota").click()
    box = owner.page.get_by_label("Mensaje", exact=True)
    await box.press_sequentially("mírala tú, @pau")
    await box.press("Enter")
    await expect(box).to_have_value("mírala tú, @Paula Ríos ")
    await box.press("Enter")
    await expect(owner.last).to_contain_text("@Paula Ríos")
    mentions = paula.page.locator("#views button", has_text="Menciones")
    await expect(mentions.locator(".count")).to_have_text("1", timeout=10_000)
    await mentions.click()
    await paula.opens("Julia Cano")
    await expect(mentions.locator(".count")).to_be_hidden(timeout=10_000)


async def test_a_list_is_kept_under_a_name_and_several_are_resolved_at_once(opens: Opens, sits: Sits) -> None:
    for number in (7, 8):
        phone = await opens("whatsapp", f"57300900000{number}", f"Varias {number}")
        await phone.writes("una persona por favor")
    desk = await sits(OWNER)
    await expect(desk.row("Varias 7")).to_be_visible(timeout=10_000)
    await expect(desk.row("Varias 8")).to_be_visible(timeout=10_000)
    await desk.page.get_by_role("button", name="Filtros").click()
    await desk.page.get_by_label("Guardar esta lista como").fill("Por atender")
    await desk.page.get_by_label("Guardar esta lista como").press("Enter")
    await desk.page.keyboard.press("Escape")
    await desk.views("Con el bot")
    await expect(desk.row("Varias 7")).to_have_count(0)
    await desk.page.locator("#views").get_by_role("button", name="Por atender", exact=True).click()
    await expect(desk.row("Varias 7")).to_be_visible()
    for name in ("Varias 7", "Varias 8"):
        await desk.row(name).click(modifiers=["Control"])
    await expect(desk.page.locator("#bulk strong")).to_have_text("2")
    await desk.page.locator("#bulk").get_by_role("button", name="Resolver").click()
    await expect(desk.row("Varias 8")).to_have_count(0, timeout=10_000)
    await desk.views("Resueltas")
    await expect(desk.row("Varias 7")).to_be_visible()
