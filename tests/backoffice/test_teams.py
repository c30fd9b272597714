"""Teams are there while somebody or some thread has them; a new name reaches all of them at once."""

from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.backoffice.clinic import Clinic


async def listed(client: httpx.AsyncClient, clinic: Clinic) -> dict[str, tuple[list[str], int]]:
    rows = (await client.get("/api/teams", headers=clinic.as_("assistant"))).json()
    return {one["name"]: ([member["name"] for member in one["members"]], one["threads"]) for one in rows}


async def column(clinic: Clinic, wanted: str, thread: int) -> Any:
    async with AsyncSession(clinic.engine) as session:
        return await session.scalar(text(f"SELECT {wanted} FROM thread WHERE id = :id"), {"id": thread})


async def test_a_team_is_made_renamed_and_removed_everywhere(client: httpx.AsyncClient, clinic: Clinic) -> None:
    headers = clinic.as_("manager")
    assert await listed(client, clinic) == {"ventas": (["Paula Ríos"], 0)}
    thread = await clinic.add_thread("Ana", "hola", state="open", team="ventas")
    await clinic.add_thread("Bea", "hola", state="resolved", team="ventas")
    rosa, paula = (clinic.public("member", clinic.members[one]) for one in ("receptionist", "closer"))
    made = await client.post("/api/teams", json={"name": "Sede norte", "members": [rosa]}, headers=headers)
    assert (made.status_code, made.json()["members"][0]["name"]) == (201, "Rosa Gil")
    again = await client.post("/api/teams", json={"name": "ventas", "members": [rosa]}, headers=headers)
    assert again.json()["code"] == "team_taken"

    version = await column(clinic, "version", thread)
    change = {"name": "Asesoras", "members": [paula, rosa]}
    changed = (await client.patch("/api/teams", params={"name": "ventas"}, json=change, headers=headers)).json()
    assert ([one["name"] for one in changed["members"]], changed["threads"]) == (["Paula Ríos", "Rosa Gil"], 1)
    assert await column(clinic, "team", thread) == "Asesoras"
    assert await column(clinic, "version", thread) == version + 1, "a turn under way writes nothing over it"
    taken = await client.patch("/api/teams", params={"name": "Asesoras"}, json={"name": "Sede norte"}, headers=headers)
    assert taken.json()["code"] == "team_taken"

    assert (await client.delete("/api/teams", params={"name": "Asesoras"}, headers=headers)).status_code == 204
    assert await listed(client, clinic) == {"Sede norte": (["Rosa Gil"], 0)}
    assert await column(clinic, "team", thread) is None
    gone = await client.patch("/api/teams", params={"name": "ventas"}, json={"name": "x"}, headers=headers)
    assert gone.status_code == 404
    told = (await client.get("/api/audit", headers=headers)).json()["items"]
    assert [row["action"] for row in told] == ["team.deleted", "team.changed", "team.created"]
    members = [["Paula Ríos"], ["Paula Ríos", "Rosa Gil"]]
    assert told[1]["details"] == {"name": ["ventas", "Asesoras"], "members": members}


async def test_a_team_only_threads_have_is_joined(client: httpx.AsyncClient, clinic: Clinic) -> None:
    """As when a flow hands over to one nobody made."""
    headers = clinic.as_("owner")
    thread = await clinic.add_thread("Ana", "hola", state="open", team="recepcion")
    rosa = clinic.public("member", clinic.members["receptionist"])
    await client.post("/api/teams", json={"name": "Recepción", "members": [rosa]}, headers=headers)
    assert (await listed(client, clinic))["recepcion"] == ([], 1)
    await client.patch("/api/teams", params={"name": "Recepción"}, json={"name": "recepcion"}, headers=headers)
    assert (await listed(client, clinic))["recepcion"] == (["Rosa Gil"], 1)
    assert await column(clinic, "team", thread) == "recepcion"


async def test_a_page_knows_a_team_whose_name_has_spaces(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await clinic.add_member("closer", "Nora Paz", key="nora", teams=("Sede norte", "l'équipe"))
    shown = (await client.get("/inbox", headers=clinic.as_("nora"))).text
    assert """data-teams='["Sede norte", "l\\u0027\\u00e9quipe"]'""" in shown
