"""The pages put into the application."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from backoffice.api.errors import hilo_error
from backoffice.auth import Unauthorized
from backoffice.pages import account, agenda, dashboard, entering, inbox, installed, pipeline, stream
from backoffice.pages.render import templates
from backoffice.pages.routes import is_page, to_login
from backoffice.pages.settings import (
    audit,
    automations,
    canned,
    channels,
    consents,
    flows,
    hours,
    labels,
    members,
    message_templates,
    organization,
    service,
    stages,
    teams,
    tokens,
)
from backoffice.pages.settings import frame as settings
from backoffice.pages.vendor import asset
from backoffice.pages.words import language_of, say
from core.errors import HiloError

ROUTERS = (
    entering.router,
    inbox.router,
    pipeline.router,
    agenda.router,
    dashboard.router,
    account.router,
    settings.router,
    organization.router,
    automations.router,
    service.router,
    flows.router,
    channels.router,
    message_templates.router,
    hours.router,
    consents.router,
    canned.router,
    labels.router,
    stages.router,
    members.router,
    teams.router,
    tokens.router,
    audit.router,
)


def mount_pages(app: FastAPI) -> None:
    """After the API, whose errors it answers as pages where a page was asked for."""
    for router in ROUTERS:
        app.include_router(router)
    app.add_api_route("/live", stream.stream, include_in_schema=False)
    app.router.routes += [
        Route("/static/{name}", asset),
        Route("/vendor/{name}", asset),
        Route("/sw.js", installed.worker),
        Route("/offline", installed.offline),
    ]

    async def answered(request: Request, error: Exception) -> Response:
        problem = await hilo_error(request, error)
        if not is_page(request):
            return problem
        if isinstance(error, Unauthorized):
            return to_login(request)
        language = language_of(request)
        words = {"language": language, "t": lambda spanish: say(language, spanish), "status": problem.status_code}
        return HTMLResponse(templates.get_template("problem.html").render(**words, error=error), problem.status_code)

    app.add_exception_handler(HiloError, answered)
