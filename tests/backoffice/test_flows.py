"""An organization's own versions of its flows: checked, published, spoken by the real turn, rolled back."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.flow_form import KINDS, PARTS
from backoffice.pages.words import translations
from backoffice.runtime import load_packs
from backoffice.settings import Settings
from bot.apply import Happening
from bot.conversing import FRESH, Conversing
from bot.events import Said
from bot.published import Published
from bot.turn import take_locked_turn
from core.db import create_engine, driver_of, tenant_session
from core.flow_versions import revisions_in_force
from core.organizations.model import AuditEntry
from core.organizations.queries import OrganizationFacts, organization_facts
from core.threads.actions import lock_thread
from core.threads.content import Text
from core.threads.model import Message
from core.threads.queues import Outbox
from core.threads.spine import Driver
from tests.backoffice.clinic import Clinic, FixedClock, make_clinic

ASK = "steps.menu.choose"
FIRST = "¿En qué te ayudo?"


@dataclass
class Process:
    """What another process has of its own: a library in memory, refreshed by what the database says."""

    app: AsyncEngine
    clock: FixedClock
    conversing: Conversing
    keys: int = field(default=0)

    async def hears(self, clinic: Clinic, thread_id: int, words: str) -> list[str]:
        """What the bot queues when the person says this, by the real turn."""
        self.keys += 1
        key = f"said/{id(self)}/{self.keys}"
        async with tenant_session(self.app, clinic.organization_id) as session:
            await lock_thread(session, thread_id)
            driver = await driver_of(session)
            happening = Happening(key, Said(Text(words)), self.clock())
            before = await session.scalar(select(Message.id).order_by(Message.id.desc()).limit(1)) or 0
            await take_locked_turn(driver, self.conversing, thread_id, clinic.organization_id, happening, self.clock())
            said = await session.scalars(
                select(Message.text)
                .join(Outbox, Outbox.message_id == Message.id)
                .where(Message.thread_id == thread_id, Message.id > before)
                .order_by(Message.id)
            )
            told = list(said)
            await session.commit()
            return told


@pytest.fixture
async def process(app: FastAPI, database_url: str, clock: FixedClock) -> AsyncIterator[Process]:
    loops = create_engine(database_url, "hilo_spine", pool_size=1)

    async def facts(organization_id: int, now: datetime) -> OrganizationFacts:
        async with AsyncSession(loops) as session:
            return await organization_facts(session, organization_id, now)

    packs = load_packs(Settings(_env_file=None).flows_dir)
    conversing = Conversing(Published(packs), facts, lambda _: "whatsapp", clock)
    yield Process(app.state.runtime.app, clock, conversing)
    await loops.dispose()


async def publish(client: httpx.AsyncClient, clinic: Clinic, flow: str = "inicio", **given: Any) -> httpx.Response:
    given = {"after": 0, **given}
    return await client.post(f"/api/flows/{flow}/versions", json=given, headers=clinic.as_("manager"))


async def roll_back(client: httpx.AsyncClient, clinic: Clinic, to: int | None, after: int) -> httpx.Response:
    body = {"to": to, "after": after}
    return await client.post("/api/flows/inicio/rollback", json=body, headers=clinic.as_("owner"))


async def test_what_is_published_is_said_from_the_next_conversation_on(
    client: httpx.AsyncClient, clinic: Clinic, process: Process, clock: FixedClock
) -> None:
    running, later = await clinic.add_thread("Ana"), await clinic.add_thread("Luz")
    assert (await process.hears(clinic, running, "hola"))[-1] == FIRST
    published = await publish(client, clinic, texts={ASK: "¿Qué te trae por aquí?"}, note="Más cálido")
    assert published.status_code == 201, published.text
    assert (published.json()["number"], published.json()["published_by"]) == (1, "Marta Soler")
    clock.forward(seconds=FRESH.total_seconds() + 1)
    assert (await process.hears(clinic, later, "hola"))[-1] == "¿Qué te trae por aquí?"
    # Who was in the middle of it goes on with the words it began with: the retry puts the old question's options.
    assert (await process.hears(clinic, running, "volver"))[-1] in (FIRST, "¿En qué más te ayudo?")
    async with AsyncSession(clinic.engine) as session:
        pinned = await session.scalars(text("SELECT session -> 'k' -> 0 ->> 'r' FROM thread ORDER BY id"))
        revisions = list(pinned)
        assert revisions[0] != revisions[1] == published.json()["revision"]
        kept = await session.scalar(
            text("SELECT count(*) FROM flow_revision WHERE sha256 = :sha"), {"sha": revisions[1]}
        )
        entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "flow.published"))
    assert kept == 1
    assert entry is not None and entry.details["note"] == "Más cálido"


async def test_another_organization_goes_on_with_the_packs_own(
    client: httpx.AsyncClient, clinic: Clinic, process: Process, empty_database: AsyncEngine
) -> None:
    other = await make_clinic(empty_database, "otra")
    await publish(client, clinic, texts={ASK: "¿Qué te trae por aquí?"})
    mine, theirs = await clinic.add_thread("Ana"), await other.add_thread("Eva")
    assert (await process.hears(clinic, mine, "hola"))[-1] == "¿Qué te trae por aquí?"
    assert (await process.hears(other, theirs, "hola"))[-1] == FIRST
    assert (await client.get("/api/flows/inicio", headers=other.as_("owner"))).json()["own"] is False
    assert (await client.get("/api/flows/inicio/versions/1", headers=other.as_("owner"))).status_code == 404


async def test_rolling_back_speaks_an_older_version_or_the_packs_own_again(
    client: httpx.AsyncClient, clinic: Clinic, process: Process, clock: FixedClock
) -> None:
    await publish(client, clinic, texts={ASK: "uno"})
    assert (await publish(client, clinic, texts={ASK: "dos"}, after=1)).status_code == 201
    heard = []
    for to in (1, None):
        number = (await client.get("/api/flows/inicio", headers=clinic.as_("owner"))).json()["number"]
        assert (await roll_back(client, clinic, to, number)).status_code == 201
        clock.forward(seconds=FRESH.total_seconds() + 1)
        heard.append((await process.hears(clinic, await clinic.add_thread("Ana"), "hola"))[-1])
    assert heard == ["uno", FIRST]
    history = (await client.get("/api/flows/inicio/versions", headers=clinic.as_("owner"))).json()
    assert [(one["number"], one["again_of"], one["in_force"], one["of_the_pack"]) for one in history] == [
        (4, None, True, True),
        (3, 1, False, False),
        (2, None, False, False),
        (1, None, False, False),
    ]
    first, third = history[3]["revision"], history[1]["revision"]
    assert first == third


async def test_two_who_publish_at_once_do_not_overwrite_each_other(client: httpx.AsyncClient, clinic: Clinic) -> None:
    assert (await publish(client, clinic, texts={ASK: "uno"})).status_code == 201
    assert (await publish(client, clinic, texts={ASK: "dos"})).json()["code"] == "conflict"
    assert (await roll_back(client, clinic, None, 0)).json()["code"] == "conflict"


@pytest.mark.parametrize(
    ("old", "new", "step", "words"),
    [
        ("next: menu", "next: menoo", "saludo", "Se va a un paso que no existe: «menoo»."),
        ("{org.name}", "{org.nombre}", "saludo", "Se usa algo que no existe"),
        ('label: "Precios"', 'label: "Precios de todos los tratamientos"', "menu", "demasiado larga"),
        ("say:", "says:", "saludo", "Un paso debe ser de un solo tipo"),
        ('choose: "¿En qué te ayudo?"', 'choose: "¿En qué', "", "no es YAML válido"),
    ],
)
async def test_what_the_linter_refuses_is_not_published_and_says_where_and_why_in_spanish(
    client: httpx.AsyncClient, clinic: Clinic, old: str, new: str, step: str, words: str
) -> None:
    read = (await client.get("/api/flows/inicio", headers=clinic.as_("owner"))).json()
    broken = read["source"].replace(old, new, 1)
    assert broken != read["source"]
    checked = await client.post("/api/flows/inicio/check", json={"source": broken}, headers=clinic.as_("owner"))
    found = [one for one in checked.json()["troubles"] if one["blocks"]]
    assert any(words in one["message"] and (one["step"] or "") == step and one["line"] for one in found), found
    refused = await publish(client, clinic, source=broken)
    assert (refused.status_code, refused.json()["code"]) == (422, "flow_broken")
    assert refused.json()["details"]["troubles"][0]["fix"]
    async with AsyncSession(clinic.engine) as session:
        assert await session.scalar(text("SELECT count(*) FROM flow_version")) == 0


async def test_translations_that_lag_behind_are_told_and_do_not_block(
    client: httpx.AsyncClient, clinic: Clinic, process: Process
) -> None:
    owner = clinic.as_("owner")
    changed = {"texts": {ASK: "¿Qué buscas?"}, "translated": {"pt": {ASK: "O que você procura?"}}}
    checked = (await client.post("/api/flows/inicio/check", json=changed, headers=owner)).json()
    told = {(one["language"], one["step"], one["code"], one["blocks"]) for one in checked["troubles"]}
    assert told == {("en", "menu", "stale", False)}
    assert (await publish(client, clinic, **changed)).status_code == 201
    brazilian = await clinic.add_thread("João")
    assert (await process.hears(clinic, brazilian, "em português, por favor"))[-1] == "O que você procura?"


async def test_the_examples_that_would_go_otherwise_are_shown(client: httpx.AsyncClient, clinic: Clinic) -> None:
    given = {"texts": {"steps.edad.ask": "¿Cuántos años tienes?"}, "rehearse": True}
    checked = (await client.post("/api/flows/captacion/check", json=given, headers=clinic.as_("owner"))).json()
    assert checked["changed_count"] > 0
    assert all(one["now"] == "¿Cuántos años tienes?" for one in checked["changed"])
    assert all(one["before"] == "¿Qué edad tienes?" for one in checked["changed"])
    same = await client.post("/api/flows/captacion/check", json={"rehearse": True}, headers=clinic.as_("owner"))
    assert same.json()["changed"] == []


async def test_edits_leave_the_rest_of_the_file_as_it_was_written(client: httpx.AsyncClient, clinic: Clinic) -> None:
    owner = clinic.as_("owner")
    read = (await client.get("/api/flows/captacion", headers=owner)).json()
    order = ["laser", "botox", "relleno", "facial", "corporal", "otro"]
    given = {
        "texts": {"steps.nombre.ask": 'Hola: ¿cómo "te" llamas? #1', "steps.servicio.laser.short": "Láser"},
        "orders": {"servicio": order},
    }
    checked = (await client.post("/api/flows/captacion/check", json=given, headers=owner)).json()
    before, after = read["source"].splitlines(), checked["source"].splitlines()
    assert len(before) == len(after)
    assert "# quien pide una valoración ya es un lead" in checked["source"]
    differing = {line.split(":")[0].strip() for one, line in zip(before, after, strict=True) if one != line}
    assert differing == {"ask", "botox", "relleno", "laser"}
    step = next(one for one in checked["form"]["steps"] if one["id"] == "servicio")
    assert [one["id"] for one in step["options"]] == order
    assert [one["text"] for one in step["options"][0]["texts"]] == ["Depilación láser", "Láser"]
    taken_out = {"source": checked["source"], "texts": {"steps.servicio.laser.short": " "}}
    again = (await client.post("/api/flows/captacion/check", json=taken_out, headers=owner)).json()
    assert "short:" not in again["source"]
    unknown = await client.post("/api/flows/captacion/check", json={"texts": {"steps.x.ask": "y"}}, headers=owner)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_text")


async def test_the_preview_says_what_the_bot_says(client: httpx.AsyncClient, clinic: Clinic, process: Process) -> None:
    texts = {ASK: "¿Qué te trae por aquí?"}
    did = [{"kind": "said", "text": "hola"}, {"kind": "said", "text": "precios"}]
    shown = await client.post(
        "/api/flows/inicio/preview", json={"texts": texts, "did": did}, headers=clinic.as_("manager")
    )
    bubbles = shown.json()["bubbles"]
    previewed = [one["text"] for one in bubbles if one["who"] == "bot"]
    await publish(client, clinic, texts=texts)
    thread = await clinic.add_thread("Ana")
    said = await process.hears(clinic, thread, "hola")
    assert previewed[: len(said)] == said
    menu = next(one for one in bubbles if one["widget"] == "list")
    assert menu["opener"] == "Ver opciones"
    assert [key["title"] for key in menu["keys"]][:2] == ["Pedir valoración", "Agendar una cita"]
    async with AsyncSession(clinic.engine) as session:
        assert await session.scalar(text("SELECT count(*) FROM outbox WHERE thread_id <> :mine"), {"mine": thread}) == 0


async def test_the_preview_takes_taps_and_starts_anywhere(client: httpx.AsyncClient, clinic: Clinic) -> None:
    async def preview(flow: str, **given: Any) -> list[dict[str, Any]]:
        answer = await client.post(f"/api/flows/{flow}/preview", json=given, headers=clinic.as_("owner"))
        assert answer.status_code == 200, answer.text
        return list(answer.json()["bubbles"])

    greeted = [{"kind": "said", "text": "hola"}]
    keys = next(one for one in await preview("inicio", did=greeted, channel="telegram") if one["keys"])["keys"]
    tapped = [*greeted, {"kind": "tapped", "id": keys[0]["id"], "text": keys[0]["title"]}]
    assert (await preview("inicio", did=tapped, channel="telegram"))[-1]["text"] == "Para empezar, ¿cómo te llamas?"
    step = await preview("captacion", start="step", step="edad", did=[{"kind": "said", "text": "34"}])
    assert [one["text"] for one in step[:2]] == ["¿Qué edad tienes?", "34"]
    assert step[2]["text"] == "¿Sería tu primera vez con este tratamiento?"
    reminder = await preview("recordatorio", start="flow")
    assert not any("se detiene" in one["text"] for one in reminder)
    waited = await preview("captacion", start="flow", did=[{"kind": "waited", "seconds": 1260}])
    assert waited[-1]["text"].startswith("¿Sigues ahí?")


async def test_every_flow_of_every_pack_can_be_read_tried_and_published_as_it_is(
    client: httpx.AsyncClient, clinic: Clinic
) -> None:
    owner = clinic.as_("owner")
    listed = (await client.get("/api/flows", headers=owner)).json()
    assert listed[0]["name"] == "inicio" and not any(one["own"] or one["errors"] for one in listed)
    for one in listed:
        read = (await client.get(f"/api/flows/{one['name']}", headers=owner)).json()
        assert len(read["form"]["steps"]) == one["steps"]
        tried = await client.post(f"/api/flows/{one['name']}/preview", json={"start": "flow"}, headers=owner)
        assert not any("se detiene" in bubble["text"] for bubble in tried.json()["bubbles"]), one["name"]
        published = await publish(client, clinic, one["name"])
        assert published.status_code == 201, published.text
    listed = (await client.get("/api/flows", headers=owner)).json()
    assert all(one["own"] and not one["errors"] and not one["warnings"] for one in listed), listed


async def test_no_turn_reads_flows_while_nothing_was_published(
    client: httpx.AsyncClient, clinic: Clinic, process: Process, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []

    async def counted(driver: Driver, organizations: Iterable[int]) -> list[tuple[int, str, str, str]]:
        read.append(organizations)
        return await revisions_in_force(driver, organizations)

    monkeypatch.setattr("bot.published.revisions_in_force", counted)
    thread = await clinic.add_thread("Ana")
    for _ in range(3):
        clock.forward(seconds=FRESH.total_seconds() + 1)
        await process.hears(clinic, thread, "hola")
    assert len(read) == 1
    await publish(client, clinic, texts={ASK: "uno"})
    for _ in range(2):
        clock.forward(seconds=FRESH.total_seconds() + 1)
        await process.hears(clinic, thread, "hola")
    assert len(read) == 2


async def test_versions_are_only_ever_added(client: httpx.AsyncClient, clinic: Clinic, process: Process) -> None:
    await publish(client, clinic, texts={ASK: "uno"})
    for statement in ("UPDATE flow_version SET note = 'x'", "DELETE FROM flow_version"):
        async with tenant_session(process.app, clinic.organization_id) as session:
            with pytest.raises(Exception, match="permission denied"):
                await session.execute(text(statement))


async def test_what_an_approved_template_carries_is_not_changed_unnoticed(
    client: httpx.AsyncClient, clinic: Clinic
) -> None:
    async def found(changed: str) -> list[tuple[str, bool]]:
        checked = await client.post(
            "/api/flows/recordatorio/check", json={"source": changed}, headers=clinic.as_("owner")
        )
        told = [one for one in checked.json()["troubles"] if one["code"].startswith("template-")]
        return [(one["code"], one["blocks"]) for one in told]

    source = (await client.get("/api/flows/recordatorio", headers=clinic.as_("owner"))).json()["source"]
    line = next(one for one in source.splitlines() if one.strip().startswith("text:") and "{" in one)
    assert await found(source) == []
    assert await found(source.replace(line, line.replace('"', '"Oye: ', 1))) == [("template-text", False)]
    hole = line[line.index("{") : line.index("}") + 1]
    assert ("template-holes", True) in await found(source.replace(line, line.replace(hole, "tú", 1)))


@pytest.mark.parametrize("language", ["pt", "en"])
def test_the_forms_own_words_are_translated(language: str) -> None:
    assert {*KINDS.values(), *PARTS.values()} <= translations(language).keys()


async def test_the_page_shows_texts_map_and_history(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await publish(client, clinic, texts={ASK: "¿Qué <b>buscas</b>?"}, note="<script>")
    shown = (await client.get("/settings/flows/inicio", headers=clinic.as_("owner"))).text
    assert "¿Qué &lt;b&gt;buscas&lt;/b&gt;?" in shown
    assert "<b>buscas" not in shown and "&lt;script&gt;" in shown
    assert 'id="map-menu"' in shown and "Volver a esta" in shown
    assert (await client.get("/settings/flows/nada", headers=clinic.as_("owner"))).status_code == 404
    assert (await client.get("/settings/flows/inicio", headers=clinic.as_("closer"))).status_code == 403
