"""Months and their parts, fortnights and years, from what was said and today."""

from collections.abc import Callable
from datetime import date, timedelta

from bot.understanding.when.days import (
    DateMeaning,
    Days,
    Found,
    Today,
    added_months,
    day_or_none,
    month_around,
    one,
    sure,
)

MonthFinder = Callable[[Today], date | None]
"""The first day of the month meant; None when it has passed."""


def named_month(month: int, year: int | None = None) -> MonthFinder:
    def find(today: Today) -> date | None:
        if year is not None:
            found = date(year, month, 1)
            return None if today.future and (year, month) < (today.date.year, today.date.month) else found
        passed = today.future and month < today.date.month
        return date(today.date.year + passed, month, 1)

    return find


def year_later(month: MonthFinder) -> MonthFinder:
    """The month of the coming year: «abril del año que viene»."""

    def find(today: Today) -> date | None:
        found = month(today)
        return found and found.replace(year=today.date.year + 1)

    return find


def months_ahead(count: int) -> MonthFinder:
    return lambda today: added_months(today.date.replace(day=1), count)


def whole_month(month: MonthFinder, *, weak: bool = False) -> DateMeaning:
    def find(today: Today) -> Found:
        first = month(today)
        return Found((month_around(first),)) if first else Found(reason="past")

    return DateMeaning(find, weak=weak)


def day_in(month: MonthFinder, day: int) -> DateMeaning:
    def find(today: Today) -> Found:
        first = month(today)
        found = day_or_none(first.year, first.month, day) if first else None
        if found is None or (today.future and found < today.date):
            return Found(reason="past" if found else "nothing")
        return sure(found)

    return DateMeaning(find)


def part_of_month(month: MonthFinder, part: str, *, this: bool = False) -> DateMeaning:
    """Its first ten days, the ten in the middle, the rest; the end of this month are its last seven days."""

    def find(today: Today) -> Found:
        start = month(today)
        if start is None:
            return Found(reason="past")
        whole = month_around(start)
        assert whole.first is not None and whole.last is not None
        end = whole.last - timedelta(6) if this else whole.first.replace(day=21)
        first, last = {
            "begin": (whole.first, whole.first.replace(day=10)),
            "mid": (whole.first.replace(day=11), whole.first.replace(day=20)),
            "end": (end, whole.last),
        }[part]
        if today.future and last < today.date:
            return part_of_month(months_ahead(1), part, this=this).find(today) if this else Found(reason="past")
        span = Days(max(first, today.date) if today.future else first, last, "span")
        exact = {"begin": (), "mid": (one(start.replace(day=15)),), "end": (one(last),)}[part]
        return Found((span, *exact), approximate=True, bare=True)

    return DateMeaning(find)


def last_day(month: MonthFinder) -> DateMeaning:
    def find(today: Today) -> Found:
        start = month(today)
        last = month_around(start).last if start else None
        return sure(last) if last else Found(reason="past")

    return DateMeaning(find)


def nth_week(month: MonthFinder, n: int) -> DateMeaning:
    """The nth week of a month (-1 the last): from the Monday of its nth seven days."""

    def find(today: Today) -> Found:
        start = month(today)
        if start is None:
            return Found(reason="past")
        whole = month_around(start)
        assert whole.first is not None and whole.last is not None
        inside = whole.last if n < 0 else min(whole.last, whole.first + timedelta(7 * (n - 1)))
        monday = inside - timedelta(inside.weekday())
        calendar_week = Days(monday, monday + timedelta(6), "week")
        sevens = Days(inside, min(whole.last, inside + timedelta(6)), "span")
        if today.future and monday + timedelta(6) < today.date:
            return Found(reason="past")
        return Found((calendar_week, sevens) if n > 0 else (calendar_week,), approximate=True, bare=True)

    return DateMeaning(find)


def nth_weekday(month: MonthFinder, n: int, day: int) -> DateMeaning:
    def find(today: Today) -> Found:
        start = month(today)
        if start is None:
            return Found(reason="past")
        whole = month_around(start)
        assert whole.first is not None and whole.last is not None
        if n < 0:
            found = whole.last - timedelta((whole.last.weekday() - day) % 7)
        else:
            found = whole.first + timedelta((day - whole.first.weekday()) % 7 + 7 * (n - 1))
        if found > whole.last or (today.future and found < today.date):
            return Found(reason="past")
        return sure(found)

    return DateMeaning(find)


def fortnight(how: str = "plain") -> DateMeaning:
    """Payday, which is the 15th and the last day of the month; also the half of the month around it."""

    def find(today: Today) -> Found:
        whole = month_around(today.date)
        assert whole.first is not None and whole.last is not None
        following = added_months(whole.first, 1)
        paydays = [day for day in (whole.first.replace(day=15), whole.last) if day >= today.date]
        paydays += [following.replace(day=15)]
        first = paydays[1] if how == "next" and paydays[0] == today.date else paydays[0]
        return Found((one(first), one(paydays[1])), ambiguous=how == "next", approximate=True)

    return DateMeaning(find)


def half_month(month: MonthFinder, n: int) -> DateMeaning:
    def find(today: Today) -> Found:
        start = month(today)
        if start is None:
            return Found(reason="past")
        whole = month_around(start)
        middle = start.replace(day=15)
        days = Days(start, middle, "span") if n == 1 else Days(start.replace(day=16), whole.last, "span")
        return Found((days,)) if days.last and days.last >= today.date else Found(reason="past")

    return DateMeaning(find)


def year(offset: int) -> DateMeaning:
    def find(today: Today) -> Found:
        first = date(today.date.year + offset, 1, 1)
        return Found((Days(max(first, today.date), date(first.year, 12, 31), "span"),))

    return DateMeaning(find)


def part_of_year(part: str, offset: int) -> DateMeaning:
    def find(today: Today) -> Found:
        months = {"begin": (1, 2), "mid": (6, 7), "end": (11, 12)}[part]
        at = today.date.year + offset
        last = month_around(date(at, months[1], 1)).last
        if last is None or last < today.date:
            return Found(reason="past")
        return Found((Days(max(date(at, months[0], 1), today.date), last, "span"),), approximate=True)

    return DateMeaning(find)
