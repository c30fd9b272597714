"""A hand on the staff's pages."""

from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from backoffice.seed import OWNER, PASSWORD

PAULA = "paula@demo.hilo"
__all__ = ["OWNER", "PAULA", "Desk"]


@dataclass(frozen=True, slots=True)
class Desk:
    page: Page
    web: str

    async def comes_in(self, email: str) -> None:
        await self.page.goto(f"{self.web}/")
        await self.page.get_by_label("Correo").fill(email)
        await self.page.get_by_label("Contraseña").fill(PASSWORD)
        await self.page.get_by_role("button", name="Entrar").click()
        await self.page.wait_for_selector(".rail")

    def row(self, name: str) -> Locator:
        return self.page.locator(".row", has_text=name)

    async def views(self, name: str) -> None:
        await self.page.locator("#views button", has_text=name).click()

    async def opens(self, name: str) -> None:
        await self.row(name).click()
        await expect(self.page.locator(".head h1")).to_have_text(name)

    @property
    def last(self) -> Locator:
        """The newest bubble of the open conversation."""
        return self.page.locator("#messages .bubble").last

    async def writes(self, text: str) -> None:
        box = self.page.get_by_label("Mensaje", exact=True)
        await box.fill(text)
        await box.press("Enter")
        await expect(self.last).to_contain_text(text, timeout=10_000)

    async def acts(self, name: str) -> None:
        await self.page.locator(".head .acts").get_by_role("button", name=name).click()
