"""The phrases of a text that say days or hours, in order, and which of them count."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from bot.understanding.when.date_range_rules import add_date_range_rules
from bot.understanding.when.date_rules import Said, Soon, add_date_rules
from bot.understanding.when.days import DateMeaning, ahead
from bot.understanding.when.grammar import Grammar, Parse
from bot.understanding.when.hours import Between, Clock, Edge, Part, TimeMeaning
from bot.understanding.when.month_rules import add_month_rules
from bot.understanding.when.time_rules import add_time_rules
from bot.understanding.when.tokens import Token

_ORDER = ("spelled_time", "said", "soon", "date_range", "time_range", "date", "time", "weak_time")
"""What is tried at each place; of two readings of the same length the first counts."""
_LIGHT = frozenset({"COURTESY", "FILL", "COMMA", "OF", "DE", "AT", "TO", "ON", "IN", "EL", "LAS", "DIA", "DEL", "AL",
                    "FOR", "BY", "ABOUT", "AND", "DASH", "STOP", "THEN", "FROM", "ONE", "MORE", "THIS", "SAME",
                    "HOURS"})  # fmt: skip
_TIGHT = frozenset(
    {"COURTESY", "COMMA", "DASH", "OF", "DE", "DEL", "EL", "LAS", "DIA", "ABOUT", "AT", "FOR", "ON", "OR", "AND"}
)
"""What may stand between a bare number and the day or hour it belongs to: no verb, which would begin another thing."""
_WRITTEN_DATES = frozenset({"SLASHED", "WRITTEN", "ISO"})
_LEAVES = frozenset({"DEL", "DE", "FROM"})
_STOPS = frozenset({"COMMA", "STOP", "QUESTION"})
_COURTEOUS = frozenset({"COURTESY", "COMMA", "STOP", "ABOUT", "QUESTION", "DASH"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase: what it says and the words it takes (`begin` to `end`, the end left out)."""

    begin: int
    end: int
    day: DateMeaning | None = None
    time: TimeMeaning | None = None
    soon: Soon | None = None
    number: int | None = None
    dashed: tuple[int, int] | None = None
    dotted: tuple[int, int] | None = None
    weak: bool = False

    @property
    def loose(self) -> bool:
        """A number, or two, that may be hours or days."""
        return self.number is not None or self.dashed is not None or self.dotted is not None


@lru_cache(maxsize=1)
def _grammar() -> Grammar:
    grammar = Grammar()
    add_time_rules(grammar)
    add_date_rules(grammar)
    add_month_rules(grammar)
    add_date_range_rules(grammar)
    return grammar


def phrases_in(words: list[Token]) -> list[Phrase]:
    """Every phrase from left to right, the longest at each place."""
    parse = Parse(_grammar(), words)
    found: list[Phrase] = []
    place = 0
    while place < len(words):
        phrase = None if _is_house_number(words, place) else _phrase_at(parse, words, place)
        if phrase is None:
            place += 1
        else:
            found.append(_of_tomorrow(words, phrase, found))
            place = phrase.end
    return found


def _is_house_number(words: list[Token], place: int) -> bool:
    """«mitre 1500 a las 17»: four figures after a name are where it is."""
    return "HHMM" in words[place].marks and place > 0 and "UNKNOWN" in words[place - 1].marks


def _of_tomorrow(words: list[Token], phrase: Phrase, before: list[Phrase]) -> Phrase:
    """«el jueves de mañana» is its morning, «a las 5 de mañana» the next day."""
    own = words[phrase.begin : phrase.end]
    tomorrow = len(own) == 2 and "DE" in own[0].marks and "MANANA" in own[1].marks
    either = phrase.end < len(words) and "OR" in words[phrase.end].marks  # «de mañana o de tarde»
    if tomorrow and not either and not any(one.day for one in before):
        return Phrase(phrase.begin, phrase.end, day=ahead(1))
    return phrase


def _phrase_at(parse: Parse, words: list[Token], place: int) -> Phrase | None:
    best: Phrase | None = None
    for name in _ORDER:
        if name == "date_range" and _moves(words, place):
            continue
        readings = parse.at(name, place)
        if readings and (best is None or readings[0][0] > best.end):
            best = _made(place, *readings[0])
    marks = words[place].marks
    dotted = "DOTTED" in marks and "CLOCK" in marks
    if best is not None and not (dotted and (best.end == place + 1 or _dated_and_timed(marks, best))):
        return best
    if best is not None:
        return Phrase(place, place + 1, dotted=marks["DOTTED"])
    if "DASHED" in marks:
        return Phrase(place, place + 1, dashed=marks["DASHED"], weak=True)
    number = marks.get("DIGITS", marks.get("NUMBER_WORD"))
    if number is not None and not (number == 1 and "DIGITS" not in marks):
        return Phrase(place, place + 1, number=number, weak=True)
    return None


def _moves(words: list[Token], place: int) -> bool:
    """«cambiar del jueves al viernes» is no span."""
    leaves = any(not _LEAVES.isdisjoint(word.marks) for word in words[max(0, place - 1) : place + 1])
    return leaves and any("CHANGE" in word.marks for word in words[:place])


def _dated_and_timed(marks: dict[str, Any], best: Phrase) -> bool:
    """«17.03 a las 10» is no span from 17:03: nobody says such minutes."""
    return isinstance(best.time, Between) and marks["DOTTED"][1] % 5 != 0


def _made(begin: int, end: int, value: object) -> Phrase:
    match value:
        case Said(day=day, time=time):
            return Phrase(begin, end, day=day, time=time)
        case Soon():
            return Phrase(begin, end, soon=value, weak=value.weak)
        case DateMeaning():
            return Phrase(begin, end, day=value, weak=value.weak)
        case Clock():
            return Phrase(begin, end, time=value, weak=not value.marked)
        case Part():
            return Phrase(begin, end, time=value, weak=value.weak)
        case Between():
            return Phrase(begin, end, time=value, weak=value.weak)
    assert isinstance(value, Edge)
    return Phrase(begin, end, time=value)


def light(words: list[Token]) -> bool:
    """Nothing but courtesy and small words."""
    return all(not _LIGHT.isdisjoint(word.marks) and "NO" not in word.marks for word in words)


@dataclass(frozen=True, slots=True)
class Kept:
    """The phrases that count. `dropped`: others were there and do not; `reason` why, when none is left."""

    phrases: tuple[Phrase, ...]
    dropped: bool = False
    reason: str = ""


def kept_phrases(words: list[Token], found: list[Phrase], *, future: bool) -> Kept:
    """Without what is denied, past, somebody's name or address, or a word that says a day only by chance."""
    kept = [phrase for phrase in found if not _is_name_or_place(words, phrase)]
    if _has_impossible_date(words, found):
        return Kept((), reason="nothing")
    inside = {place for phrase in kept for place in range(phrase.begin, phrase.end)}
    clauses = _clauses(words, inside)
    denied = _denied(words, kept, clauses, inside)
    barred = set(denied)
    if future:
        barred |= _guarded(words, clauses, inside)
    barred_phrases = [
        phrase
        for phrase in kept
        if clauses[phrase.begin] in barred
        or _excepted(words, phrase, inside)
        or _told_of(words, clauses, phrase)
        or _is_left(words, kept, phrase)
    ]
    said = [phrase for phrase in kept if phrase not in barred_phrases]
    strong = _without_weak(words, said)
    dropped = any(not phrase.weak for phrase in barred_phrases)
    return Kept(tuple(strong), dropped, "negated" if dropped else "nothing")


def _has_impossible_date(words: list[Token], found: list[Phrase]) -> bool:
    """«30/2 a las 10»: the hour alone would hide that the day is none. «20/30 minutos» are no date."""
    inside = {place for phrase in found for place in range(phrase.begin, phrase.end)}
    return any(
        not _WRITTEN_DATES.isdisjoint(word.marks)
        and place not in inside
        and not _counts_things(words, place + 1)
        and "MINUTES" not in words[min(place + 1, len(words) - 1)].marks
        for place, word in enumerate(words)
    )


def _is_left(words: list[Token], phrases: list[Phrase], phrase: Phrase) -> bool:
    """The day somebody wants to leave for another: «cambiar el turno del jueves al viernes»."""
    later = any(other.day is not None and other.begin >= phrase.end for other in phrases)
    begin = next((other.begin for other in phrases if other.end == phrase.begin), phrase.begin)  # «jueves» + «12»
    lead = words[max(0, begin - 1) : begin + 1]
    leaves = any(not _LEAVES.isdisjoint(word.marks) for word in lead)
    return later and leaves and any("CHANGE" in word.marks for word in words[: phrase.begin])


def _clauses(words: list[Token], inside: set[int]) -> list[int]:
    """The number of the clause each word is in: commas, stops, «pero» and «y no» divide, except within a phrase."""
    numbers, clause = [], 0
    for place, word in enumerate(words):
        and_not = "AND" in word.marks and place + 1 < len(words) and "NO" in words[place + 1].marks
        divides = and_not or not word.marks.keys().isdisjoint(("COMMA", "STOP", "THEN"))
        if divides and place not in inside:
            clause += 1
        numbers.append(clause)
    return numbers


def _denied(words: list[Token], phrases: list[Phrase], clauses: list[int], inside: set[int]) -> set[int]:
    denied: set[int] = set()
    with_phrase = {clauses[phrase.begin] for phrase in phrases}
    for place, word in enumerate(words):
        if "NO" not in word.marks or place in inside or ("IN" in word.marks and "EL" in word.marks):
            continue
        clause = clauses[place]
        if clause in with_phrase:
            if not _asks_whether_not(words, phrases, clauses, place):
                denied.add(clause)
            continue
        alone = clauses.count(clause) <= 2 + any("COMMA" in one.marks for one in words)
        before = [one for one in with_phrase if one < clause]
        after = [one for one in with_phrase if one > clause]
        if before and not (alone and after):
            denied.add(max(before))
    return denied


def _asks_whether_not(words: list[Token], phrases: list[Phrase], clauses: list[int], place: int) -> bool:
    """«¿no hay lugar el jueves?» asks for Thursday; «¿no puedo el jueves?» does not."""
    after = next((phrase for phrase in phrases if phrase.begin > place), None)
    if after is None or clauses[after.begin] != clauses[place] or words[place + 1].text in ("puedo", "podre", "posso"):
        return False
    rest = words[after.end :]
    stop = next((word for word in rest if "STOP" in word.marks or "COMMA" in word.marks), None)
    return stop is not None and "QUESTION" in stop.marks


def _guarded(words: list[Token], clauses: list[int], inside: set[int]) -> set[int]:
    return {clauses[place] for place, word in enumerate(words) if "GUARD" in word.marks and place not in inside}


_VERB_ENDINGS = ("o", "mos", "an", "en", "ba", "ron", "ste", "ando", "iendo", "ei", "ou", "ed")


def _told_of(words: list[Token], clauses: list[int], phrase: Phrase) -> bool:
    """«nos mudamos en enero»: something happens then, and nobody asks for it. Hours are taken all the same."""
    if phrase.time is not None or phrase.loose or any("CUE" in word.marks for word in words):
        return False
    before = [word for place, word in enumerate(words[: phrase.begin]) if clauses[place] == clauses[phrase.begin]]
    unknown = [word.text for word in before if "UNKNOWN" in word.marks and len(word.text) > 3]
    wishes = any(word.endswith(("ria", "rian")) for word in unknown)  # «andaría bárbaro el jueves»
    return not wishes and any(word.endswith(_VERB_ENDINGS) for word in unknown)


def _excepted(words: list[Token], phrase: Phrase, inside: set[int]) -> bool:
    before = [words[place] for place in range(max(0, phrase.begin - 2), phrase.begin) if place not in inside]
    any_of = isinstance(phrase.time, Clock) and any("EVERY" in word.marks for word in before)
    return any_of or any("EXCEPT" in word.marks for word in before)


def _is_name_or_place(words: list[Token], phrase: Phrase) -> bool:
    """«me llamo Abril», «soy Julio», «calle 9 de julio 1234», «el 15 días»."""
    if phrase.day is None:
        return False
    if phrase.day.number is not None and phrase.end < len(words) and "UNIT" in words[phrase.end].marks:
        return True
    before = words[max(0, phrase.begin - 2) : phrase.begin]
    if any("PLACE_LEAD" in word.marks for word in before) or "WISH" in _marks_before(words, phrase):
        return True
    own = [word for word in words[phrase.begin : phrase.end] if not word.marks.keys().isdisjoint(("MONTH", "WEEKDAY"))]
    if before and "NAME_LEAD" in before[-1].marks and len(own) == phrase.end - phrase.begin == 1:
        return True
    if any("PLACE_TAIL" in word.marks for word in words[phrase.end : phrase.end + 2]):
        return True
    following = words[phrase.end].marks if phrase.end < len(words) else {}
    return "JUNK" in following and "YEAR" not in following and phrase.day.weekday is None and not _round(following)


def _round(marks: dict[str, object]) -> bool:
    at = marks.get("HHMM")
    return isinstance(at, tuple) and at[1] % 5 == 0


def _without_weak(words: list[Token], phrases: list[Phrase]) -> list[Phrase]:
    """Weak phrases count beside a strong one they go with, or when the whole text is they."""
    taken = {place for phrase in phrases for place in range(phrase.begin, phrase.end)}
    rest = [word for place, word in enumerate(words) if place not in taken]
    only_light = light([word for word in rest if "OR" not in word.marks])
    only_courteous = all(not _COURTEOUS.isdisjoint(word.marks) or "OR" in word.marks for word in rest)
    kept = []
    for index, phrase in enumerate(phrases):
        if not phrase.weak:
            kept.append(phrase)
            continue
        if phrase.soon is not None:
            if all(not _STOPS.isdisjoint(word.marks) for word in rest) and len(phrases) == 1:
                kept.append(phrase)
            continue
        needs_courtesy = phrase.loose or isinstance(phrase.time, Clock | Between)
        if (only_courteous if needs_courtesy else only_light) or _goes_with(words, phrases, index):
            kept.append(phrase if phrase.loose else replace(phrase, weak=False))
    return kept


def _goes_with(words: list[Token], phrases: list[Phrase], index: int) -> bool:
    """Whether a phrase beside this one says a day to its hour or an hour to its day."""
    phrase = phrases[index]
    numeric = phrase.loose or isinstance(phrase.time, Clock | Between)
    if phrase.loose and (_counts_things(words, phrase.end) or "UNKNOWN" in _marks_before(words, phrase)):
        return False
    firm = any(not other.weak for other in phrases)
    for other_index in (index - 1, index + 1):
        if not 0 <= other_index < len(phrases):
            continue
        other = phrases[other_index]
        gap = words[min(phrase.end, other.end) : max(phrase.begin, other.begin)]
        near = all(not _TIGHT.isdisjoint(word.marks) for word in gap) if numeric else light(gap)
        if near and _completes(phrase, other, numeric=numeric, firm=firm):
            return True
    return False


def _completes(phrase: Phrase, other: Phrase, *, numeric: bool, firm: bool) -> bool:
    if numeric:
        return other.day is not None or (other.time is not None and not other.weak) or (other.loose and firm)
    if phrase.time is not None:
        return other.day is not None
    return other.time is not None or other.loose or (other.day is not None and not other.weak)


def _marks_before(words: list[Token], phrase: Phrase) -> Collection[str]:
    return words[phrase.begin - 1].marks if phrase.begin else ()


def _counts_things(words: list[Token], place: int) -> bool:
    """«2 personas»: a noun right after a number."""
    return place < len(words) and not {"UNKNOWN", "UNIT"}.isdisjoint(words[place].marks)
