"""Who is writing: the contact, identities and thread of a person seen for the first time, or in a new way.

The cold path beside the spine's read. It runs in a transaction of its own before the turn: a contact without a
message is harmless, a message without a contact is not.
"""

from datetime import datetime
from typing import Any

from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from core.contacts.phones import e164, variants
from core.threads.inbound import Identity, Person
from core.threads.spine import Driver


async def ensure_person(driver: Driver, organization_id: int, channel_id: int, person: Person, now: datetime) -> int:
    """The id of the person's thread, made with whatever was missing. The caller commits.

    Identities that point at different contacts are never merged: the first one decides and a merge is suggested.
    """
    await _lock(driver, organization_id, person.identities)
    owners = [await _owner(driver, organization_id, identity) for identity in person.identities]
    known = [owner for owner in owners if owner is not None]
    contact_id = known[0] if known else await _create_contact(driver, organization_id, person)
    for identity, owner in zip(person.identities, owners, strict=True):
        if owner is None:
            await driver.execute(
                """
                INSERT INTO identity (organization_id, contact_id, kind, scope, value, username, verified)
                VALUES (%s, %s, %s, %s, %s, %s, true) ON CONFLICT DO NOTHING
                """,
                (organization_id, contact_id, identity.kind, identity.scope, identity.value, person.username),
            )
        elif owner != contact_id:
            await suggest_merge(driver, organization_id, contact_id, owner, "identities_disagree")
    if not known:
        await _suggest_candidates(driver, organization_id, contact_id, person.identities)
    return await _ensure_thread(driver, organization_id, contact_id, channel_id, person.address, now)


async def suggest_merge(driver: Driver, organization_id: int, one: int, other: int, reason: str) -> None:
    """Say that two contacts may be one person; once per pair, whatever became of it."""
    await driver.execute(
        """
        INSERT INTO merge_suggestion (organization_id, contact_id, other_id, reason) VALUES (%s, %s, %s, %s)
        ON CONFLICT DO NOTHING
        """,
        (organization_id, min(one, other), max(one, other), reason),
    )


async def _lock(driver: Driver, organization_id: int, identities: tuple[Identity, ...]) -> None:
    """Two first messages of one person at once must not make two contacts; sorted, so that nobody deadlocks."""
    names = sorted(f"{organization_id}/{one.kind}/{one.scope}/{one.value}" for one in identities)
    for name in names:
        await driver.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))


async def _one(driver: Driver, query: str, values: tuple[Any, ...]) -> Any:
    async with driver.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query.encode(), values)
        row = await cursor.fetchone()
    return row[0] if row else None


async def _owner(driver: Driver, organization_id: int, identity: Identity) -> int | None:
    owner: int | None = await _one(
        driver,
        "SELECT contact_id FROM identity WHERE organization_id = %s AND kind = %s AND scope = %s AND value = %s",
        (organization_id, identity.kind, identity.scope, identity.value),
    )
    return owner


async def _create_contact(driver: Driver, organization_id: int, person: Person) -> int:
    phone = next((e164(one.value) for one in person.identities if one.kind == "whatsapp"), None)
    contact_id: int = await _one(
        driver,
        """
        INSERT INTO contact (organization_id, name, language, phone)
        SELECT %s, %s, coalesce(%s, o.language), %s FROM organization o WHERE o.id = %s RETURNING id
        """,
        (organization_id, (person.name or "")[:200], _spoken(person.language), phone, organization_id),
    )
    return contact_id


def _spoken(language: str | None) -> str | None:
    code = (language or "")[:2].lower()
    return code if code in ("es", "pt", "en") else None


async def _suggest_candidates(
    driver: Driver, organization_id: int, contact_id: int, identities: tuple[Identity, ...]
) -> None:
    """The same number written the other way (Mexico's 1, Argentina's and Brazil's 9), or the same phone elsewhere."""
    for identity in identities:
        if identity.kind != "whatsapp":
            continue
        spellings = [identity.value, *variants(identity.value)]
        async with driver.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(
                """
                SELECT i.contact_id FROM identity i
                WHERE i.organization_id = %s AND i.kind IN ('whatsapp', 'phone') AND ltrim(i.value, '+') = ANY (%s)
                  AND i.contact_id <> %s
                UNION
                SELECT c.id FROM contact c
                WHERE c.organization_id = %s AND c.phone = ANY (%s) AND c.id <> %s AND c.merged_into_id IS NULL
                """,
                (
                    organization_id,
                    spellings,
                    contact_id,
                    organization_id,
                    [f"+{digits}" for digits in spellings],
                    contact_id,
                ),
            )
            others = [row[0] async for row in cursor]
        for other in others:
            await suggest_merge(driver, organization_id, contact_id, other, "same_number")


async def _ensure_thread(
    driver: Driver, organization_id: int, contact_id: int, channel_id: int, address: dict[str, Any], now: datetime
) -> int:
    thread_id: int | None = await _one(
        driver,
        """
        INSERT INTO thread (organization_id, contact_id, channel_id, last_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT (contact_id) DO NOTHING RETURNING id
        """,
        (organization_id, contact_id, channel_id, now),
    )
    if thread_id is None:
        existing: int = await _one(driver, "SELECT id FROM thread WHERE contact_id = %s", (contact_id,))
        return existing
    await driver.execute(
        "INSERT INTO thread_channel (thread_id, channel_id, organization_id, address) VALUES (%s, %s, %s, %s)",
        (thread_id, channel_id, organization_id, Jsonb(address)),
    )
    await driver.execute(
        "INSERT INTO episode (organization_id, thread_id, started_at) VALUES (%s, %s, %s)",
        (organization_id, thread_id, now),
    )
    return thread_id
