"""Settings: the WhatsApp message templates, their approval, and writing own ones."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.template_views import TemplatesView, TemplateView
from backoffice.api.templates import list_templates
from backoffice.pages.render import Page, templates
from backoffice.pages.routes import page_router
from channels.whatsapp.template_rules import BODY, BUTTON, FOOTER, LANGUAGES, NAME
from core.errors import Refused

router = page_router()

Reads = Annotated[Staff, Depends(Needs("templates.read"))]
Writes = Annotated[Staff, Depends(Needs("templates.write"))]
STATES = {
    "approved": "Aprobada",
    "pending": "En revisión",
    "rejected": "Rechazada",
    "paused": "Pausada",
    "disabled": "Deshabilitada",
    "not_submitted": "Sin enviar",
}
QUALITIES = {"GREEN": "Calidad alta", "YELLOW": "Calidad media", "RED": "Calidad baja"}
ORIGINS = {"pack": "Del bot", "own": "Tuya", "meta": "Hecha en Meta"}
CATEGORIES = {"UTILITY": "Aviso", "MARKETING": "Marketing", "AUTHENTICATION": "Código de acceso"}
PURPOSES = {
    "UTILITY": "Aviso de algo que la persona ya pidió: turno, pago, resultado",
    "MARKETING": "Marketing: ofertas, novedades, volver a invitar",
}
LIMITS = {"name": NAME, "body": BODY, "footer": FOOTER, "button": BUTTON}


@router.get("/settings/templates")
async def message_templates(staff: Reads, request: Request, channel: str | None = None) -> Response:
    """All of an account, by name."""
    page = Page(request, staff)
    try:
        found = await list_templates(staff, channel or None)
    except Refused as refused:
        return page.html("settings/message_templates.html", found=None, refused=refused.message)
    return page.html("settings/message_templates.html", found=found, groups=_by_name(found), missing=_missing(found))


def _by_name(found: TemplatesView) -> list[tuple[str, list[TemplateView]]]:
    groups: dict[str, list[TemplateView]] = {}
    for one in found.items:
        groups.setdefault(one.name, []).append(one)
    return list(groups.items())


def _missing(found: TemplatesView) -> list[dict[str, str]]:
    """Those the bot speaks with that Meta has not, or not as they are now."""
    return [
        {"name": one.name, "language": one.language}
        for one in found.items
        if one.origin == "pack" and (one.status == "not_submitted" or one.outdated)
    ]


@router.get("/settings/templates/new")
async def new_template(staff: Writes, request: Request) -> Response:
    """Writing one."""
    return await _writing(staff, request, None)


@router.get("/settings/templates/{template_id}")
async def rewrite_template(staff: Writes, request: Request, template_id: str) -> Response:
    """Rewriting one that is not approved yet."""
    return await _writing(staff, request, template_id)


async def _writing(staff: Staff, request: Request, template_id: str | None) -> Response:
    found = await list_templates(staff, request.query_params.get("channel"))
    known = next((one for one in found.items if one.id == template_id and one.origin == "own"), None)
    return Page(request, staff).html(
        "settings/write_template.html",
        known=known,
        send=f"PUT /templates/{known.id}" if known else "POST /templates",
        languages=LANGUAGES,
        purposes=PURPOSES,
        limits=LIMITS,
        channel=found.channel.id,
    )


templates.globals |= {
    "template_states": STATES,
    "template_qualities": QUALITIES,
    "template_origins": ORIGINS,
    "template_categories": CATEGORIES,
}
