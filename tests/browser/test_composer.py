"""What one reaches for while answering: an emoji, a photo, the payment link, an appointment, the files one was sent."""

import struct
import zlib

from playwright.async_api import expect

from tests.browser.conftest import Opens, Sits
from tests.browser.desk import OWNER


def picture(red: int) -> bytes:
    """A PNG of two by two pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([red, 90, 120]) * 2) * 2
    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def test_an_emoji_is_found_in_spanish_and_put_where_the_cursor_is(opens: Opens, sits: Sits) -> None:
    await (await opens("whatsapp", "573004447701", "Irene Soto")).writes("hola")
    desk = await sits(OWNER)
    page = desk.page
    elsewhere: list[str] = []
    page.on("request", lambda asked: elsewhere.append(asked.url) if not asked.url.startswith(desk.web) else None)
    await page.goto(f"{desk.web}/inbox?view=all")
    await desk.opens("Irene Soto")
    box = page.get_by_label("Mensaje", exact=True)
    await box.fill("Te espero mañana")
    await box.evaluate("(box) => box.setSelectionRange(9, 9)")
    await page.get_by_role("button", name="Emojis").click()
    find = page.locator("emoji-picker").get_by_role("combobox")
    await expect(find).to_be_focused(timeout=10_000)
    await find.press_sequentially("corazón rojo")
    await page.locator("emoji-picker").get_by_role("option", name="corazón rojo").first.click()
    await expect(box).to_have_value("Te espero❤️ mañana")
    assert [one for one in elsewhere if not one.startswith(("data:", "blob:"))] == []


async def test_a_photo_is_taken_on_a_phone_and_nowhere_else(opens: Opens, sits: Sits) -> None:
    await (await opens("whatsapp", "573004447702", "Bea Marín")).writes("hola")
    desk = await sits(OWNER)
    await desk.page.goto(f"{desk.web}/inbox?view=all")
    await desk.opens("Bea Marín")
    camera = desk.page.locator(".camera")
    await expect(camera).to_be_hidden()
    given = camera.locator("input")
    assert await given.get_attribute("capture") == "environment"
    await given.set_input_files({"name": "foto.png", "mimeType": "image/png", "buffer": picture(200)})
    await expect(desk.page.locator("#files")).to_contain_text("foto.png")


async def test_an_appointment_is_made_without_leaving_the_conversation(opens: Opens, sits: Sits) -> None:
    await (await opens("whatsapp", "573004447703", "Gloria Neira")).writes("quiero una cita")
    desk = await sits(OWNER)
    page = desk.page
    await page.goto(f"{desk.web}/inbox?view=all")
    await desk.opens("Gloria Neira")
    await page.get_by_role("button", name="Agendar").first.click()
    form = page.locator("#booking")
    await expect(form.locator(".chosen")).to_contain_text("Gloria Neira", timeout=10_000)
    await form.get_by_label("Servicio").select_option(index=1)
    await form.locator(".openings button").first.click(timeout=15_000)
    await form.get_by_role("button", name="Agendar").click()
    await expect(form).to_be_hidden(timeout=10_000)
    await expect(page.locator("#person section", has=page.get_by_role("heading", name="Citas"))).to_be_visible()
    assert "/inbox?thread=" in page.url
    await page.get_by_role("button", name="Agendar").first.click()
    await expect(form.locator(".chosen")).to_contain_text("Gloria Neira")
    await page.keyboard.press("Escape")
    await expect(form).to_be_hidden()


async def test_the_payment_link_is_put_with_what_is_known_and_the_rest_is_chosen_to_be_typed(
    opens: Opens, sits: Sits
) -> None:
    await (await opens("whatsapp", "573004447704", "Nora Ríos")).writes("¿cómo pago?")
    desk = await sits(OWNER)
    page = desk.page
    await page.goto(f"{desk.web}/settings/organization")
    field = page.get_by_label("Enlace de pago")
    await field.fill("https://pagos.example/?a={contact}&valor={amount}")
    await page.get_by_role("button", name="Guardar").click()
    await expect(page.locator("#toasts")).to_contain_text("Guardado")
    await page.goto(f"{desk.web}/inbox?view=all")
    await desk.opens("Nora Ríos")
    await page.get_by_role("button", name="Enlace de pago").click()
    box = page.get_by_label("Mensaje", exact=True)
    await expect(box).to_have_value("https://pagos.example/?a=Nora%20R%C3%ADos&valor={amount}")
    await page.keyboard.type("250000")
    await expect(box).to_have_value("https://pagos.example/?a=Nora%20R%C3%ADos&valor=250000")
    await box.fill("")
    await page.goto(f"{desk.web}/settings/organization")
    await page.get_by_label("Enlace de pago").fill("")
    await page.get_by_role("button", name="Guardar").click()
    await expect(page.locator("#toasts")).to_contain_text("Guardado")


async def test_the_files_are_looked_at_one_after_another(opens: Opens, sits: Sits) -> None:
    phone = await opens("whatsapp", "573004447705", "Vera Lugo")
    await phone.writes("te mando fotos")
    desk = await sits(OWNER)
    page = desk.page
    await page.goto(f"{desk.web}/inbox?view=all")
    await desk.opens("Vera Lugo")
    chooser = page.locator(".attach:not(.camera) input")
    await chooser.set_input_files(
        [
            {"name": f"{name}.png", "mimeType": "image/png", "buffer": picture(red)}
            for name, red in (("una", 9), ("dos", 99))
        ]
    )
    await page.get_by_role("button", name="Enviar", exact=True).click()
    await expect(page.locator("#messages .bubble img")).to_have_count(2, timeout=15_000)
    await page.goto(page.url)
    await page.keyboard.press("i")
    gallery = page.locator(".gallery a")
    await gallery.first.click()
    box = page.locator("#lightbox")
    await expect(box.locator("p")).to_have_text("dos.png · 1 / 2")
    await page.keyboard.press("ArrowRight")
    await expect(box.locator("p")).to_have_text("una.png · 2 / 2")
    await box.get_by_role("button", name="Siguiente").click()
    await expect(box.locator("p")).to_have_text("dos.png · 1 / 2")
    await box.locator("figure").evaluate(
        "(stage) => { for (const [kind, x] of [['touchstart', 300], ['touchend', 100]]) {"
        " const touch = new Touch({ identifier: 1, target: stage, clientX: x, clientY: 5 });"
        " stage.dispatchEvent(new TouchEvent(kind, { touches: kind === 'touchend' ? [] : [touch],"
        " changedTouches: [touch] })); } }"
    )
    await expect(box.locator("p")).to_have_text("una.png · 2 / 2")
    await page.keyboard.press("Escape")
    await expect(box).to_be_hidden()
    await expect(gallery.first).to_be_focused()
