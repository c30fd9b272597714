"""Courses of treatment: found, booked and moved as a whole, or not at all."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda import booking
from core.agenda.booking import Taken, Wanted
from core.agenda.calendars import Asking, Offer
from core.agenda.model import TO_COME, Allocation, Appointment
from core.agenda.openings import openings_between
from core.agenda.wall import instant_at, local_day
from core.errors import Refused

READ_AT_ONCE = 28
"""Days whose times are read together."""


@dataclass(frozen=True, slots=True)
class Course:
    """So many sessions, days apart: never less than `least`, best `target`, at most `most`. `tolerance`: minutes each
    session may be earlier or later in the day than the first."""

    sessions: int
    least: int
    target: int
    most: int
    tolerance: int = 120

    def __post_init__(self) -> None:
        if not 1 <= self.sessions <= 24:
            raise Refused("sessions", "sessions: una serie tiene entre 1 y 24 sesiones.")
        if not 0 < self.least <= self.target <= self.most <= 366:
            raise Refused("gaps", "gaps: los días entre sesiones van de menos a más: mínimo, ideal, máximo.")

    @property
    def gaps(self) -> list[int]:
        """Days between two sessions, the best first."""
        return sorted(range(self.least, self.most + 1), key=lambda gap: abs(gap - self.target))


class Clash(Taken):
    """A session of the course has no time: `session` counts from 1, `day` is where it should have been."""

    def __init__(self, session: int, day: date) -> None:
        Refused.__init__(
            self,
            "series_clash",
            f"La sesión {session} no tiene lugar alrededor del {day:%d/%m/%Y}: prueba otra fecha para empezar.",
            session=session,
            day=day.isoformat(),
        )
        self.reason = "busy"


async def plan_course(
    session: AsyncSession, offer: Offer, asking: Asking, first: datetime, course: Course, number: int = 1
) -> list[datetime]:
    """The starts of all sessions, the first as given: depth-first, each as near its target day as can be had, at about
    the same time of day. Raises Clash naming the session that no way on was found for, and the date it was due.

    `number`: which session of the course the first one is. What cannot follow a day is looked at once: the time is
    that of sessions times days times gaps, and other requests have their turn in between.
    """
    days = _Days(session, offer, asking, first, course.tolerance)
    dead: set[tuple[int, date]] = set()
    gaps = course.gaps
    furthest = (0, days.first)

    async def follow(starts: list[datetime], day: date) -> list[datetime] | None:
        nonlocal furthest
        if len(starts) == course.sessions:
            return starts
        furthest = max(furthest, (len(starts), day + timedelta(days=course.target)), key=lambda one: one[0])
        await asyncio.sleep(0)
        for gap in gaps:
            later = day + timedelta(days=gap)
            if (len(starts) + 1, later) in dead:
                continue
            near = await days.nearest(later)
            whole = await follow([*starts, near], later) if near is not None else None
            if whole is not None:
                return whole
        dead.add((len(starts), day))
        return None

    at = int(first.timestamp())
    alone = replace(asking, exact=asking.exact or asking.staff)  # the staff begins at any minute
    whole = await follow([first], days.first) if await openings_between(session, offer, alone, at, at + 1) else None
    if whole is None:
        raise Clash(number + furthest[0], furthest[1])
    return whole


@dataclass
class _Days:
    """The opening of each day nearest to the first session's time of day; read some weeks at once."""

    session: AsyncSession
    offer: Offer
    asking: Asking
    start: datetime
    tolerance: int
    read: dict[int, dict[date, datetime]] = field(default_factory=dict)

    @property
    def first(self) -> date:
        return local_day(int(self.start.timestamp()), self.offer.zone)

    async def nearest(self, day: date) -> datetime | None:
        block = (day - self.first).days // READ_AT_ONCE
        if block not in self.read:
            self.read[block] = await self._read(self.first + timedelta(days=block * READ_AT_ONCE))
        return self.read[block].get(day)

    async def _read(self, first: date) -> dict[date, datetime]:
        zone = self.offer.zone
        since, until = (instant_at(first + timedelta(days=days), 0, zone) for days in (0, READ_AT_ONCE))
        by_day: dict[date, list[datetime]] = defaultdict(list)
        for opening in await openings_between(self.session, self.offer, self.asking, since, until):
            by_day[opening.at(zone).date()].append(opening.at(zone))
        best = {day: min(moments, key=self._away) for day, moments in by_day.items()}
        return {day: moment for day, moment in best.items() if self._away(moment) <= self.tolerance}

    def _away(self, moment: datetime) -> int:
        return abs(_minute(moment.time()) - _minute(self.start.astimezone(self.offer.zone).time()))


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


async def book_course(
    session: AsyncSession, offer: Offer, wanted: Wanted, starts: Sequence[datetime], now: datetime
) -> list[Appointment]:
    """Every session of a course, or none: raises Clash naming the one that was taken meanwhile."""
    booked: list[Appointment] = []
    async with session.begin_nested():
        for number, start in enumerate(starts, start=1):
            wish = replace(wanted, start=start, key=f"{wanted.key}:{number}")
            try:
                booked.append(await booking.book(session, offer, wish, now))
            except Taken as taken:
                raise Clash(number, start.astimezone(offer.zone).date()) from taken
            booked[-1].series_id = booked[0].id
        await session.flush()
    return booked


@dataclass(frozen=True, slots=True)
class Replanned:
    """A session and those after it, still to come, with the times they would move to."""

    sessions: Sequence[Appointment]
    starts: Sequence[datetime]
    number: int
    """Which session of the course the first of them is."""


async def plan_move(
    session: AsyncSession, offer: Offer, appointment: Appointment, wanted: Wanted, now: datetime, course: Course
) -> Replanned:
    """Where a session of a course and those that follow it would go: the first to `wanted.start`, the others at the
    course's distances from there (how many they are is not taken from `course`). Their own old times are free for them.

    Raises Clash naming the session and the date; Refused for an appointment that is of no course.
    """
    whole = list(
        await session.scalars(
            select(Appointment)
            .where(Appointment.series_id == appointment.series_id, Appointment.status != "cancelled")
            .order_by(Appointment.starts_at, Appointment.id)
        )
    )
    if (
        appointment.series_id is None
        or appointment not in whole
        or any(one.service_id != appointment.service_id for one in whole)
    ):
        raise Refused("no_course", "appointment: esa cita no es de una serie de sesiones: muévela sola.")
    place = whole.index(appointment)
    moving = [appointment, *(one for one in whole[place + 1 :] if one.status in TO_COME)]
    asking = Asking(
        now,
        wanted.holder,
        appointment.id,
        frozenset((wanted.professional,)) if wanted.professional else None,
        await booking.patient_resource(session, wanted.patient),
        staff=wanted.by is not None,
        together=frozenset(one.id for one in moving),
    )
    course = replace(course, sessions=len(moving))
    starts = await plan_course(session, offer, asking, wanted.start.astimezone(offer.zone), course, place + 1)
    return Replanned(moving, starts, place + 1)


async def move_course(
    session: AsyncSession, offer: Offer, wanted: Wanted, plan: Replanned, now: datetime
) -> list[Appointment]:
    """What `plan_move` says, done: all of them move, or none. Raises Clash naming the one taken meanwhile."""
    async with session.begin_nested():
        resource = await booking.patient_resource(session, wanted.patient)
        ids = [one.id for one in plan.sessions]
        old = select(Allocation.resource_id).where(Allocation.appointment_id.in_(ids))
        await booking.lock(session, [offer], resource, now, also=list(await session.scalars(old)))
        # one may move to where the next one was
        await session.execute(delete(Allocation).where(Allocation.appointment_id.in_(ids)))
        for number, (one, start) in enumerate(zip(plan.sessions, plan.starts, strict=True), start=plan.number):
            wish = replace(wanted, start=start.astimezone(UTC), exact=number > plan.number)
            try:
                await booking.move(session, offer, one, wish, now)
            except Taken as taken:
                raise Clash(number, start.date()) from taken
    return list(plan.sessions)
