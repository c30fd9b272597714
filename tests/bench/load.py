"""The load: a closed loop for the maximum, an open loop for latency at a given rate. Bare sockets, to cost little."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bench.talk import Post

Make = Callable[[int, int], Post]


@dataclass(slots=True)
class Measured:
    """`latencies` in seconds, one per answer; `seconds` of wall time they took together; `failed` answers not 200."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else 0.0


class Connection:
    """One keep-alive connection; one request at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, request: bytes) -> int:
        """The status of the answer."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        assert self._reader is not None
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line[15:])
        if length:
            await self._reader.readexactly(length)
        return int(head[9:12])

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


@dataclass(slots=True)
class People:
    """Whose turn it is: people are served round and round, each with the next message of their own."""

    make: Make
    count: int
    first: int = 0
    _turns: list[int] = field(default_factory=list)
    _next: int = 0

    def __post_init__(self) -> None:
        self._turns = [0] * self.count

    def post(self) -> Post:
        person = self._next % self.count
        self._next += 1
        turn = self._turns[person]
        self._turns[person] += 1
        return self.make(self.first + person, turn)


async def closed_loop(port: int, people: People, *, connections: int, seconds: float) -> Measured:
    """As fast as the server answers: every connection sends its next message when the last was answered."""
    measured = Measured()
    end = time.perf_counter() + seconds

    async def talk(connection: Connection) -> None:
        while time.perf_counter() < end:
            post = people.post()
            began = time.perf_counter()
            status = await connection.post(post.request)
            measured.latencies.append(time.perf_counter() - began)
            measured.failed += status != 200
        connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(talk(Connection("127.0.0.1", port)) for _ in range(connections)))
    measured.seconds = time.perf_counter() - began
    return measured


async def open_loop(
    port: int, people: People, *, rate: float, seconds: float, on_sent: Callable[[str, float], None] | None = None
) -> Measured:
    """`rate` messages a second whether or not the server keeps up; latency counts from when each was due."""
    measured = Measured()
    idle: list[Connection] = []
    tasks: set[asyncio.Task[None]] = set()

    async def send(post: Post, due: float) -> None:
        connection = idle.pop() if idle else Connection("127.0.0.1", port)
        if on_sent:
            on_sent(post.person, time.perf_counter())
        status = await connection.post(post.request)
        measured.latencies.append(time.perf_counter() - due)
        measured.failed += status != 200
        idle.append(connection)

    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(send(people.post(), due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    if tasks:
        await asyncio.wait(tasks, timeout=30)
    measured.seconds = time.perf_counter() - began
    for connection in idle:
        connection.close()
    return measured
