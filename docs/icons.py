"""Draws the icons of the installed application from the logo: `.venv/bin/python docs/icons.py`. Needs Chromium.

The maskable ones fill the square, for systems that cut a shape of their own out of it; the badge is the drawing alone,
white, as phones show it beside the clock.
"""

import asyncio
import shutil
from pathlib import Path

from playwright.async_api import async_playwright

STATIC = Path(__file__).parent.parent / "backoffice" / "pages" / "static"
LINES = "M14 20c12-9 24 9 36 0M14 32c12-9 24 9 36 0M14 44c12-9 24 9 36 0"
DRAWING = f'<path d="{LINES}" fill="none" stroke="#fff" stroke-width="4.5" stroke-linecap="round"/>'
ROUND = '<rect width="64" height="64" rx="15" fill="#1f6f5c"/>' + DRAWING
FULL = f'<rect width="64" height="64" fill="#1f6f5c"/><g transform="translate(9.6 9.6) scale(.7)">{DRAWING}</g>'
ICONS = (
    ("icon-192", 192, ROUND),
    ("icon-512", 512, ROUND),
    ("icon-maskable-192", 192, FULL),
    ("icon-maskable-512", 512, FULL),
    ("icon-apple", 180, FULL),
    ("icon-badge", 96, DRAWING),
)


async def draw() -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, size, drawn in ICONS:
            page = await browser.new_page(viewport={"width": size, "height": size})
            svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="{size}">{drawn}</svg>'
            await page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{svg}")
            await page.screenshot(path=STATIC / f"{name}.png", omit_background=True)
            await page.close()
        await browser.close()


asyncio.run(draw())
