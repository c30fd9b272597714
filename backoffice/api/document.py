"""What the OpenAPI document says of every route: its permission, how to authenticate, and each error it may answer."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from backoffice.api.access import CSRF_HEADER, SESSION_COOKIE, Needs
from backoffice.api.errors import Problem

MAX_BODY = 1024 * 1024
PUBLIC = {"x-permission": "public"}
"""`openapi_extra` of the few routes anybody may call; every other route must declare a `Needs`."""

_READ = {
    401: "Nobody we know is asking.",
    403: "The member's role does not allow it.",
    404: "Something named does not exist, or is not visible to whoever asks.",
    422: "Something sent is not valid; `details.fields` names it.",
    503: "The database is away; try again after `Retry-After` seconds.",
}
_CHANGE = {
    400: "The body cannot be read.",
    409: "The state of things forbids it; `code` says which rule, `message` what to do.",
    413: "The body is too large.",
}
_LIMITED = {429: "Too many tries; wait `Retry-After` seconds."}


def _answers(told: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    return {
        status: {
            "model": Problem,
            "description": words,
            **({"headers": {"Retry-After": {"schema": {"type": "integer"}}}} if status in (429, 503) else {}),
        }
        for status, words in told.items()
    }


LIMITED = _answers(_LIMITED)


class StaffRoute(APIRoute):
    """A route that documents its permission and its errors by itself. Raises at start-up when it decides nothing."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        changes = not {*(options.get("methods") or ("GET",))} <= {"GET"}
        errors = _answers({**_READ, **(_CHANGE if changes else {})})
        options["responses"] = {**errors, **(options.get("responses") or {})}
        super().__init__(path, endpoint, **options)
        extra = dict(self.openapi_extra or {})
        if "x-permission" not in extra:
            permission = needed_permission(self.dependant)
            if permission is None:
                raise TypeError(f"{path} does not say which permission it needs")
            csrf: dict[str, list[str]] = {"csrf": []} if changes else {}
            extra |= {"x-permission": permission, "security": [{"session": [], **csrf}, {"bearer": []}]}
        self.openapi_extra = extra


def needed_permission(dependant: Dependant) -> str | None:
    for one in dependant.dependencies:
        if isinstance(one.call, Needs):
            return one.call.permission
    return None


def staff_router(tag: str) -> APIRouter:
    """A router of the staff API whose operations are named after their functions."""
    return APIRouter(
        tags=[tag],
        route_class=StaffRoute,
        generate_unique_id_function=lambda route: route.name,
        max_body_size=MAX_BODY,
    )


TAGS = {
    "session": "Coming in and going out.",
    "threads": "The inbox: one thread a person.",
    "messages": "What was said in a thread, and answering.",
    "canned responses": "Texts the staff uses often.",
    "attachments": "Files of the threads.",
    "contacts": "The people the organization talks to.",
    "leads": "Sales opportunities and their stages.",
    "agenda": "Free times, appointments, patients, and who and what they need.",
    "reports": "Numbers of the conversations and the sales, also as tables for spreadsheets.",
    "organization": "The organization, its hours, its people, its programs' keys.",
    "automations": "What is done by itself when something happens.",
    "webhooks": "Programs elsewhere that are told what happens.",
    "flows": "What the bot says: the organization's own versions of its flows.",
    "channels": "The numbers and bots people write to, and whether they work.",
    "templates": "WhatsApp message templates, their approval, and writing own ones.",
    "failures": "What could not be understood or sent.",
}


def describe_security(app: FastAPI) -> None:
    """Add the security schemes to the document FastAPI makes."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = make()
            document.setdefault("components", {})["securitySchemes"] = {
                "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
                "csrf": {
                    "type": "apiKey",
                    "in": "header",
                    "name": CSRF_HEADER,
                    "description": "The value of the cookie hilo_csrf, on every unsafe request of a browser's session.",
                },
                "bearer": {"type": "http", "scheme": "bearer", "description": "A program's key, `hilo_…`."},
            }
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
