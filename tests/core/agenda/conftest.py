from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import create_engine
from tests.core.agenda.agenda_clinic import Agenda, make_agenda


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, "hilo_app", pool_size=20)
    yield engine
    await engine.dispose()


@pytest.fixture
async def agenda(empty_database: AsyncEngine, app: AsyncEngine) -> Agenda:
    return await make_agenda(empty_database, app)
