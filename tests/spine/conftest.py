"""One forge for all of it; one clinic for the tests that kill nobody, scratch ones for those that do."""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.spine.clinic import Clinic, Forge, clinic_running, database_of, postgres_server


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
