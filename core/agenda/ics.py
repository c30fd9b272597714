"""Calendars as files (RFC 5545): an appointment to keep, a professional's feed, and somebody else's calendar as busy.

An organization's own events are known by the end of their UID, so that what it gave away does not come back to it as
busy time; what another one on Hilo gave away does.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import recurring_ical_events  # type: ignore[import-untyped]
from icalendar import Calendar, Component, Event

from core.errors import Refused

UID_END = "@hilo"
PRODUCT = "-//Hilo//Agenda//ES"
MOST_EVENTS = 10_000
MOST_BYTES = 5_000_000
FIRST_YEAR, LAST_YEAR = 1904, 2204
"""Leap years, so that 29 February stays one; further off, zones and sums run out of the calendar."""


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What a calendar shows of an appointment: its key (`feeds.key_of`), a version that grows, aware instants."""

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


def read_busy(text: str, zone: ZoneInfo, since: datetime, until: datetime, own: str | None = None) -> list[BusyEvent]:
    """The busy time of another calendar within [since, until), recurring events unfolded.

    Free and cancelled events are left out, and those whose UID `own` made (an organization's own appointments, come
    back to it); whole days and times without a zone are of `zone`. Raises Refused for what is no calendar, and for
    what would take for ever to unfold. A rule may still take seconds: whoever must not wait calls this elsewhere.
    """
    if len(text) > MOST_BYTES or text.count("BEGIN:VEVENT") > MOST_EVENTS:
        raise too_big()
    try:
        calendar = Calendar.from_ical(text)
        for event in calendar.walk("VEVENT"):
            _check_rules(event)
            _bring_near(event)
        events = recurring_ical_events.of(calendar, skip_bad_series=True).between(since, until)
        if len(events) > MOST_EVENTS:
            raise too_big()
        found = {one.key: one for event in events if (one := _busy(event, zone, own)) is not None}
    except OverflowError:
        raise Refused("calendar_dates", "El calendario tiene fechas imposibles: corrígelas o comparte otro.") from None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as wrong:
        raise Refused("no_calendar", "Esa dirección no lleva a un calendario .ics.", problem=str(wrong)[:200]) from None
    return sorted((one for one in found.values() if one.start < until and one.end > since), key=lambda one: one.start)


def too_big() -> Refused:
    return Refused("calendar_too_big", "El calendario pesa demasiado: comparte uno con menos historia.")


def _check_rules(event: Component) -> None:
    """Refuse what nobody's appointments do: to come again within a day, or without ever going on."""
    rules = event.get("rrule", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        sizes = [len(rule.get(part, ())) or 1 for part in ("BYHOUR", "BYMINUTE", "BYSECOND")]
        often = {str(one).upper() for one in rule.get("FREQ", ())} & {"SECONDLY", "MINUTELY", "HOURLY"}
        if often or sizes[0] * sizes[1] * sizes[2] > 24:
            raise Refused("calendar_rule", f"«{_title(event)}» se repite varias veces al día: quítalo del calendario.")
        if any(int(one) < 1 for one in rule.get("INTERVAL", ())):
            raise Refused("calendar_rule", f"«{_title(event)}» se repite cada 0 días: corrígelo en el calendario.")
        begins = event.get("dtstart")
        if begins is not None and begins.dt.year < FIRST_YEAR:
            raise Refused("calendar_rule", f"«{_title(event)}» se repite desde hace siglos: corrige cuándo empieza.")


def _title(event: Component) -> str:
    return str(event.get("summary", "")).replace("\0", "")[:60] or "Un evento"


def _bring_near(event: Component) -> None:
    """«Since for ever» and «for good» as dates that can still be counted with."""
    for name in ("dtstart", "dtend"):
        told = event.get(name)
        if told is None:
            continue
        if told.dt.year < FIRST_YEAR:
            told.dt = told.dt.replace(year=FIRST_YEAR)
        elif told.dt.year > LAST_YEAR:
            told.dt = told.dt.replace(year=LAST_YEAR)


def _busy(event: Event, zone: ZoneInfo, own: str | None) -> BusyEvent | None:
    uid = str(event.get("uid", ""))
    if own is not None and uid.endswith(f".{own}{UID_END}"):
        return None
    if str(event.get("transp", "")).upper() == "TRANSPARENT" or str(event.get("status", "")).upper() == "CANCELLED":
        return None
    start, end = event.get("dtstart"), event.get("dtend")
    if start is None:
        return None
    begin = _instant(start.dt, zone)
    finish = _instant(end.dt, zone) if end is not None else begin + _length(event, start.dt)
    if finish <= begin:
        return None
    # a digest, since a UID is any text of any length, with characters no database keeps
    key = hashlib.sha256(f"{uid}/{begin.astimezone(UTC):%Y%m%dT%H%M%SZ}".encode("utf-8", "replace")).hexdigest()
    return BusyEvent(key, begin, finish)


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
