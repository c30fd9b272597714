"""The pipeline: the board, its filters and orders, the next step, why leads are lost; few queries for many leads."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.contacts.model import Contact
from core.leads.model import Lead, LeadStage
from core.threads.model import Thread
from tests.backoffice.clinic import NOON, Clinic


async def add_lead(clinic: Clinic, name: str, stage: str = "nuevo", *, ago: float = 0, **columns: Any) -> str:
    """A contact with a thread and a lead that came to the stage `ago` days ago; the lead's public id."""
    thread_id = await clinic.add_thread(name, "hola")
    at = NOON - timedelta(days=ago)
    async with AsyncSession(clinic.engine, expire_on_commit=False) as session:
        contact = await session.scalar(select(Thread.contact_id).where(Thread.id == thread_id))
        of_key = select(LeadStage).where(LeadStage.key == stage, LeadStage.organization_id == clinic.organization_id)
        place = (await session.scalars(of_key)).one()
        columns.setdefault("closed_at", None if place.kind == "open" else at)
        columns.setdefault("currency", "COP" if columns.get("value_minor") is not None else None)
        columns.setdefault("created_at", at)
        lead = Lead(
            organization_id=clinic.organization_id, contact_id=contact, stage_id=place.id, stage_since=at, **columns
        )
        session.add(lead)
        await session.commit()
        return clinic.public("lead", lead.id)


async def board(client: httpx.AsyncClient, clinic: Clinic, role: str = "owner", **asked: Any) -> dict[str, Any]:
    answer = await client.get("/api/leads/board", params=asked, headers=clinic.as_(role))
    assert answer.status_code == 200, answer.text
    return {column["stage"]["key"]: column for column in answer.json()}


def names(column: dict[str, Any]) -> list[str]:
    return [card["contact"]["name"] for card in column["cards"]]


@asynccontextmanager
async def counted(app: FastAPI) -> AsyncIterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = app.state.runtime.app.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_the_board_counts_and_sums_each_stage(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await add_lead(clinic, "Ana", value_minor=100_00, ago=2)
    await add_lead(clinic, "Bea", value_minor=50_00, ago=1)
    await add_lead(clinic, "Celia", value_minor=900, currency="USD", ago=3)
    await add_lead(clinic, "Dora", "asistio", value_minor=70_00, ago=10)
    await add_lead(clinic, "Eva", "perdido", ago=40, lost_reason="Precio")
    found = await board(client, clinic)
    assert list(found) == ["nuevo", "contactado", "calificado", "cita_agendada", "asistio", "no_show", "perdido"]
    assert (found["nuevo"]["leads"], found["nuevo"]["value_minor"]) == (3, 150_00)  # dollars are not pesos
    assert names(found["nuevo"]) == ["Bea", "Ana", "Celia"]
    assert (found["asistio"]["leads"], found["asistio"]["value_minor"]) == (1, 70_00)
    assert found["perdido"]["leads"] == 0  # closed more than 30 days ago
    assert (await board(client, clinic, closed_days=60))["perdido"]["leads"] == 1


async def test_a_long_column_is_shown_in_parts(client: httpx.AsyncClient, clinic: Clinic) -> None:
    for number in range(5):
        await add_lead(clinic, f"P{number}", ago=number)
    first = (await board(client, clinic, cards=2))["nuevo"]
    assert (names(first), first["leads"]) == (["P0", "P1"], 5)
    asked = {"stage": "nuevo", "cursor": first["next"], "limit": 2}
    rest = (await client.get("/api/leads", params=asked, headers=clinic.as_("closer"))).json()
    assert [row["contact"]["name"] for row in rest["items"]] == ["P2", "P3"]
    assert (await board(client, clinic, cards=0))["nuevo"]["cards"] == []


async def test_what_is_asked_for_is_what_is_shown(client: httpx.AsyncClient, clinic: Clinic) -> None:
    paula = clinic.members["closer"]
    await add_lead(clinic, "Mía", owner_id=paula, source="ctwa")
    await add_lead(clinic, "Ajena", owner_id=clinic.members["manager"])
    await add_lead(clinic, "Vencida", next_step="Llamar", next_at=NOON - timedelta(hours=1))
    await add_lead(clinic, "Futura", next_at=NOON + timedelta(hours=1))

    async def shown(**asked: Any) -> list[str]:
        return sorted(names((await board(client, clinic, "closer", **asked))["nuevo"]))

    assert await shown(mine=True) == ["Mía"]
    assert await shown(owner=clinic.public("member", clinic.members["manager"])) == ["Ajena"]
    assert await shown(unowned=True) == ["Futura", "Vencida"]
    assert await shown(source="ctwa") == ["Mía"]
    assert await shown(overdue=True) == ["Vencida"]
    assert await shown(search="ajenna") == ["Ajena"]  # a typo


@pytest.mark.parametrize(
    ("sort", "ascending", "expected"),
    [
        ("value", False, ["Bea", "Ana", "Celia"]),
        ("name", True, ["Ana", "Bea", "Celia"]),
        ("next", True, ["Celia", "Ana", "Bea"]),
        ("created", True, ["Bea", "Celia", "Ana"]),
        ("moved", True, ["Bea", "Celia", "Ana"]),
    ],
)
async def test_the_list_is_paged_in_every_order(
    client: httpx.AsyncClient, clinic: Clinic, sort: str, ascending: bool, expected: list[str]
) -> None:
    await add_lead(clinic, "Ana", value_minor=5, ago=1, next_at=NOON + timedelta(days=3))
    await add_lead(clinic, "Bea", value_minor=9, ago=3)
    await add_lead(clinic, "Celia", ago=2, next_at=NOON)
    seen: list[str] = []
    asked: dict[str, Any] = {"sort": sort, "ascending": ascending, "limit": 1}
    for _ in range(3):
        page = (await client.get("/api/leads", params=asked, headers=clinic.as_("owner"))).json()
        seen += [row["contact"]["name"] for row in page["items"]]
        asked["cursor"] = page["next"]
    assert (seen, page["next"]) == (expected, None)


async def test_the_next_step_is_set_and_cleared_and_remembered(client: httpx.AsyncClient, clinic: Clinic) -> None:
    url, headers = f"/api/leads/{await add_lead(clinic, 'Ana')}", clinic.as_("closer")
    when = "2026-11-20T10:00:00-05:00"
    changed = (await client.patch(url, json={"next_step": "Llamar", "next_at": when}, headers=headers)).json()
    assert (changed["next_step"], datetime.fromisoformat(changed["next_at"])) == (
        "Llamar",
        datetime.fromisoformat(when),
    )
    kept = (await client.patch(url, json={"next_at": None}, headers=headers)).json()
    assert (kept["next_step"], kept["next_at"]) == ("Llamar", None)
    gone = (await client.patch(url, json={"next_step": None}, headers=headers)).json()
    assert gone["next_step"] is None
    assert [one["data"]["step"] for one in gone["events"]] == ["Llamar", "Llamar", None]
    assert (await client.patch(url, json={"next_at": "2026-11-20T10:00:00"}, headers=headers)).status_code == 422


async def test_reasons_are_counted_however_they_are_written(client: httpx.AsyncClient, clinic: Clinic) -> None:
    for name, reason, ago in (("A", "Precio", 1), ("B", "precio ", 2), ("C", "lejos", 3), ("D", "Precio", 200)):
        await add_lead(clinic, name, "perdido", ago=ago, lost_reason=reason, value_minor=10)
    rows = (await client.get("/api/leads/lost-reasons", headers=clinic.as_("closer"))).json()
    assert [(row["reason"], row["leads"], row["value_minor"]) for row in rows] == [("Precio", 2, 20), ("Lejos", 1, 10)]


async def test_a_restricted_closer_sees_only_their_own_board(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await add_lead(clinic, "Mía", owner_id=clinic.members["closer"], value_minor=7)
    await add_lead(clinic, "Ajena", owner_id=clinic.members["manager"], value_minor=9)
    async with clinic.engine.begin() as connection:
        await connection.execute(text('UPDATE organization SET settings = settings || \'{"visibility": "assigned"}\''))
    column = (await board(client, clinic, "closer"))["nuevo"]
    assert (names(column), column["leads"], column["value_minor"]) == (["Mía"], 1, 7)


async def test_who_was_merged_away_is_not_shown_twice(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await add_lead(clinic, "Ana")
    await add_lead(clinic, "Ana otra vez")
    async with AsyncSession(clinic.engine) as session:
        one, other = (await session.scalars(select(Contact).order_by(Contact.id))).all()
        other.merged_into_id = one.id
        await session.commit()
    assert names((await board(client, clinic))["nuevo"]) == ["Ana"]


@pytest.mark.parametrize("path", ["/pipeline", "/pipeline?view=list", "/pipeline?view=lost", "/api/leads/board"])
async def test_a_full_board_costs_the_queries_of_an_almost_empty_one(
    app: FastAPI, client: httpx.AsyncClient, clinic: Clinic, path: str
) -> None:
    costs = []
    for number in range(2):
        for more in range(1 + 6 * number):
            await add_lead(clinic, f"N{number}-{more}", ("nuevo", "calificado", "perdido")[more % 3], lost_reason="x")
        async with counted(app) as seen:
            assert (await client.get(path, headers=clinic.as_("owner"))).status_code == 200
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 9


async def test_the_page_shows_what_a_card_must(client: httpx.AsyncClient, clinic: Clinic) -> None:
    lead = await add_lead(
        clinic, "<Ana>", ago=3, interest="botox", value_minor=650_000_00, owner_id=clinic.members["closer"],
        next_step="Llamar", next_at=NOON - timedelta(days=1), source="ctwa",
    )  # fmt: skip
    headers = clinic.as_("closer")
    page = (await client.get("/pipeline", headers=headers)).text
    for words in ("&lt;Ana&gt;", "Botox", "$650.000", "Llamar", "Ayer", "Anuncio de WhatsApp", "3 d", "Paula Ríos"):
        assert words in page, words
    assert 'class="lead late"' in page and "/inbox?thread=" in page
    path = {"ids": [lead, clinic.public("lead", 999)]}
    changed = (await client.get("/pipeline/changed", params=path, headers=headers)).text
    assert changed.count("<li") == 1 and f'data-lead="{lead}"' in changed
    assert "Llamar" in (await client.get(f"/pipeline/leads/{lead}", headers=headers)).text
    assert (await client.get("/pipeline", params={"source": "x" * 300}, headers=headers)).status_code == 404
    assert "data-move" in page and "data-move" in changed
