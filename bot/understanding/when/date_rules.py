"""How days are said: rules that make a DateMeaning out of words."""

from dataclasses import dataclass, replace

from bot.understanding.when import days, months, spans
from bot.understanding.when.days import DateMeaning, Found, Today
from bot.understanding.when.grammar import Grammar
from bot.understanding.when.hours import Clock, Part


@dataclass(frozen=True, slots=True)
class Soon:
    """A moment so many minutes from now; `open`: any time from it on («lo antes posible»)."""

    minutes: int
    open: bool = False
    weak: bool = False
    """Counts only as the whole text: «ya» is mostly another word."""


@dataclass(frozen=True, slots=True)
class Said:
    """A day and a part of it or an hour in one phrase: «esta noche», an ISO moment."""

    day: DateMeaning
    time: Clock | Part | None


def _week(offset: int | None) -> DateMeaning:
    return days.other_week() if offset is None else days.week(offset)


def _other(day: int) -> DateMeaning:
    return DateMeaning(
        lambda today: Found(
            tuple(
                option
                for weeks in (2, 1)
                for option in _inside(days.weekday(day), days.week(weeks)).find(today).options
            ),
            ambiguous=True,
        )
    )


def _inside(day: DateMeaning, wide: DateMeaning) -> DateMeaning:
    met = spans.both(day, wide)
    assert met is not None
    return replace(met, within=wide)


def _weak(meaning: DateMeaning | None) -> DateMeaning | None:
    return replace(meaning, weak=True) if meaning else None


def _either(first: DateMeaning | None, second: DateMeaning | None) -> DateMeaning | None:
    """Two readings of the same words, to be asked about."""
    if first is None or second is None:
        return first or second

    def find(today: Today) -> Found:
        options = tuple(dict.fromkeys((*first.find(today).options, *second.find(today).options)))
        return Found(options, ambiguous=len(options) > 1)

    return DateMeaning(find)


def _century(year: int) -> int | None:
    return year if year >= 100 else 2000 + year if 20 <= year <= 60 else None


def _mar_number(day: int) -> DateMeaning | None:
    """«mar 17»: a Tuesday or a day of March."""
    number = days.day_of_month(day)
    return _either(days.month_day(3, day), spans.both(days.weekday(1), number) if number else None)


def _mar() -> DateMeaning:
    found = _either(days.weekday(1), months.whole_month(months.named_month(3)))
    assert found is not None
    return replace(found, weak=True, weekday=1)


def add_date_rules(grammar: Grammar) -> None:
    _relative_days(grammar)
    _named_weekdays(grammar)
    _weeks(grammar)
    _calendar_days(grammar)
    _moments(grammar)


def _relative_days(grammar: Grammar) -> None:
    rule = grammar.rule
    rule("date", days.ahead, "=DAY", "EL =DAY")
    rule("date", lambda: days.ahead(1), "MANANA", "DIA OF|DE MANANA")
    rule("date", days.yesterday, "PAST")
    rule("date", lambda: _weak(days.ahead(2)), "PASADO")
    rule("unit", lambda unit: unit, "=UNIT")
    rule("count", lambda count: count, "=NUM")
    rule("count", lambda: 1, "ONE")
    rule(
        "date",
        lambda count, unit: days.ahead_units(count, unit) if count else None,
        "IN <count> <unit> MORE|FROM_NOW?",
        "AT <count> <unit> OF? AT?",
        "=NUM <unit> FROM_NOW",
        "=NUM <unit> MORE",
        "ONE <count> <unit> FROM_NOW",
    )
    rule("date", lambda unit: days.ahead_units(1, unit), "ONE <unit> FROM_NOW")
    rule("date", _and_half, "IN <count> <unit> AND HALF", "IN <count> AND HALF <unit>")
    rule("date", days.nth_coming, "IN =NUM =WEEKDAY")
    rule("date", lambda count: days.idiom_days(count) if count in (8, 15) else None, "IN =NUM")
    rule("date_on", _and_eight, "<plain_day> IN|ON =NUM UNIT?", "OF|DE|FROM|DEL <plain_day> IN|ON =NUM UNIT?")
    rule(
        "date_on",
        lambda count, unit, base: days.later(base, count * 7) if unit == "week" else None,
        "=NUM|ONE <unit> FROM_DAY <plain_day>",
    )
    rule(
        "date_on",
        lambda unit, base: days.later(base, 7) if unit == "week" else None,
        "ONE <unit> FROM_DAY <plain_day>",
        "<unit> FROM_DAY <plain_day>",
    )
    rule("plain_day", days.ahead, "=DAY")
    rule("plain_day", lambda: days.ahead(1), "MANANA")
    rule("plain_day", lambda day: days.weekday(day), "EL|AL? =WEEKDAY", "EL =SHORT_WEEKDAY")
    rule("plain_day", lambda day: days.weekday(day, "this"), "EL? THIS =WEEKDAY")
    rule("date", lambda said: said, "<date_on>")


def _and_half(count: int, unit: str) -> DateMeaning | None:
    """«en un mes y medio»."""
    half = {"week": 3, "month": 15, "year": 182}.get(unit)
    return days.later(days.ahead_units(count, unit), half) if half else None


def _and_eight(base: DateMeaning, count: int) -> DateMeaning | None:
    """«el lunes en ocho»: a week after it; quince is a fortnight."""
    weeks = {8: (7, 8), 7: (7, None), 15: (14, 15), 14: (14, None)}.get(count)
    if weeks is None:
        return None
    return days.later(base, weeks[0], weeks[1] if base.weekday is None else None)


def _named_weekdays(grammar: Grammar) -> None:
    rule = grammar.rule
    rule("wd", lambda day: day, "=WEEKDAY", "DIA =WEEKDAY", "=SHORT_WEEKDAY", "=SHORT_WEEKDAY STOP")
    rule("date", days.weekday, "=WEEKDAY", "EL|DEL|AL|THIS? DIA =WEEKDAY", "EL =WEEKDAY")
    rule("date", lambda day: _weak(days.weekday(day)), "=SHORT_WEEKDAY")
    rule("date", _mar, "MAR")
    rule("date", days.weekdays, "=WEEKDAYS", "EL =WEEKDAYS", "DIA|EVERY EL? =WEEKDAYS")
    rule(
        "date",
        lambda day: days.weekday(day, "this"),
        "THIS <wd>",
        "EL? THIS <wd> COMING|NEXT|SAME",
        "THIS NEXT <wd>",
        "THIS SAME? <wd>",
        "SAME <wd>",
    )
    rule(
        "date",
        lambda day: days.weekday(day, "next"),
        "EL|AL|DEL? NEXT <wd>",
        "EL? <wd> COMING|NEXT",
        "EL? <wd> THIS? COMING|NEXT",
    )
    rule(
        "date",
        lambda day: days.weekday(day, "other"),
        "EL|DEL? OTHER <wd>",
        "EL? <wd> OTHER",
        "EL? <wd> COMMA? EL? AFTER_NEXT",
        "EL? <wd> DEL OTHER",
        "EL? <wd> COMMA? NO? EL? OTHER",
    )
    rule("date", days.last_weekday, "EL? <wd> PASADO", "EL? PASADO <wd>", "LAST <wd>")


def _weeks(grammar: Grammar) -> None:
    rule = grammar.rule
    rule("weekref", lambda: 0, "THIS WEEK", "THIS SAME? WEEK", "WEEK THIS")
    rule("weekref", lambda: 1, "LAS|EL? NEXT WEEK", "LAS|EL? WEEK COMING|NEXT", "LAS|EL? WEEK THIS? COMING|NEXT")
    rule("date", lambda offset: _week(offset), "<weekref>", "ON|FOR|OF|BY|IN <weekref>")
    rule(
        "date",
        days.other_week,
        "LAS? OTHER WEEK",
        "LAS? WEEK OTHER",
        "LAS? WEEK AFTER_NEXT",
        "ON|FOR LAS OTHER WEEK",
        "LAS? WEEK COMING COMMA? LAS OTHER",
    )
    rule(
        "date",
        lambda day, offset: _inside(days.weekday(day), days.week(offset)),
        "EL|DIA? =WEEKDAY OF|DE|DEL|COMMA|IN|ON? <weekref>",
        "EL =SHORT_WEEKDAY OF|DE <weekref>",
    )
    rule(
        "date",
        lambda offset, day: _inside(days.weekday(day), days.week(offset)),
        "<weekref> COMMA? EL|DIA|ON? =WEEKDAY",
    )
    rule("date", _other, "EL? =WEEKDAY OF|DE LAS OTHER WEEK", "LAS OTHER WEEK COMMA? EL? =WEEKDAY")
    rule("date", lambda: days.workdays(None), "WORKDAYS", "EL WORKDAYS", "EVERY? WORKDAYS")
    rule("date", lambda part: days.part_of_week(part, 0), "AT|AL|ON? =PART_OF OF|DE LAS? WEEK")
    rule("date", days.part_of_week, "AT|AL|ON|LAS|EL? =PART_OF OF|DE <weekref>")
    rule("date", lambda: days.weekend(), "THIS? WEEKEND", "EL WEEKEND", "DEL|AL WEEKEND")
    rule("date", lambda: days.weekend("next"), "EL|AL|DEL? NEXT WEEKEND", "EL|AL|DEL? WEEKEND COMING|NEXT")
    rule("date", lambda: days.weekend("other"), "EL|AL|DEL? OTHER WEEKEND")
    rule("date", days.week_of, "LAS? WEEK OF|DE|DEL EL? <end>")
    rule("date", lambda day: days.week_of(day), "LAS? WEEK DEL|OF DIA? <number_day>")
    rule("number_day", lambda day: days.day_of_month(day), "=NUM", "=ORDINAL")


def _calendar_days(grammar: Grammar) -> None:
    rule = grammar.rule
    rule("daynum", lambda day: day if 1 <= day <= 31 else None, "=NUM", "=ORDINAL")
    rule("daynum", lambda n: 1 if n == 1 else None, "=FIRSTS")
    rule("year", lambda year: year, "=YEAR")
    rule("year", _century, "=NUM")
    rule("mon", lambda month: month, "=MONTH", "=SHORT_MONTH", "=SHORT_MONTH STOP")
    rule("mon", lambda: 3, "MAR", "MARCH", "MARCH STOP")
    rule("monthnum", lambda month: month if 1 <= month <= 12 else None, "=NUM")
    rule(
        "date",
        lambda day, month, year: days.month_day(month, day, year),
        "EL|DEL|AL? DIA? <daynum> OF|DE|DEL|DASH|SLASH? <mon> OF|DE|DEL|COMMA|DASH|SLASH <year>",
        "EL|DEL|AL? DIA? <daynum> OF|DE|DEL? <mon> =YEAR",
    )
    rule(
        "date",
        lambda day, month: days.month_day(month, day),
        "EL|DEL|AL? DIA? <daynum> OF|DE|DEL|DASH|SLASH? <mon>",
        "EL? DIA? <daynum> OF|DE EL? MONTH_WORD OF|DE <mon>",
        "EL|DIA? DIA? <daynum> DEL|OF|DE MONTH_WORD <monthnum>",
    )
    rule(
        "date",
        lambda month, day, year: days.month_day(month, day, year),
        "<mon> EL|OF|DASH? <daynum> COMMA|OF|DE|DEL? =YEAR",
    )
    rule(
        "date",
        lambda day, other, month: _either(months.day_in(month, day), months.day_in(month, other)),
        "EL|DIA? =NUM OR EL? =NUM OF|DE|DEL <monthref>",
    )
    rule("date", lambda month, day: days.month_day(month, day), "<long_mon> EL|OF|DASH? <daynum>")
    rule("date", _mar_number, "MAR <daynum>")
    rule("long_mon", lambda month: month, "=MONTH", "=SHORT_MONTH", "=SHORT_MONTH STOP")
    rule("long_mon", lambda: 3, "MARCH", "MARCH STOP")
    rule(
        "date",
        lambda day: days.day_of_month(day),
        "EL|DEL|AL DIA? <daynum>",
        "DIA <daynum>",
        "ON EL <daynum>",
        "EL NEXT DIA? <daynum>",
    )
    rule("date", lambda day: _weak(days.day_of_month(day)), "=ORDINAL")
    rule(
        "date",
        lambda day, month: days.month_day(month, day),
        "EL <daynum> DEL|OF|DE =NUM",
        "<daynum> DEL =NUM",
        "DIA <daynum> DEL|OF|DE =NUM",
    )
    rule("date", lambda day, month: months.day_in(month, day), "EL|DIA? DIA? <daynum> DEL|OF|DE <monthref>")
    rule(
        "date",
        lambda day: months.day_in(months.months_ahead(0), day),
        "EL <daynum> OF|DE|DEL THIS|SAME",
        "<daynum> DEL SAME",
    )
    rule("date", lambda day: months.day_in(months.months_ahead(1), day), "EL <daynum> OF|DE|DEL NEXT|COMING|OTHER")
    rule(
        "date",
        lambda pair: days.slashed(*pair),
        "=SLASHED",
        "EL|DEL|AL|DIA =SLASHED",
        "EL|DEL|AL|DIA =DASHED",
        "EL|DEL|AL|DIA =DOTTED",
    )
    rule("date", lambda pair, year: days.slashed(pair[0], pair[1], year), "=SLASHED OF|DE|DEL|SLASH <year>")
    rule("date", _dashed_date, "=DASHED", "=DOTTED")
    rule("date", lambda written: days.slashed(*written), "EL? =WRITTEN")


def _dashed_date(pair: tuple[int, int]) -> DateMeaning | None:
    """17-3. Where both could be hours (3-5) the numbers stay open; see the reading of bare numbers."""
    first, second = pair
    return _weak(days.slashed(first, second)) if first > 12 or second > 12 or second <= first else None


def _minutes(count: int, unit: int) -> Soon | None:
    return Soon(count * unit) if 0 < count * unit <= 48 * 60 else None


def _moments(grammar: Grammar) -> None:
    """`<soon>` from now; `<said>` a day with its part."""
    rule = grammar.rule
    rule("soon", lambda count: _minutes(count, 1), "IN =NUM MINUTES MORE|FROM_NOW?", "=NUM MINUTES FROM_NOW")
    rule("soon", lambda count: _minutes(count, 60), "IN <count> HOURS MORE|FROM_NOW?", "=NUM HOURS FROM_NOW")
    rule("soon", lambda count: _minutes(2 * count + 1, 30), "IN =NUM HOURS AND HALF", "IN =NUM AND HALF HOURS")
    rule("soon", lambda: Soon(90), "IN HOURS AND HALF")
    rule("soon", lambda: Soon(30), "IN HALF ONE? HOURS", "IN ONE HALF HOURS", "ONE HALF HOURS FROM_NOW")
    rule("soon", lambda pair: Soon(30) if pair == (1, 2) else None, "IN =SLASHED HOURS")
    rule("soon", lambda: Soon(15), "IN QUARTER HOURS?")
    rule("soon", lambda hours, minutes: _minutes(hours * 60 + minutes, 1), "IN =NUM HOURS AND =NUM MINUTES")
    rule("soon", lambda: Soon(0), "NOW")
    rule("soon", lambda: Soon(0, weak=True), "ALREADY")
    rule("soon", lambda: Soon(0, open=True), "SOON")
    rule(
        "said", lambda part: Said(days.ahead(0), Part(part)), "THIS =PART", "EL|LAS? THIS =PART", "AT|FOR|ON THIS =PART"
    )
    rule("said", lambda: Said(days.ahead(0), Part("morning")), "THIS MANANA", "AT|FOR|ON THIS MANANA")
    rule("said", lambda: Said(days.ahead(0), Part("night")), "TONIGHT")
    rule("said", lambda part: Said(days.ahead(0), Part(part)), "TODAY =PART")
    rule("said", _iso, "=ISO")


def _iso(written: tuple[int, int, int, tuple[int, int] | None]) -> Said | None:
    year, month, day, at = written
    meaning = days.month_day(month, day, year)
    if meaning is None or (at and at[0] > 23):
        return None
    return Said(meaning, Clock(at[0], at[1], exact=True) if at else None)
