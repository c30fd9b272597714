"""What roles are called, and what each permission lets one do, as the staff reads it."""

from collections.abc import Mapping

from core.organizations.permissions import ROLES, allows

ROLE_NAMES: Mapping[str, str] = {
    "owner": "Titular",
    "manager": "Gerencia",
    "doctor": "Profesional",
    "closer": "Asesoría de ventas",
    "receptionist": "Recepción",
    "assistant": "Asistencia",
}

DEEDS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Conversaciones",
        (
            ("threads.read", "Leer conversaciones"),
            ("threads.write", "Responder, tomar y resolver conversaciones"),
            ("threads.assign", "Asignar conversaciones a otras personas"),
            ("canned.read", "Usar respuestas rápidas"),
            ("canned.write", "Cambiar las respuestas rápidas"),
            ("labels.read", "Ver y poner etiquetas"),
            ("labels.write", "Preparar, renombrar y unir etiquetas"),
            ("attachments.read", "Ver los archivos que envían"),
            ("attachments.write", "Enviar archivos"),
        ),
    ),
    (
        "Personas y ventas",
        (
            ("contacts.read", "Ver las fichas de las personas"),
            ("contacts.write", "Corregir las fichas"),
            ("contacts.merge", "Unir fichas duplicadas"),
            ("leads.read", "Ver las oportunidades de venta"),
            ("leads.write", "Mover y cambiar oportunidades"),
            ("stages.read", "Ver las etapas de venta"),
            ("stages.write", "Cambiar las etapas de venta"),
        ),
    ),
    (
        "Agenda y pacientes",
        (
            ("agenda.read", "Ver la agenda"),
            ("agenda.write", "Agendar y mover citas"),
            ("agenda.visits", "Recibir a quien llega y cerrar su visita"),
            ("agenda.settings", "Cambiar servicios, sedes y reglas de la agenda"),
            ("schedules.read", "Ver los horarios de atención"),
            ("schedules.write", "Cambiar los horarios de atención"),
            ("patients.read", "Ver pacientes"),
            ("patients.write", "Crear y corregir pacientes"),
            ("patients.waive", "Perdonar faltas a las citas"),
        ),
    ),
    (
        "La organización",
        (
            ("account.own", "Cuidar su propia cuenta"),
            ("organization.read", "Ver los datos de la organización"),
            ("organization.write", "Cambiar los datos de la organización"),
            ("hours.write", "Cambiar el horario y los feriados"),
            ("members.read", "Ver quién está en el equipo"),
            ("members.write", "Invitar personas y cambiar sus roles"),
            ("teams.write", "Armar los equipos"),
            ("reports.read", "Ver los informes"),
            ("channels.read", "Ver los canales"),
            ("channels.write", "Conectar y quitar canales"),
            ("templates.read", "Ver las plantillas"),
            ("templates.write", "Escribir y enviar plantillas a aprobar"),
            ("flows.read", "Ver lo que dice el bot"),
            ("flows.write", "Cambiar y publicar lo que dice el bot"),
            ("automations.read", "Ver las automatizaciones"),
            ("automations.write", "Cambiar las automatizaciones"),
            ("service.read", "Ver los plazos"),
            ("service.write", "Cambiar los plazos y el cierre"),
            ("webhooks.read", "Ver los webhooks"),
            ("webhooks.write", "Cambiar los webhooks"),
            ("failures.read", "Ver los mensajes que fallaron"),
            ("failures.write", "Reintentar los mensajes que fallaron"),
            ("tokens.read", "Ver las claves de programas"),
            ("tokens.write", "Crear y revocar claves de programas"),
            ("consent_texts.read", "Leer los textos de consentimiento"),
            ("consent_texts.write", "Publicar textos de consentimiento"),
            ("audit.read", "Leer el registro de cambios"),
        ),
    ),
)
"""Every permission, by what it is about; the page of the members shows them for every role."""


def matrix() -> list[tuple[str, list[tuple[str, list[bool]]]]]:
    """(about, [(deed, whether each role may)]), the roles in their order."""
    return [
        (about, [(words, [allows(role, permission) for role in ROLES]) for permission, words in deeds])
        for about, deeds in DEEDS
    ]
