"""Calendars as files (RFC 5545): an appointment to keep, a professional's feed, and somebody else's calendar as busy.

Our own events are known by the end of their UID, so that what we gave away does not come back as busy time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import recurring_ical_events  # type: ignore[import-untyped]
from icalendar import Calendar, Event

from core.errors import Refused

UID_END = "@hilo"
PRODUCT = "-//Hilo//Agenda//ES"
MOST_EVENTS = 5_000
MOST_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What a calendar shows of an appointment: its public id, a version that grows with changes, aware instants."""

    key: str
    version: int
    title: str
    start: datetime
    end: datetime
    changed: datetime
    place: str = ""
    notes: str = ""
    cancelled: bool = False


def calendar_file(entries: Iterable[CalendarEntry], name: str = "") -> bytes:
    """An .ics file of these: one of them to keep, or the whole feed of a professional."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    if name:
        calendar.add("x-wr-calname", name)
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.key}{UID_END}")
        event.add("sequence", entry.version)
        event.add("dtstamp", entry.changed.astimezone(UTC))
        event.add("dtstart", entry.start.astimezone(UTC))
        event.add("dtend", entry.end.astimezone(UTC))
        event.add("summary", entry.title)
        event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
        if entry.place:
            event.add("location", entry.place)
        if entry.notes:
            event.add("description", entry.notes)
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


@dataclass(frozen=True, slots=True)
class BusyEvent:
    """A stretch of somebody's time. `key` tells one occurrence of one event from every other of the same calendar."""

    key: str
    start: datetime
    end: datetime


def read_busy(text: str, zone: ZoneInfo, since: datetime, until: datetime) -> list[BusyEvent]:
    """The busy time of another calendar within [since, until), recurring events unfolded; at most `MOST_EVENTS`.

    Free, cancelled and our own events are left out; whole days and times without a zone are of `zone`. Raises Refused
    for what is no calendar.
    """
    if len(text) > MOST_BYTES:
        raise Refused("calendar_too_big", "El calendario pesa demasiado: comparte uno con menos historia.")
    try:
        calendar = Calendar.from_ical(text)
        events = recurring_ical_events.of(calendar, skip_bad_series=True).between(since, until)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as wrong:
        raise Refused("no_calendar", "Esa dirección no lleva a un calendario .ics.", problem=str(wrong)[:200]) from None
    found: dict[str, BusyEvent] = {}
    for event in events[:MOST_EVENTS]:
        busy = _busy(event, zone)
        if busy is not None and busy.start < until and busy.end > since:
            found[busy.key] = busy
    return sorted(found.values(), key=lambda one: one.start)


def _busy(event: Event, zone: ZoneInfo) -> BusyEvent | None:
    uid = str(event.get("uid", ""))
    if uid.endswith(UID_END) or str(event.get("transp", "")).upper() == "TRANSPARENT":
        return None
    if str(event.get("status", "")).upper() == "CANCELLED":
        return None
    start, end = event.get("dtstart"), event.get("dtend")
    if start is None:
        return None
    begin = _instant(start.dt, zone)
    finish = _instant(end.dt, zone) if end is not None else begin + _length(event, start.dt)
    if finish <= begin:
        return None
    return BusyEvent(f"{uid}/{begin.astimezone(UTC):%Y%m%dT%H%M%SZ}", begin, finish)


def _length(event: Event, start: date | datetime) -> timedelta:
    duration = event.get("duration")
    if duration is not None:
        length: timedelta = duration.dt
        return length
    return timedelta(0) if isinstance(start, datetime) else timedelta(days=1)


def _instant(value: date | datetime, zone: ZoneInfo) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    return datetime.combine(value, datetime.min.time(), zone)
