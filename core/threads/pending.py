"""The SQL of pending actions and timers: what is due, across organizations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import class_row, tuple_row

from core.threads.spine import Driver

PROBLEM = 500


@dataclass(frozen=True, slots=True)
class DueAction:
    id: int
    organization_id: int
    thread_id: int


@dataclass(frozen=True, slots=True)
class DueThread:
    """A thread with at least one timer due; `timers` are [token, instant ISO]."""

    id: int
    organization_id: int
    timers: list[list[str]]


async def due_actions(driver: Driver, now: datetime, limit: int) -> list[DueAction]:
    """Actions to run, oldest first. Not claimed: the one who locks the row runs it."""
    async with driver.cursor(row_factory=class_row(DueAction)) as cursor:
        await cursor.execute(
            """
            SELECT id, organization_id, thread_id FROM pending_action
            WHERE state = 'pending' AND due_at <= %s ORDER BY due_at, id LIMIT %s
            """,
            (now, limit),
        )
        return await cursor.fetchall()


async def due_threads(driver: Driver, now: datetime, limit: int) -> list[DueThread]:
    """Threads whose earliest timer is due, the most overdue first."""
    async with driver.cursor(row_factory=class_row(DueThread)) as cursor:
        await cursor.execute(
            "SELECT id, organization_id, timers FROM thread WHERE due_at <= %s ORDER BY due_at LIMIT %s", (now, limit)
        )
        return await cursor.fetchall()


async def wake_snoozed(driver: Driver, now: datetime) -> int:
    """Snoozed threads whose hour has come are open again, first in line for the staff."""
    async with driver.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(
            """
            UPDATE thread SET state = 'open', snoozed_until = NULL, unread = unread + 1, version = version + 1,
                              waiting_since = coalesce(waiting_since, %(now)s)
            WHERE snoozed_until <= %(now)s AND state = 'snoozed'
            """,
            {"now": now},
        )
        return cursor.rowcount


async def forget_timers(driver: Driver, thread_id: int, now: datetime, problem: str) -> None:
    """The thread's timers break the turn they bring: they are dropped, and the thread goes to the staff with the why.

    Left where they are they would come up first at every look, for ever.
    """
    await driver.execute(
        """
        UPDATE thread SET timers = '[]', due_at = NULL, problem = %s, version = version + 1,
                          state = CASE WHEN state = 'bot' THEN 'open' ELSE state END,
                          unread = unread + 1, waiting_since = coalesce(waiting_since, %s)
        WHERE id = %s
        """,
        (problem[:PROBLEM], now, thread_id),
    )


async def next_wake(driver: Driver, now: datetime, at_most: timedelta) -> datetime:
    """When the next timer, snooze or action is due, at the latest `at_most` from now."""
    async with driver.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(
            """
            SELECT least((SELECT min(due_at) FROM thread WHERE due_at IS NOT NULL),
                         (SELECT min(snoozed_until) FROM thread
                          WHERE snoozed_until IS NOT NULL AND state = 'snoozed'),
                         (SELECT min(due_at) FROM pending_action WHERE state = 'pending'), %s)
            """,
            (now + at_most,),
        )
        row: tuple[Any, ...] | None = await cursor.fetchone()
    assert row is not None
    due: datetime = row[0]
    return due
