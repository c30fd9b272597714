"""A demo as a process of its own, on free ports and a data directory that is thrown away."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from backoffice.seed import TELEGRAM, WHATSAPP
from channels.emulator import EmulatorClient

HILO = Path(sys.executable).parent / "hilo"
STARTS_WITHIN = 120.0
STOPS_WITHIN = 60.0
READY = "Ctrl-C stops everything"


@dataclass(slots=True)
class Demo:
    """`output` is where what it prints goes."""

    process: subprocess.Popen[bytes]
    port: int
    data: Path
    output: Path

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def phone(self) -> str:
        return f"http://127.0.0.1:{self.port + 10}"

    def emulator(self) -> EmulatorClient:
        """To be the people who write to the demo's number and bot."""
        return EmulatorClient(self.phone, whatsapp=WHATSAPP["phone_number_id"], telegram=str(TELEGRAM["bot_id"]))

    def printed(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while READY not in self.printed():
            assert self.process.poll() is None, f"the demo ended by itself:\n{self.printed()}"
            assert time.monotonic() < deadline, f"the demo did not start:\n{self.printed()}"
            time.sleep(0.1)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOPS_WITHIN)


@contextmanager
def data_directory() -> Iterator[Path]:
    """A place the database's user may walk into, also when the tests run as root."""
    place = Path(tempfile.mkdtemp(prefix="hilo-demo-"))
    place.chmod(0o711)
    try:
        yield place / "data"
    finally:
        shutil.rmtree(place, ignore_errors=True)


def free_port() -> int:
    """A port that is free, and so is the one ten above it."""
    while True:
        with socket.socket() as web, socket.socket() as phone:
            web.bind(("127.0.0.1", 0))
            port: int = web.getsockname()[1]
            with suppress(OSError, OverflowError):
                phone.bind(("127.0.0.1", port + 10))
                return port


def start(data: Path, port: int | None = None, more: dict[str, str] | None = None) -> Demo:
    """Not waited for, without this machine's configuration; SIGINT is ignored at first, as in a shell's `… &`."""
    port = port or free_port()
    output = data.parent / f"output-{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HILO_")} | (more or {})
    command = [str(HILO), "demo", "--no-browser", "--port", str(port), "--data", str(data)]
    with output.open("wb") as written:
        process = subprocess.Popen(
            command,
            stdout=written,
            stderr=subprocess.STDOUT,
            cwd=data.parent,
            env=environment,
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_IGN),
        )
    return Demo(process, port, data, output)


@contextmanager
def running_demo(data: Path, more: dict[str, str] | None = None) -> Iterator[Demo]:
    """A demo that has started, with `more` in its environment; stopped at the end when it still runs."""
    demo = start(data, more=more)
    try:
        demo.wait_until_ready()
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.stop()


def descendants(pid: int) -> dict[int, str]:
    """Every process below `pid`, with its command line (Linux)."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found: dict[int, str] = {}
    queue = [pid]
    while queue:
        for child in parents.get(queue.pop(), []):
            with suppress(OSError):
                found[child] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ").strip()
            queue.append(child)
    return found


def still_running(processes: dict[int, str], within: float) -> dict[int, str]:
    """Those of `processes` that have not ended after so many seconds."""
    deadline = time.monotonic() + within
    left = dict(processes)
    while left and time.monotonic() < deadline:
        left = {pid: command for pid, command in left.items() if _runs(pid)}
        time.sleep(0.1)
    return left


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
