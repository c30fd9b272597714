"""Labels: words become labels by being used; renamed, merged and removed everywhere."""

import asyncio

import httpx

from tests.backoffice.clinic import Clinic, make_clinic


async def label(client: httpx.AsyncClient, clinic: Clinic, thread: int, *words: str) -> list[str]:
    path = f"/api/threads/{clinic.public('thread', thread)}/labels"
    answer = await client.post(path, json={"labels": list(words)}, headers=clinic.as_("closer"))
    assert answer.status_code == 200, answer.text
    borne: list[str] = answer.json()["labels"]
    return borne


async def listed(client: httpx.AsyncClient, clinic: Clinic) -> dict[str, tuple[str, str, int]]:
    rows = (await client.get("/api/labels", headers=clinic.as_("closer"))).json()
    return {one["name"]: (one["id"], one["colour"], one["threads"]) for one in rows}


async def borne(client: httpx.AsyncClient, clinic: Clinic, thread: int) -> list[str]:
    path = f"/api/threads/{clinic.public('thread', thread)}"
    labels: list[str] = (await client.get(path, headers=clinic.as_("owner"))).json()["labels"]
    return labels


async def test_a_word_somebody_uses_becomes_a_label_written_one_way(client: httpx.AsyncClient, clinic: Clinic) -> None:
    one, other = [await clinic.add_thread(name, "hola") for name in ("Ana", "Bea")]
    assert await label(client, clinic, one, "Reclamación", "vip") == ["Reclamación", "vip"]
    assert await label(client, clinic, other, "reclamacion", "RECLAMACIÓN", "nueva") == ["Reclamación", "nueva"]
    counts = {name: threads for name, (_, _, threads) in (await listed(client, clinic)).items()}
    assert counts == {"nueva": 1, "Reclamación": 2, "vip": 1}


async def test_a_label_is_prepared_renamed_merged_and_removed_everywhere(
    client: httpx.AsyncClient, clinic: Clinic
) -> None:
    headers = clinic.as_("manager")
    one, other = [await clinic.add_thread(name, "hola") for name in ("Ana", "Bea")]
    made = await client.post("/api/labels", json={"name": "VIP", "colour": "purple"}, headers=headers)
    taken = await client.post("/api/labels", json={"name": "vip"}, headers=headers)
    assert (made.status_code, taken.json()["code"]) == (201, "label_taken")
    assert (await client.post("/api/labels", json={"name": "x", "colour": "#fff"}, headers=headers)).status_code == 422
    await label(client, clinic, one, "vip", "precio")
    await label(client, clinic, other, "precio", "caro")

    path = f"/api/labels/{made.json()['id']}"
    assert (await client.patch(path, json={"name": "Preferente"}, headers=headers)).json()["colour"] == "purple"
    assert (await client.patch(path, json={"name": "Caro"}, headers=headers)).json()["code"] == "label_taken"
    assert await borne(client, clinic, one) == ["Preferente", "precio"]

    labels = await listed(client, clinic)
    merge = f"/api/labels/{labels['caro'][0]}/merge"
    assert (await client.post(merge, json={"into": labels["caro"][0]}, headers=headers)).json()["code"] == "same_label"
    await client.post(merge, json={"into": labels["precio"][0]}, headers=headers)
    assert await borne(client, clinic, other) == ["precio"], "it bore both, and bears the one once"
    assert (await client.delete(f"/api/labels/{labels['precio'][0]}", headers=headers)).status_code == 204
    assert [await borne(client, clinic, thread) for thread in (one, other)] == [["Preferente"], []]
    assert list(await listed(client, clinic)) == ["Preferente"]
    told = (await client.get("/api/audit", headers=headers)).json()["items"]
    assert [row["action"] for row in told] == ["label.deleted", "label.merged", "label.changed", "label.created"]


async def test_who_labels_while_it_is_renamed_leaves_no_old_word(client: httpx.AsyncClient, clinic: Clinic) -> None:
    threads = [await clinic.add_thread(f"Persona {number}", "hola") for number in range(8)]
    await label(client, clinic, threads[0], "vieja")
    path = f"/api/labels/{(await listed(client, clinic))['vieja'][0]}"
    rename = client.patch(path, json={"name": "otra"}, headers=clinic.as_("owner"))
    await asyncio.gather(*[label(client, clinic, one, "vieja") for one in threads[1:4]], rename)
    labels = await listed(client, clinic)
    for thread in threads[:4]:
        assert set(await borne(client, clinic, thread)) <= labels.keys()


async def test_another_organizations_labels_are_not_seen(client: httpx.AsyncClient, clinic: Clinic) -> None:
    other = await make_clinic(clinic.engine, "otra")
    thread = await other.add_thread("Zoe", "hola")
    await label(client, other, thread, "secreta")
    public = (await listed(client, other))["secreta"][0]
    assert await listed(client, clinic) == {}
    answer = await client.patch(f"/api/labels/{public}", json={"name": "mía"}, headers=clinic.as_("owner"))
    assert answer.status_code == 404


async def test_the_inbox_shows_a_labels_colour_and_offers_the_others(client: httpx.AsyncClient, clinic: Clinic) -> None:
    headers = clinic.as_("owner")
    thread = await clinic.add_thread("Ana", "hola", state="open")
    await client.post("/api/labels", json={"name": "VIP", "colour": "blue"}, headers=headers)
    await client.post("/api/labels", json={"name": "Precio"}, headers=headers)
    await label(client, clinic, thread, "vip")
    shown = (await client.get(f"/inbox?thread={clinic.public('thread', thread)}", headers=headers)).text
    assert '<em class="tag plain" data-colour="blue">VIP</em>' in shown
    assert '<datalist id="labels"><option value="Precio"></datalist>' in shown
