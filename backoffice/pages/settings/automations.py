"""Settings: what is done by itself when something happens, and programs elsewhere that are told."""

from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.automations import list_automations, list_stuck_events
from backoffice.api.webhooks import list_deliveries, list_webhooks
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router
from backoffice.pages.templates_to_send import all_templates
from core.agenda.model import Location, Resource, Service
from core.automation.model import Webhook
from core.leads.stages import list_stages
from core.organizations.members import list_members
from core.threads.labels import labels_of

router = page_router()

EVENTS = (
    ("message_received", "Escribe una persona"),
    ("message_sent", "Se le envía un mensaje"),
    ("thread_handed_over", "El bot pasa la conversación al equipo"),
    ("thread_taken_over", "Alguien toma la conversación"),
    ("thread_assigned", "Se asigna la conversación"),
    ("thread_snoozed", "Se pospone la conversación"),
    ("thread_resolved", "Se resuelve la conversación"),
    ("thread_released", "La conversación vuelve al bot"),
    ("thread_due_soon", "Queda poco para cumplir el plazo"),
    ("thread_overdue", "Se pasa el plazo"),
    ("lead_created", "Se abre una oportunidad"),
    ("lead_stage_changed", "Una oportunidad cambia de etapa"),
    ("lead_owner_changed", "Una oportunidad cambia de responsable"),
    ("appointment_requested", "Se pide una cita que hay que aprobar"),
    ("appointment_booked", "Se agenda una cita"),
    ("appointment_moved", "Se mueve una cita"),
    ("appointment_cancelled", "Se cancela una cita"),
    ("appointment_checked_in", "La persona llega a su cita"),
    ("appointment_attended", "Termina la cita"),
    ("appointment_no_show", "La persona no asiste"),
)
"""Kind, and how people say it: «Cuando …»."""
FACTS = (
    ("text", "Lo que dice contiene", "message"),
    ("open", "Horario de atención", ""),
    ("channel", "Canal", ""),
    ("state", "Estado de la conversación", ""),
    ("owner", "A cargo de", ""),
    ("team", "Equipo", ""),
    ("label", "Etiqueta", ""),
    ("priority", "Prioridad", ""),
    ("stage", "Etapa", ""),
    ("source", "Origen", ""),
    ("interest", "Interés", ""),
    ("language", "Idioma de la persona", ""),
    ("service", "Servicio", "appointment"),
    ("location", "Sede", "appointment"),
    ("professional", "Profesional", "appointment"),
)
"""Fact, its words, and the only kind of event that has it."""
ACTIONS = (
    ("assign", "Asignar la conversación"),
    ("label", "Poner o quitar una etiqueta"),
    ("priority", "Cambiar la prioridad"),
    ("note", "Dejar una nota al equipo"),
    ("send", "Enviar un mensaje"),
    ("stage", "Mover la oportunidad de etapa"),
    ("resolve", "Resolver la conversación"),
    ("webhook", "Avisar a un webhook"),
)
RECIPES: tuple[dict[str, Any], ...] = (
    {
        "name": "Respuesta fuera de horario",
        "event": "message_received",
        "conditions": [{"fact": "open", "any": ["no"]}, {"fact": "state", "any": ["open", "waiting"]}],
        "actions": [{"do": "send", "text": "Hola, {contact}. Ahora estamos cerrados; te respondemos apenas abramos."}],
        "pause_hours": 12,
    },
    {
        "name": "Repartir lo que pasa el bot",
        "event": "thread_handed_over",
        "conditions": [{"fact": "owner"}],
        "actions": [{"do": "assign", "round_robin": True}],
        "pause_hours": 0,
    },
    {
        "name": "Quien no asistió vuelve a ventas",
        "event": "appointment_no_show",
        "conditions": [],
        "actions": [{"do": "label", "label": "reagendar"}, {"do": "note", "text": "{contact} no asistió: llamar."}],
        "pause_hours": 0,
    },
)
"""Ready-made ones: they open in the editor, to be changed and saved."""
STATES = (("bot", "Con el bot"), ("open", "Abierta"), ("waiting", "Esperando"), ("snoozed", "Pospuesta"))
PRIORITIES = (("low", "Baja"), ("normal", "Normal"), ("high", "Alta"), ("urgent", "Urgente"))
SOURCES = (("ctwa", "Anuncio"), ("deep_link", "Enlace"), ("organic", "Por su cuenta"), ("lead_form", "Formulario"))
LANGUAGES = (("es", "Español"), ("pt", "Português"), ("en", "English"))


@router.get("/settings/automations")
async def automations(staff: Annotated[Staff, Depends(Needs("automations.read"))], request: Request) -> Response:
    """The list, the editor, what got stuck."""
    page = Page(request, staff)
    words = page.clock.say
    return page.html(
        "settings/automations.html",
        automations=await list_automations(staff),
        stuck=await list_stuck_events(staff),
        event_words={kind: words(name) for kind, name in EVENTS},
        action_words={do: words(name) for do, name in ACTIONS},
        recipes=[{**one, "name": words(one["name"])} for one in RECIPES],
        known={
            "events": [(kind, words(name)) for kind, name in EVENTS],
            "facts": [(fact, words(name), only) for fact, name, only in FACTS],
            "actions": [(do, words(name)) for do, name in ACTIONS],
            "choices": await _choices(page),
        },
    )


async def _choices(page: Page) -> dict[str, Any]:
    """What a fact may be, or an action may name: (value, words)."""
    staff = page.staff

    def said(pairs: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
        return [(value, page.clock.say(name)) for value, name in pairs]

    members = [one for one, _ in await list_members(staff.session, staff.organization.id) if one.active]
    stages = await list_stages(staff.session, staff.organization.id)
    webhooks = await staff.session.scalars(select(Webhook).where(Webhook.active).order_by(Webhook.name))
    services = await staff.session.scalars(select(Service).order_by(Service.name))
    places = await staff.session.scalars(select(Location).order_by(Location.name))
    doctors = await staff.session.scalars(
        select(Resource).where(Resource.kind == "professional").order_by(Resource.name)
    )
    teams = sorted({team for one in members for team in one.teams})
    return {
        "open": said((("yes", "Dentro del horario"), ("no", "Fuera del horario"))),
        "channel": [("whatsapp", "WhatsApp"), ("telegram", "Telegram")],
        "state": said(STATES),
        "owner": [(staff.public("member", one.id), one.name) for one in members],
        "team": [(team, team) for team in teams],
        "label": [(one.name, one.name) for one in await labels_of(staff.session, staff.organization.id)],
        "priority": said(PRIORITIES),
        "stage": [(one.key, one.name) for one in stages],
        "lost": [one.key for one in stages if one.kind == "lost"],
        "source": said(SOURCES),
        "language": list(LANGUAGES),
        "service": [(staff.public("service", one.id), one.name) for one in services],
        "location": [(staff.public("location", one.id), one.name) for one in places],
        "professional": [(staff.public("resource", one.id), one.name) for one in doctors],
        "webhook": [(staff.public("webhook", one.id), one.name) for one in webhooks],
        "template": [
            {"name": one.name, "language": one.language, "body": one.body, "examples": one.examples}
            for one in await all_templates(staff)
        ],
    }


@router.get("/settings/webhooks")
async def webhooks(staff: Annotated[Staff, Depends(Needs("webhooks.read"))], request: Request) -> Response:
    """The list, with what each is told; `?show=` opens one with its latest deliveries."""
    page = Page(request, staff)
    shown = request.query_params.get("show")
    return page.html(
        "settings/webhooks.html",
        webhooks=await list_webhooks(staff),
        events=[(kind, page.clock.say(name)) for kind, name in EVENTS],
        show=shown,
        deliveries=await list_deliveries(staff, shown) if shown else [],
    )
