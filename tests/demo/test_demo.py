"""What `hilo demo` promises, seen from outside."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from backoffice.embedded import running_server
from backoffice.seed import OWNER, PASSWORD
from tests.demo.running import (
    HILO,
    Demo,
    data_directory,
    descendants,
    free_port,
    running_demo,
    start,
    still_running,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")

PERSON = "573005550101"


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with data_directory() as data:
        yield data


@pytest.fixture(scope="module")
def modes_before(place: Path) -> dict[Path, int]:
    return modes(place.parent)


@pytest.fixture(scope="module")
def demo(place: Path, modes_before: dict[Path, int]) -> Iterator[Demo]:
    with running_demo(place) as running:
        yield running


@pytest.fixture
def data() -> Iterator[Path]:
    with data_directory() as place:
        yield place


def rows(data: Path, table: str) -> int:
    url = running_server(data)
    assert url is not None
    with psycopg.connect(url) as connection:
        found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert found is not None
    return int(found[0])


def modes(path: Path) -> dict[Path, int]:
    """The mode of a directory and of everything above it."""
    return {step: stat.S_IMODE(step.stat().st_mode) for step in (path, *path.parents)}


async def test_it_prints_addresses_that_answer_and_a_login(demo: Demo) -> None:
    printed = demo.printed()
    assert f"{demo.phone} " in printed
    assert f"{demo.web}/docs" in printed
    assert f"{OWNER} · {PASSWORD}" in printed
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"{demo.web}/healthz")).json() == {"ok": True}
        assert (await http.get(f"{demo.web}/readyz")).json() == {"ok": True}
        assert "Teléfono de prueba" in (await http.get(demo.phone)).text


def test_a_second_start_on_the_same_data_says_so_and_exits(demo: Demo) -> None:
    second = start(demo.data)
    assert second.process.wait(60) == 2
    assert f"Hilo is running already with the data in {demo.data}" in second.printed()
    assert "Traceback" not in second.printed()
    assert demo.process.poll() is None


@pytest.mark.parametrize("above", [0, 10], ids=["of the web process", "of the emulator"])
def test_a_used_port_is_one_clear_line(data: Path, above: int) -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + above))
        taken.listen()
        refused = start(data, port)
        assert refused.process.wait(60) == 2
    assert refused.printed().strip() == f"hilo: Port {port + above} is in use: choose another with --port."


@pytest.mark.parametrize("command", ["serve", "work", "migrate"])
def test_a_database_that_is_away_is_one_line(command: str, tmp_path: Path) -> None:
    environment = {"HILO_DATABASE_URL": "postgresql://hilo@127.0.0.1:1/hilo", "HILO_SECRET": "x" * 40}
    done = subprocess.run([HILO, command], cwd=tmp_path, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("hilo: The database does not answer: ")
    assert done.stderr.count("\n") == 1


async def test_ctrl_c_stops_everything_and_the_next_start_keeps_the_data(data: Path) -> None:
    with running_demo(data) as first:
        async with first.emulator() as phone:
            await phone.person("whatsapp", PERSON, name="Ana")
            await phone.whatsapp_text(PERSON, "hola")
            await phone.wait_for_reply("whatsapp", PERSON, timeout=20)
        said, secret = rows(data, "message"), (data / "secret").read_text()
        children = descendants(first.process.pid)
        assert any("backoffice serve" in command for command in children.values())
        assert any("channels.emulator" in command for command in children.values())
        assert first.stop(signal.SIGINT) == 0
        assert still_running(children, within=5) == {}
    assert said >= 2
    with running_demo(data) as second:
        assert (rows(data, "message"), rows(data, "organization")) == (said, 1)
        assert (data / "secret").read_text() == secret
        children = descendants(second.process.pid)
        assert second.stop(signal.SIGTERM) == 0
        assert still_running(children, within=5) == {}


def test_killed_hard_it_leaves_no_process_that_serves_and_starts_again(data: Path) -> None:
    with running_demo(data) as killed:
        ours = {pid: line for pid, line in descendants(killed.process.pid).items() if "postgres" not in line}
        assert len(ours) >= 2
        killed.process.kill()
        killed.process.wait(10)
        assert still_running(ours, within=30) == {}
    # What is configured for production, in the environment or in a .env, is none of the demo's business.
    production = {"HILO_DATABASE_URL": "postgresql://hilo@127.0.0.1:1/hilo", "HILO_SECRET": "x" * 40}
    (data.parent / ".env").write_text("HILO_REDIS_URL=redis://127.0.0.1:1/0\n")
    with running_demo(data, production) as again:
        assert httpx.get(f"{again.web}/readyz", trust_env=False).json() == {"ok": True}


def test_no_mode_of_a_directory_it_did_not_make_changes(demo: Demo, modes_before: dict[Path, int]) -> None:
    assert modes(demo.data.parent) == modes_before
    assert stat.S_IMODE((demo.data / "secret").stat().st_mode) == 0o600
    assert stat.S_IMODE((demo.data / "postgres").stat().st_mode) == 0o700


@as_root
def test_as_root_a_closed_directory_is_refused_and_stays_closed(data: Path) -> None:
    closed = data.parent / "closed"
    closed.mkdir(mode=0o700)
    before = modes(closed)
    refused = start(closed / "data")
    assert refused.process.wait(60) == 2
    assert "cannot enter" in refused.printed()
    assert "Choose a directory under /var/lib/hilo" in refused.printed()
    assert modes(closed) == before
