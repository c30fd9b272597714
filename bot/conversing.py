"""What a step needs besides the thread: the organization's flows and facts, kept in memory for a few seconds.

Packs are read once; what an organization published itself is read again when its revision grew, which its facts tell; a
revision that only lives in the database (somebody is still talking in it) when a thread of it comes along.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.apply import Step, Stepped
from bot.effects import Effect
from bot.events import Event
from bot.facts import Facts
from bot.language.library import Library
from bot.published import Published
from bot.standing import standing
from bot.state import from_json, to_json
from bot.step import step
from core.clock import Clock
from core.organizations.queries import OrganizationFacts
from core.threads.spine import Driver, ThreadRow

FRESH = timedelta(seconds=5)

ReadFacts = Callable[[int, datetime], Awaitable[OrganizationFacts]]


@dataclass(slots=True)
class Conversing:
    """`published` are the flows, by organization. `channel_kinds` by channel id, for flows that differ by channel."""

    published: Published
    read_facts: ReadFacts
    channel_kinds: Callable[[int | None], str]
    clock: Clock
    _facts: dict[int, tuple[datetime, OrganizationFacts]] = field(default_factory=dict)

    async def prepare(self, driver: Driver, rows: Sequence[ThreadRow]) -> None:
        """Fetch what the steps of these threads will need and is not in memory."""
        await self._know(driver, {row.organization_id for row in rows})
        missing: dict[str, set[tuple[int, str]]] = {}
        for row in rows:
            pack = self._facts[row.organization_id][1].pack
            for revision in _revisions(row.session):
                if self.published.library(row.organization_id, pack).revision(revision) is None:
                    missing.setdefault(revision, set()).add((row.organization_id, pack))
        if missing:
            await self.published.learn(driver, missing)

    async def _know(self, driver: Driver, organization_ids: Iterable[int]) -> None:
        now = self.clock()
        fresh: dict[int, OrganizationFacts] = {}
        for organization_id in organization_ids:
            known = self._facts.get(organization_id)
            if known is None or known[0] < now - FRESH:
                fresh[organization_id] = await self.read_facts(organization_id, now)
        if changed := [facts for facts in fresh.values() if not self.published.is_known(facts)]:
            await self.published.refresh(driver, changed)
        self._facts |= {organization_id: (now, facts) for organization_id, facts in fresh.items()}

    async def library(self, driver: Driver, organization_id: int) -> Library:
        """What an organization's bot speaks."""
        await self._know(driver, [organization_id])
        return self.published.library(organization_id, self._facts[organization_id][1].pack)

    def forget(self, organization_id: int) -> None:
        """Its next turn here reads it anew; other processes do within seconds."""
        self._facts.pop(organization_id, None)

    def step_at(self, now: datetime) -> Step:
        """The step of a turn taken at `now`."""

        def take(row: ThreadRow, event: Event) -> Stepped:
            known = self._facts[row.organization_id][1]
            state = standing(from_json(row.session) if row.session else None, row.state, event)
            result = step(
                self.published.library(row.organization_id, known.pack), self._facts_of(row, known), state, event, now
            )
            effects: list[Effect] = list(result.effects)
            return to_json(result.state), effects

        return take

    def _facts_of(self, row: ThreadRow, known: OrganizationFacts) -> Facts:
        contact: dict[str, Any] = {"name": row.name, "opted_out": row.opted_out, "language": row.language}
        if row.phone:
            contact["phone"] = row.phone
        return Facts(known.facts, contact, self.channel_kinds(row.channel_id))


def _revisions(session: dict[str, Any] | None) -> list[str]:
    try:
        return [frame["r"] for frame in (session or {}).get("k", ())]
    except (AttributeError, KeyError, TypeError):
        return []  # no session of ours: the step will break on it and hand over
