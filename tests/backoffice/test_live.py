"""Open pages are told what changed, once it is stored, and miss nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.live import KEPT, Change, Live
from core.db import create_engine
from core.threads.model import Thread
from tests.backoffice.clinic import Clinic


@pytest.fixture
async def live(database_url: str) -> AsyncIterator[Live]:
    """One that listens to the tests' database."""
    heard = Live()
    engine = create_engine(database_url, "hilo_spine", pool_size=1)
    listening = asyncio.create_task(heard.listen(engine))
    async for changes in heard.follow(-1, None, 5):
        assert [change.kind for change in changes] == ["resync"]  # it listens now
        break
    yield heard
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await engine.dispose()


async def heard_by(live: Live, organization_id: int, last: str | None = None) -> list[Change]:
    async with asyncio.timeout(5):
        async for changes in live.follow(organization_id, last, 5):
            return changes
    raise AssertionError("nothing was told")


async def test_a_change_of_a_thread_is_told_when_it_is_committed(
    live: Live, clinic: Clinic, empty_database: AsyncEngine
) -> None:
    thread_id = await clinic.add_thread("Ana", "hola")
    waiting = asyncio.create_task(heard_by(live, clinic.organization_id))
    await asyncio.sleep(0)
    async with AsyncSession(empty_database) as session:
        (await session.get_one(Thread, thread_id)).priority = "high"
        await session.flush()
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await session.commit()
    assert [(change.kind, change.ids) for change in await waiting] == [("thread", (thread_id,))]


async def test_whoever_comes_back_gets_what_followed_or_reads_anew() -> None:
    live = Live()
    following = live.follow(7, None, 0.01)
    assert await anext(following) == []
    for number in range(3):
        live.hear(7, "thread", [number])
    assert [change.ids for change in await heard_by(live, 7, live.mark(1))] == [(1,), (2,)]
    assert [change.kind for change in await heard_by(live, 7, "another-1")] == ["resync"]
    assert [change.kind for change in await heard_by(live, 7, live.mark(99))] == ["resync"]
    for number in range(KEPT + 5):
        live.hear(7, "thread", [number])
    assert [change.kind for change in await heard_by(live, 7, live.mark(1))] == ["resync"]


async def test_nobody_hears_another_organization() -> None:
    live = Live()
    mine, theirs = live.follow(1, None, 0.01), live.follow(2, None, 0.01)
    assert await anext(mine) == await anext(theirs) == []
    live.hear(2, "thread", [5])
    assert await anext(mine) == []
    assert [change.ids for change in await anext(theirs)] == [(5,)]
