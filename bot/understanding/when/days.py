"""Days, from what was said and today: which dates a phrase may mean, the likeliest first."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from bot.understanding.when.holidays import holiday_in

Grain = Literal["day", "week", "span", "month", "after", "before"]


@dataclass(frozen=True, slots=True)
class Days:
    """Days meant together, both ends included; None is open. `month` keeps a month apart from its thirty days."""

    first: date | None
    last: date | None
    grain: Grain = "day"


@dataclass(frozen=True, slots=True)
class Found:
    """The readings of a phrase, likeliest first. `ambiguous`: none of them should be taken without asking."""

    options: tuple[Days, ...] = ()
    ambiguous: bool = False
    reason: str = ""
    approximate: bool = False
    bare: bool = False
    """Other options are finer or coarser forms of the same, so that nothing was chosen."""


@dataclass(frozen=True, slots=True)
class Today:
    """Where the reader stands. `month_first`: 3/4 is the fourth of March."""

    now: datetime
    country: str
    future: bool = True
    month_first: bool | None = False
    """None: people of both customs write here."""

    @property
    def date(self) -> date:
        return self.now.date()


Finder = Callable[[Today], Found]


@dataclass(frozen=True, slots=True)
class DateMeaning:
    """A phrase that names days. `weekday`: nothing but the name of a weekday was said; `number`: nothing but a day of
    the month."""

    find: Finder
    weekday: int | None = None
    number: int | None = None
    weak: bool = False
    """Says a day only when the whole text does: «mar», «abril» may be other things."""
    within: "DateMeaning | None" = None
    """The week its weekday was sought in, which holds for «martes o jueves de la semana que viene»."""


def one(day: date) -> Days:
    return Days(day, day)


def sure(*days: date, ambiguous: bool = False) -> Found:
    return Found(tuple(one(day) for day in days), ambiguous)


def ahead(days: int) -> DateMeaning:
    """So many days from today. Between midnight and four, «mañana» may be the day that has just begun."""

    def find(today: Today) -> Found:
        day = today.date + timedelta(days)
        if days == 1 and today.now.hour < 4:
            return sure(day, today.date, ambiguous=True)
        return sure(day)

    return DateMeaning(find)


def past() -> DateMeaning:
    return DateMeaning(lambda _: Found(reason="past"))


def yesterday() -> DateMeaning:
    return DateMeaning(lambda today: Found(reason="past") if today.future else sure(today.date - timedelta(1)))


def _monday(today: Today, weeks: int = 0) -> date:
    return today.date - timedelta(today.date.weekday()) + timedelta(weeks=weeks)


def weekday(day: int, how: str = "plain") -> DateMeaning:
    """A weekday: `plain`, `this`, `next` (próximo, que viene), `other`."""

    def find(today: Today) -> Found:
        ahead_by = (day - today.date.weekday()) % 7
        nearest = today.date + timedelta(ahead_by)
        later = nearest + timedelta(7)
        this_week = day > today.date.weekday()
        if not today.future and how == "plain":
            return sure(nearest, nearest - timedelta(7), ambiguous=True)
        if how == "other":
            return sure(later, nearest if ahead_by else later + timedelta(7), ambiguous=True)
        if how == "next":
            if ahead_by == 0:
                return sure(later)
            return sure(nearest, later, ambiguous=True) if this_week else sure(nearest)
        if ahead_by == 0:
            return sure(nearest, later, ambiguous=True) if how == "this" else sure(later, nearest, ambiguous=True)
        return sure(nearest)

    return DateMeaning(find, weekday=day if how == "plain" else None)


def weekdays(day: int) -> DateMeaning:
    """«los lunes»: any of them, the next one first."""

    def find(today: Today) -> Found:
        nearest = today.date + timedelta((day - today.date.weekday()) % 7)
        return sure(nearest, nearest + timedelta(7))

    return DateMeaning(find)


def last_weekday(day: int) -> DateMeaning:
    def find(today: Today) -> Found:
        if today.future:
            return Found(reason="past")
        return sure(today.date - timedelta((today.date.weekday() - day - 1) % 7 + 1))

    return DateMeaning(find)


def nth_coming(count: int, weekday: int) -> DateMeaning | None:
    """«en dos viernes»: the second to come; the third, for who does not count the nearest."""
    if not 1 <= count <= 8:
        return None

    def find(today: Today) -> Found:
        first = today.date + timedelta((weekday - today.date.weekday() - 1) % 7 + 1)
        return sure(first + timedelta(7 * (count - 1)), first + timedelta(7 * count), ambiguous=True)

    return DateMeaning(find)


def later(base: DateMeaning, days: int, also: int | None = None) -> DateMeaning:
    """`base` and so many days more: «de este lunes en ocho»."""

    def find(today: Today) -> Found:
        found = base.find(today)
        options = [
            one(option.first + timedelta(by))
            for by in ([days] if also is None else [days, also])
            for option in found.options
            if option.first is not None
        ]
        return replace(found, options=tuple(options))

    return DateMeaning(find)


def idiom_days(count: int) -> DateMeaning:
    """«en ocho» is a week and «en quince» two, counting today, though some count the days out."""
    weeks = {8: 7, 15: 14}
    if count in weeks:
        return later(ahead(0), count, weeks[count])
    return ahead_plain(count)


def ahead_plain(days: int) -> DateMeaning:
    return DateMeaning(lambda today: sure(today.date + timedelta(days)))


def added_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_around(day: date) -> Days:
    first = day.replace(day=1)
    return Days(first, first.replace(day=calendar.monthrange(day.year, day.month)[1]), "month")


def ahead_units(count: int, unit: str) -> DateMeaning:
    """«en dos semanas», «en tres meses»: the day, or the week or month it lies in."""

    def find(today: Today) -> Found:
        if count > 1200:
            return Found(reason="far")
        if unit == "week":
            day = today.date + timedelta(weeks=count)
            return Found((one(day), week(count).find(today).options[0]), bare=True)
        months = count * (12 if unit == "year" else 1)
        day = added_months(today.date, months)
        return Found((one(day), month_around(day)), bare=True)

    return idiom_days(count) if unit == "day" else DateMeaning(find)


def week(offset: int) -> DateMeaning:
    """A week from Monday to Sunday; of this one, what is left."""

    def find(today: Today) -> Found:
        monday = _monday(today, offset)
        whole = Days(monday, monday + timedelta(6), "week")
        if offset == 0 and today.future and today.date != monday:
            return Found((Days(today.date, whole.last, "week"), whole), bare=True)
        return Found((whole,))

    return DateMeaning(find)


def other_week() -> DateMeaning:
    def find(today: Today) -> Found:
        both = tuple(week(offset).find(today).options[0] for offset in (2, 1))
        return Found(both, ambiguous=True)

    return DateMeaning(find)


def workdays(offset: int | None) -> DateMeaning:
    """Monday to Friday of the next such days."""

    def find(today: Today) -> Found:
        nearest = 0 if today.date.weekday() < 4 else 1
        monday = _monday(today, nearest if offset is None else offset)
        return Found((Days(max(monday, today.date), monday + timedelta(4), "span"),), approximate=True)

    return DateMeaning(find)


def part_of_week(part: str, offset: int) -> DateMeaning:
    def find(today: Today) -> Found:
        monday = _monday(today, offset)
        first, last = {"begin": (0, 1), "mid": (1, 3), "end": (3, 4)}[part]
        days = Days(monday + timedelta(first), monday + timedelta(last), "span")
        if days.last is not None and days.last < today.date:
            return Found(reason="past")
        return Found((days,), approximate=True)

    return DateMeaning(find)


def weekend(how: str = "plain") -> DateMeaning:
    """Saturday and Sunday; on either of them, «el finde» is the one that is."""

    def find(today: Today) -> Found:
        saturday = _monday(today) + timedelta(5)
        near = Days(max(saturday, today.date), saturday + timedelta(1), "span")
        then = Days(saturday + timedelta(7), saturday + timedelta(8), "span")
        if how == "plain":
            return Found((near,))
        if how == "other":
            return Found((then, near), ambiguous=True)
        if today.date.weekday() >= 5:
            return Found((then,))
        return Found((near, then), ambiguous=True)

    return DateMeaning(find)


def day_of_month(day: int) -> DateMeaning | None:
    """«el 17»: in the first month, from this one, that has it and has not passed it."""
    if not 1 <= day <= 31:
        return None

    def find(today: Today) -> Found:
        for months in range(13):
            first = added_months(today.date.replace(day=1), months)
            if day > calendar.monthrange(first.year, first.month)[1]:
                continue
            found = first.replace(day=day)
            if found >= today.date or not today.future:
                return sure(found)
        return Found()

    return DateMeaning(find, number=day)


def day_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def month_day(month: int, day: int, year: int | None = None) -> DateMeaning | None:
    """A day and its month; the year when it is not said is this one, or the next when the day has passed."""
    if not (1 <= month <= 12 and 1 <= day <= 31) or day_or_none(year or 2024, month, day) is None:
        return None

    def find(today: Today) -> Found:
        if year is not None:
            found = day_or_none(year, month, day)
            if found is None or (today.future and found < today.date):
                return Found(reason="past")
            return sure(found)
        for ahead_by in range(9):
            found = day_or_none(today.date.year + ahead_by, month, day)
            if found is not None and (found >= today.date or not today.future):
                return sure(found)
        return Found()

    return DateMeaning(find)


def slashed(first: int, second: int, year: int | None = None) -> DateMeaning | None:
    """17/3, 3/17: the day comes first, except where the month does; the one that is a date when only one is."""
    day_first, month_first = month_day(second, first, year), month_day(first, second, year)
    if day_first is None or month_first is None:
        return day_first or month_first

    def find(today: Today) -> Found:
        usual, unusual = (month_first, day_first) if today.month_first else (day_first, month_first)
        assert usual is not None and unusual is not None
        found = usual.find(today)
        if today.month_first is None and first != second:
            return Found((*found.options, *unusual.find(today).options), ambiguous=True)
        return found

    return DateMeaning(find)


def holiday(name: str) -> DateMeaning:
    """The next time the feast is kept in the country."""

    def find(today: Today) -> Found:
        for at in (today.date.year, today.date.year + 1):
            days = holiday_in(name, today.country, at)
            if days is None:
                return Found()
            if days[1] >= today.date or not today.future:
                return Found((Days(*days, "day" if days[0] == days[1] else "span"),))
        return Found()

    return DateMeaning(find)


def week_of(base: DateMeaning) -> DateMeaning:
    """«la semana del 16»."""

    def find(today: Today) -> Found:
        found = base.find(today)
        if not found.options or found.options[0].first is None:
            return found
        day = found.options[0].first
        monday = day - timedelta(day.weekday())
        return Found((Days(monday, monday + timedelta(6), "week"),))

    return DateMeaning(find)
