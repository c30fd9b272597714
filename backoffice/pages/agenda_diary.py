"""What the agenda's address asks for, and the days it shows: who comes when, and when nobody is there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from backoffice.api.access import Staff
from backoffice.api.agenda_places import LocationView, ResourceView
from backoffice.api.agenda_reads import DiaryView, read_agenda
from backoffice.api.agenda_schedules import ClosureView, list_closures
from backoffice.api.agenda_views import AppointmentView
from backoffice.pages.agenda_hours import shut_spans
from core.agenda.diary import View as Stretch
from core.agenda.spans import Spans, merged
from core.organizations.permissions import allows

VIEWS = ("day", "week", "month", "list")
BY = ("professional", "room")
MOST_PAGES = 5
"""Pages of the API's diary that are read for one screen: ten thousand appointments a month."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The address of the agenda; what it does not say, or says wrongly, is today's day of everybody."""

    view: str
    day: date | None
    by: str
    filters: dict[str, str]
    cancelled: bool

    @property
    def stretch(self) -> Stretch:
        return "month" if self.view == "month" else "day" if self.view == "day" else "week"


def asked_of(given: QueryParams) -> Asked:
    try:
        day = date.fromisoformat(given.get("day", ""))
    except ValueError:
        day = None
    filters = {name: given[name] for name in ("professional", "room", "location") if given.get(name)}
    view, by = given.get("view", ""), given.get("by", "")
    if day is not None and not 2000 <= day.year < 2100:
        day = None
    return Asked(
        view if view in VIEWS else "day", day, by if by in BY else BY[0], filters, given.get("cancelled") == "1"
    )


@dataclass(frozen=True, slots=True)
class Visit:
    """An appointment on the wall of the page's zone; `look` is its status as it is coloured."""

    view: AppointmentView
    look: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Shut:
    """A stretch of the wall in which a column (None: all of them) is not open; `why` of a closure or time off."""

    column: str | None
    start: datetime
    end: datetime
    why: str | None = None
    kind: str = "shut"


@dataclass(slots=True)
class DayOf:
    day: date
    visits: list[Visit] = field(default_factory=list)
    away: list[tuple[ClosureView, str]] = field(default_factory=list)
    """Closures that touch the day, with whose they are."""
    open: bool = True


@dataclass(frozen=True, slots=True)
class Diary:
    """A screenful. `opens` and `closes`: hours of the wall between which something happens."""

    asked: Asked
    zone: ZoneInfo
    day: date
    days: list[DayOf]
    columns: list[ResourceView]
    shut: list[Shut]
    opens: int
    closes: int

    @property
    def before(self) -> date:
        return _shifted(self.day, self.asked.stretch, -1)

    @property
    def after(self) -> date:
        return _shifted(self.day, self.asked.stretch, 1)


def _shifted(day: date, stretch: Stretch, by: Literal[-1, 1]) -> date:
    if stretch == "month":
        return (day.replace(day=1) + timedelta(days=32 if by > 0 else -1)).replace(day=1)
    return day + timedelta(days=by * (1 if stretch == "day" else 7))


def look_of(view: AppointmentView, now: datetime) -> str:
    """requested, confirmed, answered, late, checked_in, attended, no_show, cancelled."""
    if view.status != "confirmed":
        return view.status
    if view.running_late_at is not None:
        return "late"
    return "answered" if view.answered_at is not None else "confirmed"


async def read_diary(
    staff: Staff, asked: Asked, resources: Sequence[ResourceView], places: Sequence[LocationView]
) -> Diary:
    """Everything one screen shows."""
    filters = asked.filters
    given: dict[str, Any] = {
        "view": asked.stretch,
        "day": asked.day,
        "professional": filters.get("professional"),
        "resource": filters.get("room"),
        "location": filters.get("location"),
        "cancelled": asked.cancelled,
    }
    whole = await read_agenda(staff, **given)
    booked, following = list(whole.appointments), whole.next
    for _ in range(MOST_PAGES - 1):
        if following is None:
            break
        more = await read_agenda(staff, **given, cursor=following)
        booked, following = booked + more.appointments, more.next
    zone = ZoneInfo(whole.zone)
    day = asked.day or staff.now.astimezone(zone).date()
    visits = [
        Visit(one, look_of(one, staff.now), one.starts_at.astimezone(zone), one.ends_at.astimezone(zone))
        for one in booked
    ]
    columns = columns_of(asked, resources)
    closures = await _closures(staff, whole, filters.get("location"))
    spans = await shut_spans(staff, whole.since, whole.until, columns, places, filters.get("location"))
    together = _all_shut([spans[one.id] for one in columns], whole)
    shut = [*_drawn(asked, columns, spans, together, zone), *_reasons(asked, columns, closures, whole, zone)]
    names = {one.id: one.name for one in resources} | {one.id: one.name for one in places}
    days = _days(whole, zone, visits, closures, names, together)
    opens, closes = _between(whole, zone, together, visits)
    return Diary(asked, zone, day, days, columns, shut, opens, closes)


def columns_of(asked: Asked, resources: Sequence[ResourceView]) -> list[ResourceView]:
    """The professionals, or the rooms, that the filters leave."""
    only, place = asked.filters.get(asked.by), asked.filters.get("location")
    other = asked.filters.get("professional" if asked.by == "room" else "room")
    if only is None and other is not None and asked.view != "day":
        only = other  # a week of one room is that room's hours, whichever way days are divided
    return [
        one
        for one in resources
        if (one.id == only if only else one.active and one.kind == asked.by)
        and (place is None or one.location in (None, place))
    ]


async def _closures(staff: Staff, whole: DiaryView, place: str | None) -> list[ClosureView]:
    """Those of other places than the one that is looked at are left out."""
    if not allows(staff.member.role, "schedules.read"):
        return []
    found = await list_closures(staff, since=whole.since, until=whole.until)
    return [one for one in found if place is None or one.location in (None, place)]


def _all_shut(spans: Sequence[Spans], whole: DiaryView) -> Spans:
    """When none of the columns is open."""
    bounds = (int(whole.since.timestamp()), int(whole.until.timestamp()))
    edges = sorted({*bounds, *(edge for some in spans for span in some for edge in span)})
    pieces = pairwise(edges)
    return merged(
        (start, end)
        for start, end in pieces
        if spans and all(any(a <= start and end <= b for a, b in some) for some in spans)
    )


def _drawn(
    asked: Asked, columns: Sequence[ResourceView], spans: dict[str, Spans], together: Spans, zone: ZoneInfo
) -> Iterator[Shut]:
    found = [(one.id, spans[one.id]) for one in columns] if asked.view == "day" else [(None, together)]
    for column, some in found:
        for start, end in some:
            yield Shut(column, _wall(start, zone), _wall(end, zone))


def _wall(instant: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(instant, zone)


def _reasons(
    asked: Asked, columns: Sequence[ResourceView], closures: Sequence[ClosureView], whole: DiaryView, zone: ZoneInfo
) -> Iterator[Shut]:
    """Closures and time off; in a week of everybody one person's absence is said above the day, not drawn."""
    shown = {one.id for one in columns}
    for one in closures:
        if one.resource is not None and (one.resource not in shown or (asked.view != "day" and len(shown) > 1)):
            continue
        start, end = max(one.since or whole.since, whole.since), min(one.until or whole.until, whole.until)
        columned = one.resource if asked.view == "day" else None
        yield Shut(columned, start.astimezone(zone), end.astimezone(zone), one.reason, one.kind)


def _days(
    whole: DiaryView,
    zone: ZoneInfo,
    visits: Sequence[Visit],
    closures: Sequence[ClosureView],
    names: dict[str, str],
    together: Spans,
) -> list[DayOf]:
    first, last = whole.since.astimezone(zone).date(), whole.until.astimezone(zone).date()
    days = {first + timedelta(n): DayOf(first + timedelta(n)) for n in range((last - first).days)}
    for visit in visits:
        days[max(visit.start.date(), first)].visits.append(visit)
    for day in days.values():
        start, end = (datetime.combine(day.day + timedelta(n), datetime.min.time(), zone) for n in (0, 1))
        day.open = not any(a <= start.timestamp() and end.timestamp() <= b for a, b in together)
        day.away = [
            (one, names.get(one.resource or one.location or "", ""))
            for one in closures
            if one.kind != "external" and (one.since or start) < end and (one.until or end) > start
        ]
    return list(days.values())


def _between(whole: DiaryView, zone: ZoneInfo, together: Spans, visits: Sequence[Visit]) -> tuple[int, int]:
    """The first and last hour of the wall worth showing: an hour around what is open or booked; else 8 to 20."""
    ends = int(whole.until.timestamp())
    at, minutes = int(whole.since.timestamp()), []
    for start, end in [*together, (ends, ends)]:
        if at < start:
            minutes += [_minute(_wall(at, zone)), _minute(_wall(start, zone)) or 1440]
        at = max(at, end)
    for visit in visits:
        minutes += [_minute(visit.start), _minute(visit.end) or 1440]
    if not minutes:
        return 8, 20
    return max(0, min(minutes) // 60 - 1), min(24, -(-max(minutes) // 60) + 1)


def _minute(at: datetime) -> int:
    return at.hour * 60 + at.minute
