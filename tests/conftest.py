"""One migrated database for the whole run, emptied between tests; the application on it; people who may come in.

The embedded PostgreSQL serves unless HILO_TEST_DATABASE_URL names a server, on which a database of its own is made
and dropped again.
"""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from backoffice.scratch import scratch_database
from core.db import create_engine
from core.migrations import upgrade
from core.tables import METADATA

settings.register_profile("hilo", deadline=None)  # how long an example takes says more of the machine than of us
settings.load_profile("hilo")

KEPT = {"flow_revision"}
"""Written once when a process starts."""


@contextmanager
def made_on(server: str) -> Iterator[str]:
    """A database of our own on a server, dropped at the end."""
    name = f"hilo_test_{secrets.token_hex(6)}"
    plain = make_url(server).set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield plain.set(database=name).render_as_string(hide_password=False)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A migrated database for the whole run."""
    server = os.environ.get("HILO_TEST_DATABASE_URL")
    with made_on(server) if server else scratch_database() as url:
        upgrade(url)
        yield url


@pytest.fixture(scope="session")
async def owner_engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """The tables' owner, who sees everything."""
    engine = create_engine(database_url, "owner")
    yield engine
    await engine.dispose()


@pytest.fixture
async def empty_database(owner_engine: AsyncEngine) -> AsyncEngine:
    """Every table empty. Ids go on counting, so that nothing remembered from another test fits."""
    tables: list[Any] = [table.name for table in METADATA.sorted_tables if table.name not in KEPT]
    async with owner_engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {', '.join(tables)} CASCADE"))
    return owner_engine
