"""Reads of threads: the inbox's list and its counts, one thread, its messages. A constant number of queries each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.model import Appointment
from core.contacts.model import Contact
from core.leads.model import Lead, LeadStage
from core.organizations.model import Member
from core.organizations.permissions import Sight
from core.threads.actions import window_closes
from core.threads.model import Channel, Mention, Message, Thread, ThreadChannel
from core.threads.search import Candidates

STATES = ("bot", "open", "waiting", "snoozed", "resolved")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows; None or empty: any. `candidates` is what a search found."""

    states: tuple[str, ...] = ()
    owner_id: int | None = None
    unassigned: bool = False
    unread: bool = False
    late: bool = False
    """What was promised is overdue."""
    team: str | None = None
    mentioned: int | None = None
    """A member who is named in a note and has not looked yet."""
    teams: tuple[str, ...] | None = None
    """Of any of these."""
    channel_id: int | None = None
    label: str | None = None
    priority: str | None = None
    stage: str | None = None
    location_id: int | None = None
    """Of people who have, or had, an appointment there."""
    candidates: Candidates | None = None


@dataclass(frozen=True, slots=True)
class ReachRow:
    """One way to answer the person, and until when free text may go there (None: always)."""

    channel_id: int
    kind: str
    name: str
    closes_at: datetime | None
    unreachable_since: datetime | None


@dataclass(frozen=True, slots=True)
class ListedThread:
    thread: Thread
    contact: Contact
    owner_name: str | None
    stage: tuple[str, str] | None
    """(key, name) of the contact's open lead, or of its latest one."""
    channels: tuple[ReachRow, ...]


def visible_to(sight: Sight) -> ColumnElement[bool]:
    """The condition under which a member sees a thread: `Sight.sees`, for the database."""
    mine = Thread.owner_id == sight.member_id
    match sight.scope:
        case "all":
            return true()
        case "team":
            return or_(mine, and_(Thread.owner_id.is_(None), Thread.team.in_(sight.teams)))
        case "assigned":
            return mine


async def is_visible(session: AsyncSession, sight: Sight, thread_id: int) -> bool:
    found = await session.scalar(select(Thread.id).where(Thread.id == thread_id, visible_to(sight)))
    return found is not None


async def name_in(session: AsyncSession, thread_id: int) -> str:
    """Whose thread it is."""
    name = await session.scalar(
        select(Contact.name).join(Thread, Thread.contact_id == Contact.id).where(Thread.id == thread_id)
    )
    return name or ""


async def sees_file(session: AsyncSession, sight: Sight, attachment_id: int) -> bool:
    """Whether a file is of a thread the member sees, or of none yet, as one that is about to be sent."""
    if sight.scope == "all":
        return True
    threads = select(Thread.id).where(visible_to(sight))
    of = Message.content["attachment"].astext == str(attachment_id), Message.content.has_key("attachment")
    seen = (
        await session.execute(
            select(func.count(), func.count().filter(Message.thread_id.in_(threads))).select_from(Message).where(*of)
        )
    ).one()
    return seen[0] == 0 or seen[1] > 0


def _conditions(organization_id: int, sight: Sight, filters: Filters) -> list[ColumnElement[bool]]:
    wanted = [Thread.organization_id == organization_id, visible_to(sight), Contact.merged_into_id.is_(None)]
    if filters.owner_id is not None:
        wanted.append(Thread.owner_id == filters.owner_id)
    if filters.unassigned:
        wanted += [Thread.owner_id.is_(None), Thread.state.in_(("open", "waiting", "snoozed"))]
    if filters.unread:
        wanted.append(Thread.unread > 0)
    if filters.late:
        wanted.append(Thread.promise_told == "late")
    if filters.team is not None:
        wanted.append(Thread.team == filters.team)
    if filters.teams is not None:
        wanted.append(Thread.team.in_(filters.teams))
    if filters.mentioned is not None:
        wanted.append(
            Thread.id.in_(
                select(Mention.thread_id).where(Mention.member_id == filters.mentioned, Mention.seen_at.is_(None))
            )
        )
    if filters.label is not None:
        wanted.append(Thread.labels.contains([filters.label]))
    if filters.priority is not None:
        wanted.append(Thread.priority == filters.priority)
    if filters.channel_id is not None:
        by_channel = select(ThreadChannel.thread_id).where(ThreadChannel.channel_id == filters.channel_id)
        wanted.append(Thread.id.in_(by_channel))
    if filters.stage is not None:
        in_stage = (
            select(Lead.contact_id)
            .join(LeadStage, LeadStage.id == Lead.stage_id)
            .where(LeadStage.key == filters.stage, Lead.organization_id == organization_id)
        )
        wanted.append(Thread.contact_id.in_(in_stage))
    if filters.location_id is not None:
        there = select(Appointment.contact_id).where(
            Appointment.organization_id == organization_id,
            Appointment.location_id == filters.location_id,
            Appointment.status != "cancelled",
        )
        wanted.append(Thread.contact_id.in_(there))
    if filters.candidates is not None:
        found = filters.candidates
        wanted.append(or_(Thread.contact_id.in_(found.contacts), Thread.id.in_(found.threads)))
    return wanted


async def list_threads(
    session: AsyncSession,
    organization_id: int,
    sight: Sight,
    filters: Filters,
    *,
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[ListedThread]:
    """Threads, the latest activity first, from the one after (last_at, id).

    Each state is read through the index (organization, state, last_at) and no further than the page: whatever the
    number of threads, a page costs a few index pages.
    """
    wanted = _conditions(organization_id, sight, filters)
    if after is not None:
        at, last_id = after
        wanted += [Thread.last_at <= at, or_(Thread.last_at < at, Thread.id < last_id)]
    parts = [
        select(Thread.id, Thread.last_at)
        .join(Contact, Contact.id == Thread.contact_id)
        .where(*wanted, Thread.state == state)
        .order_by(Thread.last_at.desc(), Thread.id.desc())
        .limit(limit)
        .subquery()
        .select()
        for state in filters.states or STATES
    ]
    page = union_all(*parts).subquery()
    top = select(page.c.id).order_by(page.c.last_at.desc(), page.c.id.desc()).limit(limit).subquery()
    return await _listed(session, _whole().join(top, top.c.id == Thread.id))


async def read_thread(session: AsyncSession, sight: Sight, thread_id: int) -> ListedThread | None:
    found = await _listed(session, _whole().where(Thread.id == thread_id, visible_to(sight)))
    return found[0] if found else None


async def read_threads(session: AsyncSession, ids: Sequence[int]) -> list[ListedThread]:
    """These threads, the latest activity first, whoever may see them; merged contacts' are left out."""
    return await _listed(session, _whole().where(Thread.id.in_(ids), Contact.merged_into_id.is_(None)))


def _whole() -> Select[Thread, Contact, str]:
    return (
        select(Thread, Contact, Member.name)
        .join(Contact, Contact.id == Thread.contact_id)
        .outerjoin(Member, Member.id == Thread.owner_id)
        .order_by(Thread.last_at.desc(), Thread.id.desc())
        .execution_options(populate_existing=True)
    )


async def _listed(session: AsyncSession, statement: Select[Thread, Contact, str]) -> list[ListedThread]:
    rows = (await session.execute(statement)).all()
    reach = await reach_of(session, [row[0].id for row in rows])
    stages = await _stages_of(session, [row[1].id for row in rows])
    return [
        ListedThread(thread, contact, owner, stages.get(contact.id), tuple(reach.get(thread.id, ())))
        for thread, contact, owner in rows
    ]


async def reach_of(session: AsyncSession, thread_ids: Sequence[int]) -> dict[int, list[ReachRow]]:
    """Every way to answer each thread, where the person wrote last first."""
    rows = await session.execute(
        select(ThreadChannel, Channel.kind, Channel.name)
        .join(Channel, Channel.id == ThreadChannel.channel_id)
        .where(ThreadChannel.thread_id.in_(thread_ids))
        .order_by(ThreadChannel.last_inbound_at.desc().nulls_last())
    )
    reach: dict[int, list[ReachRow]] = {}
    for way, kind, name in rows:
        closes = window_closes(kind, way.last_inbound_at)
        reach.setdefault(way.thread_id, []).append(ReachRow(way.channel_id, kind, name, closes, way.unreachable_since))
    return reach


async def _stages_of(session: AsyncSession, contact_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """contact → (stage key, stage name) of its open lead, or of its latest one."""
    rows = (
        await session.execute(
            select(Lead.contact_id, LeadStage.key, LeadStage.name)
            .join(LeadStage, LeadStage.id == Lead.stage_id)
            .where(Lead.contact_id.in_(contact_ids))
            .order_by(Lead.closed_at.asc().nulls_last(), Lead.id)
        )
    ).all()
    return {row.contact_id: (row.key, row.name) for row in rows}


async def count_threads(session: AsyncSession, organization_id: int, sight: Sight) -> dict[str, int]:
    """How many threads each view has; one pass over the organization's threads."""
    staffed = Thread.state.in_(("open", "waiting", "snoozed"))
    views: dict[str, ColumnElement[bool]] = {state: Thread.state == state for state in STATES}
    views["mine"] = and_(Thread.owner_id == sight.member_id, Thread.state != "resolved")
    views["unassigned"] = and_(Thread.owner_id.is_(None), staffed)
    views["unread"] = and_(Thread.unread > 0, Thread.state != "resolved")
    row = (
        await session.execute(
            select(*[func.count(literal(1)).filter(condition).label(name) for name, condition in views.items()])
            .select_from(Thread)
            .join(Contact, Contact.id == Thread.contact_id)
            .where(Thread.organization_id == organization_id, visible_to(sight), Contact.merged_into_id.is_(None))
        )
    ).one()
    return dict(row._mapping)
