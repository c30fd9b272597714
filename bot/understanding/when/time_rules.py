"""How hours are said: rules that make Clock, Part, Edge and Between out of words."""

from dataclasses import replace

from bot.understanding.when.grammar import Grammar
from bot.understanding.when.hours import Between, Clock, Edge, Part, TimeMeaning, clock


def _minutes(hour: int, minute: int) -> Clock | None:
    """«5 y 20». Single digits are not minutes unless they are five: «5 y 6» are two hours."""
    return clock(hour, minute) if minute >= 10 or minute == 5 else None


def _spoken(hour: int, minute: int) -> Clock | None:
    """«5 30». A minute that could be an hour is one of the fives: «martes 10 11am» is a day and its hour."""
    return _minutes(hour, minute) if minute > 12 or minute % 5 == 0 else None


def _to_hour(minute: int, hour: int) -> Clock | None:
    """«cuarto para las 5», «cinco menos diez»."""
    if not (1 <= minute < 45 and 1 <= hour <= 24):
        return None
    before = hour - 1 or 12
    return clock(before, 60 - minute)


def _halved(said: Clock, half: str) -> Clock | None:
    if said.exact and not (half == "am" and said.hour < 12):
        return said if half == "pm" or said.hour == 0 else None
    return replace(said, half=half, marked=True)


def _in_part(said: Clock, part: str) -> Clock:
    return said if said.exact and said.hour > 12 else replace(said, half=part, exact=False, marked=True)


def _on_the_hour(hour: int, written: str) -> Clock | None:
    """«17 horas» is a time; «dos horas» and «24 hs» are how long."""
    return clock(hour) if hour < 24 and (written == "short" or hour > 12) else None


def _half_marked(hour: int, minute: int) -> Clock | None:
    """«cinco treinta»."""
    said = _minutes(hour, minute)
    return said and replace(said, marked=False)


def _apart(hour: int, minute: int) -> Clock | None:
    """«17 30». Other minutes are seldom written so, and two numbers may be a day and its hour."""
    return clock(hour, minute, marked=False) if minute in (30, 45) else None


def _spelled_to(minute: int, hour: int) -> Clock | None:
    """«ten to six», in words; in figures it is from ten to six."""
    return _to_hour(minute, hour) if minute in (5, 10, 20, 25) else None


def _marked(said: Clock) -> Clock:
    return replace(said, marked=True)


def _about(said: TimeMeaning) -> TimeMeaning:
    return replace(said, approximate=True, marked=True) if isinstance(said, Clock) else said


def _bare(hour: int) -> Clock | None:
    return clock(hour, marked=False)


def _written(at: tuple[int, int]) -> Clock | None:
    return clock(*at)


def _compact(at: tuple[int, int]) -> Clock | None:
    return clock(*at, marked=False)


def _range(first: Clock | Part, last: Clock | Part, half: str | None = None) -> Between | None:
    weak = isinstance(first, Clock) and isinstance(last, Clock) and not (first.marked or last.marked or half)
    return Between(first, last, half, weak)


def _dashed(hours: tuple[int, int], half: str | None = None) -> Between | None:
    first, last = clock(hours[0], marked=False), clock(hours[1], marked=False)
    return Between(first, last, half) if first and last else None


def _slashed(hours: tuple[int, int]) -> Between | None:
    """«tipo 5/6»: only an hour and the one after it; other numbers are a date."""
    return _dashed(hours) if hours[1] == hours[0] % 12 + 1 else None


def add_clocks(grammar: Grammar) -> None:
    """`<clock>`: an hour and its minutes."""
    rule = grammar.rule
    rule("clock", _written, "=CLOCK HOURS?")
    rule("clock", lambda hour: clock(hour, 30), "=NUM HOURS? AND HALF", "=NUM HALF_FIGURE", "HALF PAST_HOUR =NUM")
    rule("clock", lambda hour: clock(hour, 15), "=NUM HOURS? AND QUARTER", "QUARTER PAST_HOUR =NUM")
    rule(
        "clock",
        lambda hour: _to_hour(15, hour),
        "=NUM MINUS QUARTER",
        "QUARTER FOR LAS =NUM",
        "QUARTER TO_HOUR =NUM",
        "QUARTER TO LAS =NUM",
        "QUARTER FOR|AT|ALAS =NUM",
        "QUARTER ALAS =NUM",
    )
    rule("clock", lambda hour, minute: _to_hour(minute, hour), "=NUM MINUS =NUM MINUTES?")
    rule(
        "clock",
        _to_hour,
        "=NUM MINUTES? FOR LAS =NUM",
        "=NUM MINUTES? FOR ALAS =NUM",
        "=NUM MINUTES? TO_HOUR =NUM",
        "=NUM MINUTES? FOR =NUM",
    )
    rule("clock", lambda minute, hour: _minutes(hour, minute), "=NUM MINUTES? PAST_HOUR =NUM")
    rule("clock", _minutes, "=NUM HOURS? AND =NUM MINUTES?", "=NUM HOURS AND? =NUM MINUTES?")
    rule(
        "clock",
        lambda hour: clock(hour, approximate=True),
        "=NUM AND BIT",
        "=NUM ISH",
        "=NUM DASH ISH",
        "=NUM HOURS AND BIT",
    )
    rule("clock", _on_the_hour, "=NUM =HOURS", "=NUM =HOURS SHARP")
    rule("clock", clock, "=NUM SHARP")
    rule("clock", _bare, "=NUM")


def add_hours(grammar: Grammar) -> None:
    """`<hour>`: a clock with the words around it; `<part>` a part of the day."""
    rule = grammar.rule
    rule("spoken", lambda said: said, "<clock>")
    rule("spoken", _written, "=HHMM")
    rule("spoken", _spoken, "=NUM =NUM")
    rule("spoken", _written, "=DOTTED", "=COMMA_CLOCK")
    rule("late_part", lambda part: part, "=PART")
    rule("late_part", lambda _: "morning", "=MANANA")
    rule(
        "of_part",
        lambda part: part,
        "OF|BY|IN|ON|AT|EL|AL|DEL LAS|EL <late_part>",
        "ALAS <late_part>",
        "LAS <late_part>",
        "OF|BY|IN|ON|AT|AL|DEL =PART",
        "DE =PART",
    )
    rule("half", lambda half: half, "=HALF_DAY")
    rule("noon", lambda part: Clock(12, exact=True) if part == "noon" else None, "=PART")
    rule("noon", lambda part: Clock(12, 30, exact=True) if part == "noon" else None, "=PART AND HALF")
    rule("midnight", lambda _: Clock(12, half="night"), "=MIDNIGHT")
    rule("hour", _halved, "<clock> SHARP? <half>", "<spoken> <half>")
    rule("hour", _in_part, "<clock> SHARP? COMMA? <of_part>", "<spoken> <of_part>")
    rule("hour", lambda said: _in_part(said, "noon"), "<clock> DEL DIA", "<clock> OF DIA")
    rule("hour", lambda said: said, "<clock> SHARP?", "<noon>", "<midnight>")


LEAD = ("AT|FOR|ON|AL LAS", "LAS_HOUR", "ALAS", "FOR ALAS", "AT_HOUR", "OF LAS", "BY LAS", "DEL LAS", "AT COMMA LAS")


def add_times(grammar: Grammar) -> None:
    """`<time>`: everything that says an hour; `<weak_time>`: a number or a word that may be one."""
    rule = grammar.rule
    rule("at", _marked, *(f"{lead} <hour>" for lead in LEAD), *(f"{lead} HOURS? <spoken> HOURS?" for lead in LEAD))
    rule("at", _halved, *(f"{lead} <spoken> <half>" for lead in LEAD))
    rule("at", _in_part, *(f"{lead} <spoken> <of_part>" for lead in LEAD))
    rule(
        "at",
        _about,
        "ABOUT <at>",
        "ABOUT LAS? <hour>",
        "ABOUT <spoken>",
        "FROM ABOUT <at>",
        "AT ABOUT <at>",
        "AT ABOUT <hour>",
        "<hour> ABOUT_SO",
        "AT|ON|BY|FOR ABOUT LAS <hour>",
    )
    rule("at", lambda said: said if said.marked else None, "<hour>", "EL <sharp_clock>")
    rule("sharp_clock", clock, "=NUM SHARP")
    rule("sharp_clock", _halved, "<clock> <half>")
    rule("at", lambda said: said if said.hour == 1 else None, "LAS <hour>")
    rule("at", _compact_hours, "=HHMM HOURS")
    rule("time", lambda said: said, "<at>", "AND <at>")
    rule("time", _about, "<at> ABOUT_SO")
    rule("time", lambda said, part: _in_part(said, part), "<at> BY|IN|ON|AT LAS <late_part>")
    rule(
        "time",
        lambda part: Part(part),
        "OF|BY|IN|ON|AT|AL|FOR|FROM LAS|EL <late_part>",
        "ALAS <late_part>",
        "LAS <late_part>",
        "OF|BY|IN|ON|AT|AL|DEL =PART",
        "DE =PART",
    )
    rule("time", lambda: Part("morning"), "DE MANANA")
    rule(
        "time",
        lambda part: Part(part) if part in _PLAIN_PARTS else None,
        "=PART",
        "LAS|EL =PART",
        "EVERY LAS|EL? =PART",
    )
    rule("time", lambda _: Part("midmorning"), "HALF MANANA")
    rule("time", lambda which, part: Edge(which, part), "AT|AL|FOR|IN|ON|BY? LAS|EL? =EDGE <of_part>?")
    rule("time", lambda: Part("after_work"), "AFTER_WORK")
    rule("time", lambda: Part("after_lunch"), "AFTER_LUNCH")
    rule("time", lambda: Part("before_lunch"), "BEFORE_LUNCH")
    rule("time", lambda said: said, "<noon>", "AT|AL|FOR|ON <noon>", "AT|AL|FOR LAS|EL? <midnight>", "ABOUT <noon>")
    rule("weak_time", lambda part: Part(part, weak=True), "=PART")
    rule("weak_time", lambda half: Part(_HALVES[half], weak=True), "=HALF_DAY")
    rule("weak_time", _compact, "=HHMM_ALONE")
    rule("weak_time", _compact, "=COMMA_CLOCK")
    rule("weak_time", _half_marked, "=NUMBER_WORD =NUMBER_WORD")
    rule("weak_time", _apart, "=DIGITS =DIGITS")
    rule("spelled_time", _spelled_to, "=NUMBER_WORD TO_HOUR =NUMBER_WORD")


_HALVES = {"am": "morning", "pm": "afternoon"}
"""«jueves pm»: half a day, as people write it."""
_PLAIN_PARTS = frozenset({"midmorning", "siesta", "midafternoon", "evening", "early", "late", "noon"})
"""Words that are a part of the day and nothing else; «tarde» and «noche» alone may be a greeting or an adverb."""


def _compact_hours(at: tuple[int, int]) -> Clock | None:
    return clock(*at)


def add_time_ranges(grammar: Grammar) -> None:
    """`<time_range>`: from an hour to another."""
    rule = grammar.rule
    rule(
        "edge",
        lambda said: said,
        "LAS? <hour>",
        "ALAS <hour>",
        "LAS? <spoken>",
        "AL|AT|EL? <noon>",
        "ABOUT LAS? <hour>",
        "EL|AL|LAS? <edge_part>",
    )
    rule("edge_part", lambda part: Part(part), "=PART")
    rule(
        "from_edge",
        lambda said: said,
        "LAS? <hour>",
        "ALAS <hour>",
        "LAS? <spoken>",
        "AL|AT|EL|LAS? <noon>",
        "AT? ABOUT LAS? <hour>",
    )
    rule(
        "until",
        lambda said: said,
        "TO|AT|UNTIL|ALAS|DASH LAS? <from_edge>",
        "UNTIL_LAS <from_edge>",
        "AL|UNTIL_EL <noon>",
    )
    rule(
        "ranged",
        _range,
        "BETWEEN <from_edge> AND <from_edge>",
        "BETWEEN <from_edge> <until>",
        "FROM|SINCE AL|AT? <from_edge> <until>",
        "FROM|SINCE <from_edge> AND UNTIL LAS? <from_edge>",
        "LAS|ALAS <marked_edge> <until>",
        "<marked_edge> <until>",
        "<spoken> TO|DASH|UNTIL <spoken>",
        "DEL|SINCE_EL <noon> <until>",
        "LAS <spoken> TO|DASH|UNTIL LAS? <spoken>",
    )
    rule(
        "ranged",
        _dashed,
        "=DASHED HOURS",
        "=DASHED <half>",
        "AT|OF|FROM|BETWEEN|ABOUT LAS? =DASHED",
        "=DASHED <of_part>",
        "LAS =DASHED",
        "FROM|BETWEEN? LAS? =DASHED <half>",
    )
    rule("ranged", _slashed, "AT|ABOUT LAS =SLASHED", "ABOUT =SLASHED")
    rule("time_range", lambda said, part: replace(said, half=part, weak=False), "<ranged> <of_part>")
    rule("time_range", lambda said: said, "<ranged>", "AT|ABOUT|BY|ON <ranged>")
    rule("marked_edge", lambda said: said if isinstance(said, Part) or said.marked else None, "<from_edge>")


def add_open_time_ranges(grammar: Grammar) -> None:
    """After an hour, or before it."""
    rule = grammar.rule
    rule(
        "time_range",
        _after,
        "AFTER LAS? <edge>",
        "AFTER_EL|SINCE_EL <noon>",
        "AFTER_EL|SINCE_EL <edge_part>",
        "AFTER ALAS|AT <edge>",
        "SINCE LAS <edge>",
        "SINCE <marked_edge>",
        "OF|FROM LAS? <edge> ONWARD",
        "<marked_edge> ONWARD",
        "FROM|SINCE|OF LAS? <edge> ONWARD",
        "AT LAS <edge> ONWARD",
        "SINCE AT LAS <edge>",
        "SINCE <spoken_on>",
    )
    rule("time_range", Between, "AFTER LAS? <edge> AND|THEN BEFORE LAS? <edge>")
    rule("spoken_on", lambda hour: clock(hour, marked=True), "LAS =NUM")
    rule(
        "time_range",
        _before,
        "BEFORE LAS? <edge>",
        "BEFORE_EL|UNTIL_EL <noon>",
        "BEFORE_EL|UNTIL_EL <edge_part>",
        "BEFORE AT|ALAS|AL <edge>",
        "UNTIL LAS|ALAS <edge>",
        "UNTIL_LAS <edge>",
        "UNTIL <marked_edge>",
    )


def _after(edge: Clock | Part) -> Between | None:
    return Between(edge, None)


def _before(edge: Clock | Part) -> Between | None:
    return Between(None, edge)


def add_time_rules(grammar: Grammar) -> None:
    add_clocks(grammar)
    add_hours(grammar)
    add_times(grammar)
    add_time_ranges(grammar)
    add_open_time_ranges(grammar)
