"""The web process: webhooks, the API, health."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from backoffice.api.agenda_feeds import calendar_feed
from backoffice.api.mount import mount_api
from backoffice.auth import Sessions
from backoffice.live import Live
from backoffice.loops import running
from backoffice.pages.counts import Counts
from backoffice.pages.mount import mount_pages
from backoffice.pages.stream import ReadsThreadNews
from backoffice.runtime import Runtime, runtime
from backoffice.settings import Settings
from backoffice.webhooks import webhook_routes
from core.clock import Clock, system_clock


class Application(FastAPI):
    """FastAPI, with the webhooks before its layers: nothing there is for them, and they cost a tenth of a turn."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/webhooks/"):
            await self.state.webhooks(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings, *, deliver: bool = True, clock: Clock = system_clock) -> FastAPI:
    """The application; its loops run from start-up to shutdown. `deliver` as in `loops.running`."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with runtime(settings, clock) as opened:
            app.state.runtime = opened
            app.state.sessions = Sessions(settings.require_secret(), opened.ids)
            app.state.webhooks = Router(webhook_routes(opened))
            app.state.counts = Counts()
            app.state.live = Live(ReadsThreadNews(opened.app, opened.ids, clock))
            also = {"live": app.state.live.run(opened.loops)}
            async with running(opened, deliver=deliver, also=also) as broken:
                app.state.broken = broken
                gc.collect()
                gc.freeze()  # what is loaded by now stays: the collector need not walk it at every pass
                yield

    app = Application(title="Hilo", version="1", lifespan=lifespan, docs_url="/docs", redoc_url=None)
    mount_api(app)
    mount_pages(app)
    app.router.routes += [Route("/healthz", alive), Route("/readyz", ready)]
    app.router.routes.append(Route("/calendars/{token}.ics", calendar_feed))
    return app


async def alive(_request: Request) -> Response:
    """200 while the process runs its loops; 503 when one broke and it should be restarted."""
    broken = _request.app.state.broken.is_set()
    return JSONResponse({"ok": not broken}, status_code=503 if broken else 200)


async def ready(request: Request) -> Response:
    """200 when the database answers, so that traffic may come."""
    opened: Runtime = request.app.state.runtime
    try:
        async with opened.loops.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except Exception as away:
        return JSONResponse({"ok": False, "problem": type(away).__name__}, status_code=503)
    return JSONResponse({"ok": True})
