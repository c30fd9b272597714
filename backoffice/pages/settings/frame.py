"""What every page of the settings shares: the list of them, and the way in."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from backoffice.api.access import Needs, Staff
from backoffice.pages.render import templates
from backoffice.pages.routes import page_router
from core.organizations.permissions import allows

router = page_router()

GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "La organización",
        (
            ("/settings/organization", "Datos generales", "organization.write"),
            ("/settings/hours", "Horario y feriados", "hours.write"),
            ("/settings/members", "Equipo y roles", "members.read"),
            ("/settings/teams", "Equipos", "teams.write"),
        ),
    ),
    (
        "Conversaciones",
        (
            ("/settings/channels", "Canales", "channels.read"),
            ("/settings/flows", "Lo que dice el bot", "flows.read"),
            ("/settings/templates", "Plantillas", "templates.read"),
            ("/settings/canned", "Respuestas rápidas", "canned.write"),
            ("/settings/labels", "Etiquetas", "labels.write"),
            ("/settings/consents", "Textos de consentimiento", "consent_texts.write"),
        ),
    ),
    ("Ventas", (("/settings/stages", "Etapas de venta", "stages.write"),)),
    (
        "Lo que se hace solo",
        (
            ("/settings/automations", "Automatizaciones", "automations.read"),
            ("/settings/service", "Plazos y cierre", "service.read"),
            ("/settings/webhooks", "Webhooks", "webhooks.read"),
        ),
    ),
    (
        "Control",
        (
            ("/settings/tokens", "Claves de programas", "tokens.read"),
            ("/settings/audit", "Registro de cambios", "audit.read"),
        ),
    ),
)
"""(name, pages) in their order; each page: address, name, and the permission to see it."""


def groups_of(role: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """(name, [(address, name)]) of what a role sees."""
    shown = [(name, [page[:2] for page in pages if allows(role, page[2])]) for name, pages in GROUPS]
    return [(name, pages) for name, pages in shown if pages]


templates.globals["settings_of"] = groups_of


@router.get("/settings")
async def settings(staff: Annotated[Staff, Depends(Needs("canned.write"))], request: Request) -> Response:
    """The first page of the settings one may see."""
    address = next((address for _, pages in groups_of(staff.member.role) for address, _ in pages), "/account")
    return RedirectResponse(address, status_code=303)
