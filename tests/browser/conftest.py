"""One demo and one browser for all of these tests; each test is a person of its own, on a page of its own."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.desk import Desk
from tests.browser.phone import Phone
from tests.demo.running import Demo, data_directory, running_demo

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]

Opens = Callable[..., Awaitable[Phone]]
Sits = Callable[..., Awaitable[Desk]]


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with data_directory() as data, running_demo(data) as running:
        yield running


@pytest.fixture(scope="session")
async def browser(demo: Demo) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def opens(demo: Demo, browser: Browser) -> AsyncIterator[Opens]:
    """Opens the page as a person: `await opens("whatsapp", "573…", "Ana", width=360)`."""
    pages: list[Page] = []
    broken: list[str] = []

    async def open_page(channel: str, person: str, name: str, *, width: int = 1280, **known: str) -> Phone:
        async with demo.emulator() as emulator:
            await emulator.person(channel, person, name=name, **known)
        page = await browser.new_page(viewport={"width": width, "height": 780})
        pages.append(page)
        page.on("pageerror", lambda error: broken.append(str(error)))
        await page.goto(demo.phone)
        if width < 700:
            await page.get_by_role("tab", name=channel).click()
        phone = Phone(page, channel)
        await phone.root.get_by_label("Escribes como").select_option(person)
        return phone

    yield open_page
    for page in pages:
        await page.close()
    assert broken == []


@pytest.fixture
async def sits(demo: Demo, browser: Browser) -> AsyncIterator[Sits]:
    """Somebody of the staff at the inbox: `await sits(PAULA, width=360)`."""
    pages: list[Page] = []
    broken: list[str] = []

    async def sit(email: str, *, width: int = 1366) -> Desk:
        context = await browser.new_context(viewport={"width": width, "height": 780}, locale="es-CO")
        page = await context.new_page()
        pages.append(page)
        page.on("pageerror", lambda error: broken.append(str(error)))
        desk = Desk(page, demo.web)
        await desk.comes_in(email)
        return desk

    yield sit
    for page in pages:
        await page.context.close()
    assert broken == []
