"""Stages without a key get one of their name; changes of canned responses are kept in the record."""

import httpx

from tests.backoffice.clinic import Clinic


async def test_a_stages_key_is_made_of_its_name(client: httpx.AsyncClient, clinic: Clinic) -> None:
    headers = clinic.as_("manager")
    keys = []
    for name in ("En espera de señal", "¡En espera de SEÑAL!", "…"):
        made = await client.post("/api/lead-stages", json={"name": name}, headers=headers)
        keys.append(made.json()["key"])
    assert keys == ["en_espera_de_senal", "en_espera_de_senal_2", "etapa"]


async def test_who_changed_a_canned_response_is_kept_with_what_it_said(
    client: httpx.AsyncClient, clinic: Clinic
) -> None:
    headers = clinic.as_("closer")
    made = (
        await client.post("/api/canned-responses", json={"shortcut": "hola", "text": "Hola"}, headers=headers)
    ).json()
    path = f"/api/canned-responses/{made['id']}"
    await client.patch(path, json={"text": "Buenas"}, headers=headers)
    await client.patch(path, json={"text": "Buenas"}, headers=headers)
    await client.delete(path, headers=headers)
    rows = (await client.get("/api/audit", headers=clinic.as_("owner"))).json()["items"]
    assert [(row["action"], row["details"]) for row in rows] == [
        ("canned.deleted", {"text": "Buenas"}),
        ("canned.changed", {"text": ["Hola", "Buenas"]}),
        ("canned.created", {"text": "Hola"}),
    ]
