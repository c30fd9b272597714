"""Teams: who belongs to each, and how many threads lie with it."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.members import Reads
from backoffice.api.views import Named
from backoffice.api.words import Given, Line, Word
from core.automation.renaming import refuse_named, rename_in_automations
from core.errors import Refused
from core.organizations.audit import audit
from core.threads import teams
from core.threads.teams import Team

router = staff_router("organization")

Writes = Annotated[Staff, Depends(Needs("teams.write"))]
Name = Annotated[Word, Query(description="The team's name as it is now.")]
Members = Annotated[list[Line], Field(max_length=100)]


class TeamView(BaseModel):
    name: str
    members: list[Named]
    threads: int
    """That the staff has not resolved."""


class TeamIn(Given):
    name: Word
    members: Annotated[Members, Field(min_length=1)]


class TeamChange(Given):
    """What is given changes; `members` are exactly those who belong to it afterwards."""

    name: Word | None = None
    members: Members | None = None


def _view(staff: Staff, team: Team) -> TeamView:
    people = [Named(id=staff.public("member", one.id), name=one.name) for one in team.members]
    return TeamView(name=team.name, members=people, threads=team.threads)


async def _now(staff: Staff, name: str) -> TeamView:
    found = await teams.list_teams(staff.session, staff.organization.id)
    return next((_view(staff, one) for one in found if one.name == name), TeamView(name=name, members=[], threads=0))


@router.get("/teams", name="list_teams")
async def list_the_teams(staff: Reads) -> list[TeamView]:
    """By name; also those only threads lie with, as flows hand them over."""
    return [_view(staff, one) for one in await teams.list_teams(staff.session, staff.organization.id)]


@router.post("/teams", status_code=201)
async def create_team(staff: Writes, given: TeamIn) -> TeamView:
    """A team is there by having members; one that only threads have gets them."""
    if any(one.name == given.name and one.members for one in await list_the_teams(staff)):
        raise Refused("team_taken", f"Ya hay un equipo «{given.name}»: elige otro nombre.")
    ids = [staff.inside("member", one) for one in given.members]
    await teams.give_team(staff.session, staff.organization.id, given.name, ids)
    audit(staff.session, staff.member, "team.created", given.name, staff.now)
    made = await _now(staff, given.name)
    await staff.session.commit()
    return made


@router.patch("/teams")
async def change_team(staff: Writes, name: Name, given: TeamChange) -> TeamView:
    """Its members, or its name, which changes on every member and thread. Flows go on saying what they say."""
    before = await teams.find_team(staff.session, staff.organization.id, name)
    people = [one.name for one in before.members]
    if given.members is not None:
        ids = [staff.inside("member", one) for one in given.members]
        await teams.give_team(staff.session, staff.organization.id, name, ids)
    if given.name is not None and given.name != name:
        await teams.rename_team(staff.session, staff.organization.id, name, given.name)
        await rename_in_automations(staff.session, staff.organization.id, "team", name, given.name)
    changed = {"name": [name, given.name]} if given.name not in (None, name) else {}
    after = await _now(staff, given.name or name)
    if (now := [one.name for one in after.members]) != people:
        changed["members"] = [people, now]  # type: ignore[list-item]
    if changed:
        audit(staff.session, staff.member, "team.changed", name, staff.now, **changed)
    await staff.session.commit()
    return after


@router.delete("/teams", status_code=204)
async def delete_team(staff: Writes, name: Name) -> None:
    """Nobody has it any more; its threads lie with no team. 409 `in_use` while an automation gives it threads."""
    await teams.find_team(staff.session, staff.organization.id, name)
    await refuse_named(staff.session, staff.organization.id, "team", name)
    await teams.remove_team(staff.session, staff.organization.id, name)
    audit(staff.session, staff.member, "team.deleted", name, staff.now)
    await staff.session.commit()
