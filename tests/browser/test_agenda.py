"""The agenda in a browser: booked by the form, moved by dragging, conflicts explained, seen by everybody at once."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from backoffice.seed import PASSWORD
from tests.browser.conftest import Opens, Sits
from tests.browser.desk import Desk
from tests.demo.running import Demo

PAULA, OWNER = "paula@demo.hilo", "duena@demo.hilo"
ZONE = ZoneInfo("America/Bogota")
JULIA, ANDRES = "Dra. Julia Mora", "Dr. Andrés Cano"
Booked = dict[str, Any]


class Clinic:
    """The owner's own program: what a test needs to have been booked."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def call(self, method: str, path: str, **given: Any) -> Any:
        headers = {"X-CSRF-Token": self.client.cookies.get("hilo_csrf", ""), **given.pop("headers", {})}
        answer = await self.client.request(method, f"/api{path}", headers=headers, **given)
        assert answer.is_success, answer.text
        return answer.json()

    async def named(self, path: str, name: str) -> str:
        found: list[dict[str, str]] = await self.call("GET", path)
        return next(one["id"] for one in found if one["name"] == name)

    async def contact(self, name: str) -> str:
        found = await self.call("GET", "/contacts", params={"search": name})
        return str(found["items"][0]["id"])

    async def book(self, name: str, at: datetime, who: str = JULIA, service: str = "Botox", **more: Any) -> Booked:
        given = {
            "contact": await self.contact(name),
            "service": await self.named("/services", service),
            "professional": await self.named("/resources", who),
            "start": at.isoformat(),
            **more,
        }
        booked: Booked = await self.call("POST", "/appointments", json=given, headers={"Idempotency-Key": str(uuid4())})
        return booked


@pytest.fixture
async def clinic(demo: Demo) -> AsyncIterator[Clinic]:
    async with httpx.AsyncClient(base_url=demo.web, timeout=30) as client:
        answer = await client.post("/api/login", json={"email": OWNER, "password": PASSWORD})
        assert answer.is_success
        yield Clinic(client)


def working_day(after: int) -> date:
    """A Tuesday to come, on which Colombia has no holiday; each test has its own."""
    today = datetime.now(ZONE).date()
    tuesday = today + timedelta(days=(1 - today.weekday()) % 7 + 7 * after)
    holidays = {(12, 8), (1, 1), (5, 1), (7, 20), (8, 7), (12, 25)}
    return tuesday + timedelta(days=1) if (tuesday.month, tuesday.day) in holidays else tuesday


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


async def writes(opens: Opens, person: str, name: str) -> None:
    """Somebody the clinic knows: they wrote once."""
    phone = await opens("whatsapp", person, name)
    await phone.writes("hola")
    await phone.page.wait_for_timeout(800)


async def looks_at(desk: Desk, day: date, **more: str) -> Page:
    asked = "&".join(f"{name}={value}" for name, value in {"day": day.isoformat(), **more}.items())
    await desk.page.goto(f"{desk.web}/agenda?{asked}")
    await expect(desk.page.locator("body[data-shown]")).to_be_attached()
    return desk.page


def event(page: Page, name: str) -> Locator:
    return page.locator("#calendar .ec-event", has_text=name)


async def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    await page.mouse.move(*start)
    await page.mouse.down()
    await page.mouse.move(start[0], start[1] + 8, steps=2)
    await page.mouse.move(*end, steps=12)
    await page.mouse.up()


async def column_of(page: Page, place: int) -> tuple[float, float, float]:
    """The left edge of a column, where its first hour begins, and how high an hour is."""
    box = await page.locator("#calendar .ec-day").nth(place).bounding_box()
    stretch = page.locator("#stretch")
    opens, closes = await stretch.get_attribute("data-opens"), await stretch.get_attribute("data-closes")
    assert box is not None and opens is not None and closes is not None
    return (
        box["x"],
        box["y"] - int(opens) * box["height"] / (int(closes) - int(opens)),
        box["height"] / (int(closes) - int(opens)),
    )


async def drags(page: Page, one: Locator, hours: float, columns: int = 0) -> None:
    """Moved by so many hours, and columns to the right."""
    box = await one.bounding_box()
    (left, _, hour), (right, _, _) = await column_of(page, 0), await column_of(page, 1)
    assert box is not None
    start = (box["x"] + box["width"] / 3, box["y"] + 6)
    await drag(page, start, (start[0] + columns * (right - left), start[1] + hours * hour))


async def test_booked_by_the_form_and_seen_by_another_page(opens: Opens, sits: Sits) -> None:
    await writes(opens, "573009100001", "Sara Nieto")
    day = working_day(1)
    other = await looks_at(await sits(PAULA), day)
    page = await looks_at(await sits(OWNER), day)
    await page.get_by_role("button", name="Nueva cita").click()
    await page.get_by_label("Persona", exact=True).fill("Sara")
    await page.locator("#people button", has_text="Sara Nieto").click()
    await page.get_by_label("Otra persona").check()
    await page.get_by_label("Nombre del paciente").fill("Leo Nieto")
    await page.get_by_label("Servicio").select_option(label="Limpieza facial (60 min)")
    await page.locator("#booking [name=professional]").select_option(label=ANDRES)
    await page.locator(".openings button").first.click()
    await expect(page.get_by_label("Día", exact=True)).to_have_value(day.isoformat())
    await page.get_by_role("button", name="Agendar", exact=True).last.click()
    await expect(event(page, "Leo Nieto")).to_be_visible(timeout=10_000)
    await expect(event(other, "Leo Nieto")).to_be_visible(timeout=10_000)
    await event(other, "Leo Nieto").click()
    await expect(other.locator("#panel")).to_contain_text("Sara Nieto")
    await expect(other.get_by_role("button", name="Mover a…")).to_have_count(0)  # a closer moves evaluations alone
    await expect(other.locator("#panel")).to_contain_text("Esta cita la cambia quien lleva esa agenda.")


async def test_an_empty_stretch_dragged_over_is_the_time_of_a_new_one(sits: Sits) -> None:
    day = working_day(2)
    page = await looks_at(await sits(OWNER), day)
    left, top, hour = await column_of(page, 1)
    await drag(page, (left + 40, top + 9.6 * hour), (left + 40, top + 10.1 * hour))
    await expect(page.get_by_label("Día", exact=True)).to_have_value(day.isoformat())
    await expect(page.get_by_label("Hora", exact=True)).to_have_value("09:30")
    await expect(page.locator("#booking [name=professional]").locator("option:checked")).to_have_text(ANDRES)


async def test_moved_by_dragging_to_another_time_and_professional(opens: Opens, sits: Sits, clinic: Clinic) -> None:
    await writes(opens, "573009100002", "Mario Sanz")
    day = working_day(3)
    booked = await clinic.book("Mario Sanz", at(day, 9))
    page = await looks_at(await sits(OWNER), day)
    await drags(page, event(page, "Mario Sanz"), 1, columns=1)
    await expect(page.locator("#sure")).to_contain_text("10:00")
    await page.locator("#sure").get_by_role("button", name="Mover", exact=True).click()
    await expect(page.locator("#days .visit", has_text="Mario Sanz")).to_have_attribute(
        "data-start", f"{day.isoformat()}T10:00", timeout=10_000
    )
    moved = await clinic.call("GET", f"/appointments/{booked['id']}")
    assert moved["professional"]["name"] == ANDRES


async def test_a_conflict_is_explained_and_another_time_taken(opens: Opens, sits: Sits, clinic: Clinic) -> None:
    await writes(opens, "573009100003", "Inés Rojas")
    await writes(opens, "573009100004", "Raúl Gómez")
    day = working_day(4)
    await clinic.book("Inés Rojas", at(day, 9))
    booked = await clinic.book("Raúl Gómez", at(day, 11))
    page = await looks_at(await sits(OWNER), day)
    await drags(page, event(page, "Raúl Gómez"), -2)
    await page.locator("#sure").get_by_role("button", name="Mover", exact=True).click()
    conflict = page.locator("#conflict")
    await expect(conflict).to_contain_text(f"{JULIA} está ocupado de 09:00–09:45")
    instead = conflict.locator(".alternatives button").first
    words = await instead.inner_text()
    await instead.click()
    await expect(page.locator("#days .visit", has_text="Raúl Gómez").locator("time")).to_contain_text(
        words.rsplit(" ", 1)[1], timeout=10_000
    )
    moved = await clinic.call("GET", f"/appointments/{booked['id']}")
    assert moved["overbooked"] is False and moved["local_start"].endswith(words.rsplit(" ", 1)[1])


async def test_by_the_keyboard_and_all_the_same(opens: Opens, sits: Sits, clinic: Clinic) -> None:
    await writes(opens, "573009100005", "Olga Prieto")
    await writes(opens, "573009100006", "Hugo Leal")
    day = working_day(5)
    await clinic.book("Olga Prieto", at(day, 9))
    booked = await clinic.book("Hugo Leal", at(day, 11))
    page = await looks_at(await sits(OWNER), day)
    await event(page, "Hugo Leal").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel h2")).to_have_text("Hugo Leal")
    await page.keyboard.press("v")
    await expect(page.get_by_label("Hora", exact=True)).to_have_value("11:00")
    await page.get_by_label("Hora", exact=True).fill("09:15")
    await page.get_by_label("Hora", exact=True).press("Enter")
    await page.locator("#conflict").get_by_role("button", name="Agendar de todos modos").press("Enter")
    await expect(page.locator("#panel")).to_contain_text("09:15", timeout=10_000)
    await expect(page.locator("#panel")).to_contain_text("Sobrecupo")
    assert (await clinic.call("GET", f"/appointments/{booked['id']}"))["overbooked"] is True


async def test_received_and_attended_once_the_consent_is_given(opens: Opens, sits: Sits, clinic: Clinic) -> None:
    await writes(opens, "573009100007", "Nora Díaz")
    service = await clinic.named("/services", "Tratamiento corporal")
    await clinic.call("PATCH", f"/services/{service}", json={"consents": ["health_data"]})
    now = datetime.now(ZONE).replace(second=0, microsecond=0)
    booked = await clinic.book("Nora Díaz", now, service="Tratamiento corporal", overbook=True)
    page = await looks_at(await sits(OWNER), now.date(), appointment=booked["id"])
    panel = page.locator("#panel")
    await expect(panel).to_contain_text("Falta el consentimiento para el tratamiento de datos de salud")
    await expect(panel.get_by_role("button", name="Llegó")).to_be_disabled()
    await panel.get_by_role("button", name="Registrar que lo dio").click()
    await panel.get_by_role("button", name="Llegó").click()
    await expect(panel.locator(".status")).to_contain_text("En sala", timeout=10_000)
    await panel.get_by_role("button", name="Atendida").click()
    await expect(panel.locator(".status")).to_contain_text("Atendida", timeout=10_000)
    await expect(page.locator("#calendar .look-attended", has_text="Nora Díaz")).to_be_visible()


async def test_on_a_narrow_phone_the_day_is_a_list(opens: Opens, sits: Sits, clinic: Clinic) -> None:
    await writes(opens, "573009100008", "Alba Mesa")
    day = working_day(6)
    await clinic.book("Alba Mesa", at(day, 10))
    page = await looks_at(await sits(OWNER, width=360), day)
    await expect(page.locator("#calendar")).to_be_hidden()
    for view in ("Semana", "Mes", "Día"):
        await page.locator("#views").get_by_role("button", name=view).click()
        await expect(page.locator("#views [aria-pressed=true]")).to_have_text(view)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.locator(".visit", has_text="Alba Mesa").click()
    await expect(page.locator("#panel h2")).to_have_text("Alba Mesa")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.get_by_text("Cancelar la cita").first.click()
    await page.locator("#panel [name=code]").select_option(label="Viaje")
    await page.locator("#panel form").get_by_role("button", name="Cancelar la cita").click()
    await expect(page.locator("#panel .status")).to_contain_text("Cancelada", timeout=10_000)
    await page.get_by_role("button", name="Cerrar la cita").click()
    await expect(page.locator(".visit", has_text="Alba Mesa")).to_have_count(0)


async def test_who_never_wrote_is_made_while_booking(sits: Sits) -> None:
    day = working_day(2)
    page = await looks_at(await sits(OWNER), day)
    await page.get_by_role("button", name="Nueva cita").click()
    await page.get_by_label("Persona", exact=True).fill("Nora Paz 300 555 0199")
    await page.get_by_role("button", name="Crear a «Nora Paz 300 555 0199»").click()
    await expect(page.locator("#booking .chosen strong")).to_have_text("Nora Paz")
    await page.get_by_label("Servicio").select_option(label="Limpieza facial (60 min)")
    await page.locator(".openings button").first.click()
    await page.get_by_role("button", name="Agendar", exact=True).last.click()
    await expect(event(page, "Nora Paz")).to_be_visible(timeout=10_000)
