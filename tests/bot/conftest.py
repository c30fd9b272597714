"""A clinic whose agenda the bot talks about."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db import create_engine
from tests.bot.agenda_talk import Talk, make_talk


@pytest.fixture
async def talk(empty_database: AsyncEngine, database_url: str) -> AsyncIterator[Talk]:
    app = create_engine(database_url, "hilo_app")
    made = await make_talk(empty_database, app, database_url)
    yield made
    await made.loops.dispose()
    await app.dispose()
