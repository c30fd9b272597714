"""`make bench`: the spine under load, beside its floor and a peer, in the same run on the same machine.

Figures of one machine say little; the ratios do. Prints what was measured and what the goals are; judges nothing.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from backoffice.scratch import scratch_database
from backoffice.seed import seed_demo
from core.clock import system_clock
from core.db import create_engine
from core.migrations import upgrade
from core.vault import Vault
from tests.bench.floor import turns_per_second
from tests.bench.load import Connection, Measured, People, closed_loop, open_loop
from tests.bench.sink import Sink
from tests.bench.talk import NUMBERS, number, telegram_post, whatsapp_post

SECRET = "bench-bench-bench-bench-bench-bench-bench"
FLOWS = Path(__file__).parent / "flows"
PEOPLE = 2000
CONNECTIONS = 64
SECONDS = float(os.environ.get("HILO_BENCH_SECONDS", "10"))
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Server:
    """A process under test, with what it cost so far."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu(self) -> float:
        """Seconds of processor time, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def resident(self) -> float:
        """MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(command: list[str], port: int, environment: dict[str, str]) -> Iterator[Server]:
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield Server(port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def hilo(url: str, *, deliver: bool) -> AbstractContextManager[Server]:
    port = free_port()
    environment = {
        "HILO_DATABASE_URL": url,
        "HILO_SECRET": SECRET,
        "HILO_PORT": str(port),
        "HILO_FLOWS_DIR": str(FLOWS),
        "HILO_WEB_DELIVERS": "true" if deliver else "false",
    }
    return server([sys.executable, "-m", "backoffice", "serve"], port, environment)


async def prepare(url: str, sink: str) -> None:
    """The demo's organization with the bench's flow and numbers, whose provider is the sink."""
    owner = create_engine(url, "owner", pool_size=1)
    await seed_demo(owner, Vault(SECRET), system_clock, sink)
    await owner.dispose()
    sealed = Vault(SECRET).seal({"access_token": "bench", "app_secret": "bench-app-secret", "verify_token": "bench"})
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("UPDATE organization SET pack = 'bench'")
        for index in range(NUMBERS):
            await connection.execute(
                "INSERT INTO channel (organization_id, kind, account, name, settings, secrets) "
                "SELECT id, 'whatsapp', %s, %s, jsonb_build_object('api_base', %s::text), %s FROM organization",
                (number(index), f"number {index}", sink, sealed),
            )


@asynccontextmanager
async def listening(heard: "dict[str, list[float]]") -> AsyncIterator[str]:
    """The sink's address; `heard` gets the instants at which a message for each person arrived."""
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        lambda: Sink(lambda to, at: heard.setdefault(to, []).append(at)), "127.0.0.1", 0
    )
    async with listener:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"


async def warm(port: int, people: People) -> None:
    """Everybody greets once: contacts, threads and caches are there."""
    posts = [people.post() for _ in range(people.count)]
    gate = asyncio.Semaphore(CONNECTIONS)
    connections = [Connection("127.0.0.1", port) for _ in range(CONNECTIONS)]

    async def greet(post: bytes) -> None:
        async with gate:
            connection = connections.pop()
            await connection.post(post)
            connections.append(connection)

    await asyncio.gather(*(greet(post.request) for post in posts))


def shown(name: str, measured: Measured, server: Server, cpu: float) -> str:
    each = cpu / max(1, len(measured.latencies)) * 1e6
    return (
        f"{name:<34} {measured.per_second:8.0f}/s   p50 {measured.quantile(0.5):7.1f} ms   "
        f"p95 {measured.quantile(0.95):7.1f} ms   p99 {measured.quantile(0.99):7.1f} ms   "
        f"{each:6.0f} µs CPU each   {server.resident():5.0f} MB   {measured.failed} failed"
    )


async def run_load(name: str, under_test: Server, people: People, rate: float | None) -> Measured:
    before = under_test.cpu()
    if rate is None:
        measured = await closed_loop(under_test.port, people, connections=CONNECTIONS, seconds=SECONDS)
    else:
        measured = await open_loop(under_test.port, people, rate=rate, seconds=SECONDS)
    print(shown(name, measured, under_test, under_test.cpu() - before), flush=True)
    return measured


async def reply_times(name: str, port: int, people: People, rate: float, heard: dict[str, list[float]]) -> None:
    """From the webhook's arrival to the first answer at the provider."""
    sent: list[tuple[str, float]] = []
    heard.clear()
    await open_loop(port, people, rate=rate, seconds=SECONDS, on_sent=lambda person, at: sent.append((person, at)))
    await asyncio.sleep(1)
    delays = Measured(1.0)
    for person, at in sent:
        delays.latencies.append(min((one - at for one in heard.get(person, ()) if one > at), default=9.9))
    print(
        f"{name:<34} reply at the provider   p50 {delays.quantile(0.5):7.1f} ms   "
        f"p95 {delays.quantile(0.95):7.1f} ms   p99 {delays.quantile(0.99):7.1f} ms",
        flush=True,
    )


def forget_queue(url: str) -> None:
    """What the load left in the outbox would go out first: it was not what is timed next."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE outbox SET state = 'cancelled' WHERE state IN ('queued', 'sending', 'unknown')")


async def delivered_per_second(under_test: Server, people: People, heard: dict[str, list[float]]) -> float:
    """How many answers a second reach the provider while messages come as fast as they are taken, in one process."""
    await warm(under_test.port, people)
    heard.clear()
    before, began = under_test.cpu(), time.perf_counter()
    measured = await closed_loop(under_test.port, people, connections=CONNECTIONS, seconds=SECONDS)
    while time.perf_counter() - max((at for times in heard.values() for at in times), default=began) < 1:  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    last = max(at for times in heard.values() for at in times)
    count = sum(len(times) for times in heard.values())
    each = (under_test.cpu() - before) / max(1, count) * 1e6
    print(
        f"{'Hilo with delivery, all it can':<34} {count / (last - began):8.0f}/s delivered of "
        f"{measured.per_second:.0f}/s taken, {each:.0f} µs CPU each",
        flush=True,
    )
    return count / (last - began)


async def peer(url: str) -> float | None:
    """Turns a second of aiogram with Redis; None without a Redis."""
    redis = os.environ.get("HILO_REDIS_URL", "redis://127.0.0.1:6379/9")
    with socket.socket() as probe:
        if "HILO_REDIS_URL" not in os.environ and probe.connect_ex(("127.0.0.1", 6379)) != 0:
            print("aiogram + Redis: left out, no Redis at 127.0.0.1:6379 (or set HILO_REDIS_URL)")
            return None
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.aiogram_peer", str(port), redis, url]
    with server(command, port, {}) as under_test:
        people = People(telegram_post, PEOPLE)
        await warm(port, people)
        return (await run_load("aiogram FSM + Redis, one row", under_test, people, None)).per_second


async def main() -> None:
    heard: dict[str, list[float]] = {}
    people = People(whatsapp_post, PEOPLE)
    with scratch_database(durable=True) as url:
        async with listening(heard) as sink:
            upgrade(url)
            await prepare(url, sink)
            with hilo(url, deliver=False) as under_test:
                await warm(under_test.port, people)
                fastest = await run_load("Hilo, whole turn, as fast as it goes", under_test, people, None)
                await run_load("Hilo, half of that", under_test, people, fastest.per_second / 2)
            forget_queue(url)
            with hilo(url, deliver=True) as under_test:
                await reply_times("Hilo with delivery, 200/s", under_test.port, people, 200, heard)
                delivered = await delivered_per_second(under_test, People(whatsapp_post, PEOPLE, 5000), heard)
            forget_queue(url)
            with hilo(url, deliver=True) as under_test:
                await reply_times("Hilo with delivery, half of that", under_test.port, people, delivered / 2, heard)
            floor = await asyncio.to_thread(turns_per_second, url, threads=PEOPLE, clients=16, seconds=int(SECONDS))
            print(f"{'pgbench, one statement a turn':<34} {floor:8.0f}/s", flush=True)
            other = await peer(url)
    print()
    print(f"whole turn / pgbench floor: {fastest.per_second / floor:.2f}   (goal ≥ 0.25)")
    if other:
        print(f"whole turn / aiogram FSM + Redis: {fastest.per_second / other:.2f}   (goal ≥ 3)")
    print("goals: at half load p95 ≤ 15 ms, p99 ≤ 30 ms, ≤ 350 µs CPU, ≤ 150 MB; reply p95 ≤ 25 ms")


if __name__ == "__main__":
    asyncio.run(main())
