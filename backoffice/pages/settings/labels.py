"""Settings: the labels, with their colours and how many conversations bear each."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.labels import list_the_labels
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router

router = page_router()

COLOUR_NAMES = {
    "gray": "Gris",
    "green": "Verde",
    "blue": "Azul",
    "orange": "Naranja",
    "purple": "Morado",
    "yellow": "Amarillo",
    "sky": "Celeste",
}


@router.get("/settings/labels")
async def labels(staff: Annotated[Staff, Depends(Needs("labels.write"))], request: Request) -> Response:
    """By name."""
    found = await list_the_labels(staff)
    return Page(request, staff).html("settings/labels.html", labels=found, colours=COLOUR_NAMES)
