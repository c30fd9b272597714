"""Courses of treatment and visits of several services: found and booked as a whole, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda import booking
from core.agenda.booking import Taken, Wanted
from core.agenda.calendars import Asking, Offer
from core.agenda.model import TO_COME, Appointment
from core.agenda.openings import Opening, openings_between
from core.errors import Refused

DAY = 86_400


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


class Clash(Taken):
    """A session of the course has no time: `session` counts from 1, `day` is where it should have been."""

    def __init__(self, session: int, day: datetime) -> None:
        Refused.__init__(
            self,
            "series_clash",
            f"La sesión {session} no tiene lugar alrededor del {day:%d/%m/%Y}: prueba otra fecha para empezar.",
            session=session,
            day=day.date().isoformat(),
        )
        self.reason = "busy"


async def plan_course(
    session: AsyncSession, offer: Offer, asking: Asking, first: datetime, course: Course
) -> list[datetime]:
    """The starts of all sessions, the first as given: depth-first, each as near its target day as can be had, at about
    the same time of day. Raises Clash naming the session that no way on was found for.
    """
    seen: dict[int, list[Opening]] = {}
    furthest = (1, first)

    async def on(day: int) -> list[Opening]:
        if day not in seen:
            start = datetime.fromtimestamp(0, offer.zone).replace(
                year=first.year, month=first.month, day=first.day, hour=0, minute=0, second=0, microsecond=0
            ) + timedelta(days=day)
            since = int(start.timestamp())
            until = int((start + timedelta(days=1)).timestamp())
            seen[day] = await openings_between(session, offer, asking, since, until)
        return seen[day]

    async def follow(starts: list[datetime]) -> list[datetime] | None:
        nonlocal furthest
        if len(starts) == course.sessions:
            return starts
        passed = (starts[-1].astimezone(offer.zone).date() - first.astimezone(offer.zone).date()).days
        if len(starts) + 1 > furthest[0]:
            furthest = (len(starts) + 1, starts[-1] + timedelta(days=course.target))
        for gap in sorted(range(course.least, course.most + 1), key=lambda gap: abs(gap - course.target)):
            near = _nearest(await on(passed + gap), offer, first, course.tolerance)
            if near is not None:
                whole = await follow([*starts, near])
                if whole is not None:
                    return whole
        return None

    if not await openings_between(session, offer, asking, int(first.timestamp()), int(first.timestamp()) + 1):
        raise Clash(1, first.astimezone(offer.zone))
    whole = await follow([first])
    if whole is None:
        raise Clash(furthest[0], furthest[1].astimezone(offer.zone))
    return whole


def _nearest(openings: Sequence[Opening], offer: Offer, first: datetime, tolerance: int) -> datetime | None:
    """The opening of a day that is nearest to the first session's time of day."""
    wall = first.astimezone(offer.zone)

    def away(at: datetime) -> int:
        return abs((at.hour * 60 + at.minute) - (wall.hour * 60 + wall.minute))

    moments = [opening.at(offer.zone) for opening in openings]
    best = min(moments, key=away, default=None)
    return best if best is not None and away(best) <= tolerance else None


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
                raise Clash(number, start.astimezone(offer.zone)) from taken
            booked[-1].series_id = booked[0].id
        await session.flush()
    return booked


async def move_course(
    session: AsyncSession, offer: Offer, appointment: Appointment, wanted: Wanted, now: datetime, course: Course
) -> list[Appointment]:
    """A session of a course at another time, and those that follow it replanned at the course's distances from there.

    All of them move, or none: raises Clash naming the one that cannot, Taken when the time itself is not free.
    """
    following = list(
        await session.scalars(
            select(Appointment)
            .where(
                Appointment.series_id == appointment.series_id,
                Appointment.starts_at > appointment.starts_at,
                Appointment.status.in_(TO_COME),
            )
            .order_by(Appointment.starts_at)
        )
    )
    moved: list[Appointment] = []
    async with session.begin_nested():
        moved.append(await booking.move(session, offer, appointment, wanted, now))
        for number, later in enumerate(following, start=2):
            asking = Asking(now, wanted.holder, later.id, None, await booking.patient_resource(session, wanted.patient))
            start = await _next_session(session, offer, asking, moved[-1].starts_at, wanted.start, course)
            if start is None:
                due = moved[-1].starts_at + timedelta(days=course.target)
                raise Clash(number, due.astimezone(offer.zone))
            wish = replace(wanted, start=start, key=f"{wanted.key}:{number}", exact=True)
            moved.append(await booking.move(session, offer, later, wish, now))
    return moved


async def _next_session(
    session: AsyncSession, offer: Offer, asking: Asking, last: datetime, first: datetime, course: Course
) -> datetime | None:
    """The time nearest to the course's target after its last session, at about the same time of day as the first."""
    for gap in sorted(range(course.least, course.most + 1), key=lambda gap: abs(gap - course.target)):
        day = last.astimezone(offer.zone).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=gap)
        bounds = (int(day.timestamp()), int((day + timedelta(days=1)).timestamp()))
        near = _nearest(await openings_between(session, offer, asking, *bounds), offer, first, course.tolerance)
        if near is not None:
            return near
    return None


async def book_visit(
    session: AsyncSession, offers: Sequence[Offer], wanted: Wanted, now: datetime
) -> list[Appointment]:
    """Several services one after the other, the first at `wanted.start`; all of them, or none. Raises Taken."""
    booked: list[Appointment] = []
    start = wanted.start
    async with session.begin_nested():
        for number, offer in enumerate(offers, start=1):
            # one visit begins on the grid once; what follows begins where the one before ends
            by_rules = wanted.by is None and number == 1
            wish = replace(
                wanted,
                start=start,
                key=f"{wanted.key}:{number}",
                professional=wanted.professional if number == 1 else None,
                exact=not by_rules,
            )
            booked.append(await booking.book(session, offer, wish, now))
            booked[-1].series_id = booked[0].id
            start = booked[-1].ends_at
        await session.flush()
    return booked


async def visit_openings(
    session: AsyncSession, offers: Sequence[Offer], asking: Asking, since: int, until: int
) -> list[Opening]:
    """Starts at which all the services can follow one another."""
    found = await openings_between(session, offers[0], asking, since, until)
    for place, offer in enumerate(offers[1:], start=1):
        ahead = sum(one.minutes() for one in offers[:place]) * 60
        rest = replace(asking, professionals=None, exact=True)
        kept = []
        for opening in found:
            at = opening.start + ahead
            if await openings_between(session, offer, rest, at, at + 1):
                kept.append(opening)
        found = kept
    total = sum(offer.minutes() for offer in offers)
    return [replace(opening, minutes=total) for opening in found]
