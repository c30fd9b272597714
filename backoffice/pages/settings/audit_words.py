"""The record of changes as people read it: what was done, and each thing that changed, before and after."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from backoffice.pages.settings.hours import DAYS
from backoffice.pages.settings.labels import COLOUR_NAMES
from backoffice.pages.settings.roles import ROLE_NAMES
from backoffice.pages.settings.stages import KIND_NAMES

ACTION_NAMES: Mapping[str, str] = {
    "organization.changed": "Cambió los datos de la organización",
    "hours.changed": "Cambió el horario",
    "holiday.set": "Puso un día distinto",
    "holiday.deleted": "Quitó un día distinto",
    "holidays.imported": "Cargó los feriados",
    "member.created": "Invitó a alguien",
    "member.changed": "Cambió a alguien del equipo",
    "member.password_link": "Hizo un enlace de contraseña",
    "team.created": "Creó un equipo",
    "team.changed": "Cambió un equipo",
    "team.deleted": "Quitó un equipo",
    "token.created": "Creó una clave de programa",
    "token.revoked": "Revocó una clave de programa",
    "canned.created": "Añadió una respuesta rápida",
    "canned.changed": "Cambió una respuesta rápida",
    "canned.deleted": "Quitó una respuesta rápida",
    "label.created": "Preparó una etiqueta",
    "label.changed": "Cambió una etiqueta",
    "label.merged": "Unió dos etiquetas",
    "label.deleted": "Quitó una etiqueta",
    "stage.created": "Añadió una etapa de venta",
    "stage.changed": "Cambió una etapa de venta",
    "stage.deleted": "Quitó una etapa de venta",
    "location.added": "Añadió una sede",
    "location.changed": "Cambió una sede",
    "resource.added": "Añadió un profesional, sala o equipo",
    "resource.changed": "Cambió un profesional, sala o equipo",
    "service.added": "Añadió un servicio",
    "service.changed": "Cambió un servicio",
    "schedule.added": "Añadió un horario de atención",
    "schedule.changed": "Cambió un horario de atención",
    "schedule.deleted": "Quitó un horario de atención",
    "override.set": "Cambió la atención de un día",
    "override.deleted": "Devolvió un día a su horario",
    "closure.added": "Añadió un cierre",
    "closure.deleted": "Quitó un cierre",
    "calendar_address.made": "Creó la dirección de un calendario",
    "calendar_address.ended": "Anuló la dirección de un calendario",
    "external_calendar.added": "Conectó un calendario externo",
    "external_calendar.removed": "Quitó un calendario externo",
    "agenda.policy_changed": "Cambió las reglas de la agenda",
    "agenda.rescheduling": "Pidió al bot reprogramar citas",
    "appointment.approved": "Aprobó una cita",
    "appointment.declined": "Rechazó una cita",
    "appointment.overbooked": "Sobreagendó una cita",
    "appointment.outside_rules": "Agendó fuera de las reglas",
    "series.moved": "Movió un tratamiento",
    "patient.waived": "Perdonó faltas a un paciente",
    "consent_text.published": "Publicó un texto de consentimiento",
    "dead_letter.replayed": "Reintentó un mensaje que falló",
    "thread.seen": "Miró una conversación",
    "contact.seen": "Miró la ficha de una persona",
    "attachment.seen": "Miró un archivo",
    "automation.created": "Creó una automatización",
    "automation.changed": "Cambió una automatización",
    "automation.deleted": "Eliminó una automatización",
    "event.again": "Reintentó lo que quedó sin hacer",
    "service_levels.changed": "Cambió los plazos y el cierre",
    "webhook.created": "Creó un webhook",
    "webhook.changed": "Cambió un webhook",
    "webhook.deleted": "Eliminó un webhook",
    "webhook.secret_renewed": "Cambió el secreto de un webhook",
    "template.written": "Escribió una plantilla",
    "template.deleted": "Eliminó una plantilla",
    "templates.submitted": "Envió plantillas a aprobar",
    "channel.connected": "Conectó un canal",
    "channel.changed": "Cambió un canal",
    "channel.removed": "Quitó un canal",
    "flow.published": "Publicó una conversación del bot",
    "flow.rolled_back": "Devolvió una conversación del bot a otra versión",
}
"""Everything that is kept in the record. What is not here is shown by its code."""

FIELD_NAMES: Mapping[str, str] = {
    "name": "Nombre",
    "role": "Rol",
    "teams": "Equipos",
    "members": "Quiénes",
    "specialities": "Especialidades",
    "locations": "Sedes",
    "location": "Sede",
    "active": "Con acceso",
    "available": "Recibe conversaciones nuevas",
    "zone": "Zona horaria",
    "language": "Idioma",
    "register": "Trato",
    "hours": "Horario",
    "day": "Día",
    "shortcut": "Atajo",
    "text": "Texto",
    "colour": "Color",
    "kind": "Qué significa",
    "position": "Lugar",
    "into": "Con",
    "whose": "De",
    "added": "Añadidos",
    "region": "Región",
    "appointments": "Citas",
    "reschedule": "El bot les escribe",
    "version": "Versión",
    "sha256": "Huella",
    "settings.phone": "Teléfono que se da a las personas",
    "settings.address": "Dirección",
    "settings.privacy_url": "Aviso de privacidad (dirección de internet)",
    "settings.website": "Página de internet",
    "settings.payment_methods": "Cómo se puede pagar",
    "settings.parking": "Cómo llegar y dónde dejar el auto",
    "settings.latitude": "Latitud",
    "settings.longitude": "Longitud",
    "settings.maps_url": "Enlace al mapa",
    "settings.visibility": "Qué conversaciones ven los asesores",
}

PAIRED = frozenset({"organization.changed", "member.changed", "canned.changed", "team.changed"})
"""Actions whose details are {what: [before, after]}."""
_OF_ALL = frozenset({"hours.changed", "agenda.policy_changed", "agenda.rescheduling"})
_INSIDE = re.compile(r"[a-z_]+:\d+")
_VALUES = {**ROLE_NAMES, **KIND_NAMES, **COLOUR_NAMES}
Say = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed; `before` null when the record does not have it."""

    what: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever reads: how things are said to them, and what the places are called by their inside ids."""

    say: Say
    places: Mapping[int, str]

    def action(self, action: str) -> str:
        return self.say(ACTION_NAMES.get(action, action))

    def subject(self, action: str, subject: str) -> str:
        """What it was done to; nothing where that is the organization, or the record has only an inside id."""
        return "" if action in _OF_ALL or _INSIDE.fullmatch(subject) else subject

    def changes(self, action: str, details: Mapping[str, Any]) -> list[Change]:
        if set(details) == {"before", "after"}:
            before, after = self.value("hours", details["before"]), self.value("hours", details["after"])
            return [Change(self.say("Horario"), before, after)]
        return [self._change(action, name, value) for name, value in details.items()]

    def _change(self, action: str, name: str, value: Any) -> Change:
        what = self.say(FIELD_NAMES[name]) if name in FIELD_NAMES else name
        if action in PAIRED and isinstance(value, list) and len(value) == 2:
            return Change(what, self.value(name, value[0]), self.value(name, value[1]))
        return Change(what, None, self.value(name, value))

    def value(self, name: str, value: Any) -> str:
        if value in (None, [], {}, ""):
            return self.say("Cerrado") if name == "hours" else "—"
        match value:
            case bool():
                return self.say("Sí") if value else self.say("No")
            case str():
                return self.say(_VALUES[value]) if name in ("role", "kind", "colour") and value in _VALUES else value
            case dict() if name == "hours":
                week = [(day, self.value("hours", value[key])) for key, day in DAYS.items() if value.get(key)]
                return ", ".join(f"{self.say(day)[:3].lower()} {hours}" for day, hours in week)
            case list() if name == "hours":
                return " · ".join("–".join(interval) for interval in value)
            case list() if name == "locations":
                return ", ".join(self.places.get(one, "?") for one in value)
            case list() if all(isinstance(one, str) for one in value):
                return ", ".join(value)
            case dict() if value.keys() <= {"es", "pt", "en"}:
                return " / ".join(str(words) for words in value.values())
            case dict() | list():
                return orjson.dumps(value).decode()
        return str(value)
