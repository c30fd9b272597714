"""One forge for all of it; one clinic for the tests that kill nobody, scratch ones for those that do."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from backoffice.runtime import Runtime, runtime
from backoffice.seed import seed_demo
from backoffice.settings import Settings
from core.clock import system_clock
from core.db import create_engine
from core.migrations import upgrade
from core.vault import Vault
from tests.spine.clinic import (
    LEASE,
    SECRET,
    SETTLE,
    Clinic,
    Forge,
    clinic_running,
    database_of,
    free_port,
    postgres_server,
)


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    with tempfile.TemporaryDirectory(prefix="hilo-spine-logs-") as directory:
        forge = Forge(Path(os.environ.get("HILO_SPINE_LOGS", directory)))
        try:
            yield forge
        finally:
            forge.close()


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A durable PostgreSQL: the one at HILO_TEST_DATABASE_URL, else an embedded one."""
    given = os.environ.get("HILO_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with postgres_server() as server:
        yield server.url


@pytest.fixture
def database_url(server_url: str) -> Iterator[str]:
    """An empty database."""
    with database_of(server_url) as url:
        yield url


@pytest.fixture(scope="session")
async def clinic(forge: Forge, server_url: str) -> AsyncIterator[Clinic]:
    """A clinic with one process, shared: use people of your own."""
    with database_of(server_url) as url:
        async with clinic_running(forge, url) as running:
            yield running


@pytest.fixture(scope="session")
async def still(server_url: str) -> AsyncIterator[Runtime]:
    """What a process holds, on a seeded database where no process runs: the test takes every step itself."""
    with database_of(server_url) as url:
        upgrade(url)
        owner = create_engine(url, "owner", pool_size=2)
        await seed_demo(owner, Vault(SECRET), system_clock, "http://127.0.0.1:9")
        await owner.dispose()
        settings = Settings(
            _env_file=None, secret=SecretStr(SECRET), database_url=url, send_lease=LEASE, send_settle=SETTLE
        )
        async with runtime(settings) as opened:
            await opened.directory.refresh()
            loops = [asyncio.create_task(opened.turns.run()), asyncio.create_task(opened.accepts.run_statuses())]
            yield opened
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)


@pytest.fixture
def own_redis() -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A Redis of our own, when the machine has one to start."""
    port = free_port()
    try:
        process = subprocess.Popen(
            ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        pytest.skip("there is no redis-server on this machine to kill")
    try:
        yield f"redis://127.0.0.1:{port}/0", process
    finally:
        process.kill()
        process.wait()
