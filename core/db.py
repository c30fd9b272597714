"""PostgreSQL: engines per role, the tenant of a transaction, and the base of every table.

The login of the configured URL owns nothing in production; at connect time it becomes one of two roles made by the
migrations. `hilo_app` sees one organization, the one the transaction names; `hilo_spine` sees every organization but
only the spine's tables. `owner` (migrations) takes no role.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import orjson
import psycopg
from psycopg.types.json import set_json_dumps, set_json_loads
from sqlalchemy import MetaData, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase

Role = Literal["hilo_app", "hilo_spine", "owner"]

set_json_dumps(orjson.dumps)
set_json_loads(orjson.loads)


class Base(DeclarativeBase):
    """Every table. Constraint names are predictable, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def create_engine(
    url: str, role: Role, *, pool_size: int = 5, statement_timeout: int = 30, autocommit: bool = False
) -> AsyncEngine:
    """An engine whose every connection already is `role`; `statement_timeout` in seconds.

    `autocommit` for the hot path, whose every statement is a transaction of its own, which saves two round trips,
    and finds its few rows by index: plans made while a table was small must not outlive that.
    """
    options = f"-c statement_timeout={statement_timeout * 1000} -c timezone=UTC -c application_name=hilo -c jit=off"
    if autocommit:
        options += " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
    if role != "owner":
        options += f" -c role={role}"
    return create_async_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        connect_args={"options": options, "connect_timeout": 5},
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT" if autocommit else "READ COMMITTED",
    )


async def enter_organization(connection: AsyncConnection | AsyncSession, organization_id: int) -> None:
    """Make `organization_id` the tenant of the running transaction; it ends with the transaction."""
    await connection.execute(text("SELECT set_config('hilo.organization_id', :id, true)"), {"id": str(organization_id)})


@asynccontextmanager
async def tenant_session(engine: AsyncEngine, organization_id: int) -> AsyncIterator[AsyncSession]:
    """A session on one organization. Nothing is kept unless the caller commits."""
    async with AsyncSession(engine, expire_on_commit=False) as session:
        await enter_organization(session, organization_id)
        yield session


@asynccontextmanager
async def driver_connection(engine: AsyncEngine) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """The bare psycopg connection of the pool, for the hand-written SQL of the spine; the caller commits."""
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver = raw.driver_connection
        assert isinstance(driver, psycopg.AsyncConnection)
        try:
            yield driver
        except BaseException:
            if driver.broken or driver.closed:
                await connection.invalidate()  # the pool did not see this error: it must not hand it out again
            else:
                await driver.rollback()
            raise


async def driver_of(session: AsyncSession) -> psycopg.AsyncConnection[Any]:
    """The bare connection under a session's running transaction."""
    raw = await (await session.connection()).get_raw_connection()
    assert isinstance(raw.driver_connection, psycopg.AsyncConnection)
    return raw.driver_connection
