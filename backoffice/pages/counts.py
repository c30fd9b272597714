"""How many threads each view of the inbox has: counted once for everybody of an organization, every other second."""

import time
from dataclasses import dataclass

from sqlalchemy import func, select, text

from backoffice.api.access import Staff
from core.contacts.model import Contact
from core.threads.model import Mention, Thread
from core.threads.queries import visible_to

KEPT = 2.0
VIEWS = ("open", "mine", "unassigned", "team", "unread", "bot", "waiting", "snoozed", "resolved", "mentions", "all")


@dataclass(frozen=True, slots=True)
class Pile:
    """Threads that are alike: whose, of which team, in which state, read or not."""

    owner_id: int | None
    team: str | None
    state: str
    unread: bool
    number: int


class Counts:
    """Of this process; `of` what one member sees."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[float, list[Pile]]] = {}

    async def of(self, staff: Staff) -> dict[str, int]:
        """By the view's key, of the threads this member sees."""
        counts = dict.fromkeys(VIEWS, 0)
        counts["mentions"] = await self._mentions(staff)
        for pile in await self._piles(staff):
            for view in _views_of(pile, staff):
                counts[view] += pile.number
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
        rows = await staff.session.execute(
            select(Thread.owner_id, Thread.team, Thread.state, unread, func.count())
            .join(Contact, Contact.id == Thread.contact_id)
            .where(Thread.organization_id == staff.organization.id, Contact.merged_into_id.is_(None))
            .group_by(Thread.owner_id, Thread.team, Thread.state, unread)
        )
        piles = [Pile(*row) for row in rows]
        self._kept[staff.organization.id] = (time.monotonic(), piles)
        return piles


def _views_of(pile: Pile, staff: Staff) -> list[str]:
    """The views these threads are in, for this member."""
    sight, mine = staff.sight, pile.owner_id == staff.member.id
    in_team = sight.scope == "team" and pile.owner_id is None and pile.team in sight.teams
    if not (sight.scope == "all" or mine or in_team):
        return []
    staffed = pile.state in ("open", "waiting", "snoozed")
    shown = {
        "all": True,
        "open": pile.state in ("open", "waiting"),
        "mine": mine and staffed,
        "unassigned": pile.owner_id is None and staffed,
        "team": staffed and pile.team in staff.member.teams,
        "unread": pile.unread and pile.state != "resolved",
        **{state: pile.state == state for state in ("bot", "waiting", "snoozed", "resolved")},
    }
    return [view for view, holds in shown.items() if holds]
