"""Open pages are told what changed, once it is stored, and miss nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.live import KEPT, Change, Live
from core.db import create_engine
from core.threads.model import Thread
from tests.backoffice.clinic import Clinic


async def ids_alone(_organization_id: int, ids: Sequence[int]) -> Sequence[int]:
    return ids


@pytest.fixture
async def live(database_url: str) -> AsyncIterator[Live]:
    """One that listens to the tests' database."""
    heard = Live(ids_alone)
    engine = create_engine(database_url, "hilo_spine", pool_size=1)
    running = asyncio.create_task(heard.run(engine))
    async for changes in heard.follow(-1, None, 5):
        assert [change.kind for change in changes] == ["resync"]  # it listens now
        break
    yield heard
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await engine.dispose()


@pytest.fixture
async def quiet() -> AsyncIterator[Live]:
    """One that hears only what the test tells it."""
    heard = Live(ids_alone)
    telling = asyncio.create_task(heard.tell())
    yield heard
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)


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
    assert [(change.kind, list(change.news)) for change in await waiting] == [("thread", [thread_id])]


async def test_what_changes_thrice_at_once_is_told_once(quiet: Live) -> None:
    following = quiet.follow(7, None, 1)
    first = asyncio.create_task(anext(following))
    await asyncio.sleep(0)
    for _ in range(3):
        quiet.hear(7, "thread", [5])
    assert [list(change.news) for change in await first] == [[5]]


async def test_whoever_comes_back_gets_what_followed_or_reads_anew(quiet: Live) -> None:
    assert await anext(quiet.follow(7, None, 0.01)) == []
    for number in range(3):
        quiet.told(7, "thread", [number])
    assert [list(change.news) for change in await heard_by(quiet, 7, quiet.mark(1))] == [[1], [2]]
    assert [change.kind for change in await heard_by(quiet, 7, "another-1")] == ["resync"]
    assert [change.kind for change in await heard_by(quiet, 7, quiet.mark(99))] == ["resync"]
    for number in range(KEPT + 5):
        quiet.told(7, "thread", [number])
    assert [change.kind for change in await heard_by(quiet, 7, quiet.mark(1))] == ["resync"]


async def test_nobody_hears_another_organization(quiet: Live) -> None:
    mine, theirs = quiet.follow(1, None, 0.01), quiet.follow(2, None, 0.01)
    assert await anext(mine) == await anext(theirs) == []
    quiet.told(2, "thread", [5])
    assert await anext(mine) == []
    assert [list(change.news) for change in await anext(theirs)] == [[5]]
