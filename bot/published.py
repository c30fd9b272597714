"""Which flows each organization's bot speaks: its pack's, with the versions it published itself in their places.

Known by `organization.revision`, which grows with every publication: while it stays nothing is read.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import structlog
from psycopg.rows import tuple_row

from bot.language.compiled import Flow
from bot.language.library import Library, compile_revision, make_library
from core.flow_versions import revisions_in_force
from core.organizations.queries import OrganizationFacts
from core.threads.spine import Driver

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Own:
    """An organization's library as of its revision; `library` None: the pack's, shared."""

    revision: int
    pack: str
    library: Library | None


@dataclass(slots=True)
class Published:
    """`packs` by name, shared by every organization that publishes nothing of its own."""

    packs: dict[str, Library]
    _own: dict[int, _Own] = field(default_factory=dict)
    _absent: set[str] = field(default_factory=set)
    """Revisions the database does not have either: the step hands such a thread over."""

    def library(self, organization_id: int, pack: str) -> Library:
        """What its bot speaks, as far as is known here."""
        own = self._own.get(organization_id)
        return own.library if own is not None and own.library is not None else self.packs[pack]

    def is_known(self, known: OrganizationFacts) -> bool:
        own = self._own.get(known.id)
        return own is not None and (own.revision, own.pack) == (known.revision, known.pack)

    async def refresh(self, driver: Driver, changed: Iterable[OrganizationFacts]) -> None:
        """Read what these organizations have in force; only what was never seen here is compiled."""
        known = {one.id: one for one in changed}
        flows: dict[int, dict[str, str]] = {organization: {} for organization in known}
        for organization, pack, flow, revision in await revisions_in_force(driver, known):
            if pack == known[organization].pack:
                flows[organization][flow] = revision
        missing = {
            revision
            for organization, one in known.items()
            for revision in flows[organization].values()
            if self.library(organization, one.pack).revision(revision) is None
        }
        read = await self._read(driver, missing)
        for organization, one in known.items():
            before = self.library(organization, one.pack)
            own = {name: read.get(sha) or before.revision(sha) for name, sha in flows[organization].items()}
            found = {name: flow for name, flow in own.items() if flow is not None}
            library = None
            if found or before is not self.packs[one.pack]:
                library = with_flows(self.packs[one.pack], found).with_revisions(before.revisions.values())
            self._own[organization] = _Own(one.revision, one.pack, library)

    async def learn(self, driver: Driver, wanted: Mapping[str, set[tuple[int, str]]]) -> None:
        """Fetch revisions somebody is still talking in: SHA-256 → the (organization, pack) that need it."""
        missing = wanted.keys() - self._absent
        if not missing:
            return
        for sha, flow in (await self._read(driver, missing)).items():
            for organization, pack in wanted[sha]:
                own = self._own.get(organization)
                if own is not None and own.library is not None:
                    self._own[organization] = replace(own, library=own.library.with_revisions([flow]))
                else:
                    self.packs[pack] = self.packs[pack].with_revisions([flow])

    async def _read(self, driver: Driver, missing: Iterable[str]) -> dict[str, Flow]:
        wanted = set(missing)
        if not wanted:
            return {}
        async with driver.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute("SELECT sha256, source FROM flow_revision WHERE sha256 = ANY (%s)", (list(wanted),))
            rows = await cursor.fetchall()
        found: dict[str, Flow] = {}
        for sha, source in rows:
            try:
                found[sha] = await asyncio.to_thread(compile_revision, source)
                wanted.discard(sha)
            except Exception as broken:  # the step finds it missing and hands over, instead of silence
                log.error("a flow revision cannot be read", revision=sha, error=str(broken))
        self._absent |= wanted
        return found


def with_flows(library: Library, flows: Mapping[str, Flow]) -> Library:
    """A library that speaks these flows in the places of its own of their names; it knows its own revisions still."""
    if not flows:
        return library
    made = make_library([flows.get(name, flow) for name, flow in library.flows.items()], library.globals)
    return made.with_revisions(library.revisions.values())
