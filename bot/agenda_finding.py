"""The actions of `bot.agenda_specs` that look for times: what can be booked, for whom, when; and waiting for one."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from bot.action_spec import NoArgs
from bot.actions import ActionContext, Outcome, action
from bot.agenda_context import (
    contact_of,
    holder_of,
    local,
    money,
    offers_of,
    opening_id,
    organization_of,
    own_appointment,
    patient_of,
    service_named,
    session_of,
)
from bot.agenda_specs import (
    AddPatient,
    BookableServices,
    FindOpenings,
    JoinWaitlist,
)
from bot.language.template import as_text
from bot.service_words import other_names
from core.agenda import booking, waitlist
from core.agenda.calendars import Asking, Offer
from core.agenda.fairness import seen_last_by
from core.agenda.model import Appointment, Patient, Resource, Service, ServiceNeed, ServicePool
from core.agenda.openings import Opening, openings
from core.agenda.patients import add_patient, own_patient, patients_of
from core.agenda.policy import policy_of, standing
from core.agenda.wishes import Candidate, Wish, chosen, wish_of

LOOKED_AT = 60
"""Openings that are read before the six worth showing are chosen among them."""


@action("agenda.services", BookableServices)
async def services(context: ActionContext, args: BookableServices) -> Outcome:
    """Services somebody gives, in the order they were made."""
    session = session_of(context)
    organization = await organization_of(context)
    given = (
        select(ServiceNeed.service_id)
        .join(ServicePool, ServicePool.need_id == ServiceNeed.id)
        .join(Resource, Resource.id == ServicePool.resource_id)
        .where(ServiceNeed.position == 0, Resource.active)
    )
    able = select(Service).where(Service.organization_id == organization.id, Service.active, Service.id.in_(given))
    if args.service is not None:
        able = able.where(Service.key == args.service)
    rows = await session.scalars(able.order_by(Service.id))
    language = (await contact_of(context)).language or "es"
    found = [
        {
            "id": one.key,
            "name": one.name,
            "about": _about(one, organization.currency, language),
            "aliases": other_names(one.name),
        }
        for one in rows
    ]
    return Outcome("found", {"services": found}) if found else Outcome("none")


def _about(service: Service, currency: str, language: str) -> str:
    price = money(service.price_minor or 0, currency)
    return f"{service.minutes} min" + (f" · {as_text(price, language)}" if price else "")


@action("agenda.patients", NoArgs)
async def patients(context: ActionContext, args: NoArgs) -> Outcome:
    session = session_of(context)
    await own_patient(session, await contact_of(context))
    found = [{"id": str(one.id), "name": one.name} for one in await patients_of(session, context.contact_id)]
    return Outcome("one", found[0]) if len(found) == 1 else Outcome("many", {"patients": found})


@action("agenda.add_patient", AddPatient)
async def add(context: ActionContext, args: AddPatient) -> Outcome:
    session = session_of(context)
    for known in await patients_of(session, context.contact_id):
        if known.name.casefold() == args.name.casefold():
            return Outcome("ok", {"id": str(known.id), "name": known.name})
    patient = await add_patient(session, await contact_of(context), args.name)
    return Outcome("ok", {"id": str(patient.id), "name": patient.name})


@action("agenda.find", FindOpenings)
async def find(context: ActionContext, args: FindOpenings) -> Outcome:
    session = session_of(context)
    moving = await own_appointment(context, args.appointment) if args.appointment else None
    if moving is not None:
        moved_service = await session.get_one(Service, moving.service_id)
        service, patient = moved_service, await session.get_one(Patient, moving.patient_id)
    else:
        service, patient = await service_named(context, args.service), await patient_of(context, args.patient)
    organization = await organization_of(context)
    stands = await standing(session, patient, policy_of(organization), context.now)
    if not stands.may_book and moving is None:
        return Outcome("blocked", {"no_shows": stands.no_shows})
    resource = await booking.patient_resource(session, patient)
    asking = Asking(context.now, holder_of(context), moving.id if moving else 0, None, resource)
    wish, usual = wish_of(args.when), await seen_last_by(session, patient.id)
    offers = await offers_of(session, service)
    asked = 0 if moving is not None else max(service.deposit_minor, stands.deposit_minor)
    deposit = money(asked, organization.currency)
    for name, wanted in (("found", wish), ("other", Wish())):
        shown = await _shown(session, offers, asking, wanted, usual, moving)
        if shown:
            return Outcome(name, {"openings": shown, "deposit": deposit})
    return Outcome("none")


async def _shown(
    session: AsyncSession,
    offers: list[Offer],
    asking: Asking,
    wish: Wish,
    usual: int | None,
    moving: Appointment | None,
) -> list[Mapping[str, Any]]:
    """The openings worth showing, of all places together; never the time and place that are to be left."""
    left = (int(moving.starts_at.timestamp()), moving.location_id) if moving else None
    found: list[Candidate] = []
    for offer in offers:
        since, until = _bounds(offer, wish, asking.now)
        fitting = 0
        async for opening in openings(session, offer, asking, since, until):
            candidate = Candidate(opening, opening.at(offer.zone), offer.location.id)
            if (opening.start, candidate.place) == left or not wish.fits(candidate.at):
                continue
            found.append(candidate)
            fitting += 1
            if fitting == LOOKED_AT:
                break
    by_place = {offer.location.id: offer for offer in offers}
    picked = chosen(found, wish, usual)
    return [_opening(by_place[one.place], one.opening, usual, several=len(offers) > 1) for one in picked]


def _bounds(offer: Offer, wish: Wish, now: datetime) -> tuple[int, int]:
    def midnight(day: Any) -> datetime:
        return datetime.combine(day, time(0), offer.zone)

    last = now + timedelta(days=offer.service.horizon_days * 2 + 2)
    since = max(now, midnight(wish.since)) if wish.since else now
    until = min(last, midnight(wish.until)) if wish.until else last
    return int(since.timestamp()), int(until.timestamp())


def _opening(offer: Offer, opening: Opening, usual: int | None, *, several: bool) -> Mapping[str, Any]:
    people = opening.professionals
    known = usual if usual in people else people[0] if len(people) == 1 else 0
    return {
        "id": opening_id(opening.start, known, offer.location.id),
        "start": local(opening.at(offer.zone)),
        "professional": offer.resources[known].name if known else "",
        "place": offer.location.name if several else None,
    }


@action("waitlist.join", JoinWaitlist)
async def join(context: ActionContext, args: JoinWaitlist) -> Outcome:
    session = session_of(context)
    service, patient = await service_named(context, args.service), await patient_of(context, args.patient)
    offers = await offers_of(session, service)
    zone = offers[0].zone if offers else ZoneInfo("UTC")
    wish, now = wish_of(args.when), context.now
    since = max(now, datetime.combine(wish.since, time(0), zone)) if wish.since else now
    last = max(now, since) + timedelta(days=service.horizon_days)
    until = datetime.combine(wish.until, time(0), zone) if wish.until else last
    await waitlist.join(session, patient, service, _wanted_spans(wish, since, max(until, since), zone), now)
    return Outcome("ok")


def _wanted_spans(wish: Wish, since: datetime, until: datetime, zone: ZoneInfo) -> list[Range[datetime]]:
    """The days of a wish, each between its hours; an hour that was named reaches an hour and a half both ways, within
    its day."""
    if wish.near is None and wish.first is None and wish.last is None:
        return [Range(since, until)]
    found: list[Range[datetime]] = []
    day = since.astimezone(zone).date()
    while day <= until.astimezone(zone).date() and len(found) < 120:
        midnight, next_midnight = (datetime.combine(one, time(0), zone) for one in (day, day + timedelta(1)))
        if wish.near is not None:
            named = datetime.combine(day, wish.near, zone)
            start = max(midnight, named - timedelta(minutes=90))
            end = min(next_midnight, named + timedelta(minutes=91))
        else:
            start = datetime.combine(day, wish.first, zone) if wish.first else midnight
            end = datetime.combine(day, wish.last, zone) if wish.last else next_midnight
        if max(start, since) < min(end, until):
            found.append(Range(max(start, since), min(end, until)))
        day += timedelta(1)
    return found
