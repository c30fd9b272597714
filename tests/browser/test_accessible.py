"""The pages can be used by everybody: axe finds nothing serious, in light and in dark."""

from typing import Any

import pytest

from backoffice.settings import PROJECT
from tests.browser.conftest import Opens, Sits
from tests.browser.desk import OWNER, Desk

AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
RUN = "() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})"


async def serious(desk: Desk) -> list[str]:
    """What a person with a disability would stumble over: the rule, and where."""
    await desk.page.add_script_tag(path=AXE)
    found: dict[str, Any] = await desk.page.evaluate(RUN)
    return [
        f"{one['id']}: {node['html'][:120]} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_inbox_has_no_serious_barrier(opens: Opens, sits: Sits, scheme: str) -> None:
    phone = await opens("whatsapp", f"57300900001{len(scheme)}", f"Alba {scheme}")
    await phone.writes("una persona por favor")
    desk = await sits(OWNER)
    await desk.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    assert await serious(desk) == []
    await desk.opens(f"Alba {scheme}")
    await desk.page.keyboard.press("Escape")
    await desk.page.get_by_role("button", name="Ficha de la persona").click()
    assert await serious(desk) == []


MATTERS = ("organization", "hours", "consents", "canned", "labels", "stages", "members", "teams", "tokens", "audit")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_settings_have_no_serious_barrier(sits: Sits, scheme: str) -> None:
    desk = await sits(OWNER)
    await desk.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    barriers = []
    for matter in MATTERS:
        await desk.page.goto(f"{desk.web}/settings/{matter}")
        await desk.page.evaluate("document.querySelectorAll('.sheet details').forEach((one) => { one.open = true; })")
        barriers += [(matter, one) for one in await serious(desk)]
    assert barriers == []
