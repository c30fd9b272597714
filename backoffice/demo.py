"""`hilo demo`: a whole clinic on this machine, on embedded parts, with a phone to chat on."""

import asyncio
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console

from backoffice.database import installation, keep_a_secret
from backoffice.embedded import default_data_dir
from backoffice.seed import OWNER, PASSWORD, TELEGRAM, WHATSAPP, approved_templates, seed_demo
from backoffice.settings import PROJECT, Settings
from channels.emulator.client import EmulatorClient
from channels.telegram.late import LateTelegramClients
from core.clock import system_clock
from core.db import create_engine
from core.errors import Refused, Transient
from core.migrations import upgrade
from core.public_id import PublicIds
from core.threads.channels import Directory
from core.vault import Vault

PR_SET_PDEATHSIG = 1  # prctl(2)
FIRST_PHONE = "573001234567"
STARTS_WITHIN = 40.0


@dataclass(frozen=True, slots=True)
class Addresses:
    web: str
    emulator: str


def run_demo(settings: Settings, *, port: int, data: Path | None, browser: bool) -> None:
    """Set up, start everything, say where it is, wait for Ctrl-C, stop everything. Raises Refused, Transient."""
    console = Console()
    _end_on_signals()
    # Whatever is configured here for production: a clinic with a known password has no place in its database.
    settings = settings.model_copy(update={"database_url": None, "owner_database_url": None, "secret": None})
    data = (data or settings.data_dir or default_data_dir(PROJECT)).resolve()
    at = Addresses(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 10}")
    with ExitStack() as stack:
        with console.status("Starting PostgreSQL…") as status:
            installed = stack.enter_context(installation(settings, data))
            url = installed.require_database()
            for used in (port, port + 10):
                _refuse_if_used(used)
            secret = (installed.secret or keep_a_secret(data)).get_secret_value()
            status.update("Preparing the database…")
            upgrade(url)
            asyncio.run(_seed(url, secret, at))
            status.update("Starting the emulator and Hilo…")
            environment = _environment(settings, url, secret, at, port)
            emulator = stack.enter_context(_process("emulator", _emulator_command(port + 10), environment, data))
            web = stack.enter_context(_process("web", [sys.executable, "-m", "backoffice", "serve"], environment, data))
            _wait_for(f"{at.emulator}/emulator/api/state", emulator, data)
            _wait_for(f"{at.web}/readyz", web, data)
            asyncio.run(_connect(url, secret, at))
        _say_where(console, at, data)
        if browser:
            webbrowser.open(at.emulator)
        _wait(console, {"emulator": emulator, "web": web}, data)


def _end_on_signals() -> None:
    """SIGTERM ends us like Ctrl-C does, at any moment, so that every `finally` stops what it started.

    SIGINT is asked for as well: a shell starts its background jobs with it ignored.
    """

    def end(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def _die_with_parent() -> None:
    """In the child: a parent killed hard must not leave it behind (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _refuse_if_used(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Refused("port_used", f"Port {port} is in use: choose another with --port.") from None


def _emulator_command(port: int) -> list[str]:
    return [sys.executable, "-m", "channels.emulator", "--port", str(port)]


def _environment(settings: Settings, url: str, secret: str, at: Addresses, port: int) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HILO_")}
    environment |= {
        "HILO_DATABASE_URL": url,
        "HILO_FLOWS_DIR": str(settings.flows_dir.resolve()),
        "HILO_SECRET": secret,
        "HILO_PUBLIC_URL": at.web,
        "HILO_PORT": str(port),
        "PYTHONPATH": str(PROJECT),
    }
    return environment


@contextmanager
def _process(
    name: str, command: list[str], environment: dict[str, str], data: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A child in its own session, so that Ctrl-C reaches it through us and in order; its log is kept."""
    with (data / f"{name}.log").open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 our own modules
            command,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=data,  # where no .env is
            preexec_fn=_die_with_parent,
        )
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait_for(url: str, child: subprocess.Popen[bytes], data: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and child.poll() is None:
        try:
            if httpx.get(url, timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise Transient(f"{url} did not answer; the logs in {data} say why.")


async def _seed(url: str, secret: str, at: Addresses) -> None:
    owner = create_engine(url, "owner", pool_size=2)
    try:
        await seed_demo(owner, Vault(secret), system_clock, at.emulator)
    finally:
        await owner.dispose()


async def _connect(url: str, secret: str, at: Addresses) -> None:
    """Tell the emulator about the clinic's number and bot, and have a first person ready to write."""
    engine = create_engine(url, "hilo_spine", pool_size=2)
    telegram = LateTelegramClients()
    try:
        directory = Directory(engine, Vault(secret), system_clock)
        await directory.refresh()
        number = await directory.of_account("whatsapp", WHATSAPP["phone_number_id"])
        bot = await directory.of_account("telegram", str(TELEGRAM["bot_id"]))
        assert number is not None and bot is not None
        async with EmulatorClient(at.emulator) as emulator:
            await emulator.whatsapp_account(
                number.account,
                verify=True,
                waba_id=WHATSAPP["waba_id"],
                display_phone_number="+57 601 555 0100",
                name="Clínica Demo",
                templates=approved_templates(Settings()),
                webhook_url=f"{at.web}/webhooks/whatsapp",
                **number.secrets,
            )
            await emulator.telegram_account(
                TELEGRAM["bot_id"], token=bot.secrets["token"], username=TELEGRAM["username"], name="Clínica Demo"
            )
            await emulator.person("whatsapp", FIRST_PHONE, name="Carolina")
            await emulator.person("telegram", 900000001, name="Andrés", username="andres", language_code="es")
        path = PublicIds(secret).encode("channel", bot.id)
        await telegram.set_webhook(bot, f"{at.web}/webhooks/telegram/{path}", bot.secrets["secret"])
    finally:
        await telegram.close()
        await engine.dispose()


def _say_where(console: Console, at: Addresses, data: Path) -> None:
    lines = (
        "",
        f"  [bold]Chat with the clinic[/]   {at.emulator}   (a WhatsApp and a Telegram phone)",
        f"  [bold]The staff's inbox[/]      {at.web}   (the API is at {at.web}/docs)",
        f"  [bold]Login[/]                  {OWNER} · {PASSWORD}",
        f"  [bold]Data and logs[/]          {data}",
        "",
        "  Write «hola» on the phone. Ctrl-C stops everything; the data is kept.",
        "",
    )
    for line in lines:
        console.print(line, soft_wrap=True)  # an address cut in two cannot be clicked


def _wait(console: Console, children: dict[str, subprocess.Popen[bytes]], data: Path) -> None:
    """Until Ctrl-C or SIGTERM; raises Transient when a child dies by itself."""
    try:
        while True:
            for name, child in children.items():
                if child.poll() is not None:
                    raise Transient(f"The {name} process ended by itself; {data / f'{name}.log'} says why.")
            time.sleep(0.2)
    except KeyboardInterrupt:
        console.print("Stopping…")
