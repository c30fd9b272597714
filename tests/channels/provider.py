"""A tiny HTTP provider for tests: canned answers over a real socket, and what it was asked."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass
class Asked:
    """One request the provider got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    json: Any = None


Answer = Response | Callable[[Request], Awaitable[Response]]


@dataclass
class Provider:
    """Answers by path suffix; `default` for the rest."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)

    def says(self, suffix: str, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.answers[suffix] = JSONResponse(body, status_code=status, headers=headers)

    async def handle(self, request: Request) -> Response:
        body = await request.body()
        self.asked.append(
            Asked(
                request.method,
                request.url.path,
                dict(request.headers),
                body,
                await request.json() if "json" in request.headers.get("content-type", "") else None,
            )
        )
        for suffix, answer in self.answers.items():
            if request.url.path.endswith(suffix):
                return answer if isinstance(answer, Response) else await answer(request)
        return JSONResponse({"error": {"code": 100, "message": "nothing here"}}, status_code=404)


@asynccontextmanager
async def running_provider() -> AsyncIterator[Provider]:
    provider = Provider()
    app = Starlette(routes=[Route("/{path:path}", provider.handle, methods=["GET", "POST"])])
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    provider.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 uvicorn tells it by an attribute only
        await asyncio.sleep(0.005)
    try:
        yield provider
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def dropping_provider() -> AsyncIterator[str]:
    """Takes a request and hangs up without a word; the address."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def closed_port() -> str:
    """An address where nobody listens."""
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{once.getsockname()[1]}"
