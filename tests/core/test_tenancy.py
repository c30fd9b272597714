"""Nobody sees another organization's rows: the catalogue says so, and so do real rows."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from core.db import create_engine, tenant_session
from core.tables import METADATA
from tests.backoffice.clinic import make_clinic

SPINE_TABLES = {
    "organization", "holiday", "channel", "contact", "identity", "consent_event", "merge_suggestion", "touch", "thread",
    "thread_channel", "episode", "message", "message_event", "attachment", "inbound", "pending_action", "outbox",
    "dead_letter", "flow_revision", "flow_version", "alembic_version", "appointment_notice", "waitlist_offer",
    "waitlist_entry", "freed_time", "event", "webhook_delivery", "scheduled_message", "thread_survey",
    "message_template", "consent_text", "push_message",
}  # fmt: skip


async def test_every_tenant_table_has_its_policy(empty_database: AsyncEngine) -> None:
    tenant_tables = {table.name for table in METADATA.sorted_tables if "organization_id" in table.columns}
    async with empty_database.connect() as connection:
        rows = await connection.execute(
            text(
                """
                SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
                WHERE c.relrowsecurity AND 'hilo_app'::regrole = ANY (p.polroles)
                  AND pg_get_expr(p.polqual, c.oid) LIKE '%hilo.organization_id%'
                  AND pg_get_expr(p.polwithcheck, c.oid) LIKE '%hilo.organization_id%'
                """
            )
        )
        assert {row.relname for row in rows} == tenant_tables | {"organization"}


async def test_no_role_of_the_application_can_go_around_the_policies(empty_database: AsyncEngine) -> None:
    async with empty_database.connect() as connection:
        rows = await connection.execute(
            text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname IN ('hilo_app', 'hilo_spine')")
        )
        assert [tuple(row) for row in rows] == [(False, False)] * 2
        owned = await connection.scalar(
            text("SELECT count(*) FROM pg_tables WHERE tableowner IN ('hilo_app', 'hilo_spine')")
        )
        assert owned == 0


async def test_the_spine_has_rights_on_the_spines_tables_alone(empty_database: AsyncEngine) -> None:
    async with empty_database.connect() as connection:
        rows = await connection.execute(
            text("SELECT DISTINCT table_name FROM information_schema.role_table_grants WHERE grantee = 'hilo_spine'")
        )
        assert {row.table_name for row in rows} == SPINE_TABLES


async def test_an_organization_sees_only_itself(empty_database: AsyncEngine, database_url: str) -> None:
    one, other = await make_clinic(empty_database, "una"), await make_clinic(empty_database, "otra")
    await one.add_thread("Julia", "hola")
    await other.add_thread("Pedro", "hola")
    app = create_engine(database_url, "hilo_app")
    try:
        async with tenant_session(app, one.organization_id) as session:
            for table in ("organization", "member", "contact", "thread", "message", "identity", "channel", "api_token"):
                column = "id" if table == "organization" else "organization_id"
                seen = await session.scalars(text(f"SELECT DISTINCT {column} FROM {table}"))
                assert set(seen) == {one.organization_id}, table
            moved = await session.execute(text("UPDATE contact SET name = 'X' RETURNING organization_id"))
            assert {row.organization_id for row in moved} == {one.organization_id}
            with pytest.raises(ProgrammingError, match="row-level security"):
                await session.execute(
                    text("INSERT INTO contact (organization_id, name) VALUES (:other, 'intruso')"),
                    {"other": other.organization_id},
                )
        async with AsyncSession(app) as session:
            assert list(await session.scalars(text("SELECT id FROM thread"))) == []
    finally:
        await app.dispose()
