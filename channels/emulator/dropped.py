"""A reply that never arrives."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class DroppedReply(Response):
    """Promises a body and closes the connection before it: the server cuts the socket, the client sees a
    protocol error (httpx.RemoteProtocolError, aiohttp.ClientPayloadError) and cannot know what was accepted.

    ASGI has no way to close a socket before the status line; leaving a response unfinished is the portable
    one. It needs a real server (uvicorn logs it as an incomplete response).
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"512")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
