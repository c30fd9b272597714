"""The staff's pages: who may see them, in which language, and that they are made of few queries."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from backoffice.api.document import needed_permission
from backoffice.pages import render
from backoffice.pages.inbox_views import VIEWS
from backoffice.pages.mount import ROUTERS
from backoffice.pages.render import SECTIONS
from backoffice.pages.routes import PageRoute
from backoffice.pages.settings import service
from backoffice.pages.settings.audit_words import ACTION_NAMES, FIELD_NAMES
from backoffice.pages.settings.automations import ACTIONS, EVENTS, FACTS, PRIORITIES, RECIPES, SOURCES, STATES
from backoffice.pages.settings.consents import KINDS
from backoffice.pages.settings.frame import GROUPS
from backoffice.pages.settings.hours import DAYS
from backoffice.pages.settings.labels import COLOUR_NAMES
from backoffice.pages.settings.roles import DEEDS, ROLE_NAMES
from backoffice.pages.settings.stages import KIND_NAMES
from backoffice.pages.words import translations
from core.organizations.permissions import ROLES, allows
from tests.backoffice.clinic import Clinic

TEMPLATES = Path(render.__file__).parent / "templates"
ROWS: tuple[tuple[tuple[str, ...], ...], ...] = (EVENTS, FACTS, ACTIONS, STATES, PRIORITIES, SOURCES)
"""Words of the pages in the second place of each row."""
SPOKEN = re.compile(r"""\bt\((?:"([^"]+)"|'([^']+)')\)""")
TABLES = (ROLE_NAMES, DAYS, COLOUR_NAMES, KIND_NAMES, ACTION_NAMES, FIELD_NAMES)
"""Words of the pages by what they name."""
OWN_NAMES = {"Español", "Português", "English"}
LISTED = re.compile(r'"([A-ZÁÉÍÓÚÑ¿¡][^"{}]*)"')


def pages() -> list[APIRoute]:
    """Of the routers themselves: the application does not list what it includes."""
    found: list[APIRoute] = [route for router in ROUTERS for route in router.routes if isinstance(route, PageRoute)]
    assert len(found) > 20
    return found


def words_of_templates() -> set[str]:
    """What is said by `t`, and what stands in the tags' own lists and in the pages' tables, which is said by `t` as
    well."""
    found = (
        {view.name for view in VIEWS} | {section[1] for section in SECTIONS} | {"Canal", "Etapa", "Sede", "Etiqueta"}
    )
    found |= {"En una hora", "Mañana a las 9:00", "El lunes a las 9:00"}
    found |= {row[1] for table in (*ROWS, service.KINDS, service.ROWS) for row in table}
    found |= {one["name"] for one in RECIPES}
    found |= {name for name, _ in GROUPS} | {page[1] for _, pages in GROUPS for page in pages}
    found |= {words for table in TABLES for words in table.values()}
    found |= {about for about, _ in DEEDS} | {words for _, deeds in DEEDS for _, words in deeds}
    found |= {words for kind in KINDS.values() for words in kind}
    found |= {"Cuándo", "Quién", "Qué hizo", "A qué", "Qué cambió"}
    for file in TEMPLATES.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        found |= {one or other for one, other in SPOKEN.findall(text)}
        for tag in re.findall(r"\{%.*?%\}|\{\{.*?\}\}", text, re.DOTALL):
            found |= set(LISTED.findall(tag))
    return found


@pytest.mark.parametrize("language", ["pt", "en"])
def test_every_word_of_the_pages_is_translated(language: str) -> None:
    assert sorted(words_of_templates() - translations(language).keys() - OWN_NAMES) == []


async def test_who_has_not_come_in_is_led_to_the_login_and_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/inbox?view=mine")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Finbox%3Fview%3Dmine")
    assert (await client.get("/inbox/list", headers={"X-Part": "1"})).status_code == 401
    shown = await client.get(answer.headers["location"])
    assert 'data-next="/inbox?view=mine"' in shown.text
    assert 'data-next="/"' in (await client.get("/login?next=//evil.example")).text


async def test_each_role_sees_the_pages_the_table_gives_it(
    app: FastAPI, client: httpx.AsyncClient, clinic: Clinic
) -> None:
    thread = clinic.public("thread", await clinic.add_thread("Ana", "hola"))
    for role in ROLES:
        if role not in clinic.members:
            await clinic.add_member(role, role)
        for page in pages():
            permission = needed_permission(page.dependant)
            if permission is None:
                continue
            path = page.path.replace("{thread_id}", thread)
            if "{" in path:
                continue
            status = (await client.get(path, headers=clinic.as_(role))).status_code
            assert (status != 403) == allows(role, permission), (role, path, status)
            assert status < 500, path


async def test_a_page_of_the_inbox_costs_the_same_queries_however_many_threads(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, app: FastAPI
) -> None:
    counted: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counted.append(statement)

    engine = app.state.runtime.app.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        costs = []
        for threads in (1, 12):
            for number in range(threads):
                await clinic.add_thread(f"Persona {threads}-{number}", "hola", "¿precio?")
            counted.clear()
            assert (await client.get("/inbox?view=all", headers=clinic.as_("owner"))).status_code == 200
            costs.append(len(counted))
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert costs[1] <= costs[0] <= 13


async def test_the_interface_speaks_the_readers_language(client: httpx.AsyncClient, clinic: Clinic) -> None:
    headers = clinic.as_("owner")
    assert "Sin asignar" in (await client.get("/inbox", headers=headers)).text
    assert "Unassigned" in (await client.get("/inbox", headers={**headers, "Accept-Language": "en-US,en"})).text
    client.cookies.set("hilo_language", "pt")
    assert "Sem responsável" in (await client.get("/inbox", headers={**headers, "Accept-Language": "en"})).text


async def test_what_people_write_never_becomes_part_of_the_page(client: httpx.AsyncClient, clinic: Clinic) -> None:
    thread = await clinic.add_thread("<b>Ana</b>", "<script>alert(1)</script> https://a.example/?x=<i>")
    path = f"/inbox/threads/{clinic.public('thread', thread)}"
    shown = (await client.get(path, headers=clinic.as_("owner"))).text
    assert "<script>alert" not in shown
    assert "<b>Ana</b>" not in shown
    assert '<a href="https://a.example/?x=' in shown


async def test_one_arrives_at_the_first_page_one_may_see(client: httpx.AsyncClient, clinic: Clinic) -> None:
    arrived = {}
    for role in ("owner", "doctor", "assistant"):
        arrived[role] = (await client.get("/", headers=clinic.as_(role))).headers["location"]
    assert arrived == {"owner": "/inbox", "doctor": "/inbox", "assistant": "/agenda"}
