"""What becomes of the items a webhook brought: each is stored before the provider hears 200.

Messages take their turn, statuses go in batches, the rest is recorded one by one, and what nobody understood is kept
as a dead letter. Backoffice hands `Accepts.accept` to the channels, which know nothing of the bot.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.apply import Happening
from bot.events import Emoted, Said
from bot.turn import Broken, Turns
from core.clock import Clock
from core.db import driver_connection
from core.errors import Transient
from core.public_id import PublicIds
from core.threads import inbound as items
from core.threads.away import brief, is_away
from core.threads.channels import Directory
from core.threads.dead_letters import FORGED, bury
from core.threads.inbound import Accepted, AnyItem
from core.threads.occurrences import Occurred, is_latest_from_bot, person_of, record
from core.threads.outbound import ChannelAccount
from core.threads.people import ensure_person
from core.threads.spine import Question
from core.threads.statuses import StatusWrite, record_statuses
from core.threads.tracker import read_tracker

STATUS_BATCH = 500

log = structlog.get_logger()

LONGEST_KEY = 250

STORED = Accepted("stored")
KNOWN = Accepted("known")


def key_of(channel: ChannelAccount, item: items.Item) -> str:
    """What makes the item one: the same for every redelivery of it."""
    return shortened(f"{channel.id}/{item.external_id}")


def shortened(key: str) -> str:
    """Providers' ids are short; one that no index could hold is replaced by its hash."""
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[:40]}…{hashlib.sha256(key.encode()).hexdigest()}"


@dataclass(slots=True)
class Accepts:
    """`spine` as `hilo_spine` in autocommit, for batches; `engine` the same role with transactions."""

    spine: AsyncEngine
    engine: AsyncEngine
    turns: Turns
    directory: Directory
    ids: PublicIds
    clock: Clock
    on_settled: Callable[[], None]
    """Called when a status settled a send whose outcome was unknown."""
    explain: Callable[[str, str], str]
    """(channel kind, provider's code) → what happened and what to do, in Spanish."""
    on_declined: Callable[[ChannelAccount, items.Declined], None]
    _statuses: list[tuple[StatusWrite, asyncio.Future[bool]]] = field(default_factory=list)
    _status_wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(
        self, kind: str, given: Sequence[AnyItem], may_use: Callable[[ChannelAccount], bool]
    ) -> list[Accepted]:
        """Store every item and say what became of each, in order. `may_use` tells whether whoever signed the body
        may speak for an account. Raises Transient when something could not be stored: all of it must come again,
        and what was stored will then be known.
        """
        outcomes: list[Accepted | None] = [None] * len(given)

        async def place(*numbers: int) -> None:
            for n in numbers:
                outcomes[n] = await self._place(kind, given[n], may_use)

        # Messages first, in their order, then what speaks of messages: an edit in the same body must find its own.
        messages = [n for n, item in enumerate(given) if isinstance(item, items.MessageReceived)]
        statuses = [n for n, item in enumerate(given) if isinstance(item, items.StatusChanged)]
        rest = [n for n in range(len(given)) if n not in {*messages, *statuses}]
        try:
            if len(given) == 1:
                await place(0)  # almost every body, and no tasks to be made for it
            else:
                await asyncio.gather(*[place(n) for n in messages])
                await asyncio.gather(*[place(n) for n in statuses], place(*rest))
            return [outcome for outcome in outcomes if outcome is not None]
        except (psycopg.Error, SQLAlchemyError, OSError) as error:
            # Away, or it refused even the dead letter: either way nothing was stored.
            log.warning("could not be stored", error=brief(error))
            raise Transient("the database is away", retry_after=5) from error

    async def _place(self, kind: str, item: AnyItem, may_use: Callable[[ChannelAccount], bool]) -> Accepted:
        if isinstance(item, items.Ignored):
            return Accepted("ignored", item.reason)
        channel = await self.directory.of_account(kind, item.account)
        theirs = channel is not None and not may_use(channel)
        if isinstance(item, items.Unreadable):
            return await self._bury(kind, item, None if theirs else channel, item.reason)
        if channel is None:
            return await self._bury(kind, item, None, f"no channel is connected for the account {item.account}")
        if theirs:
            return await self._bury(kind, item, None, f"{FORGED} {item.account}")
        try:
            stored = await self._store(channel, item)
        except Broken as broken:
            return await self._bury(kind, item, channel, str(broken))
        except Exception as error:
            if is_away(error):
                raise
            log.exception("an item broke", channel=kind, account=item.account)
            return await self._bury(kind, item, channel, brief(error))
        return STORED if stored else KNOWN

    async def _store(self, channel: ChannelAccount, item: AnyItem) -> bool:
        match item:
            case items.MessageReceived():
                return await self._turn_of(channel, item)
            case items.StatusChanged():
                return await self._status(channel, item)
            case items.Reacted():
                return await self._reaction(channel, item)
            case items.Declined():
                stored, _ = await self._record(channel, item)
                if stored:
                    self.on_declined(channel, item)
                return stored
            case _:
                stored, _ = await self._record(channel, item)
                return stored

    async def _turn_of(self, channel: ChannelAccount, item: items.MessageReceived) -> bool:
        key = key_of(channel, item)
        touch = item.touch
        said = Said(
            item.content,
            {
                "kind": touch.kind,
                "source_id": touch.source_id,
                "click_id": touch.click_id,
                "headline": touch.headline,
                "payload": touch.payload,
            }
            if touch
            else None,
            item.reply_to,
        )
        question = Question(key, channel.organization_id, channel.id, item.provider_id, item.sender.identities)
        return await self.turns.take(question, Happening(key, said, item.at, item, channel.id), item.sender)

    async def _reaction(self, channel: ChannelAccount, item: items.Reacted) -> bool:
        """Kept on the message, and, on the bot's last one, an answer: 👍 to the question that is open."""
        stored, thread_id = await self._record(channel, item)
        async with AsyncSession(self.engine) as session:
            latest = await is_latest_from_bot(session, channel.id, item.provider_id)
        if latest and thread_id is not None:
            key = f"{key_of(channel, item)}/answer"
            question = Question(key, channel.organization_id, thread_id=thread_id)
            await self.turns.take(question, Happening(key, Emoted(item.emoji, latest), item.at))
        return stored

    async def _record(self, channel: ChannelAccount, item: AnyItem) -> tuple[bool, int | None]:
        thread_id = None
        if person := person_of(item):
            async with driver_connection(self.spine) as driver, driver.transaction():
                thread_id = await ensure_person(driver, channel.organization_id, channel.id, person, self.clock())
        key = key_of(channel, item)
        async with AsyncSession(self.engine) as session:
            stored = await record(
                session, Occurred(channel.organization_id, channel.id, channel.kind, thread_id, key), item
            )
            await session.commit()
        return stored, thread_id

    async def _bury(self, kind: str, item: AnyItem, channel: ChannelAccount | None, reason: str) -> Accepted:
        log.warning("dead letter", channel=kind, account=item.account, reason=reason)
        async with AsyncSession(self.engine) as session:
            await bury(
                session,
                channel=kind,
                account=item.account[:LONGEST_KEY],
                organization_id=channel.organization_id if channel else None,
                reason=reason,
                body=orjson.dumps(item.raw, default=str, option=orjson.OPT_NON_STR_KEYS),
                key=shortened(f"{kind}/{item.account}/{item.external_id}"),
            )
            await session.commit()
        return Accepted("dead", reason)

    async def bury_body(self, kind: str, body: bytes, reason: str, account: str | None) -> None:
        """A signed body that is no JSON. Raises Transient when it could not be stored."""
        try:
            async with AsyncSession(self.engine) as session:
                await bury(session, channel=kind, account=account, organization_id=None, reason=reason, body=body)
                await session.commit()
        except (SQLAlchemyError, OSError) as away:
            raise Transient("the database is away", retry_after=5) from away

    async def _status(self, channel: ChannelAccount, item: items.StatusChanged) -> bool:
        outbox_id, part = read_tracker(self.ids, item.tracker)
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        data: dict[str, Any] = {"pricing": item.pricing} if item.pricing else {}
        if outbox_id is not None:
            data["part"] = part
        write = StatusWrite(
            key=key_of(channel, item),
            organization_id=channel.organization_id,
            channel_id=channel.id,
            provider_id=item.provider_id,
            outbox_id=outbox_id,
            part=part,
            status=item.status,
            data=data,
            error=self._error(channel, item),
            at=item.at,
        )
        self._statuses.append((write, done))
        self._status_wake.set()
        return await done

    def _error(self, channel: ChannelAccount, item: items.StatusChanged) -> dict[str, Any] | None:
        if not item.errors:
            return None
        first = item.errors[0]
        message = f"{first.title}: {first.details}" if first.details else first.title
        return {"code": first.code, "message": message, "reason": self.explain(channel.kind, first.code)}

    async def run_statuses(self) -> None:
        """Write the statuses that wait, in batches, until cancelled; what still waits then must come again."""
        batch: list[tuple[StatusWrite, asyncio.Future[bool]]] = []
        try:
            while True:
                await self._status_wake.wait()
                self._status_wake.clear()
                while self._statuses:
                    batch, self._statuses = self._statuses[:STATUS_BATCH], self._statuses[STATUS_BATCH:]
                    await self._write_statuses(batch)
        finally:
            for _, done in (*batch, *self._statuses):
                if not done.done():
                    done.set_exception(Transient("Hilo is stopping", retry_after=2))

    async def _write_statuses(self, batch: list[tuple[StatusWrite, asyncio.Future[bool]]]) -> None:
        try:
            async with driver_connection(self.spine) as driver:
                fresh, settled = await record_statuses(driver, [write for write, _ in batch])
        except Exception as error:
            if len(batch) > 1 and not is_away(error):
                for one in batch:
                    await self._write_statuses([one])
                return
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
        else:
            for write, done in batch:
                if not done.done():
                    done.set_result(write.key in fresh)
            if settled:
                self.on_settled()
