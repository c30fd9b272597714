"""For whom of the staff something that happened is news. Takes a session, never commits."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.automation.events import MENTIONED
from core.automation.facts import Happened
from core.organizations.model import Member
from core.organizations.permissions import PERMISSIONS, sight_of
from core.threads.actions import HUMAN_STATES
from core.threads.model import Mention, Thread


async def whom(session: AsyncSession, happened: Happened) -> list[Member]:
    """Those to be told, who all see the thread: never whoever did it."""
    thread = happened.thread
    if thread is None or happened.message is None:
        return []
    wanted: ColumnElement[bool]
    if happened.event.kind == MENTIONED:
        wanted = Member.id.in_(
            select(Mention.member_id).where(Mention.message_id == happened.message.id, Mention.seen_at.is_(None))
        )
        did = happened.message.member_id if happened.message.author == "member" else None
    elif thread.state in HUMAN_STATES:
        wanted, did = _concerned(thread), happened.message.member_id
    else:
        return []  # the bot answers, or it is over
    readers = Member.role.in_(sorted(PERMISSIONS["threads.read"]))
    here = Member.organization_id == happened.organization.id
    found = await session.scalars(select(Member).where(here, wanted, readers, Member.active).order_by(Member.id))
    settings = happened.organization.settings
    return [
        member
        for member in found
        if member.id != did
        and sight_of(member.role, member.id, member.teams, settings).sees(thread.owner_id, thread.team)
    ]


def _concerned(thread: Thread) -> ColumnElement[bool]:
    """Whose it is; of nobody yet, those of its team who take new ones; of no team either, those who hand them out."""
    if thread.owner_id is not None:
        return Member.id == thread.owner_id
    if thread.team is not None:
        return Member.available & Member.teams.contains([thread.team])
    return Member.available & Member.role.in_(sorted(PERMISSIONS["threads.assign"]))
