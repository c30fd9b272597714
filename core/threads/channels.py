"""The connected numbers and bots, with their secrets opened, kept in memory and read again every few seconds."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from core.clock import Clock
from core.errors import Transient
from core.threads.model import Channel
from core.threads.outbound import ChannelAccount
from core.vault import Vault

FRESH = timedelta(seconds=10)

log = structlog.get_logger()


@dataclass(slots=True)
class Directory:
    """Channel accounts by id and by the provider's key. `engine` as `hilo_spine`."""

    engine: AsyncEngine
    vault: Vault
    clock: Clock
    _by_id: dict[int, ChannelAccount] = field(default_factory=dict)
    _by_key: dict[tuple[str, str], ChannelAccount] = field(default_factory=dict)
    _problems: set[int] = field(default_factory=set)
    _looked_for: set[tuple[datetime | None, str, str]] = field(default_factory=set)
    """Accounts not found by the reading of that instant, so that a body full of one costs one look."""
    _read_at: datetime | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def refresh(self, *, force: bool = False) -> None:
        """Read the channels again if what is known is older than a few seconds.

        While the database is away what is known goes on being used; raises Transient when that does not do.
        """
        if not force and self._is_fresh():
            return
        async with self._lock:
            if not force and self._is_fresh():
                return
            try:
                await self._read()
            except (SQLAlchemyError, OSError) as away:
                if force or self._read_at is None:
                    raise Transient("the database is away", retry_after=5) from away
                log.warning("the channels could not be read again", error=str(away))

    async def _read(self) -> None:
        async with AsyncSession(self.engine) as session:
            rows = list(await session.scalars(select(Channel).where(Channel.active).order_by(Channel.id)))
            accounts = [
                ChannelAccount(
                    row.id,
                    row.organization_id,
                    "whatsapp" if row.kind == "whatsapp" else "telegram",
                    row.account,
                    row.settings,
                    self.vault.open(row.secrets),
                )
                for row in rows
            ]
        self._by_id = {account.id: account for account in accounts}
        self._by_key = {(account.kind, account.account): account for account in accounts}
        self._problems = {row.id for row in rows if row.problem}
        self._read_at = self.clock()

    def _is_fresh(self) -> bool:
        return self._read_at is not None and self._read_at > self.clock() - FRESH

    def find(self, channel_id: int) -> ChannelAccount | None:
        return self._by_id.get(channel_id)

    def all(self, kind: str) -> list[ChannelAccount]:
        return [account for account in self._by_id.values() if account.kind == kind]

    def kind_of(self, channel_id: int | None) -> str:
        """The channel's kind, for flows that differ by channel; `whatsapp` where there is none yet."""
        account = self._by_id.get(channel_id or 0)
        return account.kind if account else "whatsapp"

    async def of_account(self, kind: str, account: str) -> ChannelAccount | None:
        """The channel of a provider's key, `waba:…` for an event of a whole WhatsApp business account.

        A key not known yet is looked for in the database once more, so that a channel just added works at once.
        """
        await self.refresh()
        found = self._lookup(kind, account)
        if found is None and (self._read_at, kind, account) not in self._looked_for:
            await self.refresh(force=True)
            found = self._lookup(kind, account)
            self._looked_for = {one for one in self._looked_for if one[0] == self._read_at}
            self._looked_for.add((self._read_at, kind, account))
        return found

    def _lookup(self, kind: str, account: str) -> ChannelAccount | None:
        if account.startswith("waba:"):
            waba = account.removeprefix("waba:")
            return next((one for one in self.all(kind) if one.settings.get("waba_id") == waba), None)
        return self._by_key.get((kind, account))

    async def mark_problem(self, channel_id: int, problem: str | None) -> None:
        """Say that nothing can be sent by this account, and why; None: it works again."""
        async with AsyncSession(self.engine) as session:
            await session.execute(
                update(Channel)
                .where(Channel.id == channel_id, Channel.problem.is_distinct_from(problem))
                .values(problem=problem)
            )
            await session.commit()
        if problem is None:
            self._problems.discard(channel_id)
        else:
            self._problems.add(channel_id)

    def has_problem(self, channel_id: int) -> bool:
        """Whether the account was said to be broken, as far as known here."""
        return channel_id in self._problems
