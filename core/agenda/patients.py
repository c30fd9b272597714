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
    """The contact as a patient; made when there is none, whoever else they book for.

    The contact's row is locked, so that two messages at once make one patient.
    """
    await session.get(Contact, contact.id, with_for_update=True)
    known = next((one for one in await patients_of(session, contact.id) if one.own), None)
    return known or await _make(session, contact, contact.name, own=True)


async def add_patient(session: AsyncSession, contact: Contact, name: str, birth_date: date | None = None) -> Patient:
    """One more person this contact books for: a child, a parent; by the contact's own name, they themselves."""
    known = await patients_of(session, contact.id)
    own = _same(name, contact.name) and not any(one.own for one in known)
    return await _make(session, contact, name, own=own, birth_date=birth_date)


async def _make(
    session: AsyncSession, contact: Contact, name: str, *, own: bool, birth_date: date | None = None
) -> Patient:
    patient = Patient(
        organization_id=contact.organization_id,
        contact_id=contact.id,
        name=" ".join(name.split()) or contact.name,
        own=own,
        birth_date=birth_date,
    )
    session.add(patient)
    await session.flush()
    return patient


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
