"""A hand on the emulator's phone page."""

from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect


@dataclass(frozen=True, slots=True)
class Phone:
    page: Page
    channel: str

    @property
    def root(self) -> Locator:
        return self.page.locator(f"#phone-{self.channel}")

    async def writes(self, text: str) -> None:
        box = self.root.get_by_label("Mensaje", exact=True)
        await box.fill(text)
        await box.press("Enter")
        await expect(self.root.locator(".mine").last).to_contain_text(text)

    async def taps(self, label: str) -> None:
        """The newest button of this label."""
        await self.root.get_by_role("button", name=label, exact=True).last.click()

    async def picks(self, opener: str, row: str) -> None:
        """Opens the newest list and picks a row."""
        await self.taps(opener)
        await self.root.get_by_role("dialog").get_by_role("button", name=row).click()

    async def hears(self, words: str) -> Locator:
        """The newest thing the clinic said has these words, soon."""
        said = self.root.locator(".msg:not(.mine)").last
        await expect(said.locator(".bubble")).to_contain_text(words, timeout=15_000)
        return said
