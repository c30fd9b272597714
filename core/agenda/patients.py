"""Patients: who is treated, which is not always who writes. Takes a session, never commits."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.model import Patient
from core.contacts.model import Contact


async def patients_of(session: AsyncSession, contact_id: int) -> list[Patient]:
    """Everybody this contact books for, oldest first; the contact as a patient is among them once there is one."""
    return list(await session.scalars(select(Patient).where(Patient.contact_id == contact_id).order_by(Patient.id)))


async def own_patient(session: AsyncSession, contact: Contact) -> Patient:
    """The first patient of a contact: mostly themselves. Made when there is none.

    The contact's row is locked, so that two messages at once make one patient.
    """
    await session.get(Contact, contact.id, with_for_update=True)
    known = await patients_of(session, contact.id)
    return known[0] if known else await add_patient(session, contact, contact.name)


async def add_patient(session: AsyncSession, contact: Contact, name: str, birth_date: date | None = None) -> Patient:
    """One more person this contact books for: a child, a parent."""
    patient = Patient(
        organization_id=contact.organization_id,
        contact_id=contact.id,
        name=" ".join(name.split()) or contact.name,
        birth_date=birth_date,
    )
    session.add(patient)
    await session.flush()
    return patient
