"""Days put together: from one to another, after, before, and what two phrases say of the same day."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.understanding.when.days import DateMeaning, Days, Found, Today, one


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
