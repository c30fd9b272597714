"""One provider server for all the sending tests; each test begins with it empty."""

from collections.abc import AsyncIterator

import pytest

from tests.channels.provider import Provider, running_provider


@pytest.fixture(scope="session")
async def one_provider() -> AsyncIterator[Provider]:
    async with running_provider() as running:
        yield running


@pytest.fixture
def provider(one_provider: Provider) -> Provider:
    one_provider.asked.clear()
    one_provider.answers.clear()
    return one_provider
