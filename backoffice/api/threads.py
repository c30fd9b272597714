"""The inbox: the list with its filters, the counts of its views, one thread."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, Field, StringConstraints

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.paging import Cursor, Limit, Page, cursor_instant, cursor_of, read_cursor
from backoffice.api.views import Priority, State, ThreadView, view_thread
from backoffice.api.words import Line, Word
from core.errors import Missing
from core.organizations.permissions import Sight
from core.threads.queries import Filters, count_threads, list_threads, read_thread
from core.threads.search import find_candidates

router = staff_router("threads")

Reads = Annotated[Staff, Depends(Needs("threads.read"))]


class ThreadFilters(BaseModel):
    """Everything given must hold."""

    model_config = {"extra": "ignore"}

    state: Annotated[list[State], Field(max_length=5)] = []
    mine: bool = False
    unassigned: bool = False
    unread: bool = False
    late: bool = False
    """What was promised is overdue."""
    owner: Line | None = None
    team: Word | None = None
    my_teams: bool = False
    mentioned: bool = False
    """Those in which a note names me, and I have not looked yet."""
    channel: Line | None = None
    label: Word | None = None
    priority: Priority | None = None
    stage: Word | None = None
    location: Line | None = None
    """People who have, or had, an appointment there."""
    search: Annotated[str, StringConstraints(max_length=200)] | None = None
    cursor: Cursor = None
    limit: Limit = 30


class Counts(BaseModel):
    """Threads in each view; `mine`, `unread` leave out what is resolved, `unassigned` also what the bot has."""

    bot: int
    open: int
    waiting: int
    snoozed: int
    resolved: int
    mine: int
    unassigned: int
    unread: int


@router.get("/threads", name="list_threads")
async def list_the_threads(staff: Reads, given: Annotated[ThreadFilters, Query()]) -> Page[ThreadView]:
    """Threads, the latest activity first. `search` looks at people and at what was said, whatever accents and typos."""
    after = cursor_instant(read_cursor(staff.runtime.ids, "thread", given.cursor))
    owner = staff.inside("member", given.owner) if given.owner else None
    search = (given.search or "").replace("\0", "").strip()
    organization_id = staff.organization.id
    filters = Filters(
        states=tuple(dict.fromkeys(given.state)),
        owner_id=staff.member.id if given.mine else owner,
        unassigned=given.unassigned,
        unread=given.unread,
        late=given.late,
        team=given.team,
        mentioned=staff.member.id if given.mentioned else None,
        teams=tuple(staff.member.teams) if given.my_teams else None,
        channel_id=staff.inside("channel", given.channel) if given.channel else None,
        label=given.label,
        priority=given.priority,
        stage=given.stage,
        location_id=staff.inside("location", given.location) if given.location else None,
        candidates=await find_candidates(staff.runtime.loops, organization_id, search) if search else None,
    )
    rows = await list_threads(staff.session, organization_id, staff.sight, filters, after=after, limit=given.limit + 1)
    last = rows[given.limit - 1].thread if len(rows) > given.limit else None
    return Page(
        items=[view_thread(staff, row) for row in rows[: given.limit]],
        next=cursor_of(staff.runtime.ids, "thread", last.last_at, last.id) if last else None,
    )


@router.get("/threads/counts", name="count_threads")
async def count_the_threads(staff: Reads) -> Counts:
    """How many threads each view has."""
    return Counts(**await count_threads(staff.session, staff.organization.id, staff.sight))


@router.get("/threads/{thread_id}", name="read_thread")
async def read_the_thread(staff: Reads, thread_id: str) -> ThreadView:
    """One thread, as in the list."""
    return await shown(staff, staff.inside("thread", thread_id))


async def shown(staff: Staff, thread_id: int, *, whatever: bool = False) -> ThreadView:
    """The thread as it is now, `whatever` the member's sight; raises Missing."""
    sight = Sight("all", staff.member.id) if whatever else staff.sight
    found = await read_thread(staff.session, sight, thread_id)
    if found is None:
        raise Missing("thread")
    return view_thread(staff, found)
