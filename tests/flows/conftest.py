"""The shipped packs, compiled once, and a flag to write their transcripts anew."""

from pathlib import Path

import pytest

from bot.facts import Facts
from bot.language import Library, load_pack
from bot.tooling import pack_facts

FLOWS = Path(__file__).parents[2] / "flows"
PACKS = sorted(path.parent for path in FLOWS.glob("*/_globals.yaml"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-chats", action="store_true", help="write what the bot says now into the .chat files")


@pytest.fixture(scope="session", params=PACKS, ids=lambda path: path.name)
def pack_path(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(scope="session")
def pack(pack_path: Path) -> Library:
    return load_pack(pack_path)


@pytest.fixture(scope="session")
def facts(pack_path: Path) -> Facts:
    return pack_facts(pack_path / "tests")
