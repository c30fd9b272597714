"""Birth dates: day, month and year in any of the ways they are written. Never in the future."""

import re
from datetime import date

from bot.understanding.figures import plain
from bot.understanding.numerals import number_in_words, simple_value
from bot.understanding.understood import Reading, Unclear, Understood

OLDEST = 120
_MONTH_NAMES = (
    "enero ene janeiro jan january", "febrero feb fevereiro fev february", "marzo mar marco march",
    "abril abr april apr", "mayo may maio mai", "junio jun junho june", "julio jul julho july",
    "agosto ago august aug", "septiembre setiembre sep sept set setembro september", "octubre oct outubro out october",
    "noviembre nov novembro november", "diciembre dic dezembro dez december dec",
)  # fmt: skip
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_FIGURES = re.compile(r"(?<!\d)(\d{1,4})\s*[/.,\-\s]\s*(\d{1,2})\s*[/.,\-\s]\s*(\d{4}|\d{2})(?!\d)")
_OF = re.compile(r"(?<=\d)\s+(?:del?|del mes|do|of)\s+(?=\d)")
_DAY_MONTH = re.compile(r"\D*\d{1,2}\s*[/.-]\s*\d{1,2}\D*")
_COMPACT = re.compile(r"(?<!\d)(\d{2})(\d{2})(\d{4}|\d{2})(?!\d)")
_WORD = re.compile(r"[a-z]+|\d+")
_ORDINAL_DAY = {"primero", "1ro", "1ero", "1o", "primeiro", "first"}
_SKIP = frozenset(
    "de del el la los ano anos do of the en dia nacida nacido naci i was born on desde th st nd rd ro er a".split()
)


def understand_birth_date(text: str, *, today: date) -> Reading:
    """`YYYY-MM-DD`. Day before month, unless only the other order is a date.

    Unclear: `nothing`, `year` (day and month only), `day` (a year alone), `several`, `future`, `range` (over 120).
    """
    text = _OF.sub("/", plain(text))
    found: set[date | None] = set()
    for match in _FIGURES.finditer(text):
        found.add(_ordered(match[1], match[2], match[3], today))
    rest = _FIGURES.sub(" ", text)
    if not found:
        for match in _COMPACT.finditer(rest):
            found.add(_ordered(match[1], match[2], match[3], today))
    if not found and _DAY_MONTH.fullmatch(text):
        return Unclear("year")
    if not found:
        return _in_words(_WORD.findall(text), today)
    if len(found) > 1:
        return Unclear("several")
    return _plausible(found.pop(), today)


def _ordered(first: str, second: str, third: str, today: date) -> date | None:
    if len(first) == 4:
        return _date(int(first), int(second), int(third))
    if len(first) == 3:
        return None
    year = full_year(int(third), today) if len(third) == 2 else int(third)
    return _date(year, int(second), int(first)) or _date(year, int(first), int(second))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def full_year(year: int, today: date) -> int:
    """`90` → 1990, `05` → 2005: the last one that has been."""
    return 2000 + year if year <= today.year % 100 else 1900 + year


def _plausible(found: date | None, today: date) -> Reading:
    if found is None:
        return Unclear("nothing")
    if found > today:
        return Unclear("future")
    if today.year - found.year > OLDEST:
        return Unclear("range")
    return Understood(found.isoformat())


def _in_words(words: list[str], today: date) -> Reading:
    """`12 de mayo del 90`, `mayo 12 de 1990`, `doce de mayo de mil novecientos noventa`."""
    at = [index for index, word in enumerate(words) if _month(word, words, index)]
    if not at:
        years = [int(word) for word in words if re.fullmatch(r"19\d\d|20\d\d", word)]
        return Unclear("day" if len(years) == 1 else "nothing")
    if len(at) > 1:
        return Unclear("several")
    month = _MONTHS[words[at[0]]]
    before, after = (
        _numbers([word for word in part if word not in _SKIP]) for part in (words[: at[0]], words[at[0] + 1 :])
    )
    if not before and len(after) == 2:
        before, after = after[:1], after[1:]  # May 12, 1990
    if len(before) == 1 and not after:
        return Unclear("year" if before[0] <= 31 else "day")
    if not before and len(after) == 1:
        return Unclear("day" if after[0] > 31 else "year")
    if len(before) != 1 or len(after) != 1:
        return Unclear("nothing")
    year = full_year(after[0], today) if after[0] < 100 else after[0]
    return _plausible(_date(year, month, before[0]), today)


def _month(word: str, words: list[str], index: int) -> bool:
    """`mar`, `set`, `may`, `out` are months only beside a number."""
    if word not in _MONTHS:
        return False
    beside = [*words[max(0, index - 2) : index], *words[index + 1 : index + 3]]
    return len(word) > 4 or any(one.isdigit() or simple_value(one) is not None for one in beside)


def _numbers(words: list[str]) -> list[int]:
    found: list[int] = []
    at = 0
    while at < len(words):
        if words[at] in _ORDINAL_DAY:
            found.append(1)
            at += 1
            continue
        if words[at].isdigit():
            found.append(int(words[at][:6]))
            at += 1
            continue
        for end in range(len(words), at, -1):
            value = number_in_words(words[at:end])
            if value is not None and value == int(value):
                found.append(int(value))
                at = end
                break
        else:
            at += 1
    return [number for number in found if number]
