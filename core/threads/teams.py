"""Teams: words members have (`Member.teams`) and threads lie with (`Thread.team`). Takes a session, never commits.

A team is there while somebody or some thread has it. What flows call theirs is written in the flows, and is left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Missing, Refused
from core.organizations.model import Member
from core.threads.model import Thread

OPEN = ("open", "waiting", "snoozed")


@dataclass(frozen=True, slots=True)
class Team:
    """Its members in order, those who no longer work left out, and how many threads of the staff lie with it."""

    name: str
    members: tuple[Member, ...]
    threads: int


async def list_teams(session: AsyncSession, organization_id: int) -> Sequence[Team]:
    """By name. Two queries, however many there are."""
    of_organization = Thread.organization_id == organization_id, Thread.team.is_not(None)
    rows = await session.execute(
        select(Thread.team, func.count().filter(Thread.state.in_(OPEN))).where(*of_organization).group_by(Thread.team)
    )
    threads: dict[str, int] = {name: count for name, count in rows if name is not None}
    everybody = select(Member).where(Member.organization_id == organization_id).order_by(Member.name, Member.id)
    people = await session.scalars(everybody.execution_options(populate_existing=True))
    members: dict[str, list[Member]] = {}
    for member in people:
        for name in member.teams:
            members.setdefault(name, []).extend([member] if member.active else [])
    names = sorted({*threads, *members}, key=str.casefold)
    return [Team(name, tuple(members.get(name, ())), threads.get(name, 0)) for name in names]


async def find_team(session: AsyncSession, organization_id: int, name: str) -> Team:
    """Raises Missing."""
    found = next((one for one in await list_teams(session, organization_id) if one.name == name), None)
    if found is None:
        raise Missing("team")
    return found


async def give_team(session: AsyncSession, organization_id: int, name: str, member_ids: Sequence[int]) -> None:
    """Exactly these of those who work now have the team. Raises Missing for somebody who is not of the organization."""
    if member_ids:
        known = select(func.count()).where(Member.organization_id == organization_id, Member.id.in_(member_ids))
        if await session.scalar(known) != len(set(member_ids)):
            raise Missing("member")
    has = Member.teams.contains([name])
    working = Member.organization_id == organization_id, Member.active.is_(True)
    await _members(session, func.array_remove(Member.teams, name), *working, has, Member.id.not_in(member_ids))
    gets = func.array_append(Member.teams, name)
    await _members(session, gets, Member.organization_id == organization_id, ~has, Member.id.in_(member_ids))


async def rename_team(session: AsyncSession, organization_id: int, name: str, new: str) -> None:
    """Everywhere. Raises Refused when another team is called so and has members; one that only threads have is joined,
    as when a flow and the staff write it differently."""
    taken = select(Member.id).where(Member.organization_id == organization_id, Member.teams.contains([new])).limit(1)
    if await session.scalar(taken) is not None:
        raise Refused("team_taken", f"Ya hay un equipo «{new}»: elige otro nombre.")
    has = Member.organization_id == organization_id, Member.teams.contains([name])
    await _members(session, func.array_replace(Member.teams, name, new), *has)
    await _threads(session, organization_id, name, new)


async def remove_team(session: AsyncSession, organization_id: int, name: str) -> None:
    """From everybody and every thread."""
    has = Member.organization_id == organization_id, Member.teams.contains([name])
    await _members(session, func.array_remove(Member.teams, name), *has)
    await _threads(session, organization_id, name, None)


async def _members(session: AsyncSession, teams: ColumnElement[list[str]], *which: ColumnElement[bool]) -> None:
    statement = update(Member).where(*which).values(teams=teams)
    await session.execute(statement.execution_options(synchronize_session=False))


async def _threads(session: AsyncSession, organization_id: int, name: str, new: str | None) -> None:
    # a turn that read the thread before writes its team back: with the version it loses, and reads again
    statement = (
        update(Thread)
        .where(Thread.organization_id == organization_id, Thread.team == name)
        .values(team=new, version=Thread.version + 1)
    )
    await session.execute(statement.execution_options(synchronize_session=False))
