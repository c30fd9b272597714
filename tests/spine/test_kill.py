"""Processes are killed at every step and at any moment; nothing is lost, nothing is done twice.

HILO_KILLS sets how many kills there are in all (a short run by default), shared among the ways of running Hilo.
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import pytest

from tests.spine.clinic import Clinic, Forge, clinic_running
from tests.spine.mortal import DELIVERING, LISTENING, STEPS
from tests.spine.people import SCRIPT, Kind, Walker, without_repeats

KILLS = int(os.environ.get("HILO_KILLS", "20"))
SEED = int(os.environ.get("HILO_KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
WALKING = 6

WAYS = {
    "one process": (0, {}),
    "a web process that only takes turns, and two workers": (2, {"HILO_WEB_DELIVERS": "false"}),
    "three processes that all do everything, and faults": (2, {}),
}


@dataclass
class Killer:
    """Every process it starts will die at some step; those that never come by there are killed where they stand."""

    clinic: Clinic
    kills: int
    dice: random.Random
    where: Counter[str] = field(default_factory=Counter)
    _decks: dict[bool, Iterator[str]] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return self.where.total()

    async def run(self) -> None:
        await asyncio.gather(*(self._haunt(name) for name in self.clinic.processes))

    async def _haunt(self, name: str) -> None:
        process, step = self.clinic.processes[name], ""
        while self.done < self.kills:
            if await process.ended(self.dice.uniform(0.3, 3.0)):
                self.where[step] += 1
            elif process.send(signal.SIGKILL):
                await process.ended(5)
                self.where["any moment"] += 1
            step = self._next_step(name == "web")
            process = self.clinic.start(name, f"{step}/{self.dice.choice((1, 1, 1, 2, 3))}")
        process.send(signal.SIGKILL)
        await process.ended(5)
        self.clinic.start(name)

    def _next_step(self, web: bool) -> str:
        """Every step this process may come by, before and after, in random order, again and again."""
        if web not in self._decks:
            self._decks[web] = self._shuffled(web, self.clinic.environment.get("HILO_WEB_DELIVERS") == "false")
        return next(self._decks[web])

    def _shuffled(self, web: bool, divided: bool) -> Iterator[str]:
        steps = [name for name in STEPS if name not in (DELIVERING if divided and web else ())]
        steps = [name for name in steps if web or name not in LISTENING]
        while True:
            deck = [f"{name}/{when}" for name in steps for when in ("before", "after")]
            self.dice.shuffle(deck)
            yield from deck


async def _make_trouble(clinic: Clinic, dice: random.Random) -> None:
    """One fault after another, until cancelled."""
    kinds = (
        {"redeliver": 2},
        {"reorder": True},
        {"batch": 5, "redeliver": 1},
        {"delay_ms": 150},
        {"graph_error": {"status": 429, "code": 130429, "times": 2}},
        {"graph_error": {"status": 503, "code": 131016, "times": 2}},
        {"telegram_error": {"status": 429, "retry_after": 1, "times": 2}},
        {"telegram_error": {"status": 502, "times": 1}},
        {"drop_reply": 2},
        {},
    )
    while True:
        with suppress(httpx.HTTPError):
            await clinic.emulator.faults(**dice.choice(kinds))  # type: ignore[arg-type]
        await asyncio.sleep(dice.uniform(0.5, 2))


async def _keep_walking(clinic: Clinic, kind: Kind, killer: "asyncio.Task[None]") -> list[Walker]:
    """One person after the other until the killing ends; the last one walks on to the end."""
    walked = []
    while True:
        walker = Walker(clinic, kind, patience=90)
        await walker.walk()
        walked.append(walker)
        if killer.done():
            return walked


@pytest.mark.parametrize("way", WAYS)
async def test_processes_killed_at_any_step_lose_nothing_and_repeat_nothing(
    way: str, forge: Forge, database_url: str
) -> None:
    workers, environment = WAYS[way]
    dice = random.Random(f"{SEED}/{way}")
    async with clinic_running(forge, database_url, workers=workers, **environment) as clinic:
        expected = {}
        undisturbed = [Walker(clinic, "whatsapp"), Walker(clinic, "telegram")]
        await asyncio.gather(*(walker.walk() for walker in undisturbed))
        for walker in undisturbed:
            assert walker.resent == {}
            expected[walker.kind] = await walker.received()
            assert without_repeats(expected[walker.kind]) == expected[walker.kind]

        killer = Killer(clinic, -(-KILLS // len(WAYS)), dice)
        started = time.monotonic()
        killing = asyncio.create_task(killer.run())
        trouble = asyncio.create_task(_make_trouble(clinic, dice)) if "faults" in way else None
        kinds: list[Kind] = ["whatsapp", "telegram"] * (WALKING // 2)
        try:
            walked = await asyncio.gather(*(_keep_walking(clinic, kind, killing) for kind in kinds))
            await killing
        finally:
            killing.cancel()
            if trouble is not None:
                trouble.cancel()
        await clinic.emulator.faults()
        await clinic.settled()

        people = [walker for walkers in walked for walker in walkers]
        repeats = await _check_people(clinic, people, expected)
        await _check_database(clinic, people)
        print(
            f"\n{way}: seed {SEED}, {killer.done} kills in {time.monotonic() - started:.0f} s, {len(people)} people, "
            f"{repeats} of {await clinic.value('SELECT count(*) FROM outbox')} messages repeated, "
            f"resent by the staff {sum(sum(walker.resent.values()) for walker in people)}, "
            f"unknown outcomes {await clinic.value('SELECT sum(unknowns) FROM outbox')}\n  "
            + ", ".join(f"{where} {count}" for where, count in sorted(killer.where.items()))
        )


async def _check_people(clinic: Clinic, people: list[Walker], expected: dict[str, list[str]]) -> int:
    """Everybody heard what an undisturbed person hears; returns how many provider messages came twice."""
    repeats = 0
    for walker in people:
        assert len(walker.said) == len(SCRIPT)
        assert await walker.heard() == walker.said
        received = await walker.received()
        rows = await walker.outbox()
        late = await walker.texts_of(walker.resent)  # what the staff sends again arrives when they do
        assert without_repeats([text for text in received if text not in late]) == without_repeats(
            [text for text in expected[walker.kind] if text not in late]
        ), (walker, rows)
        assert set(received) == set(expected[walker.kind])
        repeats += len(received) - len(expected[walker.kind])
        allowed = sum(min(row["unknowns"], 1) for row in rows) + sum(2 * count for count in walker.resent.values())
        assert len(received) - len(expected[walker.kind]) <= allowed, (walker, rows)
        for text, times in Counter(received).items():
            assert times - expected[walker.kind].count(text) <= 1 + 2 * sum(walker.resent.values()), text
    return repeats


async def _check_database(clinic: Clinic, people: list[Walker]) -> None:
    assert await clinic.rows("SELECT reason FROM dead_letter") == []
    assert await clinic.rows("SELECT state FROM outbox WHERE state NOT IN ('sent', 'failed', 'cancelled')") == []
    assert await clinic.rows("SELECT * FROM pending_action WHERE state <> 'done'") == []
    walked = len(people) + 2  # and the undisturbed two
    for fact, query in {
        "contacts": "SELECT count(*) FROM contact",
        "threads": "SELECT count(*) FROM thread",
        "leads": "SELECT count(*) FROM lead",
        "contacts with a lead": "SELECT count(DISTINCT contact_id) FROM lead",
        "leads created": "SELECT count(*) FROM lead_event WHERE kind = 'created'",
        "owners given": "SELECT count(*) FROM lead_event WHERE kind = 'owner_changed'",
        "consents": "SELECT count(*) FROM consent_event",
    }.items():
        assert await clinic.value(query) == walked, fact
    assert await clinic.value("SELECT count(*) FROM message WHERE direction = 'in'") == walked * len(SCRIPT)
    asked = await clinic.value("SELECT count(*) FROM pending_action")
    assert asked == walked * 7  # prices, open the lead, capture, qualify, assign, what can be booked, opt out
    assert await clinic.value("SELECT count(*) FROM inbound WHERE kind = 'action_done'") == asked
