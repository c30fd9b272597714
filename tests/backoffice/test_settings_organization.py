"""What the bot tells of the clinic is edited language by language; the record has what really changed."""

import httpx

from tests.backoffice.clinic import Clinic


async def test_a_text_of_several_languages_loses_those_left_empty(client: httpx.AsyncClient, clinic: Clinic) -> None:
    headers = clinic.as_("owner")

    async def parking(**words: str | None) -> object:
        given = {"settings": {"parking": words, "latitude": 4.6765}}
        answer = await client.patch("/api/organization", json=given, headers=headers)
        return answer.json()["settings"].get("parking")

    assert await parking(es="Hay parqueadero.", pt=None, en="There is parking.") == {
        "es": "Hay parqueadero.",
        "en": "There is parking.",
    }
    shown = (await client.get("/settings/organization", headers=headers)).text
    assert 'value="There is parking."' in shown and "mlat=4.6765" not in shown, "half a point is none"
    assert await parking(es=None, pt=None, en=None) is None
    rows = (await client.get("/api/audit", headers=headers)).json()["items"]
    assert rows[0]["details"] == {"settings.parking": [{"es": "Hay parqueadero.", "en": "There is parking."}, None]}
