"""One mapping from the errors of every layer to HTTP, and one shape for all of them: {code, message, details}."""

import re
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backoffice.auth import Forbidden, TooMany, Unauthorized
from channels.media import MediaProblem
from core.errors import Conflict, HiloError, Missing, Refused, Transient

log = structlog.get_logger()


class Problem(BaseModel):
    """What every answer that is not a success looks like."""

    code: str = Field(description="Stable, for programs.")
    message: str = Field(description="For people, in Spanish; says what to do.")
    details: dict[str, Any] = Field(default_factory=dict)


BAD_INPUT = frozenset(
    {
        "country",
        "currency",
        "email",
        "cursor",
        "hours",
        "licence",
        "number",
        "past",
        "password",
        "role",
        "too_long",
        "value",
        "visibility",
    }
    | {"zone", "reason_needed", "attachment_type"}
    | {"unknown_zone", "no_date", "block", "block_order", "block_overlap", "weekday", "validity", "range"}
    | {"step", "minutes", "buffer_before", "buffer_after", "needs", "kind", "sessions", "gaps", "wanted_past"}
    | {"token", "meta_id", "not_readable", "other_account"}
    | {"template_name", "template_language", "template_body", "template_examples", "template_footer"}
    | {"template_buttons"}
    | {"unknown_setting", "wrong_setting", "unknown_country", "unknown_region", "region_needed", "address"}
    | {"flow_broken", "unknown_text", "unknown_language"}
)
"""Refusals that are about what was sent, not about the state of things: 422 instead of 409."""

NAMES = {
    "appointment": "esa cita",
    "calendar_feed": "ese calendario",
    "closure": "ese cierre",
    "location": "esa sede",
    "patient": "ese paciente",
    "resource": "ese profesional, sala o equipo",
    "schedule": "ese horario",
    "schedule_override": "esa excepción",
    "service": "ese servicio",
    "waitlist_entry": "esa espera",
    "attachment": "ese archivo",
    "canned_response": "esa respuesta rápida",
    "channel": "ese canal",
    "contact": "ese contacto",
    "dead_letter": "ese mensaje",
    "holiday": "ese día",
    "flow": "esa conversación del bot",
    "flow_version": "esa versión",
    "label": "esa etiqueta",
    "lead": "esa oportunidad",
    "member": "esa persona del equipo",
    "merge_suggestion": "esa sugerencia",
    "message": "ese mensaje",
    "message_template": "esa plantilla",
    "organization": "esa organización",
    "stage": "esa etapa",
    "team": "ese equipo",
    "thread": "esa conversación",
    "session": "esa sesión",
    "login_session": "esa sesión",
    "token": "esa clave",
    "scheduled_message": "ese mensaje programado",
    "automation": "esa automatización",
    "event": "ese suceso",
    "webhook": "ese webhook",
    "webhook_delivery": "ese aviso",
    "push_subscription": "ese dispositivo",
}

_STATUS_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_STATUS_WORDS = {
    400: "No se entiende la petición.",
    404: "Esa dirección no existe.",
    405: "Esa dirección no admite ese método.",
    413: "Lo enviado es demasiado grande.",
}


def problem(status: int, code: str, message: str, headers: dict[str, str] | None = None, /, **details: Any) -> Response:
    shown = Problem(code=code, message=message, details=details)
    return JSONResponse(shown.model_dump(mode="json"), status_code=status, headers=headers)


def install_errors(app: FastAPI) -> None:
    """Answer every known error in one shape."""
    app.add_exception_handler(HiloError, hilo_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(StatementError, _database_error)
    app.add_exception_handler(PoolTimeout, _database_busy)
    app.add_exception_handler(OSError, _database_busy)
    app.add_middleware(SaysTooLarge)


async def hilo_error(_request: Request, error: Exception) -> Response:
    """An error of ours as the API answers it."""
    match error:
        case Refused():
            status = 422 if error.code in BAD_INPUT else 409
            return problem(status, error.code, error.message, None, **error.details)
        case Missing():
            return problem(404, "missing", f"No existe {NAMES.get(error.what, error.what)}.", what=error.what)
        case Conflict():
            return problem(409, "conflict", "Otra persona lo cambió antes: vuelve a leerlo y decide de nuevo.")
        case Unauthorized():
            return problem(401, "unauthorized", str(error), {"WWW-Authenticate": "Bearer"})
        case Forbidden():
            return problem(403, "forbidden", str(error))
        case TooMany():
            return problem(429, "too_many", str(error), {"Retry-After": str(error.retry_after)})
        case MediaProblem():
            words = "El archivo no es lo que dice ser: no se puede guardar."
            return problem(422, error.code, words, reason=error.message)
        case Transient():
            return _try_later(error.retry_after or 5)
    log.error("an error nobody mapped", error=f"{type(error).__name__}: {error}")
    return problem(409, "refused", "No se puede hacer ahora.")


def _try_later(seconds: float) -> Response:
    words = "Hilo no puede atender en este momento: vuelve a intentar en unos segundos."
    return problem(503, "try_later", words, {"Retry-After": str(max(1, round(seconds)))})


async def _database_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, StatementError)
    if isinstance(error, IntegrityError):
        return problem(409, "conflict", "Choca con algo que ya existe: vuelve a leer y decide de nuevo.")
    if isinstance(error, DataError) or isinstance(error.orig, UnicodeError):
        return problem(422, "value", "Algún valor tiene caracteres o números que no se pueden guardar.")
    away = isinstance(error, DBAPIError) and (
        error.connection_invalidated or isinstance(error.orig, psycopg.OperationalError)
    )
    if away:
        log.warning("database away", error=str(error.orig))
        return _try_later(5)
    raise error


async def _database_busy(_request: Request, error: Exception) -> Response:
    log.warning("database busy", error=str(error))
    return _try_later(2)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else {}
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods_of(request)) or headers.get("Allow", "GET")
    code = _STATUS_CODES.get(error.status_code, "http_error")
    words = _STATUS_WORDS.get(error.status_code, "No se puede atender la petición.")
    return problem(error.status_code, code, words, headers or None)


def _methods_of(request: Request) -> list[str]:
    """Every method of the address; the router names only those of the first route that has it."""
    path = request.url.path
    return sorted(
        {
            method.upper()
            for template, item in request.app.openapi()["paths"].items()
            if re.fullmatch(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template)), path)
            for method in item
        }
    )


_SENTENCES = {
    "missing": "«{name}» falta.",
    "json_invalid": "Lo enviado no es JSON válido.",
    "string_too_short": "«{name}» no puede estar vacío ni ser tan corto.",
    "string_too_long": "«{name}» es demasiado largo (hasta {max_length} caracteres).",
    "greater_than_equal": "«{name}» debe ser {ge} o más.",
    "less_than_equal": "«{name}» debe ser {le} o menos.",
    "extra_forbidden": "«{name}» no se conoce aquí.",
    "literal_error": "«{name}» debe ser uno de: {expected}.",
    "union_tag_not_found": "«{name}» necesita {discriminator}, que dice de qué tipo es (text, media, location …).",
    "timezone_aware": "«{name}» necesita la zona: termínala en Z o en una diferencia como -05:00.",
    "datetime_from_date_parsing": "«{name}» debe ser una fecha con hora y zona, como 2026-11-21T09:00:00-05:00.",
    "datetime_parsing": "«{name}» debe ser una fecha con hora y zona, como 2026-11-21T09:00:00-05:00.",
    "union_tag_invalid": "«{name}»: el tipo debe ser uno de: {expected_tags}.",
    "too_long": "«{name}» tiene demasiados elementos (hasta {max_length}).",
    "too_short": "«{name}» necesita al menos {min_length} elementos.",
}


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [
        {"field": ".".join(str(part) for part in found["loc"]), "message": _sentence(found)}
        for found in error.errors()[:20]
    ]
    return problem(422, "invalid", fields[0]["message"] if fields else "Hay datos no válidos.", fields=fields)


def _sentence(found: dict[str, Any]) -> str:
    name = ".".join(str(part) for part in found["loc"][1:]) or str(found["loc"][0])
    if found["type"] == "value_error":
        return f"«{name}»: {found['ctx']['error']}"
    shape = _SENTENCES.get(found["type"], "«{name}» no es válido.")
    return shape.format(name=name, **{key: value for key, value in found.get("ctx", {}).items() if key != "name"})


class SaysTooLarge:
    """The framework cuts off a body that is too large with a line of its own, past every handler; this is ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cut = False

        async def said(message: Message) -> None:
            nonlocal cut
            if message["type"] == "http.response.start" and message["status"] == 413:
                cut = Headers(raw=message["headers"]).get("content-type", "").startswith("text/plain")
                if cut:
                    answer = problem(413, _STATUS_CODES[413], _STATUS_WORDS[413])
                    await answer(scope, receive, send)
            if not cut:
                await send(message)

        await self.app(scope, receive, said)
