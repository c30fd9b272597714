"""One server for the whole run, serving the app of the test at hand: starting uvicorn costs 0.2 s."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn


@dataclass(slots=True)
class Host:
    """Serves `app`, whatever it is now, at `url`."""

    url: str = ""
    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@asynccontextmanager
async def hosted() -> AsyncIterator[Host]:
    host = Host()
    config = uvicorn.Config(
        host, host="127.0.0.1", port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    sockets = [config.bind_socket()]
    host.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    task = asyncio.create_task(server.serve(sockets))
    yield host
    server.should_exit = True
    await task
