"""Settings: the texts people agree to, in each language, with what was published before."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.consent_texts import ConsentTextView, list_consent_texts
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router
from core.organizations.consent_texts import TOLD_AT_ONCE

router = page_router()

KINDS = {
    "privacy_notice": ("Aviso de privacidad", "El bot lo dice al saludar a quien escribe por primera vez."),
    "messaging_opt_in": ("Permiso para enviar mensajes", "Que acepte recibir recordatorios y novedades."),
    "photos_marketing": ("Fotos para publicidad", "Que se puedan mostrar sus fotos."),
    "photos_clinical": ("Fotos clínicas", "Que se guarden fotos en su expediente."),
    "procedure": ("Procedimiento", "Que conoce los riesgos y acepta el tratamiento."),
    "no_show_policy": ("Faltas y cancelaciones", "Qué pasa si no viene o cancela tarde."),
}
"""Kind → (its name, what it is for)."""
LANGUAGES = {"es": "Español", "pt": "Português", "en": "English"}


@router.get("/settings/consents")
async def consents(staff: Annotated[Staff, Depends(Needs("consent_texts.write"))], request: Request) -> Response:
    """Each kind in each language: the versions, the newest first."""
    versions: dict[tuple[str, str], list[ConsentTextView]] = {}
    for one in await list_consent_texts(staff):
        versions.setdefault((one.kind, one.language), []).append(one)
    return Page(request, staff).html(
        "settings/consents.html", kinds=KINDS, languages=LANGUAGES, versions=versions, most=TOLD_AT_ONCE
    )
