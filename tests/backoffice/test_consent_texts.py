"""The texts people agree to: versions stay as they were, and the bot says the privacy notice that is in force."""

from hashlib import sha256

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from core.db import create_engine, tenant_session
from core.organizations.queries import organization_facts
from tests.backoffice.clinic import NOON, Clinic

NOTICE = "Guardamos tus datos sólo para atenderte."


async def publish(client: httpx.AsyncClient, clinic: Clinic, words: str, language: str = "es") -> httpx.Response:
    given = {"kind": "privacy_notice", "language": language, "text": words}
    return await client.post("/api/consent-texts", json=given, headers=clinic.as_("manager"))


async def told(clinic: Clinic, spine: AsyncEngine) -> object:
    async with AsyncSession(spine) as session:
        return (await organization_facts(session, clinic.organization_id, NOON)).facts.get("privacy_url")


async def test_publishing_makes_a_version_and_keeps_those_before(client: httpx.AsyncClient, clinic: Clinic) -> None:
    first = await publish(client, clinic, f"  {NOTICE}\r\n")
    assert (first.status_code, first.json()["version"], first.json()["text"]) == (201, 1, NOTICE)
    assert first.json()["sha256"] == sha256(NOTICE.encode()).hexdigest()
    assert (await publish(client, clinic, NOTICE)).json()["code"] == "same_text"
    assert (await publish(client, clinic, "a" * 901)).status_code == 422
    assert (await publish(client, clinic, f"{NOTICE} Siempre.")).json()["version"] == 2
    assert (await publish(client, clinic, "We keep your data to see to you.", "en")).json()["version"] == 1
    rows = (await client.get("/api/consent-texts", headers=clinic.as_("assistant"))).json()
    assert [(row["language"], row["version"]) for row in rows] == [("es", 2), ("es", 1), ("en", 1)]
    assert rows[1]["text"] == NOTICE and rows[1]["published_by"] == "Marta Soler"
    shown = (await client.get("/settings/consents", headers=clinic.as_("owner"))).text
    assert shown.count(NOTICE) == 4, "in the list, in the field, and in both versions"


async def test_what_was_published_cannot_be_changed(
    client: httpx.AsyncClient, clinic: Clinic, database_url: str
) -> None:
    await publish(client, clinic, NOTICE)
    app = create_engine(database_url, "hilo_app")
    try:
        for change in ("UPDATE consent_text SET text = 'otra cosa'", "DELETE FROM consent_text"):
            async with tenant_session(app, clinic.organization_id) as session:
                with pytest.raises(ProgrammingError, match="permission denied"):
                    await session.execute(text(change))
    finally:
        await app.dispose()


async def test_the_bot_says_the_notice_in_force_in_each_language(
    client: httpx.AsyncClient, clinic: Clinic, database_url: str
) -> None:
    spine = create_engine(database_url, "hilo_spine")
    try:
        assert await told(clinic, spine) is None
        await publish(client, clinic, NOTICE)
        await publish(client, clinic, "We keep your data.", "en")
        assert await told(clinic, spine) == {"es": NOTICE, "pt": NOTICE, "en": "We keep your data."}
        address = {"settings": {"privacy_url": "https://c.example/p"}}
        await client.patch("/api/organization", json=address, headers=clinic.as_("owner"))
        assert await told(clinic, spine) == {
            "es": f"{NOTICE}\nhttps://c.example/p",
            "pt": "https://c.example/p",
            "en": "We keep your data.\nhttps://c.example/p",
        }
    finally:
        await spine.dispose()
