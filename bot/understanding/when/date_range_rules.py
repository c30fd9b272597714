"""How spans of days are said: from one to another, after one, before one."""

from bot.understanding.when import days, months, spans
from bot.understanding.when.days import DateMeaning, Found, Today
from bot.understanding.when.grammar import Grammar
from bot.understanding.when.months import MonthFinder


def _weekday_number(weekday: int, number: int) -> DateMeaning | None:
    day = days.day_of_month(number)
    return spans.both(days.weekday(weekday), day) if day else None


def _within(first: int, last: int, month: MonthFinder) -> DateMeaning | None:
    if not 1 <= first < last <= 31:
        return None
    return spans.between(months.day_in(month, first), months.day_in(month, last))


def _numbers(first: int, last: int) -> DateMeaning | None:
    """«del 20 al 25»; «del 28 al 3» runs into the next month."""
    begin, end = days.day_of_month(first), days.day_of_month(last)
    return spans.between(begin, end) if begin and end and first != last else None


def _number_and_date(first: int, last: DateMeaning) -> DateMeaning | None:
    """«entre el 3 y el 5 de abril»: the first day is the last one of its number before the second."""
    begin = days.day_of_month(first)
    if begin is None:
        return None

    def find(today: Today) -> Found:
        ends = last.find(today)
        if len(ends.options) != 1 or ends.options[0].first is None:
            return Found()
        end = ends.options[0].first
        if first >= end.day:
            return Found()
        return Found((days.Days(end.replace(day=first), end, "span"),))

    return DateMeaning(find)


def add_date_range_rules(grammar: Grammar) -> None:
    _closed(grammar)
    _open(grammar)


def _closed(grammar: Grammar) -> None:
    """From one day to another."""
    rule = grammar.rule
    to = "TO|AL|UNTIL|DASH|UNTIL_EL EL?"
    rule("end", lambda day: day, "EL|DIA? <date>")
    rule("end", _weekday_number, "EL|DIA? =WEEKDAY DIA? <daynum>")
    rule(
        "date_range",
        _numbers,
        "DEL|SINCE_EL DIA? =NUM AL|UNTIL_EL|TO DIA? =NUM",
        "LAS? WEEK DEL =NUM AL =NUM",
        "FROM EL =NUM TO EL =NUM",
        "FROM EL =NUM AL|UNTIL_EL =NUM",
        "DIA =NUM AL DIA? =NUM",
        "FROM|DE|DEL DIA =NUM AL DIA? =NUM",
        "BETWEEN EL DIA? =NUM AND EL DIA? =NUM",
        "EL? =NUM AL =NUM",
        "FROM EL =ORDINAL TO EL =ORDINAL",
        "BETWEEN EL =ORDINAL AND EL =ORDINAL",
    )
    rule(
        "date_range",
        lambda first, last, month: _within(first, last, month),
        "DEL|SINCE_EL|FROM|BETWEEN? EL|DIA? =NUM AL|TO|UNTIL_EL|AND EL|DIA? =NUM OF|DE|DEL <monthref>",
    )
    rule("date_range", _number_and_date, "BETWEEN|DEL|FROM EL? DIA? =NUM AND|AL|TO EL? <date>")
    rule("date_range", lambda pair, month: _within(pair[0], pair[1], month), "DEL|EL|FROM? =DASHED OF|DE <monthref>")
    rule(
        "date_range",
        spans.between,
        f"FROM|DE|DEL|SINCE|SINCE_EL|OF EL|LAS? <end> {to} <end>",
        "BETWEEN EL|LAS? <end> AND|TO EL? <end>",
        f"<end> {to} <end>",
    )
    rule("date_range", lambda last: spans.between(days.ahead(0), last), "UNTIL_FROM_NOW EL? <end>")


def _open(grammar: Grammar) -> None:
    """After a day, or before it."""
    rule = grammar.rule
    rule(
        "date_range",
        lambda day: spans.after(day, included=False),
        "AFTER EL? <end>",
        "AFTER_EL <end>",
        "AFTER_EL <number_day>",
        "AFTER EL <number_day>",
    )
    rule(
        "date_range",
        lambda day: spans.after(day, included=True),
        "SINCE EL? <end>",
        "SINCE_EL <end>",
        "SINCE_EL <number_day>",
        "<end> ONWARD",
        "OF|DE|DEL|FROM <end> ONWARD",
        "DEL <number_day> ONWARD",
    )
    rule(
        "date_range",
        lambda day: spans.before(day, included=False),
        "BEFORE EL? <end>",
        "BEFORE_EL <end>",
        "BEFORE_EL <number_day>",
        "BEFORE EL <number_day>",
    )
    rule(
        "date_range",
        lambda day: spans.before(day, included=True),
        "UNTIL EL? <end>",
        "UNTIL_EL <end>",
        "UNTIL_EL <number_day>",
    )
