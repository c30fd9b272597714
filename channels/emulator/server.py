"""Serving the emulator so that it stops at once, also with a phone page open."""

import socket

import uvicorn
from starlette.applications import Starlette

GRACE_SECONDS = 2


class EmulatorServer(uvicorn.Server):
    """uvicorn waits for open responses before it stops; the page's event stream never ends by itself."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        self.emulator = app
        super().__init__(
            uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=GRACE_SECONDS)
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.emulator.state.world.publish("closing")
        await super().shutdown(sockets)
