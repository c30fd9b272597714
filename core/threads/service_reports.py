"""Reports of promises and of surveys. Takes a session; one query each, besides the holidays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.organizations.hours import OpenTime
from core.organizations.model import Member, Organization
from core.organizations.queries import special_days
from core.threads.later_model import ThreadSurvey
from core.threads.model import Episode, Thread
from core.threads.service_levels import Promise, ServiceLevels

PROMISES: Mapping[Promise, str] = {"first_reply": "Primera respuesta", "resolution": "Resolución"}
"""Those of which an episode keeps when they were met."""
BEYOND = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Kept:
    """Of `episodes` whose deadline passed or was met, how many were in time."""

    promise: Promise
    episodes: int
    kept: int


async def kept_promises(
    session: AsyncSession,
    organization: Organization,
    levels: ServiceLevels,
    since: datetime,
    until: datetime,
    now: datetime,
) -> list[Kept]:
    """Of the episodes handed over in these days. What still runs in time does not count yet."""
    last = (until + BEYOND).date()
    special = await special_days(session, organization.id, since.date(), last)
    opened = OpenTime(organization.hours, special, organization.zone, since.date(), last)
    rows = await session.execute(
        select(Episode.handed_over_at, Episode.first_human_reply_at, Episode.resolved_at, Thread.priority)
        .join(Thread, Thread.id == Episode.thread_id)
        .where(
            Episode.organization_id == organization.id,
            Episode.handed_over_at >= since,
            Episode.handed_over_at < until,
        )
    )
    counts = {promise: [0, 0] for promise in PROMISES}
    for handed_over, replied, resolved, priority in rows:
        assert handed_over is not None
        targets = levels.of(priority)
        # who resolves without a word has answered as well as they meant to
        clocks: tuple[tuple[Promise, int, datetime | None], ...] = (
            ("first_reply", targets.first_reply, replied or resolved),
            ("resolution", targets.resolution, resolved),
        )
        for promise, minutes, met in clocks:
            due = opened.after(handed_over, timedelta(minutes=minutes)) if minutes else None
            if due is None or (met is None and due > now):
                continue
            counts[promise][0] += 1
            counts[promise][1] += met is not None and met <= due
    return [Kept(promise, *found) for promise, found in counts.items()]


@dataclass(frozen=True, slots=True)
class Found:
    """What people said of one member's conversations; `member_id` None: nobody's."""

    member_id: int | None
    name: str | None
    answers: int
    mean: float
    good: int
    bad: int


async def satisfaction(session: AsyncSession, organization_id: int, since: datetime, until: datetime) -> list[Found]:
    def how_many(least: int, most: int) -> ColumnElement[int]:
        return func.count(case((ThreadSurvey.score.between(least, most), 1)))

    answers = func.count()
    rows = await session.execute(
        select(
            ThreadSurvey.member_id,
            Member.name,
            answers,
            func.avg(ThreadSurvey.score),
            how_many(4, 5),
            how_many(1, 2),
        )
        .outerjoin(Member, Member.id == ThreadSurvey.member_id)
        .where(
            ThreadSurvey.organization_id == organization_id,
            ThreadSurvey.answered_at >= since,
            ThreadSurvey.answered_at < until,
            ThreadSurvey.score.is_not(None),
        )
        .group_by(ThreadSurvey.member_id, Member.name)
        .order_by(ThreadSurvey.member_id.is_(None), answers.desc(), Member.name)
    )
    return [Found(member_id, name, count, float(mean), good, bad) for member_id, name, count, mean, good, bad in rows]
