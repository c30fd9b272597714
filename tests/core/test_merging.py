"""Two contacts made one, and taken apart again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from core import merging
from core.contacts.actions import suggest
from core.contacts.model import Contact, MergeSuggestion
from core.db import create_engine, driver_connection, tenant_session
from core.errors import Refused
from core.threads.inbound import Identity, Person
from core.threads.model import Message, Thread
from core.threads.people import ensure_person
from tests.backoffice.clinic import NOON, Clinic, make_clinic


@pytest.fixture
async def clinic(empty_database: AsyncEngine) -> Clinic:
    return await make_clinic(empty_database)


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, "hilo_app")
    yield engine
    await engine.dispose()


async def snapshot(clinic: Clinic) -> dict[str, list[Any]]:
    """Everything a merge may move."""
    queries = {
        "identities": "SELECT id, contact_id FROM identity ORDER BY id",
        "messages": "SELECT id, thread_id, seq FROM message ORDER BY id",
        "outbox": "SELECT id, thread_id, seq FROM outbox ORDER BY id",
        "leads": "SELECT id, contact_id FROM lead ORDER BY id",
        "contacts": "SELECT id, name, phone, email, opted_out_at, merged_into_id FROM contact ORDER BY id",
        "channels": "SELECT thread_id, channel_id, address FROM thread_channel ORDER BY 1, 2",
        "threads": "SELECT id, channel_id, last_at, last_text, unread FROM thread ORDER BY id",
    }
    async with clinic.engine.connect() as connection:
        return {name: [tuple(row) for row in await connection.execute(text(query))] for name, query in queries.items()}


async def two_of_one_person(clinic: Clinic) -> tuple[int, int, int]:
    """(suggestion, contact kept, contact that goes): the second wrote last, and the bot owes it an answer."""
    first = await clinic.add_thread("Julia", "hola", "sigo acá", phone="+573001112233")
    second = await clinic.add_thread("", "buenas", "¿precio?", at=NOON + timedelta(hours=1))
    await clinic.queue_bot_message(second, "Te cuento")
    async with AsyncSession(clinic.engine, expire_on_commit=False) as session:
        kept, gone = [(await session.get_one(Thread, one)).contact_id for one in (first, second)]
        for contact_id in (kept, gone):
            await session.execute(
                text(
                    "INSERT INTO lead (organization_id, contact_id, stage_id) "
                    "SELECT :o, :c, id FROM lead_stage WHERE organization_id = :o AND position = 0"
                ),
                {"o": clinic.organization_id, "c": contact_id},
            )
        await suggest(session, clinic.organization_id, kept, gone, "same_number")
        suggestion = await session.scalar(select(MergeSuggestion.id))
        assert suggestion is not None
        await session.commit()
        return suggestion, kept, gone


async def test_the_whole_conversation_comes_before_the_kept_ones_own(clinic: Clinic, app: AsyncEngine) -> None:
    suggestion, kept, gone = await two_of_one_person(clinic)
    async with tenant_session(app, clinic.organization_id) as session:
        found = await merging.find_suggestion(session, suggestion)
        await merging.merge(session, found, kept, NOON)
        await session.commit()
    async with AsyncSession(clinic.engine) as session:
        thread = (await session.scalars(select(Thread).where(Thread.contact_id == kept))).one()
        texts = list(
            await session.scalars(select(Message.text).where(Message.thread_id == thread.id).order_by(Message.seq))
        )
        assert texts == ["buenas", "¿precio?", "Te cuento", "hola", "sigo acá"]
        assert (thread.last_text, thread.unread) == ("¿precio?", 4)
        left = (await session.scalars(select(Thread).where(Thread.contact_id == gone))).one()
        assert (left.state, left.session, left.unread) == ("resolved", None, 0)
        cancelled = await session.scalar(text("SELECT state FROM outbox"))
        assert cancelled == "cancelled"
        contact = await session.get_one(Contact, gone)
        assert contact.merged_into_id == kept


async def test_undone_everything_is_where_it_was(clinic: Clinic, app: AsyncEngine) -> None:
    suggestion, kept, _ = await two_of_one_person(clinic)
    before = await snapshot(clinic)
    async with tenant_session(app, clinic.organization_id) as session:
        await merging.merge(session, await merging.find_suggestion(session, suggestion), kept, NOON)
        await session.commit()
    during = await snapshot(clinic)
    assert all(during[name] != before[name] for name in ("identities", "messages", "contacts"))
    async with tenant_session(app, clinic.organization_id) as session:
        await merging.undo_merge(session, await merging.find_suggestion(session, suggestion), NOON)
        await session.commit()
    assert await snapshot(clinic) == before


async def test_what_was_said_after_the_merge_stays_with_the_kept_contact(clinic: Clinic, app: AsyncEngine) -> None:
    suggestion, kept, gone = await two_of_one_person(clinic)
    async with tenant_session(app, clinic.organization_id) as session:
        await merging.merge(session, await merging.find_suggestion(session, suggestion), kept, NOON)
        await session.commit()
    async with AsyncSession(clinic.engine) as session:
        thread = (await session.scalars(select(Thread).where(Thread.contact_id == kept))).one()
        thread.last_seq += 1
        session.add(
            Message(
                organization_id=clinic.organization_id, thread_id=thread.id, seq=thread.last_seq, direction="in",
                author="contact", content={"kind": "text", "text": "después"}, text="después",
                at=NOON + timedelta(hours=2),
            )
        )  # fmt: skip
        await session.commit()
    async with tenant_session(app, clinic.organization_id) as session:
        await merging.undo_merge(session, await merging.find_suggestion(session, suggestion), NOON)
        await session.commit()
    async with AsyncSession(clinic.engine) as session:
        by_contact = {
            contact: list(
                await session.scalars(
                    select(Message.text)
                    .join(Thread, Thread.id == Message.thread_id)
                    .where(Thread.contact_id == contact)
                    .order_by(Message.seq)
                )
            )
            for contact in (kept, gone)
        }
    assert by_contact == {kept: ["hola", "sigo acá", "después"], gone: ["buenas", "¿precio?", "Te cuento"]}


async def test_a_suggestion_is_decided_once(clinic: Clinic, app: AsyncEngine) -> None:
    suggestion, kept, _ = await two_of_one_person(clinic)
    async with tenant_session(app, clinic.organization_id) as session:
        found = await merging.find_suggestion(session, suggestion)
        with pytest.raises(Refused, match="no hay nada que deshacer"):
            await merging.undo_merge(session, found, NOON)
        await merging.dismiss(session, found)
        with pytest.raises(Refused, match="ya se resolvió"):
            await merging.merge(session, found, kept, NOON)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("5491123456789", "541123456789"),
        ("5215512345678", "525512345678"),
        ("5511987654321", "551187654321"),
    ],
    ids=["Argentina's 9", "Mexico's 1", "Brazil's ninth digit"],
)
async def test_the_same_number_written_the_other_way_is_suggested_and_kept_as_given(
    clinic: Clinic, database_url: str, first: str, second: str
) -> None:
    spine = create_engine(database_url, "hilo_spine")
    threads = []
    try:
        for value in (first, second):
            person = Person((Identity("whatsapp", "", value),), {"to": value})
            async with driver_connection(spine) as driver, driver.transaction():
                threads.append(await ensure_person(driver, clinic.organization_id, clinic.whatsapp, person, NOON))
    finally:
        await spine.dispose()
    assert threads[0] != threads[1]
    async with AsyncSession(clinic.engine) as session:
        suggested = (await session.scalars(select(MergeSuggestion))).one()
        assert (suggested.reason, suggested.state) == ("same_number", "open")
        values = list(await session.scalars(text("SELECT value FROM identity ORDER BY id")))
        assert values == [first, second]


async def test_a_brazilian_landline_is_nobodys_other_spelling(clinic: Clinic, database_url: str) -> None:
    spine = create_engine(database_url, "hilo_spine")
    try:
        for value in ("551133334444", "5511933334444"):
            person = Person((Identity("whatsapp", "", value),), {"to": value})
            async with driver_connection(spine) as driver, driver.transaction():
                await ensure_person(driver, clinic.organization_id, clinic.whatsapp, person, NOON)
    finally:
        await spine.dispose()
    async with AsyncSession(clinic.engine) as session:
        found = (await session.scalars(select(MergeSuggestion))).all()
        assert found == [], "3333-4444 is a landline; no digit is ever invented for it"
