"""The turn: whatever is waiting goes into the next batch; one read, pure steps, one write, commit, answer.

While a batch is in flight the next turns gather. A thread is in a batch at most once, which keeps its order; whoever
loses the race for a thread, against another process or the staff, goes into the next batch. Nothing is answered
before its write is committed. One bad turn never fails its batch: the batch is taken apart and each tried alone.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.apply import Happening, take_turn
from bot.conversing import Conversing
from bot.events import Emoted, Said
from bot.state import awaits_action
from core.clock import Clock
from core.db import driver_connection
from core.errors import Transient
from core.threads.actions import HUMAN_STATES
from core.threads.away import brief, is_away
from core.threads.inbound import Person
from core.threads.people import ensure_person
from core.threads.spine import Answer, Driver, Question, ThreadRow, TurnWrite, read_threads, write_turns

BATCH = 64
ACTION_POLL = 0.05
ACTION_PATIENCE = 10.0
"""Seconds a message waits for the action that runs in its thread, looking every ACTION_POLL; then it is stepped."""
LOOK_AHEAD = 512
TRIES = 50
"""Races a turn may lose before it is given up; each means that somebody else moved the thread on."""

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Arrival:
    """Something waiting for its turn. `done` ends with True when it was stored now, False when it was already."""

    question: Question
    happening: Happening
    person: Person | None
    done: asyncio.Future[bool]
    tries: int = 0
    held_since: float | None = None
    linked: bool = False
    """Whether the person's identities have been seen to, so that disagreeing ones are not looked at again."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A turn that was committed: for read receipts, wake-ups and tests."""

    arrival: Arrival
    write: TurnWrite


class Broken(Exception):
    """This one event cannot be written, alone or together; the cause says why."""


@dataclass(slots=True)
class Turns:
    """The one place where a turn is taken. `run` must be running; `take` waits for its commit."""

    engine: AsyncEngine
    """As `hilo_spine`, in autocommit: the read and the write are one statement each."""
    conversing: Conversing
    clock: Clock
    on_taken: Callable[[Sequence[Taken]], None]
    """Called after each commit, in the loop, for wake-ups and read receipts: must not block or raise."""
    _waiting: deque[Arrival] = field(default_factory=deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _held: dict[int, list[Arrival]] = field(default_factory=dict)
    """By thread: what was said while an action ran, in order; it must be heard after the action's result."""
    _alive: bool = True

    async def take(self, question: Question, happening: Happening, person: Person | None = None) -> bool:
        """Wait until this event's turn is committed; False: it was stored before.

        Raises Transient while the database is away, Broken when the event can never be written.
        """
        return await self.enqueue(question, happening, person)

    def enqueue(self, question: Question, happening: Happening, person: Person | None = None) -> asyncio.Future[bool]:
        """Put an event in line now (its place is its order) and return what `take` waits for."""
        if not self._alive:
            raise Transient("Hilo is stopping", retry_after=2)
        arrival = Arrival(question, happening, person, asyncio.get_running_loop().create_future())
        self._waiting.append(arrival)
        self._wake.set()
        return arrival.done

    async def run(self) -> None:
        """Take turns until cancelled; what still waits then is told to come again."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await self._take_batch(self._next_batch())
        finally:
            self._alive = False
            for arrival in (*self._waiting, *(one for held in self._held.values() for one in held)):
                _fail(arrival, Transient("Hilo is stopping", retry_after=2))

    def _next_batch(self) -> list[Arrival]:
        """The first that wait, one of each person: what could not be taken now would only travel along.

        Looks a few batches ahead, so that somebody who sent a hundred messages holds nobody up.
        """
        batch: list[Arrival] = []
        passed: list[Arrival] = []
        whose: set[object] = set()
        while self._waiting and len(batch) < BATCH and len(passed) < LOOK_AHEAD:
            arrival = self._waiting.popleft()
            question = arrival.question
            who = question.thread_id or (question.organization_id, *question.identities)
            if who in whose:
                passed.append(arrival)
            else:
                whose.add(who)
                batch.append(arrival)
        self._waiting.extendleft(reversed(passed))
        return batch

    async def _take_batch(self, batch: list[Arrival]) -> None:
        try:
            again = await self._attempt(batch)
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            for arrival in batch:
                arrival.tries += 1
            again = batch
        except asyncio.CancelledError:
            for arrival in batch:
                _fail(arrival, Transient("Hilo is stopping", retry_after=2))
            raise
        except Exception as broken:
            if is_away(broken):
                log.warning("database away", error=str(broken))
                for arrival in batch:
                    _fail(arrival, Transient("the database is away", retry_after=5))
                return
            if len(batch) > 1:
                await self._take_each(batch)
                return
            log.exception("turn broke", key=batch[0].question.key)
            _fail(batch[0], Broken(brief(broken)))
            return
        self._put_back(again)

    async def _take_each(self, batch: list[Arrival]) -> None:
        try:
            for arrival in batch:
                await self._take_batch([arrival])
        except asyncio.CancelledError:
            for arrival in batch:
                _fail(arrival, Transient("Hilo is stopping", retry_after=2))
            raise

    def _put_back(self, again: list[Arrival]) -> None:
        """To the front, in their order, so that a thread's events keep theirs."""
        for arrival in reversed(again):
            if arrival.tries > TRIES:
                _fail(arrival, Transient("the thread is busy", retry_after=1))
            else:
                self._waiting.appendleft(arrival)
        if again:
            self._wake.set()

    async def _attempt(self, batch: list[Arrival]) -> list[Arrival]:
        """One read, the steps, one write. Returns those to be tried again, in order."""
        async with driver_connection(self.engine) as driver:
            answers = await read_threads(driver, [arrival.question for arrival in batch])
            taken, again, strangers = self._sort(batch, answers)
            await self.conversing.prepare(driver, [row for _, row in taken])
            now = self.clock()
            writes = [
                (arrival, take_turn(row, arrival.happening, self.conversing.step_at(now), now))
                for arrival, row in taken
            ]
            if writes:
                moved = await write_turns(driver, [write for _, write in writes])
                done = [Taken(arrival, write) for arrival, write in writes if write.thread_id in moved]
                for turn in done:
                    _finish(turn.arrival, True)
                self.on_taken(done)
                lost = [arrival for arrival, write in writes if write.thread_id not in moved]
                for arrival in lost:
                    arrival.tries += 1
                again += lost
            for arrival in strangers:
                await self._introduce(driver, arrival)
        order = {id(arrival): place for place, arrival in enumerate(batch)}
        return sorted(again, key=lambda arrival: order[id(arrival)])

    def _sort(
        self, batch: list[Arrival], answers: list[Answer]
    ) -> tuple[list[tuple[Arrival, ThreadRow]], list[Arrival], list[Arrival]]:
        """Who can take a turn now (one per thread), who must wait for the next batch, who is not known yet."""
        taken: list[tuple[Arrival, ThreadRow]] = []
        again: list[Arrival] = []
        strangers: list[Arrival] = []
        busy: set[int] = set()
        for arrival, answer in zip(batch, answers, strict=True):
            row = answer.thread
            if answer.known:
                _finish(arrival, False)
            elif row is None or not (answer.linked or arrival.linked):
                if arrival.person is None:
                    _finish(arrival, False)  # a timer of a thread that is gone
                else:
                    arrival.tries += 1
                    strangers.append(arrival)
                    again.append(arrival)
            elif row.id in busy:
                again.append(arrival)
            elif self._must_wait(arrival, row):
                self._hold(arrival, row.id)
            else:
                busy.add(row.id)
                taken.append((arrival, row))
        return taken, again, strangers

    def _must_wait(self, arrival: Arrival, row: ThreadRow) -> bool:
        """Whether the flow waits for an action's result and this is not it."""
        if row.id in self._held:
            return True
        if row.state in HUMAN_STATES or not isinstance(arrival.happening.event, Said | Emoted):
            return False
        try:
            if not awaits_action(row.session):
                return False
        except (AttributeError, TypeError):
            return False  # no session of ours: the step will break on it and hand over
        now = asyncio.get_running_loop().time()
        arrival.held_since = arrival.held_since or now
        return now - arrival.held_since < ACTION_PATIENCE

    def _hold(self, arrival: Arrival, thread_id: int) -> None:
        if thread_id in self._held:
            self._held[thread_id].append(arrival)
            return
        self._held[thread_id] = [arrival]
        asyncio.get_running_loop().call_later(ACTION_POLL, self._let_go, thread_id)

    def _let_go(self, thread_id: int) -> None:
        """Back to the front of the line, before whatever came later."""
        self._waiting.extendleft(reversed(self._held.pop(thread_id)))
        self._wake.set()

    async def _introduce(self, driver: Driver, arrival: Arrival) -> None:
        assert arrival.person is not None and arrival.question.channel_id is not None
        async with driver.transaction():
            await ensure_person(
                driver, arrival.question.organization_id, arrival.question.channel_id, arrival.person, self.clock()
            )
        arrival.linked = True


def _finish(arrival: Arrival, stored: bool) -> None:
    if not arrival.done.done():
        arrival.done.set_result(stored)


def _fail(arrival: Arrival, error: Exception) -> None:
    if not arrival.done.done():
        arrival.done.set_exception(error)


async def take_locked_turn(
    driver: Driver, conversing: Conversing, thread_id: int, organization_id: int, happening: Happening, now: datetime
) -> TurnWrite:
    """A turn inside somebody else's transaction, who holds the thread's row lock: actions and releases.

    The caller commits. Raises Transient if the lock was not held after all.
    """
    question = Question(happening.key, organization_id, thread_id=thread_id)
    (answer,) = await read_threads(driver, [question])
    assert answer.thread is not None
    await conversing.prepare(driver, [answer.thread])
    write = take_turn(answer.thread, happening, conversing.step_at(now), now)
    if thread_id not in await write_turns(driver, [write]):
        raise Transient("the thread moved although it was locked")
    return write
