"""Who is treated: the contact, or somebody they write for; and where each stands by the policy."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel
from sqlalchemy import select

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_views import find_patient, lock_person, own_resources
from backoffice.api.document import staff_router
from backoffice.api.words import Date, Given, Line
from backoffice.auth import Forbidden
from core.agenda.model import Appointment, Patient
from core.agenda.patients import add_patient, patients_of
from core.agenda.policy import policy_of, standing
from core.agenda.visits import waive
from core.contacts.queries import read_contact
from core.errors import Missing, Refused

router = staff_router("agenda")

Reads = Annotated[Staff, Depends(Needs("patients.read"))]
Writes = Annotated[Staff, Depends(Needs("patients.write"))]
Waives = Annotated[Staff, Depends(Needs("patients.waive"))]


class PatientView(BaseModel):
    id: str
    contact: str
    name: str
    birth_date: date | None
    opened_at: datetime | None
    """When the record was opened, at the first visit attended."""


class StandingView(PatientView):
    no_shows: int
    may_book: bool
    """Whether they may book by themselves."""
    deposit_minor: int
    reason: str
    """`blocked`, or `deposit` for having missed visits; empty when all is well."""


class PatientIn(Given):
    name: Line
    birth_date: Date | None = None


class PatientChange(Given):
    """What is given changes; null clears the birth date."""

    name: Line | None = None
    birth_date: Date | None = None


def view_patient(staff: Staff, patient: Patient) -> PatientView:
    return PatientView(
        id=staff.public("patient", patient.id),
        contact=staff.public("contact", patient.contact_id),
        name=patient.name,
        birth_date=patient.birth_date,
        opened_at=patient.opened_at,
    )


async def _standing(staff: Staff, patient: Patient) -> StandingView:
    stands = await standing(staff.session, patient, policy_of(staff.organization), staff.now)
    return StandingView(
        **view_patient(staff, patient).model_dump(),
        no_shows=stands.no_shows,
        may_book=stands.may_book,
        deposit_minor=stands.deposit_minor,
        reason=stands.reason,
    )


def _born(staff: Staff, value: date | None) -> date | None:
    if value is not None and not date(1900, 1, 1) <= value <= staff.now.date():
        raise Refused("no_date", "birth_date: debe ser una fecha pasada, desde 1900.")
    return value


@router.get("/contacts/{contact_id}/patients", name="list_patients")
async def list_the_patients(staff: Reads, contact_id: str) -> list[PatientView]:
    """Everybody this contact books for."""
    inside = staff.inside("contact", contact_id)
    if await read_contact(staff.session, staff.sight, inside) is None:
        raise Missing("contact")
    return [view_patient(staff, one) for one in await patients_of(staff.session, inside)]


@router.post("/contacts/{contact_id}/patients", status_code=201, name="add_patient")
async def add_a_patient(staff: Writes, contact_id: str, given: PatientIn) -> PatientView:
    """One more person this contact books for."""
    contact = await lock_person(staff, staff.inside("contact", contact_id))
    patient = await add_patient(staff.session, contact, given.name, _born(staff, given.birth_date))
    await staff.session.commit()
    return view_patient(staff, patient)


@router.get("/patients/{patient_id}", name="read_patient")
async def read_the_patient(staff: Reads, patient_id: str) -> StandingView:
    """One patient, and where they stand by the no-show policy."""
    return await _standing(staff, await find_patient(staff, patient_id))


@router.patch("/patients/{patient_id}")
async def change_patient(staff: Writes, patient_id: str, given: PatientChange) -> StandingView:
    """Correct the name or the birth date."""
    patient = await find_patient(staff, patient_id)
    await _only_treated(staff, patient)
    if given.name is not None:
        patient.name = given.name
    if "birth_date" in given.model_fields_set:
        patient.birth_date = _born(staff, given.birth_date)
    await staff.session.flush()
    view = await _standing(staff, patient)
    await staff.session.commit()
    return view


async def _only_treated(staff: Staff, patient: Patient) -> None:
    """Who changes only their own agenda changes only patients who have been in it."""
    own = await own_resources(staff)
    theirs = select(Appointment.id).where(Appointment.patient_id == patient.id).limit(1)
    if own is not None and not await staff.session.scalar(theirs.where(Appointment.professional_id.in_(own))):
        raise Forbidden("Corriges solo a pacientes con cita contigo: pídeselo a recepción.")


@router.post("/patients/{patient_id}/waive")
async def waive_patient(staff: Waives, patient_id: str) -> StandingView:
    """May book by themselves again, whatever they missed; audited."""
    patient = await find_patient(staff, patient_id)
    await waive(staff.session, patient, staff.member, staff.now)
    view = await _standing(staff, patient)
    await staff.session.commit()
    return view
