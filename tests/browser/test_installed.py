"""The pages as an application: it can be installed, says when there is no network, keeps no conversation, and shows
notices. The push services of browsers lie beyond the wire: here one stands in for them."""

import json
from typing import Any

from playwright.async_api import CDPSession, Page, expect

from tests.backoffice.device import Device
from tests.browser.conftest import Opens, Sits
from tests.browser.desk import OWNER

READY = "navigator.serviceWorker.ready.then((found) => found.active.state)"
SHOWN = (
    "navigator.serviceWorker.ready.then(async (found) => "
    "(await found.getNotifications()).map((one) => [one.title, one.body, one.tag]))"
)
SUBSCRIBES = """
    let mine = null;
    PushManager.prototype.getSubscription = async () => mine;
    PushManager.prototype.subscribe = async (options) => {
        window.asked = options;
        mine = { toJSON: () => (SUBSCRIPTION), unsubscribe: async () => { mine = null; return true; } };
        return mine;
    };
"""


async def test_it_can_be_installed(sits: Sits) -> None:
    page = (await sits(OWNER)).page
    assert await page.evaluate(READY) in ("activating", "activated")
    session = await page.context.new_cdp_session(page)
    manifest = await session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    said = json.loads(manifest["data"])
    assert (said["name"], said["start_url"], said["scope"], said["display"]) == ("Hilo", "/", "/", "standalone")
    assert {(one["sizes"], one["purpose"]) for one in said["icons"] if one["type"] == "image/png"} == {
        (f"{size}x{size}", purpose) for size in (192, 512) for purpose in ("any", "maskable")
    }
    for one in said["icons"]:
        if one["type"] == "image/png":
            size = await page.evaluate(
                "(src) => fetch(src).then((got) => got.blob()).then(createImageBitmap).then((drawn) => drawn.width)",
                one["src"],
            )
            assert one["sizes"] == f"{size}x{size}"
    errors = (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    assert [one["errorId"] for one in errors if one["errorId"] != "in-incognito"] == []


async def test_without_a_network_it_says_so_in_the_readers_language_and_no_conversation_was_kept(
    opens: Opens, sits: Sits
) -> None:
    await (await opens("whatsapp", "573004448811", "Olimpia Prado")).writes("quiero una cita")
    desk = await sits(OWNER)
    page = desk.page
    await page.evaluate(READY)
    await page.goto(f"{desk.web}/inbox?view=all")
    await desk.opens("Olimpia Prado")
    kept = await page.evaluate(
        "caches.keys().then((names) => Promise.all(names.map(async (name) => "
        "(await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname)))).then((all) => all.flat())"
    )
    assert kept == ["/offline"]
    await page.context.set_offline(True)
    await page.reload()
    await expect(page.get_by_role("heading", name="Estás sin conexión")).to_be_visible()
    assert "Olimpia" not in await page.content()
    await page.context.add_cookies([{"name": "hilo_language", "value": "en", "url": desk.web}])
    await page.reload()
    await expect(page.get_by_role("heading")).to_have_text("You are offline")
    await page.context.set_offline(False)
    await expect(page.locator(".head h1")).to_have_text("Olimpia Prado", timeout=15_000)


async def test_a_notice_is_shown_except_where_its_conversation_is_open(opens: Opens, sits: Sits) -> None:
    await (await opens("whatsapp", "573004448802", "Rita Solano")).writes("hola")
    desk = await sits(OWNER)
    page = desk.page
    await page.context.grant_permissions(["notifications"], origin=desk.web)
    await page.evaluate(READY)
    await page.goto(f"{desk.web}/inbox?view=all")
    await desk.opens("Rita Solano")
    thread = await page.locator(".talk").get_attribute("data-thread")
    session = await page.context.new_cdp_session(page)
    told = {"title": "Rita Solano", "body": "¿me confirmas?", "url": f"/inbox?thread={thread}", "thread": thread}
    await _push(session, page, desk.web, told)
    assert await page.evaluate(SHOWN) == []
    await _push(session, page, desk.web, {**told, "title": "Otra persona", "thread": "th_other"})
    assert await page.evaluate(SHOWN) == [["Otra persona", "¿me confirmas?", "th_other"]]
    await page.goto(f"{desk.web}/account")
    await _push(session, page, desk.web, told)
    assert ["Rita Solano", "¿me confirmas?", thread] in await page.evaluate(SHOWN)


async def _push(session: CDPSession, page: Page, origin: str, told: dict[str, Any]) -> None:
    found: list[str] = []
    session.once(
        "ServiceWorker.workerRegistrationUpdated",
        lambda said: found.extend(
            one["registrationId"] for one in said["registrations"] if one["scopeURL"].startswith(origin)
        ),
    )
    await session.send("ServiceWorker.enable")
    await page.wait_for_timeout(300)
    await session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": found[0], "data": json.dumps(told)},
    )
    await page.wait_for_timeout(1000)
    await session.send("ServiceWorker.disable")


async def test_notices_are_turned_on_tried_and_off_again_on_this_device(sits: Sits) -> None:
    desk = await sits(OWNER)
    page = desk.page
    await page.context.grant_permissions(["notifications"], origin=desk.web)
    given = json.dumps(Device("browser-test").subscription())
    await page.add_init_script(SUBSCRIBES.replace("SUBSCRIPTION", given))
    await page.goto(f"{desk.web}/account")
    turned = page.get_by_role("switch", name="Avisos en este dispositivo")
    await expect(turned).to_be_enabled()
    await turned.check()
    trial = page.get_by_role("button", name="Enviar un aviso de prueba")
    await expect(trial).to_be_visible()
    asked = await page.evaluate("({visible: asked.userVisibleOnly, bytes: asked.applicationServerKey.length})")
    assert asked == {"visible": True, "bytes": 65}
    await trial.click()
    await expect(page.locator("#toasts")).to_contain_text("Enviado")
    devices = await page.evaluate("fetch('/api/push/subscriptions').then((got) => got.json())")
    assert len(devices) == 1
    await turned.uncheck()
    await expect(trial).to_be_hidden()
    assert await page.evaluate("fetch('/api/push/subscriptions').then((got) => got.json())") == []


async def test_a_browser_that_cannot_says_what_to_do(sits: Sits) -> None:
    desk = await sits(OWNER, width=360)
    page = desk.page
    await page.add_init_script(
        "delete window.PushManager; Object.defineProperty(navigator, 'userAgent', {get: () => 'iPhone'});"
    )
    await page.goto(f"{desk.web}/account")
    await expect(page.get_by_text("Añadir a pantalla de inicio")).to_be_visible()
    await expect(page.get_by_role("switch", name="Avisos en este dispositivo")).to_be_disabled()
