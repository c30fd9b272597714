"""A provider that takes everything at once: it answers sends like the Graph API and notes when each arrived."""

import asyncio
import time
from collections.abc import Callable

import orjson


class Sink(asyncio.Protocol):
    """HTTP/1.1 keep-alive, just enough for the clients; `heard(to, instant)` is called for every message."""

    def __init__(self, heard: Callable[[str, float], None]) -> None:
        self._heard = heard
        self._data = b""
        self._count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            length = 0
            for line in self._data[:end].split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    length = int(line[15:])
            if len(self._data) < end + 4 + length:
                return
            body, self._data = self._data[end + 4 : end + 4 + length], self._data[end + 4 + length :]
            self._answer(body)

    def _answer(self, body: bytes) -> None:
        told = orjson.loads(body) if body[:1] == b"{" else {}
        if "to" in told:
            self._heard(told["to"], time.perf_counter())
        self._count += 1
        answer = orjson.dumps(
            {
                "success": True,
                "messaging_product": "whatsapp",
                "contacts": [],
                "messages": [{"id": f"wamid.SINK{id(self)}N{self._count}"}],
            }
        )
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        self._transport.write(head.encode() + answer)
