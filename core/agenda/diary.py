"""Reading what is booked: whole rows for a screen, each list by one query however long it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.messages_model import VisitFeedback
from core.agenda.model import TO_COME, Allocation, Appointment, Location, Patient, Resource, Service
from core.agenda.wall import instant_at
from core.contacts.model import Contact
from core.contacts.queries import contact_visible_to
from core.organizations.permissions import Sight

View = Literal["day", "week", "month"]
MOST = 2000
"""Rows of one page: a month of a large clinic."""
After = tuple[datetime, int] | None
"""The start and id of the last row of the page before."""


@dataclass(frozen=True, slots=True)
class Booked:
    """An appointment with the names a screen shows. `occupied`: (resource, kind, name), the patient's own aside."""

    appointment: Appointment
    patient: str
    contact: str
    service: Service
    location: Location
    professional: str | None
    occupied: Sequence[tuple[int, str, str]] = field(default=())
    feedback: VisitFeedback | None = None


def _booked(sight: Sight) -> Select[Any]:
    occupied = (
        select(func.json_agg(func.json_build_array(Resource.id, Resource.kind, Resource.name)))
        .select_from(Allocation)
        .join(Resource, Resource.id == Allocation.resource_id)
        .where(Allocation.appointment_id == Appointment.id, Resource.kind != "patient")
        .scalar_subquery()
    )
    who = select(Resource.name).where(Resource.id == Appointment.professional_id).scalar_subquery()
    query = (
        select(Appointment, Patient.name, Contact.name, Service, Location, who, occupied, VisitFeedback)
        .join(Patient, Patient.id == Appointment.patient_id)
        .join(Contact, Contact.id == Appointment.contact_id)
        .join(Service, Service.id == Appointment.service_id)
        .join(Location, Location.id == Appointment.location_id)
        .outerjoin(VisitFeedback, VisitFeedback.appointment_id == Appointment.id)
        .where(contact_visible_to(sight))
        .execution_options(populate_existing=True)
    )
    return query if sight.locations is None else query.where(Appointment.location_id.in_(sight.locations))


def _row(row: Row[*tuple[Any, ...]]) -> Booked:
    appointment, patient, contact, service, location, professional, occupied, said = tuple(row)
    rest = [(one[0], one[1], one[2]) for one in occupied or ()]
    return Booked(appointment, patient, contact, service, location, professional, rest, said)


async def read_booked(session: AsyncSession, sight: Sight, appointment_id: int) -> Booked | None:
    """One appointment, if this member sees its contact."""
    row = (await session.execute(_booked(sight).where(Appointment.id == appointment_id))).one_or_none()
    return _row(row) if row else None


async def these(session: AsyncSession, sight: Sight, ids: Sequence[int]) -> list[Booked]:
    """These appointments in order of time."""
    return await _listed(session, sight, None, None, Appointment.id.in_(ids))


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the diary: whose, where, in which room or with which machine."""

    since: datetime
    until: datetime
    professional: int | None = None
    resource: int | None = None
    location: int | None = None
    cancelled: bool = False


async def diary(
    session: AsyncSession, sight: Sight, page: Page, after: After = None, limit: int = MOST
) -> list[Booked]:
    """What is booked within [since, until), in order of time; cancelled ones only when asked for."""
    wanted = [Appointment.starts_at < page.until, Appointment.ends_at > page.since]
    wanted.append(Appointment.starts_at >= page.since - timedelta(days=1))  # no service is longer; lets the index help
    if not page.cancelled:
        wanted.append(Appointment.status != "cancelled")
    if page.professional is not None:
        wanted.append(Appointment.professional_id == page.professional)
    if page.location is not None:
        wanted.append(Appointment.location_id == page.location)
    if page.resource is not None:
        there = select(Allocation.appointment_id).where(Allocation.resource_id == page.resource)
        wanted.append(Appointment.id.in_(there))
    return await _listed(session, sight, after, limit, *wanted)


async def of_contact(session: AsyncSession, sight: Sight, contact_id: int, limit: int = 200) -> list[Booked]:
    """What was booked for a contact's patients, the newest first, at most `limit`."""
    query = _booked(sight).where(Appointment.contact_id == contact_id)
    rows = await session.execute(query.order_by(Appointment.starts_at.desc(), Appointment.id.desc()).limit(limit))
    return [_row(row) for row in rows]


async def unanswered(
    session: AsyncSession, sight: Sight, now: datetime, within: timedelta, after: After = None, limit: int = MOST
) -> list[Booked]:
    """Still to come, soon, and nobody said that they come."""
    return await _listed(
        session,
        sight,
        after,
        limit,
        Appointment.status.in_(TO_COME),
        Appointment.answered_at.is_(None),
        Appointment.starts_at > now,
        Appointment.starts_at <= now + within,
    )


async def requested(
    session: AsyncSession, sight: Sight, now: datetime, after: After = None, limit: int = MOST
) -> list[Booked]:
    """What patients asked for and the staff has not said yes or no to, however far ahead; what is over aside."""
    return await _listed(session, sight, after, limit, Appointment.status == "requested", Appointment.ends_at > now)


async def _listed(
    session: AsyncSession, sight: Sight, after: After, limit: int | None, *wanted: ColumnElement[bool]
) -> list[Booked]:
    query = _booked(sight).where(*wanted)
    if after is not None:
        query = query.where(tuple_(Appointment.starts_at, Appointment.id) > tuple_(*after))
    rows = await session.execute(query.order_by(Appointment.starts_at, Appointment.id).limit(limit))
    return [_row(row) for row in rows]


def bounds(view: View, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The local day, its week from Monday, or its month, as instants; the end is left out."""
    if view == "day":
        first, last = day, day + timedelta(days=1)
    elif view == "week":
        first = day - timedelta(days=day.weekday())
        last = first + timedelta(days=7)
    else:
        first = day.replace(day=1)
        last = (first + timedelta(days=32)).replace(day=1)
    return (
        datetime.fromtimestamp(instant_at(first, 0, zone), zone),
        datetime.fromtimestamp(instant_at(last, 0, zone), zone),
    )
