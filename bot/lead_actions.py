"""The actions of `bot.action_specs` about leads: what they do in the database."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.action_specs import AssignLead, CaptureLead, QualifyLead, SavePartial
from bot.actions import ActionContext, Outcome, action
from core.contacts.actions import add_phone
from core.contacts.model import Contact
from core.errors import Missing
from core.leads.actions import add_answers, move_to_stage, next_in_turn, open_lead, set_owner, set_score
from core.leads.model import Lead
from core.leads.rules import score
from core.organizations.model import Member
from core.threads.actions import HUMAN_STATES, notice
from core.threads.model import Thread


def _session(context: ActionContext) -> AsyncSession:
    assert isinstance(context.connection, AsyncSession)
    return context.connection


async def _lead(context: ActionContext) -> tuple[AsyncSession, Contact, Lead]:
    session = _session(context)
    contact = await session.get(Contact, context.contact_id, with_for_update=True)
    if contact is None:
        raise Missing("contact")
    return session, contact, await open_lead(session, contact, context.now)


@action("leads.capture", CaptureLead)
async def capture(context: ActionContext, args: CaptureLead) -> Outcome:
    session, contact, lead = await _lead(context)
    if args.name:
        contact.name, contact.named = args.name, True
    if args.phone and args.phone != contact.phone:
        await add_phone(session, contact, args.phone, verified=False)
    await add_answers(session, lead, {**args.answers, "interes": args.interest})
    return Outcome("ok", {"lead": str(lead.id)})


@action("leads.qualify", QualifyLead)
async def qualify(context: ActionContext, args: QualifyLead) -> Outcome:
    session, contact, lead = await _lead(context)
    await add_answers(session, lead, args.answers)
    found = score(
        interest=args.interest,
        timing=args.timing,
        source=lead.source,
        has_phone=contact.phone is not None,
        detail=bool(lead.answers.get("detalle")),
        age=args.age,
        excluded=bool(args.excluded),
    )
    await set_score(session, lead, found, context.now)
    if found.grade != "not_fit":
        await move_to_stage(session, lead, "calificado", context.now)
    return Outcome(found.grade, {"score": found.points})


@action("leads.assign", AssignLead)
async def assign(context: ActionContext, args: AssignLead) -> Outcome:
    """The lead's owner becomes the thread's, so that it is theirs when the bot hands over; not if somebody has it."""
    session, _, lead = await _lead(context)
    owner = await session.get(Member, lead.owner_id) if lead.owner_id else None
    if owner is None or not owner.active:
        owner = await next_in_turn(session, context.organization_id, context.now, speciality=args.speciality)
        if owner is None:
            return Outcome("nobody")
        await set_owner(session, lead, owner, context.now)
    thread = await session.get(Thread, context.thread_id)
    assert thread is not None
    if thread.state not in HUMAN_STATES:
        thread.owner_id = owner.id
    await notice(session, thread, "lead_assigned", context.now, to=owner.name)
    return Outcome("assigned", {"name": owner.name.split()[0]})


@action("leads.save_partial", SavePartial)
async def save_partial(context: ActionContext, args: SavePartial) -> Outcome:
    session, contact, lead = await _lead(context)
    if args.name:
        contact.name, contact.named = args.name, True
    await add_answers(session, lead, {**args.answers, "interes": args.interest, "hasta": args.step})
    return Outcome("ok")
