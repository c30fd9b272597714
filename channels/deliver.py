"""The one place where a message leaves: claim a thread's oldest, render it, send its parts, record what became of it.

No HTTP happens inside a transaction: the claim is committed before the send, the outcome after it. Whoever dies in
between leaves a lease that runs out; what then holds is in docs/decisions (unknown outcomes).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.buckets import Buckets, buckets_of
from channels.media import LoadMedia
from channels.render import render
from core.clock import Clock
from core.db import driver_connection
from core.errors import HiloError, Transient
from core.public_id import PublicIds
from core.threads import delivery
from core.threads.actions import window_closes
from core.threads.away import brief, is_away
from core.threads.channels import Directory
from core.threads.content import Template, from_json
from core.threads.delivery import Claimed, Sent
from core.threads.outbound import (
    AccountBroken,
    ChannelAccount,
    ChatMoved,
    Limits,
    OutcomeUnknown,
    SendLater,
    SendRefused,
    Wire,
)
from core.threads.spine import Driver
from core.threads.tracker import make_tracker

UNKNOWNS = 2
"""Unknown outcomes after which a message is left to the staff: it is sent again once, not twice."""
ATTEMPTS = 8
POLL = 1.0
IN_FLIGHT = 64
MARGIN = 0.1
"""Share of the lease kept back for recording the outcome of a send that took almost all of it."""
BROKEN_ACCOUNT_PAUSE = timedelta(minutes=1)
NO_WAY_PAUSE = timedelta(seconds=10)

log = structlog.get_logger()

T = TypeVar("T")


class Sender(Protocol):
    """One channel's way out: sends one wire message and returns the provider's id, or raises a contract error."""

    async def send(
        self,
        account: ChannelAccount,
        address: dict[str, Any],
        wire: Wire,
        tracker: str | None,
        load_media: LoadMedia,
        reply_to: str | None = None,
    ) -> str: ...


@dataclass(slots=True)
class Delivers:
    """`engine` as `hilo_spine`, in autocommit. Several processes may run one each."""

    engine: AsyncEngine
    directory: Directory
    senders: Mapping[str, Sender]
    limits: Mapping[str, Limits]
    buckets: Buckets
    ids: PublicIds
    clock: Clock
    load_media: Callable[[int], LoadMedia]
    """organization id → what loads its stored files."""
    explain: Callable[[str, str], str]
    on_answered: Callable[[ChannelAccount, str], None]
    """(account, provider id of the message answered), just after a thread's message left: for blue ticks."""
    lease: timedelta = timedelta(seconds=60)
    """Longer than any send may take: when it runs out, whoever sent is dead."""
    settle: timedelta = timedelta(seconds=30)
    """How long an unknown outcome waits for the provider's status before the one retry."""
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _flying: set[asyncio.Task[None]] = field(default_factory=set)
    _sent: list[tuple[Sent, asyncio.Future[None]]] = field(default_factory=list)
    _recording: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """There is something new to send."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled, then let what is in the air land."""
        swept = self.clock() - self.lease
        try:
            while True:
                try:
                    if self.clock() - swept > timedelta(seconds=POLL):
                        swept = self.clock()
                        await self.sweep()
                    pause = await self._whole(self._launch())
                except (psycopg.Error, SQLAlchemyError, OSError, Transient) as away:
                    log.warning("cannot claim messages", error=str(away))
                    pause = POLL
                if pause > 0:
                    try:
                        async with asyncio.timeout(pause):
                            await self._wake.wait()
                    except TimeoutError:
                        pass
                self._wake.clear()
        finally:
            if self._flying:
                await asyncio.wait(self._flying, timeout=self.lease.total_seconds())

    async def _whole(self, launch: Coroutine[Any, Any, float]) -> float:
        """A claim is never cut in two: rows claimed and not sent would look like sends nobody knows the end of."""
        task = asyncio.create_task(launch)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task], timeout=self.lease.total_seconds())
            raise

    async def sweep(self) -> None:
        """Leases of dead processes, and unknown outcomes nobody settled."""
        now = self.clock()
        error = {
            "code": "unknown_outcome",
            "message": "the provider never answered",
            "reason": "No sabemos si este mensaje llegó. Revísalo en el teléfono o reenvíalo.",
        }
        async with driver_connection(self.engine) as driver:
            await delivery.expire_leases(driver, now, now + self.settle)
            await delivery.retry_unknown(driver, now, UNKNOWNS, error)

    async def _launch(self) -> float:
        """Claim what may leave now and send each in a task of its own; returns how long to wait for more."""
        room = IN_FLIGHT - len(self._flying)
        if room <= 0:
            await asyncio.wait(self._flying, return_when=asyncio.FIRST_COMPLETED)
            return 0.0
        now = self.clock()
        await self.directory.refresh()
        async with driver_connection(self.engine) as driver:
            claimed = await delivery.claim(driver, now, now + self.lease, room)
            due = None if claimed else await delivery.next_due(driver)
        for row in claimed:
            task = asyncio.create_task(self._deliver(row, now + self.lease))
            self._flying.add(task)
            task.add_done_callback(self._landed)
        if claimed:
            return 0.0
        until_due = (due - now).total_seconds() if due is not None and due > now else POLL
        return min(POLL, until_due)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        self._wake.set()  # the next message of that thread may leave
        if not task.cancelled() and (error := task.exception()):
            log.error("delivery could not be recorded; its lease will expire", error=str(error))

    async def _deliver(self, row: Claimed, lease: datetime) -> None:
        account = self.directory.find(row.channel_id)
        if account is None or row.address is None:
            await self._fail(row, "no_channel", "the channel is not connected", "Este canal ya no está conectado.")
            return
        try:
            content = from_json(row.content)
            wires = render(content, self.limits[account.kind])
        except (ValueError, LookupError, TypeError, AttributeError) as broken:
            await self._fail(row, "unrenderable", str(broken), "Este mensaje no se puede mostrar en este canal.")
            return
        if row.part < len(wires):  # else a status told us that all of it left: only that is still to be recorded
            if row.epoch is not None and row.epoch < row.thread_epoch:
                await self._keep(partial(delivery.record_cancelled, row=row))
                return
            closes = window_closes(account.kind, row.last_inbound_at)
            if closes is not None and closes <= self.clock() and not isinstance(content, Template):
                await self._fail(row, "window_closed", "more than 24 h", self.explain(account.kind, "131047"))
                return
        await self._send_parts(row, account, row.address, wires, lease)

    async def _send_parts(
        self, row: Claimed, account: ChannelAccount, address: dict[str, Any], wires: tuple[Wire, ...], lease: datetime
    ) -> None:
        provider_id: str | None = None
        chat = str(next(iter(address.values()), ""))
        for part in range(row.part, len(wires)):
            wait = await self.buckets.take(buckets_of(account.kind, account.account, chat))
            if wait > 0:
                due = self.clock() + timedelta(seconds=wait)
                await self._keep(partial(delivery.postpone, row=row, due=due, error=None, attempted=False))
                return
            try:
                provider_id = await self._send(row, account, address, wires[part], part, lease)
            except HiloError as error:
                await self._not_sent(row, account, error)
                return
            if part == 0 and row.heard is not None:
                self.on_answered(account, row.heard)
            if part + 1 < len(wires):
                lease = self.clock() + self.lease
                held = await self._keep(partial(delivery.record_part, row=row, part=part + 1, lease=lease))
                if not held:
                    return
        await self._record(Sent(row.id, row.message_id, row.channel_id, len(wires), provider_id))
        await self.directory.note(account.id, "sent_at")
        if self.directory.has_problem(account.id):
            await self.directory.mark_problem(account.id, None)

    async def _send(
        self, row: Claimed, account: ChannelAccount, address: dict[str, Any], wire: Wire, part: int, lease: datetime
    ) -> str:
        """Send one part within the lease: at its end others may send it too, so by then we must have let go."""
        left = (lease - self.clock()).total_seconds()
        try:
            async with asyncio.timeout(max(0.0, left - self.lease.total_seconds() * MARGIN)):
                return await self.senders[account.kind].send(
                    account,
                    address,
                    wire,
                    make_tracker(self.ids, row.id, part),
                    self.load_media(row.organization_id),
                    row.reply_to if part == 0 else None,
                )
        except TimeoutError:
            raise OutcomeUnknown("the send took longer than its lease") from None
        except SQLAlchemyError as away:  # its file could not be read: nothing has left
            raise SendLater("connect", brief(away)) from away

    async def _not_sent(self, row: Claimed, account: ChannelAccount, error: HiloError) -> None:
        now = self.clock()
        match error:
            case SendLater(code="connect"):
                # Nothing was tried, and it may take hours until there is a way again: it keeps all its attempts.
                await self._postpone(row, now + NO_WAY_PAUSE, error.code, error.message, account, attempted=False)
            case SendLater() if row.attempts < ATTEMPTS:
                wait = error.retry_after if error.retry_after is not None else min(300.0, 2.0**row.attempts)
                if error.account_wide:
                    await self.buckets.pause(f"{account.kind}/{account.account}", wait)
                await self._postpone(row, now + timedelta(seconds=wait), error.code, error.message, account)
            case SendLater() | SendRefused():
                await self._fail(
                    row,
                    error.code,
                    error.message,
                    self.explain(account.kind, error.code),
                    unreachable=isinstance(error, SendRefused) and error.unreachable,
                )
            case AccountBroken():
                log.error("the account cannot send", channel=account.kind, account=account.account, code=error.code)
                await self.buckets.pause(f"{account.kind}/{account.account}", BROKEN_ACCOUNT_PAUSE.total_seconds())
                # Says nothing about this message: however long it takes to mend, it keeps all its attempts.
                await self._postpone(
                    row, now + BROKEN_ACCOUNT_PAUSE, error.code, error.message, account, attempted=False
                )
                await self.directory.mark_problem(account.id, self.explain(account.kind, error.code))
            case OutcomeUnknown():
                await self._keep(partial(delivery.record_unknown, row=row, settle_until=now + self.settle))
            case ChatMoved() if row.attempts < ATTEMPTS:
                await self._keep(partial(delivery.move_chat, row=row, address=error.address))
                await self._keep(partial(delivery.postpone, row=row, due=now, error=None))
            case _:
                await self._fail(row, "failed", str(error), "No se pudo enviar este mensaje.")

    async def _postpone(
        self,
        row: Claimed,
        due: datetime,
        code: str,
        message: str,
        account: ChannelAccount,
        *,
        attempted: bool = True,
    ) -> None:
        error = {"code": code, "message": message, "reason": self.explain(account.kind, code)}
        await self._keep(partial(delivery.postpone, row=row, due=due, error=error, attempted=attempted))

    async def _fail(self, row: Claimed, code: str, message: str, reason: str, *, unreachable: bool = False) -> None:
        error = {"code": code, "message": message, "reason": reason}
        at = self.clock() if unreachable else None
        await self._keep(partial(delivery.record_failed, row=row, error=error, unreachable_at=at))

    async def _keep(self, write: Callable[[Driver], Awaitable[T]]) -> T:
        """Write what we know of a send, again and again while the database is away.

        Forgetting it would make a known outcome an unknown one. Safe to repeat: a row that is no longer ours stays
        as it is.
        """
        pause = 0.05
        while True:
            try:
                async with driver_connection(self.engine) as driver:
                    return await write(driver)
            except Exception as error:
                if not is_away(error):
                    raise
                log.warning("the database is away; an outcome waits to be recorded", error=str(error))
            await asyncio.sleep(pause)
            pause = min(1.0, 2 * pause)

    async def _record(self, sent: Sent) -> None:
        """Recorded together with whatever else landed meanwhile: one statement for all of it."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sent.append((sent, done))
        if self._recording is None:
            self._recording = asyncio.create_task(self._record_all())
        await done

    async def _record_all(self) -> None:
        try:
            while self._sent:
                batch, self._sent = self._sent, []
                await self._record_batch(batch)
        finally:
            self._recording = None

    async def _record_batch(self, batch: list[tuple[Sent, asyncio.Future[None]]]) -> None:
        """One that PostgreSQL refuses (its provider id was given before) is recorded without it, the rest as usual."""
        try:
            await self._keep(partial(delivery.record_sent, sent=[sent for sent, _ in batch]))
        except Exception as error:
            if len(batch) > 1:
                for one in batch:
                    await self._record_batch([one])
                return
            ((sent, done),) = batch
            if sent.provider_id is None:
                done.set_exception(error)
                return
            log.error("a provider's id was refused", outbox=sent.id, error=str(error))
            await self._record_batch([(replace(sent, provider_id=None), done)])
        else:
            for _, done in batch:
                done.set_result(None)
