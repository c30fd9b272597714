"""The emulator as one ASGI application: fake Graph, fake Bot API, control API, phone page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from channels.emulator.bot_api import bot_api_routes
from channels.emulator.control import control_routes
from channels.emulator.graph import graph_routes
from channels.emulator.webhooks import Webhooks
from channels.emulator.world import World

PAGE = Path(__file__).parent / "page"


class GraphVersion(Convertor[str]):
    """v26.0 and its like, so that Graph's paths never swallow the emulator's own."""

    regex = r"v\d+(?:\.\d+)?"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("graph_version", GraphVersion())


def create_emulator(world: World | None = None) -> Starlette:
    """The ASGI app over `world` (a fresh one by default), both kept in `app.state.world` and `.webhooks`."""
    world = world or World()
    webhooks = Webhooks(world)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await webhooks.close()

    app = Starlette(
        routes=[
            Route("/", _page),
            Route("/phone", _page),
            Mount("/page", StaticFiles(directory=PAGE)),
            *control_routes(world, webhooks),
            *bot_api_routes(world, webhooks),
            *graph_routes(world, webhooks),
        ],
        lifespan=lifespan,
    )
    app.state.world = world
    app.state.webhooks = webhooks
    return app


async def _page(_: Request) -> Response:
    return FileResponse(PAGE / "phone.html", headers={"Cache-Control": "no-cache"})
