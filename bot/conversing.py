"""What a step needs besides the thread: the organization's flows and facts, kept in memory for a few seconds.

Packs are read once; a revision that only lives in the database (somebody is still talking in it) is fetched when a
thread of it comes along.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from psycopg.rows import tuple_row

from bot.apply import Step, Stepped
from bot.effects import Effect
from bot.events import Event
from bot.facts import Facts
from bot.language.library import Library, compile_revision
from bot.standing import standing
from bot.state import from_json, to_json
from bot.step import step
from core.clock import Clock
from core.organizations.queries import OrganizationFacts
from core.threads.spine import Driver, ThreadRow

FRESH = timedelta(seconds=5)

log = structlog.get_logger()

ReadFacts = Callable[[int, datetime], Awaitable[OrganizationFacts]]


@dataclass(slots=True)
class Conversing:
    """`libraries` by pack name. `channel_kinds` by channel id, for flows that differ by channel."""

    libraries: dict[str, Library]
    read_facts: ReadFacts
    channel_kinds: Callable[[int | None], str]
    clock: Clock
    _facts: dict[int, tuple[datetime, OrganizationFacts]] = field(default_factory=dict)
    _absent: set[str] = field(default_factory=set)
    """Revisions the database does not have either: the step hands such a thread over."""

    async def prepare(self, driver: Driver, rows: Sequence[ThreadRow]) -> None:
        """Fetch what the steps of these threads will need and is not in memory."""
        now = self.clock()
        for organization_id in {row.organization_id for row in rows}:
            known = self._facts.get(organization_id)
            if known is None or known[0] < now - FRESH:
                self._facts[organization_id] = (now, await self.read_facts(organization_id, now))
        missing: dict[str, str] = {}
        for row in rows:
            pack = self._facts[row.organization_id][1].pack
            for revision in _revisions(row.session):
                if self.libraries[pack].revision(revision) is None and revision not in self._absent:
                    missing[revision] = pack
        if missing:
            await self._fetch(driver, missing)

    async def _fetch(self, driver: Driver, missing: dict[str, str]) -> None:
        async with driver.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute("SELECT sha256, source FROM flow_revision WHERE sha256 = ANY (%s)", (list(missing),))
            async for sha, source in cursor:
                try:
                    revision = compile_revision(source)
                except Exception as broken:  # the step finds it missing and hands over, instead of silence
                    log.error("a flow revision cannot be read", revision=sha, error=str(broken))
                    continue
                pack = missing.pop(sha)
                self.libraries[pack] = self.libraries[pack].with_revisions([revision])
        self._absent |= missing.keys()

    def step_at(self, now: datetime) -> Step:
        """The step of a turn taken at `now`."""

        def take(row: ThreadRow, event: Event) -> Stepped:
            known = self._facts[row.organization_id][1]
            state = standing(from_json(row.session) if row.session else None, row.state, event)
            result = step(self.libraries[known.pack], self._facts_of(row, known), state, event, now)
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
