"""Which times are free for a service, and why another is not offered: by the very function the bot uses."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel
from sqlalchemy import select

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_views import find_booked, find_patient, find_resource, offer_of, own_resources
from backoffice.api.document import staff_router
from backoffice.api.views import Named
from backoffice.api.words import Line, Moment
from core.agenda.calendars import Asking, Offer
from core.agenda.explaining import Reason, why_not
from core.agenda.model import Resource
from core.agenda.openings import Opening, openings
from core.agenda.several import visit_openings
from core.errors import Refused

router = staff_router("agenda")

Reads = Annotated[Staff, Depends(Needs("agenda.read"))]
WEEK = 7 * 86_400
FURTHEST = timedelta(days=93)


class OpeningView(BaseModel):
    start: datetime
    local_start: str
    minutes: int
    professionals: list[Named]
    """Who could give it."""


class OpeningsView(BaseModel):
    zone: str
    items: list[OpeningView]


class ReasonView(BaseModel):
    rule: str
    """past, notice, horizon, daily_limit, not_given, closed, busy, patient, grid."""
    message: str
    resource: str | None


class ExplainView(BaseModel):
    offered: bool
    """To a patient."""
    reasons: list[ReasonView]


def view_openings(staff: Staff, offer: Offer, found: list[Opening]) -> OpeningsView:
    return OpeningsView(
        zone=offer.zone.key,
        items=[
            OpeningView(
                start=datetime.fromtimestamp(one.start, UTC),
                local_start=f"{one.at(offer.zone):%Y-%m-%dT%H:%M}",
                minutes=one.minutes,
                professionals=[
                    Named(id=staff.public("resource", key), name=offer.resources[key].name) for key in one.professionals
                ],
            )
            for one in found
        ],
    )


def view_reasons(staff: Staff, reasons: list[Reason]) -> list[ReasonView]:
    return [
        ReasonView(
            rule=one.rule,
            message=one.message,
            resource=staff.public("resource", one.resource) if one.resource else None,
        )
        for one in reasons
    ]


async def asking_of(staff: Staff, professional: str | None, moving: str | None, patient: str | None) -> Asking:
    """Whose question it is: `moving` is an appointment whose own time is free for it."""
    own = None
    patient_id = (await find_patient(staff, patient)).id if patient else None
    moved = (await find_booked(staff, moving)).appointment if moving else None
    if patient_id is None and moved is not None:
        patient_id = moved.patient_id
    if patient_id is not None:
        own = await staff.session.scalar(select(Resource.id).where(Resource.patient_id == patient_id))
    who = frozenset(((await find_resource(staff, professional, "professional")).id,)) if professional else None
    return Asking(staff.now, "", moved.id if moved else 0, who, own)


@router.get("/openings", name="list_openings")
async def list_the_openings(
    staff: Reads,
    service: Annotated[list[Line], Query(min_length=1, max_length=6, description="Several: one visit, in this order.")],
    location: Annotated[Line | None, Query(description="Needed when there are several.")] = None,
    professional: Annotated[Line | None, Query()] = None,
    patient: Annotated[Line | None, Query(description="Whose other appointments are in the way.")] = None,
    moving: Annotated[Line | None, Query(description="An appointment that is to be moved.")] = None,
    since: Annotated[Moment | None, Query(description="Now if left out.")] = None,
    until: Annotated[Moment | None, Query(description="31 days after `since` if left out.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> OpeningsView:
    """The next free times, as patients are offered them. Near days are read first."""
    begin = since or staff.now
    end = until or begin + timedelta(days=31)
    if end <= begin or end - begin > FURTHEST:
        raise Refused("range", "until: va después de «since», y hasta 93 días más tarde.")
    offers = [await offer_of(staff, one, location) for one in service]
    asking = await asking_of(staff, professional, moving, patient)
    since_at, until_at = int(begin.timestamp()), int(end.timestamp())
    found: list[Opening] = []
    if len(offers) > 1:
        by_one = professional is not None and await own_resources(staff) is not None  # as a doctor's booking does
        for week in range(since_at, until_at, WEEK):
            if len(found) < limit:
                found += await visit_openings(
                    staff.session, offers, asking, week, min(week + WEEK, until_at), by_one=by_one
                )
    else:
        async for opening in openings(staff.session, offers[0], asking, since_at, until_at):
            found.append(opening)
            if len(found) == limit:
                break
    found = found[:limit]
    return view_openings(staff, offers[0], found)


@router.get("/openings/explain", name="explain_opening")
async def explain_the_opening(
    staff: Reads,
    service: Annotated[Line, Query()],
    start: Annotated[Moment, Query()],
    location: Annotated[Line | None, Query()] = None,
    professional: Annotated[Line | None, Query()] = None,
    patient: Annotated[Line | None, Query()] = None,
    moving: Annotated[Line | None, Query()] = None,
) -> ExplainView:
    """Why a time is not offered: «why not 15:00?»."""
    offer = await offer_of(staff, service, location)
    asking = await asking_of(staff, professional, moving, patient)
    reasons = await why_not(staff.session, offer, asking, int(start.timestamp()))
    return ExplainView(offered=not reasons, reasons=view_reasons(staff, reasons))
