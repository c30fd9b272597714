"""A whole Hilo on scratch parts: PostgreSQL, the emulator and Hilo's own processes, all real, all killable."""

import asyncio
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from backoffice.embedded import embedded_postgres_server
from backoffice.seed import TELEGRAM, WHATSAPP, approved_templates, seed_demo
from backoffice.settings import Settings
from channels.emulator.client import EmulatorClient
from channels.telegram.send import TelegramClients
from core.clock import system_clock
from core.db import create_engine
from core.migrations import upgrade
from core.public_id import PublicIds
from core.threads.channels import Directory
from core.vault import Vault

SECRET = "a secret of the spine's tests, long enough to be one"
LEASE, SETTLE = 2.0, 1.0
NUMBER, BOT = WHATSAPP["phone_number_id"], str(TELEGRAM["bot_id"])


class Forge:
    """Forks processes that have Hilo imported already; see forge.py."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.spine.forge"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None and self._process.stdout.readline() == "ready\n"

    def start(self, name: str, args: list[str], env: dict[str, str]) -> "Process":
        assert self._process.stdin is not None and self._process.stdout is not None
        order = {"args": args, "env": env, "log": str(self.directory / f"{name}.log")}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Process(name, int(self._process.stdout.readline()))

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.communicate(timeout=20)


class Process:
    """One forked process, known by a pidfd: its number cannot come to mean another one."""

    def __init__(self, name: str, pid: int) -> None:
        self.name, self.pid = name, pid
        self._fd: int | None = None
        with suppress(ProcessLookupError):
            self._fd = os.pidfd_open(pid)

    def send(self, number: signal.Signals) -> bool:
        """Whether there was somebody to receive it."""
        if self._fd is None:
            return False
        try:
            signal.pidfd_send_signal(self._fd, number)
        except ProcessLookupError:
            return False
        return True

    def alive(self) -> bool:
        if self._fd is None:
            return False
        ended, _, _ = select.select([self._fd], [], [], 0)  # a pidfd is readable once its process ended
        return not ended

    async def ended(self, within: float) -> bool:
        """Whether it ended in time."""
        until = time.monotonic() + within
        while self.alive():
            if time.monotonic() > until:
                return False
            await asyncio.sleep(0.02)
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A durable embedded server of our own, that can be killed and started again on its data."""

    def __init__(self) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="hilo-spine-"))
        self.data.chmod(0o711)
        self._stack = ExitStack()
        self.url = ""

    def start(self) -> None:
        self.url = self._stack.enter_context(embedded_postgres_server(self.data))

    def kill(self) -> None:
        """SIGKILL to the postmaster, as a machine's memory killer would."""
        pid = int((self.data / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        self._stack.close()

    def close(self) -> None:
        self._stack.close()
        shutil.rmtree(self.data, ignore_errors=True)


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.close()


@contextmanager
def database_of(server_url: str) -> Iterator[str]:
    """A database of its own on a server, gone afterwards."""
    name = f"hilo_spine_{secrets.token_hex(4)}"
    url = make_url(server_url)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'".encode())
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@dataclass
class Clinic:
    """The demo clinic, running. `processes` by name; `deaths` counts those that ended by SIGKILL."""

    url: str
    forge: Forge
    emulator: EmulatorClient
    web_port: int
    environment: dict[str, str]
    organization_id: int
    processes: dict[str, Process] = field(default_factory=dict)
    engine: AsyncEngine = field(init=False)
    app: AsyncEngine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = create_engine(self.url, "owner", pool_size=3)
        self.app = create_engine(self.url, "hilo_app", pool_size=3)

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def record(self) -> Path:
        return Path(self.environment["MORTAL_RECORD"])

    def start(self, name: str, step: str | None = None) -> Process:
        """Start `web`, or a worker under any other name; with `step` it will kill itself there."""
        env = {**self.environment, **({"MORTAL_STEP": step} if step else {})}
        process = self.forge.start(name, ["serve" if name == "web" else "work"], env)
        self.processes[name] = process
        return process

    async def ready(self, within: float = 30.0) -> None:
        """Until the web process answers that traffic may come."""
        until = time.monotonic() + within
        async with httpx.AsyncClient(trust_env=False) as http:
            while True:
                with suppress(httpx.HTTPError):
                    if (await http.get(f"{self.web}/readyz", timeout=2)).status_code == 200:
                        return
                if time.monotonic() > until:
                    raise TimeoutError(f"the web process is not ready; logs in {self.forge.directory}")
                await asyncio.sleep(0.03)

    async def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Read as the owner, who sees everything."""
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        async with await psycopg.AsyncConnection.connect(
            make_conninfo(plain), autocommit=True, row_factory=dict_row
        ) as connection:
            cursor = await connection.execute(query.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    async def value(self, query: str, *values: Any) -> Any:
        rows = await self.rows(query, *values)
        return next(iter(rows[0].values())) if rows else None

    async def until(self, query: str, *values: Any, within: float = 15.0) -> Any:
        """The first true value the query gives; TimeoutError otherwise."""
        deadline = time.monotonic() + within
        while True:
            found = await self.value(query, *values)
            if found:
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(f"never true: {query} {values}")
            await asyncio.sleep(0.05)

    async def settled(self, within: float = 60.0) -> None:
        """Until every webhook was taken and everything asked for was done."""
        deadline = time.monotonic() + within
        while True:
            pending = await self.emulator.deliveries("pending")
            waiting = await self.value(
                "SELECT (SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending', 'unknown')) + "
                "(SELECT count(*) FROM pending_action WHERE state = 'pending')"
            )
            if not pending and not waiting:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(pending)} webhooks pending, {waiting} rows unfinished: {pending[:2]}")
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        for process in self.processes.values():
            process.send(signal.SIGTERM)
        for process in self.processes.values():
            if not await process.ended(12):
                process.send(signal.SIGKILL)
        await self.emulator.aclose()
        await self.engine.dispose()
        await self.app.dispose()


async def _connect(clinic: Clinic) -> None:
    """Tell the emulator about the clinic's number and bot."""
    spine = create_engine(clinic.url, "hilo_spine", pool_size=2)
    telegram = TelegramClients()
    try:
        directory = Directory(spine, Vault(SECRET), system_clock)
        await directory.refresh()
        number, bot = await directory.of_account("whatsapp", NUMBER), await directory.of_account("telegram", BOT)
        assert number is not None and bot is not None
        await clinic.emulator.whatsapp_account(
            NUMBER,
            waba_id=WHATSAPP["waba_id"],
            display_phone_number="+57 601 555 0100",
            name="Clínica Demo",
            templates=approved_templates(Settings()),
            webhook_url=f"{clinic.web}/webhooks/whatsapp",
            status_delay=0.03,
            **number.secrets,
        )
        await clinic.emulator.telegram_account(
            int(BOT), token=bot.secrets["token"], username=TELEGRAM["username"], name="Clínica Demo"
        )
        path = PublicIds(SECRET).encode("channel", bot.id)
        await telegram.set_webhook(bot, f"{clinic.web}/webhooks/telegram/{path}", bot.secrets["secret"])
    finally:
        await telegram.close()
        await spine.dispose()


@asynccontextmanager
async def clinic_running(forge: Forge, url: str, *, workers: int = 0, **environment: str) -> AsyncIterator[Clinic]:
    """Migrate and seed the empty database at `url`, then run everything. Lease 2 s, settling 1 s."""
    upgrade(url)
    web_port, emulator_port = free_port(), free_port()
    address = f"http://127.0.0.1:{emulator_port}"
    owner = create_engine(url, "owner", pool_size=2)
    organization_id = await seed_demo(owner, Vault(SECRET), system_clock, address)
    await owner.dispose()
    record = forge.directory / f"deaths-{web_port}"
    record.touch()
    env = {
        "HILO_DATABASE_URL": url,
        "HILO_SECRET": SECRET,
        "HILO_PORT": str(web_port),
        "HILO_PUBLIC_URL": f"http://127.0.0.1:{web_port}",
        "HILO_SEND_LEASE": str(LEASE),
        "HILO_SEND_SETTLE": str(SETTLE),
        "MORTAL_RECORD": str(record),
        **environment,
    }
    emulator_process = forge.start("emulator", ["emulator", "--port", str(emulator_port)], {})
    clinic = Clinic(url, forge, EmulatorClient(address), web_port, env, organization_id)
    try:
        clinic.start("web")
        for n in range(workers):
            clinic.start(f"worker-{n + 1}")
        for _ in range(200):
            with suppress(httpx.HTTPError):
                await clinic.emulator.settings(retry_base_seconds=0.1, retry_cap_seconds=0.4)
                break
            await asyncio.sleep(0.05)
        await _connect(clinic)
        await clinic.ready()
        yield clinic
    finally:
        await clinic.stop()
        emulator_process.send(signal.SIGKILL)
