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


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def ahead_units(count: int, unit: str) -> DateMeaning:
    """«en dos semanas», «en tres meses»: the day, or the week or month it lies in."""

    def find(today: Today) -> Found:
        if count > 1200:
            return Found(reason="far")
        if unit == "week":
            day = today.date + timedelta(weeks=count)
            return Found((one(day), week(count).find(today).options[0]), bare=True)
        months = count * (12 if unit == "year" else 1)
        day = _add_months(today.date, months)
        return Found((one(day), _whole_month(day)), bare=True)

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
            first = _add_months(today.date.replace(day=1), months)
            if day > calendar.monthrange(first.year, first.month)[1]:
                continue
            found = first.replace(day=day)
            if found >= today.date or not today.future:
                return sure(found)
        return Found()

    return DateMeaning(find, number=day)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def month_day(month: int, day: int, year: int | None = None) -> DateMeaning | None:
    """A day and its month; the year when it is not said is this one, or the next when the day has passed."""
    if not (1 <= month <= 12 and 1 <= day <= 31) or _valid(year or 2024, month, day) is None:
        return None

    def find(today: Today) -> Found:
        if year is not None:
            found = _valid(year, month, day)
            if found is None or (today.future and found < today.date):
                return Found(reason="past")
            return sure(found)
        for ahead_by in range(9):
            found = _valid(today.date.year + ahead_by, month, day)
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


def _whole_month(day: date) -> Days:
    first = day.replace(day=1)
    return Days(first, first.replace(day=calendar.monthrange(day.year, day.month)[1]), "month")


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
    return lambda today: _add_months(today.date.replace(day=1), count)


def whole_month(month: MonthFinder, *, weak: bool = False) -> DateMeaning:
    def find(today: Today) -> Found:
        first = month(today)
        return Found((_whole_month(first),)) if first else Found(reason="past")

    return DateMeaning(find, weak=weak)


def day_in(month: MonthFinder, day: int) -> DateMeaning:
    def find(today: Today) -> Found:
        first = month(today)
        found = _valid(first.year, first.month, day) if first else None
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
        whole = _whole_month(start)
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


def nth_week(month: MonthFinder, n: int) -> DateMeaning:
    """The nth week of a month (-1 the last): from the Monday of its nth seven days."""

    def find(today: Today) -> Found:
        start = month(today)
        if start is None:
            return Found(reason="past")
        whole = _whole_month(start)
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
        whole = _whole_month(start)
        assert whole.first is not None and whole.last is not None
        if n < 0:
            found = whole.last - timedelta((whole.last.weekday() - day) % 7)
        else:
            found = whole.first + timedelta((day - whole.first.weekday()) % 7 + 7 * (n - 1))
        if found > whole.last or (today.future and found < today.date):
            return Found(reason="past")
        return sure(found)

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


def fortnight(how: str = "plain") -> DateMeaning:
    """Payday, which is the 15th and the last day of the month; also the half of the month around it."""

    def find(today: Today) -> Found:
        whole = _whole_month(today.date)
        assert whole.first is not None and whole.last is not None
        following = _add_months(whole.first, 1)
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
        whole = _whole_month(start)
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
        last = _whole_month(date(at, months[1], 1)).last
        if last is None or last < today.date:
            return Found(reason="past")
        return Found((Days(max(date(at, months[0], 1), today.date), last, "span"),), approximate=True)

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


def between(first: DateMeaning, last: DateMeaning) -> DateMeaning:
    """From one day to another; the second is the first one of its kind after the first."""

    def find(today: Today) -> Found:
        begins = first.find(today)
        if not begins.options:
            return begins
        found = []
        for begin in begins.options:
            if begin.first is None:
                continue
            from_there = replace(today, now=datetime.combine(begin.first, today.now.time()))
            ends = last.find(from_there)
            if ends.options and ends.options[-1].last is not None:
                end = min(day.last for day in ends.options if day.last is not None and day.last >= begin.first)
                found.append(Days(begin.first, end, "span"))
        return Found(tuple(found), begins.ambiguous)

    return DateMeaning(find)


def after(base: DateMeaning, *, included: bool) -> DateMeaning:
    def find(today: Today) -> Found:
        found = base.find(today)
        options = []
        for option in found.options:
            edge = option.first if included else option.last
            if edge is not None:
                options.append(Days(edge if included else edge + timedelta(1), None, "after"))
        return replace(found, options=tuple(options))

    return DateMeaning(find)


def before(base: DateMeaning, *, included: bool) -> DateMeaning:
    def find(today: Today) -> Found:
        found = base.find(today)
        options = []
        for option in found.options:
            edge = option.last if included else option.first
            if edge is not None and (included or edge > today.date):
                options.append(Days(None, edge if included else edge - timedelta(1), "before"))
        return replace(found, options=tuple(options))

    return DateMeaning(find)


def both(one_meaning: DateMeaning, other: DateMeaning) -> DateMeaning | None:
    """What two phrases say together: «martes 17», «mañana jueves», «la semana que viene el jueves».

    Where they contradict each other both stay, to be asked about.
    """

    def find(today: Today) -> Found:
        a, b = one_meaning.find(today), other.find(today)
        if not a.options or not b.options:
            return Found(reason=a.reason or b.reason)
        met = _meet(one_meaning, a, b) or _meet(other, b, a)
        if met:
            return Found(tuple(dict.fromkeys(met)), approximate=a.approximate or b.approximate)
        return Found((*a.options, *b.options), ambiguous=True)

    return DateMeaning(find)


def _meet(said: DateMeaning, a: Found, b: Found) -> list[Days]:
    """The days of `b` that `a` allows: its weekday, or its days."""
    met = []
    for wide in b.options:
        if wide.first is None or wide.last is None:
            continue
        if said.weekday is not None:
            ahead_by = (said.weekday - wide.first.weekday()) % 7
            day = wide.first + timedelta(ahead_by)
            if day <= wide.last:
                met.append(one(day))
        else:
            met += [
                option
                for option in a.options
                if option.first and option.last and wide.first <= option.first and option.last <= wide.last
            ]
    return met
