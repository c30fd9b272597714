"""Phrases put together: the days and hours that belong to one another, and the alternatives somebody gave."""

from dataclasses import dataclass, replace

from bot.understanding.when import days, spans
from bot.understanding.when.date_rules import Soon
from bot.understanding.when.days import DateMeaning, Found, Today
from bot.understanding.when.hours import Between, Clock, Part, TimeMeaning, clock
from bot.understanding.when.phrases import Phrase
from bot.understanding.when.tokens import Token
from bot.understanding.when.value import Asked


@dataclass(frozen=True, slots=True)
class Wish:
    """One day, hour, or both, that may be what is meant. `part`: the part of the day said beside the hour."""

    day: DateMeaning | None = None
    time: TimeMeaning | None = None
    part: str | None = None
    soon: Soon | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody could mean, in their order. `open`: they said several, or it cannot be told which is meant."""

    wishes: tuple[Wish, ...]
    open: bool = False


NEAR_DAYS = 31


def wishes_in(words: list[Token], phrases: tuple[Phrase, ...], today: Today, asked: Asked) -> Wishes:
    """Days and hours joined; `o`, `y` and commas between two days or two hours make alternatives."""
    groups: list[list[Phrase]] = []
    last: Phrase | None = None
    for phrase in phrases:
        if last is None or _begins_another(groups[-1], phrase, words[last.end : phrase.begin]):
            groups.append([phrase])
        else:
            groups[-1].append(phrase)
        last = phrase
    read: list[Wishes] = []
    for index, group in enumerate(groups):
        before = _kind_before(groups, index, read[-1] if read else None)
        read.append(_read_group(group, before, today, asked))
    shared = _shared([list(found.wishes) for found in read])
    return Wishes(tuple(dict.fromkeys(shared)), len(groups) > 1 or any(found.open for found in read))


def _begins_another(group: list[Phrase], phrase: Phrase, gap: list[Token]) -> bool:
    has_day = any(one.day is not None for one in group)
    clocks = [one.time for one in group if one.time is not None and not isinstance(one.time, Part)]
    marks = {mark for word in gap for mark in word.marks}
    if "OR" in marks and not ("SLASH" in marks and phrase.loose):
        return True
    if clocks and isinstance(clocks[-1], Clock) and phrase.number == clocks[-1].hour % 12 + 1:
        return True  # «6 y media 7»
    again = (phrase.day is not None and has_day) or (
        phrase.time is not None and not isinstance(phrase.time, Part) and bool(clocks)
    )
    parts = isinstance(phrase.time, Part) and any(isinstance(one.time, Part) for one in group)
    if "AND" in marks:
        return again or parts or phrase.loose
    if phrase.time is not None and phrase.day is None and clocks and not isinstance(phrase.time, Part):
        return True
    if phrase.day is not None and has_day and "COMMA" in marks:
        plain = [one.day for one in group if one.day is not None]
        return phrase.day.weekday is not None and plain[-1].weekday is not None
    return False


def _read_group(group: list[Phrase], before: str, today: Today, asked: Asked) -> Wishes:
    """`before`: what the group before ends in, «time» or «day»; empty when it does not tell."""
    day: DateMeaning | None = None
    time: TimeMeaning | None = None
    part: str | None = None
    soon = next((one.soon for one in group if one.soon), None)
    for phrase in group:
        if phrase.day is not None:
            day = phrase.day if day is None else spans.both(day, phrase.day)
        if isinstance(phrase.time, Part) and (time is not None or part is not None):
            part = part or phrase.time.name
        elif isinstance(time, Part) and phrase.time is not None:
            part, time = time.name, phrase.time
        elif phrase.time is not None:
            time = time or phrase.time
    if day is not None and day.weekday is not None and time is not None:
        day = days.weekday(day.weekday)  # «mar a las 5» is no month
    base = Wish(day, time, part, soon if day is None else None)
    if soon is not None and day is None and time is not None:
        base = Wish(days.ahead(0), time, part)
    loose = [phrase for phrase in group if phrase.loose]
    if not loose:
        return Wishes((base,))
    return _with_numbers(base, loose, before, today, asked)


def _kind_before(groups: list[list[Phrase]], index: int, read_before: Wishes | None) -> str:
    """What the group before ends in: «a las 5 o 6» are hours, «el 17 o 18» and «el lunes 16 o 17» days."""
    if read_before is None:
        following = groups[1] if len(groups) > 1 else []
        if any(one.time for one in following):
            return "" if any(one.day for one in following) else "time"
        return ""
    last = groups[index - 1][-1]
    if last.time is not None:
        return "time"
    if last.loose and len(read_before.wishes) == 1 and read_before.wishes[0].day is not None:
        return "day" if read_before.wishes[0].time is None else "time"
    return "day" if last.day is not None and last.day.number is not None else ""


def _with_numbers(base: Wish, loose: list[Phrase], before: str, today: Today, asked: Asked) -> Wishes:
    """The bare numbers as the day or the hour, by what else was said."""
    if len(loose) > 2 or (
        len(loose) == 2 and base.time is not None and base.day is not None and base.day.weekday is None
    ):
        return Wishes((), open=True)
    if len(loose) == 2:
        first, second = loose
        if first.number is None or second.number is None:
            return Wishes((), open=True)
        day = days.day_of_month(first.number)
        hour = _hour(second.number)
        if day is None or hour is None:
            return Wishes((), open=True)
        joined = day if base.day is None else spans.both(base.day, day)
        return Wishes((replace(base, day=joined, time=hour),), open=base.day is None)
    phrase = loose[0]
    if phrase.dotted is not None:
        return _dotted(base, phrase.dotted, asked)
    if phrase.dashed is not None:
        return _dashed(base, phrase.dashed, asked)
    assert phrase.number is not None
    return _number(base, phrase.number, before, today, asked)


def _hour(number: int) -> Clock | None:
    return clock(number) if 0 < number <= 24 else None


def _number(base: Wish, number: int, before: str, today: Today, asked: Asked) -> Wishes:
    hour, day = _hour(number), days.day_of_month(number)
    timed = base.time is not None and not isinstance(base.time, Part)
    as_hour = replace(base, time=hour, part=_part_name(base)) if hour and not timed else None
    if base.day is not None and base.day.weekday is not None and day is not None:
        return _weekday_and_number(base, base.day, day, as_hour, today)
    if base.day is not None:
        if day is not None and (met := _agree(base.day, day, today)):
            agreed = replace(base, day=met)
            return Wishes((agreed,)) if timed or as_hour is None else Wishes((agreed, as_hour), open=True)
        if day is not None and timed:
            return Wishes((replace(base, day=spans.both(base.day, day)),), open=True)
        return Wishes((as_hour,)) if as_hour else Wishes((), open=True)
    as_day = replace(base, day=day) if day else None
    if timed:
        return Wishes((as_day,)) if as_day else Wishes((), open=True)
    if isinstance(base.time, Part) and as_hour:
        return Wishes((as_hour,))
    if asked == "time" or before == "time":
        return Wishes((as_hour,)) if as_hour else Wishes(())
    if asked == "date" or before == "day":
        return Wishes((as_day,)) if as_day else Wishes(())
    both = [wish for wish in ((as_hour, as_day) if number <= 12 else (as_day, as_hour)) if wish]
    return Wishes(tuple(both), open=len(both) > 1)


def _part_name(base: Wish) -> str | None:
    return base.time.name if isinstance(base.time, Part) else base.part


def _agree(said: DateMeaning, day: DateMeaning, today: Today) -> DateMeaning | None:
    """Both, when the number is the date of the day said: «mañana 12»."""
    met = spans.both(said, day)
    return met if met is not None and _options(met.find(today)) == 1 else None


def _options(found: Found) -> int:
    return 99 if found.ambiguous else len(found.options)


def _weekday_and_number(
    base: Wish, weekday: DateMeaning, day: DateMeaning, as_hour: Wish | None, today: Today
) -> Wishes:
    """«martes 17»: the date, when that date is a Tuesday; «jueves 5» is five o'clock, unless the 5th is one soon, or
    the day beside one: people mistake the weekday."""
    assert weekday.weekday is not None and day.number is not None
    timed = base.time is not None and not isinstance(base.time, Part)
    found = day.find(today).options
    nearest = found[0].first if found else None
    if nearest is not None and nearest.weekday() == weekday.weekday and (nearest - today.date).days <= NEAR_DAYS:
        exact = replace(base, day=DateMeaning(lambda _: days.sure(nearest)))
        likely_hour = as_hour is not None and day.number <= 12
        return Wishes((exact, as_hour), open=False) if likely_hour and as_hour else Wishes((exact,))
    on_number = replace(base, day=day)
    if timed or as_hour is None:
        return Wishes((on_number, replace(base, day=weekday)), open=True)
    if day.number <= 12:
        coming = weekday.find(today).options
        named = coming[0].first if coming else None
        beside = nearest is not None and named is not None and abs((nearest - named).days) == 1
        return Wishes((as_hour, on_number), open=True) if beside else Wishes((as_hour,))
    return Wishes((as_hour, on_number), open=True)


def _dashed(base: Wish, pair: tuple[int, int], asked: Asked) -> Wishes:
    first, second = clock(pair[0]), clock(pair[1])
    hours = replace(base, time=Between(first, second)) if first and second and base.time is None else None
    written = days.slashed(*pair)
    date = replace(base, day=written) if written and base.day is None else None
    if asked == "time" or base.day is not None:
        return Wishes((hours,)) if hours else Wishes(())
    if asked == "date" or base.time is not None:
        return Wishes((date,)) if date else Wishes(())
    both = tuple(wish for wish in (hours, date) if wish)
    return Wishes(both, open=len(both) > 1)


def _dotted(base: Wish, pair: tuple[int, int], asked: Asked) -> Wishes:
    """10.12: twelve past ten more often than the tenth of December, unless no clock is read to such minutes."""
    said, written = clock(*pair), days.slashed(*pair)
    hour = replace(base, time=said) if said and (base.time is None or isinstance(base.time, Part)) else None
    date = replace(base, day=written) if written and base.day is None and asked != "time" else None
    both = [wish for wish in (hour, date) if wish]
    if pair[1] % 5:
        both.reverse()
    return Wishes(tuple(both), open=len(both) > 1)


def _within(wish: Wish, week: DateMeaning | None) -> Wish:
    if week is None or wish.day is None or wish.day.weekday is None:
        return wish
    return replace(wish, day=spans.both(wish.day, week))


def _shared(groups: list[list[Wish]]) -> list[Wish]:
    """«lunes o martes a las 5», «el jueves a las 5 o a las 6»: what one alternative lacks another says."""
    said_day = next((wish.day for group in groups for wish in group if wish.day), None)
    if len(groups) > 1:
        for group in groups:
            for index, wish in enumerate(group):
                if wish.day is None and wish.time is not None:
                    group[index] = replace(wish, day=said_day)
            said_day = next((wish.day for wish in group if wish.day), said_day)
    within = next((wish.day.within for group in groups for wish in group if wish.day and wish.day.within), None)
    wishes = [_within(wish, within) for group in groups for wish in group]
    last = groups[-1][-1] if groups and groups[-1] else None
    before = [wish for group in groups[:-1] for wish in group]
    if before and last and last.time and last.day and all(wish.time is None and wish.day for wish in before):
        return [replace(wish, time=last.time, part=last.part) if wish.time is None else wish for wish in wishes]
    return wishes
