"""How months and years are said, and what lies in them: their beginnings, weeks, fortnights, halves, feasts."""

from bot.understanding.when import days, months
from bot.understanding.when.days import DateMeaning
from bot.understanding.when.grammar import Grammar
from bot.understanding.when.months import MonthFinder


def add_month_rules(grammar: Grammar) -> None:
    _months(grammar)
    _parts_of_months(grammar)


def _half(n: int, month: MonthFinder) -> DateMeaning | None:
    return months.half_month(month, n) if n in (1, 2) else None


def _months(grammar: Grammar) -> None:
    rule = grammar.rule
    rule("monthref", months.named_month, "=MONTH", "=SHORT_MONTH")
    rule("monthref", lambda month, year: months.named_month(month, year), "<mon> OF|DE|DEL|COMMA? =YEAR")
    rule(
        "monthref", lambda month, _: months.year_later(months.named_month(month)), "<mon> DEL|OF|DE|EL? EL? <next_year>"
    )
    rule(
        "monthref",
        lambda: months.months_ahead(0),
        "THIS MONTH_WORD",
        "THIS SAME? MONTH_WORD",
        "EL? MONTH_WORD SAME",
        "EL? SAME MONTH_WORD",
    )
    rule(
        "monthref",
        lambda: months.months_ahead(1),
        "EL? NEXT MONTH_WORD",
        "EL? MONTH_WORD COMING|NEXT",
        "EL? OTHER MONTH_WORD",
        "EL? MONTH_WORD THIS? COMING|NEXT",
    )
    rule("next_year", lambda: 1, "YEAR_WORD COMING|NEXT", "NEXT YEAR_WORD", "OTHER YEAR_WORD")
    rule("date", lambda month: months.whole_month(month), "ON|FOR|OF|IN|BY|DEL <monthref>", "<clear_month>")
    rule("date", lambda month: months.whole_month(month, weak=True), "<monthref>", "MONTH_WORD OF|DE <monthref>")
    rule("clear_month", lambda month: month, "<month_by_word>")
    rule("month_by_word", lambda: months.months_ahead(0), "THIS MONTH_WORD")
    rule(
        "month_by_word",
        lambda: months.months_ahead(1),
        "EL? NEXT MONTH_WORD",
        "EL? MONTH_WORD COMING|NEXT",
        "EL? OTHER MONTH_WORD",
    )
    rule("month_by_word", lambda month, year: months.named_month(month, year), "<mon> OF|DE|DEL? =YEAR")
    rule(
        "month_by_word",
        lambda month, _: months.year_later(months.named_month(month)),
        "<mon> DEL|OF|DE EL? <next_year>",
    )


def _parts_of_months(grammar: Grammar) -> None:
    rule = grammar.rule
    rule(
        "date",
        lambda part, month: months.part_of_month(month, part),
        "AT|AL|ON|FOR|LAS|EL? =PART_OF OF|DE|DEL? <monthref>",
        "AT LAS|EL =PART_OF OF|DE <monthref>",
    )
    rule(
        "date",
        lambda part: months.part_of_month(months.months_ahead(0), part, this=True),
        "AT|AL|ON|FOR|LAS|EL? =PART_OF OF|DE|DEL EL|LAS? MONTH_WORD",
        "AT|ON LAS|EL? =PART_OF OF|DE|DEL MONTH_WORD",
        "=PART_OF MONTH_WORD",
        "AT|AL|ON|FOR|LAS|EL? =PART_OF OF|DE|DEL THIS MONTH_WORD",
    )
    rule("date", lambda part: months.part_of_year(part, 0), "AT|AL|ON? =PART_OF OF|DE|DEL THIS? YEAR_WORD")
    rule("date", lambda part, _: months.part_of_year(part, 1), "AT|AL|ON? =PART_OF OF|DE|DEL <next_year>")
    rule("date", lambda _: months.year(1), "EL|FOR? <next_year>")
    rule("date", lambda: months.year(0), "THIS YEAR_WORD")
    rule("of_month", lambda month: month, "OF|DE|DEL|ON|IN <monthref>")
    rule("of_month", lambda: months.months_ahead(0), "DEL|OF|DE EL? MONTH_WORD")
    rule("nth", lambda n: n if 1 <= n <= 5 else None, "=FIRSTS", "=ORDINAL")
    rule("date", lambda n, month: months.nth_week(month, n), "LAS|EL? <nth> WEEK <of_month>")
    rule("date", lambda month: months.nth_week(month, -1), "LAS|EL? LAST WEEK <of_month>")
    rule("date", months.last_day, "EL? LAST UNIT|DIA <of_month>")
    rule("date", lambda n, day, month: months.nth_weekday(month, n, day), "EL? <nth> <wd> <of_month>")
    rule("date", lambda day, month: months.nth_weekday(month, -1, day), "EL? LAST <wd> <of_month>")
    rule("date", lambda n, month: _half(n, month), "LAS? <nth> FORTNIGHT <of_month>")
    rule(
        "date",
        lambda n, part, month: _half(n, month) if part == "mid" else None,
        "ON|IN? LAS? <nth> =PART_OF <of_month>",
    )
    rule("date", lambda: months.fortnight(), "LAS? FORTNIGHT", "THIS FORTNIGHT", "ON|FOR|IN LAS FORTNIGHT")
    rule("date", lambda: months.fortnight("next"), "LAS? NEXT FORTNIGHT", "LAS? FORTNIGHT COMING|NEXT")
    rule("date", days.holiday, "=HOLIDAY", "EL|LAS|DIA =HOLIDAY", "DIA OF|DE =HOLIDAY")
