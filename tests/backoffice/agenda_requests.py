"""What the tests of the agenda's API ask for again and again."""

from typing import Any

import httpx

from core.agenda.model import Patient
from tests.core.agenda.agenda_clinic import Agenda


def public(agenda: Agenda, kind: str, inside: int) -> str:
    return agenda.clinic.public(kind, inside)


async def new_contact(agenda: Agenda, name: str = "Julia") -> str:
    patient: Patient = await agenda.add_patient(name)
    return public(agenda, "contact", patient.contact_id)


async def book(
    client: httpx.AsyncClient,
    agenda: Agenda,
    start: Any,
    contact: str | None = None,
    role: str = "receptionist",
    **more: Any,
) -> httpx.Response:
    key = more.pop("key", f"{start.isoformat()}-{contact}-{more}".replace(" ", ""))
    given = {"service": public(agenda, "service", agenda.services["botox"]), "start": start.isoformat(), **more}
    given["contact"] = contact or await new_contact(agenda)
    headers = {**agenda.clinic.as_(role), "Idempotency-Key": key}
    return await client.post("/api/appointments", json=given, headers=headers)
