"""How many threads each view of the inbox has: counted once for everybody of an organization, every other second."""

import time
from dataclasses import dataclass

from sqlalchemy import func, select, text

from backoffice.api.access import Staff
from backoffice.pages.inbox_views import VIEWS
from core.contacts.model import Contact
from core.threads.model import Mention, Thread
from core.threads.queries import visible_to

KEPT = 2.0


@dataclass(frozen=True, slots=True)
class Pile:
    """Threads that are alike: whose, of which team, in which state, read or not, late or not."""

    owner_id: int | None
    team: str | None
    state: str
    unread: bool
    late: bool
    number: int


class Counts:
    """Of this process; `of` what one member sees."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[float, list[Pile]]] = {}

    async def of(self, staff: Staff) -> dict[str, int]:
        """By the view's key, of the threads this member sees."""
        counts = {view.key: 0 for view in VIEWS}
        sight, member = staff.sight, staff.member
        counts["mentions"] = await self._mentions(staff)
        for pile in await self._piles(staff):
            if not sight.sees(pile.owner_id, pile.team):
                continue
            for view in VIEWS:
                if view.holds(pile, member.id, member.teams):
                    counts[view.key] += pile.number
        return counts

    async def _mentions(self, staff: Staff) -> int:
        unseen = select(Mention.thread_id).where(Mention.member_id == staff.member.id, Mention.seen_at.is_(None))
        seen = visible_to(staff.sight)
        return await staff.session.scalar(select(func.count()).where(Thread.id.in_(unseen), seen)) or 0

    async def _piles(self, staff: Staff) -> list[Pile]:
        at, piles = self._kept.get(staff.organization.id, (float("-inf"), []))
        if time.monotonic() - at < KEPT:
            return piles
        unread = Thread.unread > text("0")  # one expression for PostgreSQL, where a parameter would make it two
        late = func.coalesce(Thread.promise_told == text("'late'"), text("false"))
        rows = await staff.session.execute(
            select(Thread.owner_id, Thread.team, Thread.state, unread, late, func.count())
            .join(Contact, Contact.id == Thread.contact_id)
            .where(Thread.organization_id == staff.organization.id, Contact.merged_into_id.is_(None))
            .group_by(Thread.owner_id, Thread.team, Thread.state, unread, late)
        )
        piles = [Pile(*row) for row in rows]
        self._kept[staff.organization.id] = (time.monotonic(), piles)
        return piles
