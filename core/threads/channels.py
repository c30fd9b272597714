"""The connected numbers and bots, with their secrets opened, kept in memory and read again every few seconds."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

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
LOOK_AGAIN = timedelta(seconds=1)
"""How soon whoever comes with a key nobody knows may have the channels read again."""
NOTED = timedelta(seconds=10)
"""How often it is written down that a channel was heard of, or sent by."""

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
    _noted: dict[tuple[int, str], datetime] = field(default_factory=dict)
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

    async def look_again(self) -> None:
        """Read the channels again for a key that is not among them: it may have been connected just now.

        Anybody can come with a wrong key, so that this happens at most once a second. Raises Transient.
        """
        if self._read_at is None or self._read_at <= self.clock() - LOOK_AGAIN:
            await self.refresh(force=True)

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
        found = self.known(kind, account)
        if found is None and (self._read_at, kind, account) not in self._looked_for:
            await self.refresh(force=True)
            found = self.known(kind, account)
            self._looked_for = {one for one in self._looked_for if one[0] == self._read_at}
            self._looked_for.add((self._read_at, kind, account))
        return found

    def known(self, kind: str, account: str) -> ChannelAccount | None:
        """As `of_account`, of what was read already."""
        if account.startswith("waba:"):
            waba = account.removeprefix("waba:")
            return next((one for one in self.all(kind) if one.settings.get("waba_id") == waba), None)
        return self._by_key.get((kind, account))

    async def note(self, channel_id: int, what: Literal["heard_at", "sent_at"]) -> None:
        """Write down that it happened now. A courtesy to whoever looks at the channel: it never fails."""
        now, before = self.clock(), self._noted.get((channel_id, what))
        if before is not None and before <= now < before + NOTED:
            return
        self._noted[channel_id, what] = now
        try:
            async with AsyncSession(self.engine) as session:
                await session.execute(update(Channel).where(Channel.id == channel_id).values({what: now}))
                await session.commit()
        except (SQLAlchemyError, OSError) as away:
            log.warning("a channel's health could not be noted", error=str(away))

    async def verified(self, token: str) -> None:
        """Meta asked for this verify token and is answered. Raises Transient."""
        ids = [one.id for one in self.all("whatsapp") if one.secrets.get("verify_token") == token]
        try:
            async with AsyncSession(self.engine) as session:
                await session.execute(update(Channel).where(Channel.id.in_(ids)).values(verified_at=self.clock()))
                await session.commit()
        except (SQLAlchemyError, OSError) as away:
            raise Transient("the database is away", retry_after=5) from away

    def forget_notes(self, channel_id: int) -> None:
        """It is connected anew: the next thing heard is the first."""
        self._noted = {key: at for key, at in self._noted.items() if key[0] != channel_id}

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
