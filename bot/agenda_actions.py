"""The actions of `bot.agenda_specs` that change the agenda: keeping, booking, moving, cancelling, answering."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions import ActionContext, Outcome, action
from bot.agenda_context import (
    LATE,
    described,
    holder_of,
    is_open,
    is_today,
    local,
    money,
    opening_id,
    organization_of,
    own_appointment,
    patient_of,
    service_named,
    session_of,
)
from bot.agenda_specs import (
    CancelAppointment,
    ExplainCancellation,
    MoveAppointment,
    MyAppointments,
    OfAppointment,
    OfOffer,
    RateVisit,
    TakeOpening,
)
from core.agenda import booking, visits, waitlist
from core.agenda.booking import Taken, Wanted
from core.agenda.calendars import Offer, load_offer
from core.agenda.messages_model import VisitFeedback, WaitlistEntry, WaitlistOffer
from core.agenda.model import TO_COME, Appointment, Location, Patient, Resource, Service
from core.agenda.policy import deposit_for, policy_of, standing
from core.agenda.reasons import coded
from core.errors import Missing, Refused
from core.threads.actions import notice
from core.threads.model import Thread


async def _taking(context: ActionContext, args: TakeOpening) -> tuple[Offer, Wanted]:
    session = session_of(context)
    service, patient = await service_named(context, args.service), await patient_of(context, args.patient)
    return await _wanted(session, context, service, patient, args.opening)


async def _wanted(
    session: AsyncSession, context: ActionContext, service: Service, patient: Patient, opening: str
) -> tuple[Offer, Wanted]:
    start, professional, place = (int(part) for part in opening.split("."))
    location = await session.get(Location, place)
    if location is None:
        raise Missing("location")
    offer = await load_offer(session, service, location)
    at = datetime.fromtimestamp(start, UTC)
    return offer, Wanted(patient, at, context.key, professional=professional or None, holder=holder_of(context))


@action("agenda.hold", TakeOpening)
async def hold(context: ActionContext, args: TakeOpening) -> Outcome:
    session = session_of(context)
    offer, wanted = await _taking(context, args)
    try:
        kept = await booking.hold(session, offer, wanted, context.now)
    except Taken:
        return Outcome("taken")
    professional = await booking.professional_of(session, hold_id=kept.id)
    start = int(wanted.start.timestamp())
    return Outcome(
        "ok",
        {
            "id": opening_id(start, professional, offer.location.id),
            "start": local(wanted.start.astimezone(offer.zone)),
            "professional": offer.resources[professional].name if professional else "",
            "place": offer.location.name,
        },
    )


@action("agenda.book", TakeOpening)
async def book(context: ActionContext, args: TakeOpening) -> Outcome:
    session = session_of(context)
    offer, wanted = await _taking(context, args)
    stands = await standing(session, wanted.patient, policy_of(await organization_of(context)), context.now)
    if not stands.may_book:
        raise Refused("blocked", "A esta persona la agenda el equipo: faltó varias veces.")
    try:
        appointment = await booking.book(session, offer, wanted, context.now)
    except Taken:
        return Outcome("taken")
    await _tell_of_deposit(context, appointment)
    return Outcome("booked", await described(session, appointment, context.now, calendar=True))


async def _tell_of_deposit(context: ActionContext, appointment: Appointment) -> None:
    """The bot has promised that the staff will say how to pay it."""
    if not appointment.deposit_minor:
        return
    session = session_of(context)
    thread = await session.get_one(Thread, context.thread_id)
    organization = await organization_of(context)
    owed = money(appointment.deposit_minor, organization.currency)
    await notice(session, thread, "deposit_due", context.now, appointment=str(appointment.id), deposit=owed)
    thread.unread += 1


@action("agenda.mine", MyAppointments)
async def mine(context: ActionContext, args: MyAppointments) -> Outcome:
    session, now = session_of(context), context.now
    rows = await session.scalars(
        select(Appointment)
        .where(
            Appointment.contact_id == context.contact_id,
            Appointment.status.in_(TO_COME),
            Appointment.starts_at > (now - LATE if args.today else now),
        )
        .order_by(Appointment.starts_at)
        .limit(9)
    )
    found = [await described(session, one, now) for one in rows if not args.today or await is_today(session, one, now)]
    if not found:
        return Outcome("none")
    return Outcome("one", {"appointment": found[0]}) if len(found) == 1 else Outcome("many", {"appointments": found})


@action("agenda.get", OfAppointment)
async def get(context: ActionContext, args: OfAppointment) -> Outcome:
    appointment = await own_appointment(context, args.appointment)
    if appointment is None or not is_open(appointment, context.now):
        return Outcome("gone")
    return Outcome("found", await described(session_of(context), appointment, context.now))


@action("agenda.visit", OfAppointment)
async def visit(context: ActionContext, args: OfAppointment) -> Outcome:
    appointment = await own_appointment(context, args.appointment)
    if appointment is None:
        return Outcome("gone")
    return Outcome("found", await described(session_of(context), appointment, context.now))


@action("agenda.move", MoveAppointment)
async def move(context: ActionContext, args: MoveAppointment) -> Outcome:
    session = session_of(context)
    appointment = await own_appointment(context, args.appointment)
    if appointment is None or not is_open(appointment, context.now):
        return Outcome("gone")
    freed = waitlist.freed_by(appointment)
    service, patient = (
        await session.get_one(Service, appointment.service_id),
        await session.get_one(Patient, appointment.patient_id),
    )
    offer, wanted = await _wanted(session, context, service, patient, args.opening)
    try:
        moved = await booking.move(session, offer, appointment, wanted, context.now)
    except Taken:
        return Outcome("taken")
    await waitlist.match(session, freed, context.now)
    return Outcome("moved", await described(session, moved, context.now, calendar=True))


@action("agenda.cancel", CancelAppointment)
async def cancel(context: ActionContext, args: CancelAppointment) -> Outcome:
    session = session_of(context)
    appointment = await own_appointment(context, args.appointment)
    if appointment is None or not is_open(appointment, context.now):
        return Outcome("gone")
    freed = waitlist.freed_by(appointment)
    if not await visits.cancel_visit(session, appointment, context.now, by="patient"):
        return Outcome("gone")
    if args.penalty is None:  # it became late while they thought: nobody owes what they were not told
        appointment.penalty_minor = 0
    await waitlist.match(session, freed, context.now)
    return Outcome("cancelled", {"late": appointment.cancelled_late})


@action("agenda.explain", ExplainCancellation)
async def explain(context: ActionContext, args: ExplainCancellation) -> Outcome:
    appointment = await own_appointment(context, args.appointment)
    if appointment is None or appointment.status != "cancelled":
        return Outcome("gone")
    appointment.cancel_code, appointment.cancel_reason = coded(args.reason)
    await session_of(context).flush()
    return Outcome("ok")


@action("agenda.coming", OfAppointment)
async def coming(context: ActionContext, args: OfAppointment) -> Outcome:
    session = session_of(context)
    appointment = await own_appointment(context, args.appointment)
    if appointment is None or not is_open(appointment, context.now):
        return Outcome("gone")
    await visits.confirm_coming(session, appointment, context.now)
    return Outcome("ok", await described(session, appointment, context.now))


@action("agenda.late", OfAppointment)
async def late(context: ActionContext, args: OfAppointment) -> Outcome:
    session, now = session_of(context), context.now
    appointment = await own_appointment(context, args.appointment)
    if appointment is None or appointment.status not in TO_COME or appointment.starts_at <= now - LATE:
        return Outcome("gone")
    value = await described(session, appointment, now)
    if not await is_today(session, appointment, now):
        return Outcome("other_day", value)
    await visits.running_late(session, appointment, now)
    thread = await session.get_one(Thread, context.thread_id)
    await notice(session, thread, "running_late", now, start=value["start"])
    thread.unread += 1
    return Outcome("ok", value)


@action("waitlist.get", OfOffer)
async def offered(context: ActionContext, args: OfOffer) -> Outcome:
    session = session_of(context)
    made = await session.get(WaitlistOffer, int(args.offer), populate_existing=True)
    entry = await session.get(WaitlistEntry, made.entry_id) if made is not None else None
    if made is None or entry is None or entry.contact_id != context.contact_id:
        raise Missing("offer")
    if made.state != "sent" or made.expires_at <= context.now:
        return Outcome("gone")
    place, service = await session.get_one(Location, made.location_id), await session.get_one(Service, entry.service_id)
    who = await session.get(Resource, made.professional_id) if made.professional_id else None
    patient = await session.get_one(Patient, entry.patient_id)
    owed = await deposit_for(session, service, patient, context.now)
    return Outcome(
        "found",
        {
            "id": str(made.id),
            "service": service.name,
            "start": local(made.starts_at.astimezone(ZoneInfo(place.zone))),
            "professional": who.name if who else "",
            "place": place.name,
            "minutes": max(1, round((made.expires_at - context.now) / timedelta(minutes=1))),
            "last": await waitlist.is_last(session, entry.id),
            "deposit": money(owed, (await organization_of(context)).currency),
        },
    )


@action("waitlist.claim", OfOffer)
async def claim(context: ActionContext, args: OfOffer) -> Outcome:
    session = session_of(context)
    try:
        appointment = await waitlist.claim(session, int(args.offer), context.now)
    except Taken:
        return Outcome("gone")
    if appointment.contact_id != context.contact_id:
        raise Missing("offer")
    await _tell_of_deposit(context, appointment)
    return Outcome("booked", await described(session, appointment, context.now, calendar=True))


@action("waitlist.decline", OfOffer)
async def decline(context: ActionContext, args: OfOffer) -> Outcome:
    session = session_of(context)
    freed = await waitlist.decline(session, int(args.offer), context.now)
    if freed is not None:
        await waitlist.match(session, freed, context.now)
    return Outcome("ok")


@action("visits.rate", RateVisit)
async def rate(context: ActionContext, args: RateVisit) -> Outcome:
    session = session_of(context)
    appointment = await own_appointment(context, args.appointment)
    if appointment is None:
        raise Missing("appointment")
    known = await session.scalar(select(VisitFeedback).where(VisitFeedback.appointment_id == appointment.id))
    if known is None:
        known = VisitFeedback(organization_id=context.organization_id, appointment_id=appointment.id, at=context.now)
        session.add(known)
    known.score, known.comment = int(args.score), args.comment or known.comment
    await session.flush()
    policy = policy_of(await organization_of(context))
    happy = policy.review_url and known.score >= policy.review_from_score
    return Outcome("ok", {"review_url": policy.review_url if happy else None})
