"""A lead writes, taps and picks on the phone page until a person of the clinic takes over."""

import psycopg
import pytest
from playwright.async_api import expect

from backoffice.embedded import running_server
from tests.browser.conftest import Opens
from tests.browser.phone import Phone
from tests.demo.running import Demo

WIDTHS = pytest.mark.parametrize("width", [1280, 360])


def lead_of(demo: Demo, provider_person: str) -> tuple[str, str, str, int, str]:
    """(thread's state, owner, stage, score, contact's name) of who writes from this address."""
    url = running_server(demo.data)
    assert url is not None
    query = """
        SELECT thread.state, member.name, lead_stage.key, lead.score, contact.name
        FROM identity JOIN contact ON contact.id = identity.contact_id
        JOIN thread ON thread.contact_id = contact.id
        JOIN lead ON lead.contact_id = contact.id
        JOIN lead_stage ON lead_stage.id = lead.stage_id
        JOIN member ON member.id = thread.owner_id
        WHERE identity.value = %s
    """
    with psycopg.connect(url) as connection:
        found = connection.execute(query, (provider_person,)).fetchall()
    assert len(found) == 1
    state, owner, stage, score, name = found[0]
    return state, owner, stage, score, name


async def fits(phone: Phone) -> bool:
    """Nothing has to be scrolled sideways, and where to write is on the screen."""
    wide = await phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = await phone.root.get_by_label("Mensaje", exact=True).bounding_box()
    size = phone.page.viewport_size
    assert box is not None and size is not None
    return bool(wide) and box["x"] >= 0 and box["x"] + box["width"] <= size["width"] and box["y"] < size["height"]


@WIDTHS
async def test_on_whatsapp_a_lead_is_asked_answers_and_is_handed_over(demo: Demo, opens: Opens, width: int) -> None:
    person = f"5730055502{width % 100:02d}"
    phone = await opens("whatsapp", person, "Carolina", width=width)
    await phone.writes("hola")
    await phone.hears("¿En qué te ayudo?")
    await phone.picks("Ver opciones", "Pedir valoración")
    await phone.hears("¿cómo te llamas?")
    await phone.writes("soy Carolina Pérez")
    await phone.hears("Carolina, ¿qué tratamiento te interesa?")
    await phone.picks("Ver tratamientos", "Depilación láser")
    await phone.hears("¿Qué edad tienes?")
    await phone.writes("tengo 34 años")
    await phone.hears("primera vez")
    await phone.taps("Sí")
    await phone.hears("¿Para cuándo te gustaría?")
    await phone.taps("Esta semana")
    await phone.hears("¿a qué número te llamamos?")
    await phone.writes("este")
    await phone.hears("¿Quieres elegir tu horario ahora?")
    await phone.taps("Más tarde")
    last = await phone.hears("¡Listo, Carolina! Tomás te escribe por aquí")
    await expect(last.locator(".is-read")).to_be_visible(timeout=15_000)
    mine = phone.root.locator(".mine")
    await expect(mine.locator(".is-read")).to_have_count(await mine.count())
    assert await fits(phone)
    assert lead_of(demo, person) == ("open", "Tomás Vera", "calificado", 80, "Carolina Pérez")


@WIDTHS
async def test_on_telegram_the_same_by_inline_keyboards(demo: Demo, opens: Opens, width: int) -> None:
    person = str(900100000 + width)
    phone = await opens("telegram", person, "Andrés", width=width, phone="+573005550303")
    await phone.taps("Iniciar")
    await phone.hears("¿En qué te ayudo?")
    await phone.taps("Pedir valoración")
    await phone.hears("¿cómo te llamas?")
    await phone.writes("Andrés Gil")
    await phone.hears("Andrés, ¿qué tratamiento te interesa?")
    await phone.taps("Botox")
    await phone.hears("¿Qué edad tienes?")
    await phone.writes("41")
    await phone.hears("embarazo o lactancia")
    await phone.taps("No")
    await phone.hears("primera vez")
    await phone.taps("Sí")
    await phone.hears("¿Para cuándo te gustaría?")
    await phone.taps("Este mes")
    await phone.hears("¿a qué número te llamamos?")
    await phone.taps("Compartir mi número")
    await phone.hears("¿Quieres elegir tu horario ahora?")
    await phone.taps("Más tarde")
    await phone.hears("¡Listo, Andrés! Paula te escribe por aquí")
    await expect(phone.root.get_by_role("button", name="Compartir mi número")).to_have_count(0)
    assert await fits(phone)
    assert lead_of(demo, person)[:3] == ("open", "Paula Ríos", "calificado")


async def test_what_the_person_writes_after_the_handover_is_left_to_the_staff(opens: Opens, demo: Demo) -> None:
    phone = await opens("whatsapp", "573005550299", "Julia")
    await phone.writes("quiero hablar con una persona")
    await phone.hears("te paso con una persona del equipo")
    said = await phone.root.locator(".msg:not(.mine)").count()
    await phone.writes("¿cuánto cuesta?")
    await phone.writes("baja")  # it is recorded, and nobody is typing for that
    other = await opens("whatsapp", "573005550298", "Lina")
    await other.writes("hola")
    await other.hears("¿En qué te ayudo?")  # somebody else was answered since: the bot had its turn
    assert await phone.root.locator(".msg:not(.mine)").count() == said
    await expect(phone.root.get_by_text("escribiendo…")).to_have_count(0)
    await expect(phone.root.locator(".mine").last.get_by_label("Entregado")).to_be_visible()


async def test_a_typo_and_a_question_in_between_are_understood(opens: Opens) -> None:
    phone = await opens("whatsapp", "573005550297", "Marta")
    await phone.writes("hola")
    await phone.hears("¿En qué te ayudo?")
    await phone.writes("pedir valorasion")
    await phone.hears("¿cómo te llamas?")
    await phone.writes("¿dónde están?")
    await phone.hears("¿Cómo te llamas?")
    await expect(phone.root.locator(".card", has_text="Calle 93")).to_be_visible()
