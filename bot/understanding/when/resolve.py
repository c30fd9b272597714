"""Wishes against the calendar, the clock and the business hours: the readings and which of them to go on with."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot.understanding.when.combine import Wish, Wishes
from bot.understanding.when.date_rules import Soon
from bot.understanding.when.days import Days, Found, Today
from bot.understanding.when.hours import Clock, FoundHours, Hours, TimeMeaning, hours_of, open_on
from bot.understanding.when.value import Moment, Precision, Reading, When, WhenContext, nothing

MOST = 5
"""Readings that are kept; more than these help nobody."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A wish's readings, likeliest first."""

    readings: tuple[Reading, ...] = ()
    likely: int = 1
    """How many of them, from the first, are worth offering; the others are possible, and no more."""
    precision: Precision = "none"
    chosen: bool = False
    ambiguous: bool = False
    approximate: bool = False
    hours: tuple[time | None, time | None] | None = None
    reason: str = ""


def resolved(wishes: Wishes, today: Today, context: WhenContext) -> When:
    """The likeliest reading of the first wish, with every other as an alternative; none and why when nothing holds."""
    reads = [_read(wish, today, context) for wish in wishes.wishes]
    good = [read for read in reads if read.readings]
    if not good:
        return nothing(next((read.reason for read in reads if read.reason), "nothing"))
    first = good[0]
    likely = list(dict.fromkeys(reading for read in good for reading in read.readings[: read.likely]))
    readings = list(dict.fromkeys((*likely, *(reading for read in good for reading in read.readings))))
    several = wishes.open and len(good) > 1
    best = readings[0]
    return When(
        best,
        tuple(readings[1:MOST]),
        tuple(likely[:MOST]) if len(likely) > 1 else (),
        precision=first.precision,
        chosen=first.chosen or len(good) > 1,
        ambiguous=first.ambiguous or several,
        approximate=first.approximate,
        dated=_dated(best, today) if wishes.wishes[0].day is None else None,
        hours=first.hours,
    )


def _read(wish: Wish, today: Today, context: WhenContext) -> _Read:
    if wish.soon is not None:
        return _read_soon(wish.soon, today)
    if wish.day is None:
        return _read_time(wish, context) if wish.time is not None else _Read(reason="nothing")
    found = wish.day.find(today)
    if not found.options:
        return _Read(reason=found.reason or "nothing")
    if wish.time is not None and found.bare and _single(found.options[0]):
        found = replace(found, options=tuple(option for option in found.options if _single(option)))
    if wish.time is None:
        read = _read_days(found)
    elif all(_single(option) for option in found.options):
        read = _read_moments(found, wish.time, wish.part, today, context)
    else:
        read = _read_days_and_hours(found, wish.time, wish.part, context)
    return _within(read, today, context)


def _single(option: Days) -> bool:
    return option.first == option.last and option.grain == "day"


def _read_soon(soon: Soon, today: Today) -> _Read:
    at = today.now.replace(second=0, microsecond=0) + timedelta(minutes=soon.minutes)
    if soon.open:
        return _Read((Reading("range", at, None), Reading("date", today.date)), 1, "span", approximate=True)
    readings = (Reading("datetime", at),) + ((Reading("date", today.date),) if soon.minutes == 0 else ())
    return _Read(readings, 1, "minute", approximate=soon.minutes == 0)


def _read_time(wish: Wish, context: WhenContext) -> _Read:
    assert wish.time is not None
    found = hours_of(wish.time, open_on(context.hours, None), wish.part)
    readings = tuple(
        Reading("time", hours.first) if hours.point else Reading("range", hours.first, hours.last)
        for hours in found.options
    )
    return _of_hours(_Read(readings), found, wish.time)


def _of_hours(read: _Read, found: FoundHours, said: TimeMeaning) -> _Read:
    point = bool(found.options) and found.options[0].point
    exact: Precision = "minute" if isinstance(said, Clock) and said.minute else "hour"
    return replace(
        read,
        precision=exact if point else "part",
        likely=len(found.options) if found.ambiguous and read.likely == 1 else read.likely,
        chosen=read.chosen or (len(found.options) > 1 and not found.bare),
        ambiguous=read.ambiguous or found.ambiguous,
        approximate=read.approximate or found.approximate,
    )


def _day_reading(days: Days) -> Reading:
    if days.grain == "month":
        return Reading("month", days.first)
    if days.first == days.last and days.first is not None:
        return Reading("date", days.first)
    return Reading("range", days.first, days.last)


_PRECISIONS: dict[str, Precision] = {"day": "day", "week": "week", "month": "month"}


def _read_days(found: Found) -> _Read:
    several = len(found.options) > 1
    return _Read(
        tuple(_day_reading(option) for option in found.options),
        len(found.options) if found.ambiguous else 1,
        _PRECISIONS.get(found.options[0].grain, "span"),
        chosen=several and not found.bare,
        ambiguous=found.ambiguous and several,
        approximate=found.approximate,
    )


def _at(day: date, at: time | None, *, tomorrow: bool = False) -> datetime | None:
    return None if at is None else datetime.combine(day + timedelta(tomorrow), at)


def _moment(day: date, hours: Hours) -> Reading:
    if hours.point:
        return Reading("datetime", _at(day, hours.first, tomorrow=hours.tomorrow))
    return Reading("range", _at(day, hours.first), _at(day, hours.last))


def _read_moments(found: Found, said: TimeMeaning, part: str | None, today: Today, context: WhenContext) -> _Read:
    """Every day with its likeliest hour, then the other hours of the first day that has any left."""
    readings: list[Reading] = []
    others: list[Reading] = []
    last_found = FoundHours()
    days_left = 0
    for option in found.options:
        assert option.first is not None
        hours = hours_of(said, open_on(context.hours, option.first), part)
        moments = [_moment(option.first, one) for one in hours.options]
        left = [moment for moment in moments if not (today.future and _is_past(moment, today.now))]
        if not left:
            continue
        if not readings:
            last_found = (
                hours
                if len(left) == len(moments)
                else replace(hours, ambiguous=False, options=hours.options[-len(left) :])
            )
        days_left += 1
        readings.append(left[0])
        others += left[1:]
    if not readings:
        return _Read(reason="past")
    several = days_left > 1 and not found.bare
    read = _Read(
        (*readings, *others),
        days_left if found.ambiguous else 1,
        chosen=several,
        ambiguous=several and found.ambiguous,
        approximate=found.approximate,
    )
    return _of_hours(read, last_found, said)


def _is_past(reading: Reading, now: datetime) -> bool:
    last = reading.end if reading.kind == "range" else reading.start
    if last is None or reading.kind == "month":
        return False
    if isinstance(last, datetime):
        return last < now if reading.kind == "datetime" else last <= now
    return isinstance(last, date) and last < now.date()


def _read_days_and_hours(found: Found, said: TimeMeaning, part: str | None, context: WhenContext) -> _Read:
    """Several days, each between the same hours: the days are the value, the hours stand beside them."""
    hours = hours_of(said, open_on(context.hours, None), part)
    if not hours.options:
        return _Read(reason="nothing")
    first = hours.options[0]
    last = first.first if first.point else first.last
    readings: list[Reading] = []
    for option in found.options:
        begin = option.first and _at(option.first, first.first or time(0))
        end = option.last and _at(option.last, last or time(23, 59))
        readings += [Reading("range", option.first, option.last), Reading("range", begin, end)]
    several = len(found.options) > 1 and not found.bare
    return _Read(tuple(readings), 1, "span", several, found.ambiguous and several, True, (first.first, last))


def _within(read: _Read, today: Today, context: WhenContext) -> _Read:
    """Without what has passed, and without what lies beyond the horizon."""
    readings = [one for one in read.readings if not (today.future and _is_past(one, today.now))]
    if not readings:
        return _Read(reason=read.reason or "past")
    if context.horizon_days is not None:
        limit = today.date + timedelta(context.horizon_days)
        near = [one for one in readings if _day_of(one.start or one.end) <= limit]
        if not near:
            return _Read(reason="far")
        readings = near
    one_left = len(readings) == 1
    return replace(read, readings=tuple(readings), chosen=read.chosen, ambiguous=read.ambiguous and not one_left)


def _day_of(moment: Moment | None) -> date:
    if isinstance(moment, datetime):
        return moment.date()
    assert isinstance(moment, date)
    return moment


def _dated(best: Reading, today: Today) -> Reading | None:
    """The next time the clock shows the hour, or the range of hours, that was said without a day."""
    edge = best.end if best.kind == "range" and best.end is not None else best.start
    if not isinstance(edge, time):
        return None
    day = today.date + timedelta(edge <= today.now.time())
    if best.kind == "time":
        return Reading("datetime", _at(day, edge))
    start, end = best.start, best.end
    return Reading(
        "range",
        _at(day, start) if isinstance(start, time) else None,
        _at(day, end) if isinstance(end, time) else None,
    )
