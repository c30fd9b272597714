"""Those for whom there was no time: who waits for what, since when; adding and taking off."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from backoffice.api.access import Staff
from backoffice.api.agenda_booking import ForWhom, Writes, for_whom, professional_asked
from backoffice.api.agenda_openings import Reads
from backoffice.api.agenda_views import find_service, only_in_scope, only_own
from backoffice.api.document import staff_router
from backoffice.api.views import Named
from backoffice.api.words import Given, Line, Moment
from core.agenda.messages_model import WaitlistEntry
from core.agenda.model import Patient, Resource, Service
from core.agenda.waitlist import join, leave
from core.contacts.model import Contact
from core.contacts.queries import contact_visible_to
from core.errors import Missing, Refused

router = staff_router("agenda")


class SpanView(BaseModel):
    since: datetime | None
    until: datetime | None


class EntryView(BaseModel):
    id: str
    patient: Named
    contact: Named
    service: Named
    professional: Named | None
    wanted: list[SpanView]
    priority: int
    created_at: datetime


class SpanIn(Given):
    since: Moment
    until: Moment


class EntryIn(ForWhom):
    """One entry for each patient and service: a second one takes the place of the first."""

    service: Line
    professional: Line | None = None
    wanted: Annotated[list[SpanIn], Field(min_length=1, max_length=50, description="When they could come.")]
    priority: Annotated[int, Field(ge=0, le=100, strict=True)] = 0


@router.get("/waitlist")
async def list_waitlist(staff: Reads, service: Annotated[Line | None, Query()] = None) -> list[EntryView]:
    """Who waits, in the order they are offered what is freed."""
    return await _listed(staff, staff.inside("service", service) if service else None)


async def _listed(staff: Staff, service_id: int | None = None, entry_id: int | None = None) -> list[EntryView]:
    query = (
        select(WaitlistEntry, Patient.name, Contact.name, Service.name, Resource.name)
        .join(Patient, Patient.id == WaitlistEntry.patient_id)
        .join(Contact, Contact.id == WaitlistEntry.contact_id)
        .join(Service, Service.id == WaitlistEntry.service_id)
        .outerjoin(Resource, Resource.id == WaitlistEntry.professional_id)
        .where(WaitlistEntry.state == "waiting", contact_visible_to(staff.sight))
        .order_by(WaitlistEntry.priority.desc(), WaitlistEntry.created_at, WaitlistEntry.id)
        .limit(1000)
    )
    if service_id is not None:
        query = query.where(WaitlistEntry.service_id == service_id)
    if entry_id is not None:
        query = query.where(WaitlistEntry.id == entry_id)
    return [
        EntryView(
            id=staff.public("waitlist_entry", entry.id),
            patient=Named(id=staff.public("patient", entry.patient_id), name=patient),
            contact=Named(id=staff.public("contact", entry.contact_id), name=contact),
            service=Named(id=staff.public("service", entry.service_id), name=service),
            professional=Named(id=staff.public("resource", entry.professional_id), name=professional)
            if entry.professional_id
            else None,
            wanted=[SpanView(since=span.lower, until=span.upper) for span in entry.wanted],
            priority=entry.priority,
            created_at=entry.created_at,
        )
        for entry, patient, contact, service, professional in await staff.session.execute(query)
    ]


@router.post("/waitlist", status_code=201)
async def add_to_waitlist(staff: Writes, given: EntryIn) -> EntryView:
    """They wait for a time; what is freed is offered to them in the chat."""
    for place, span in enumerate(given.wanted):
        if span.until <= span.since:
            raise Refused("range", f"wanted.{place}.until: va después de «since».")
    service = await find_service(staff, given.service)
    only_in_scope(staff, service)
    professional = await professional_asked(staff, given.professional)
    patient = await for_whom(staff, given)
    spans = [Range(span.since, span.until) for span in given.wanted]
    entry = await join(
        staff.session, patient, service, spans, staff.now, professional=professional, priority=given.priority
    )
    (view,) = await _listed(staff, entry_id=entry.id)
    await staff.session.commit()
    return view


@router.delete("/waitlist/{entry_id}", status_code=204)
async def remove_from_waitlist(staff: Writes, entry_id: str) -> None:
    """They wait no more."""
    inside = staff.inside("waitlist_entry", entry_id)
    if not await _listed(staff, entry_id=inside):
        raise Missing("waitlist_entry")
    entry = await staff.session.get_one(WaitlistEntry, inside)
    await only_own(staff, entry.professional_id)
    only_in_scope(staff, await staff.session.get_one(Service, entry.service_id))
    await leave(staff.session, entry.patient_id, entry.service_id)
    await staff.session.commit()
