"""Ages, in years completed: said, as a birthday to come, as a year or a date of birth."""

import re
from datetime import date

from bot.understanding.birth_date import full_year, understand_birth_date
from bot.understanding.deferral import puts_off
from bot.understanding.figures import Figure, figures_in, plain
from bot.understanding.number import asks_something
from bot.understanding.understood import Reading, Unclear, Understood
from core.fold import fold

OLDEST = 120
_BORN = re.compile(r"\b(?:naci|nacida|nacido|nasci|nascida|nascido|born|nacimiento|modelo|clase|cosecha|generacion)\b")
_BORN_YEAR = re.compile(r"\b(?:en|del|de|in|em|modelo|clase|cosecha|ano)\s*(?:el|ano|del|en)?\s*['’]?(\d{2}|\d{4})\b")
_SOY_DEL = re.compile(r"^(?:yo )?(?:soy|sou) (?:del|de|modelo|clase)\s*(?:ano )?['’]?(\d{2}|\d{4})\W*$")
_YEAR_ALONE = re.compile(r"^\D{0,12}(19\d\d|20\d\d)\W*$")
_NOT_YET = re.compile(
    r"\b(?:por cumplir|voy a cumplir|a punto de cumplir|casi|cumplire|cumpliria|faltan?.*para(?: los)?|almost"
    r"|about to turn|turning"
    r"|quase|vou fazer|faco|proxim[ao] a)\s*(?:tengo |ya |los |de |mis )*$"
)
_TURNS = re.compile(r"\bcumpl(?:o|es|e)\s*(?:ya |los |mis )*$")
_JUST = re.compile(r"\b(?:acabo de cumplir|recien cumpl\w*|cumpli|ya cumpli|fiz|turned|just turned)\s*(?:los |mis )*$")
_TODAY = re.compile(r"^\s*(?:anos |anitos )?(?:hoy|el dia de hoy|ayer|today|recien)\b")
_MONTHS_OLD = re.compile(r"^\s*(?:mes|meses|mesecitos|months?|semanas?|dias?|weeks?)\b")
_OTHERS = re.compile(
    r"\b(?:hij[oa]s?|sobrin[oa]|niet[oa]|mama|papa|espos[oa]|novi[oa]|herman[oa]|filh[oa]|son|daughter)\b"
)


def understand_age(text: str, *, today: date, minimum: float | None = None, maximum: float | None = None) -> Reading:
    """Whole years. Unclear: `nothing`, `several`, `range`, `about` («unos 30», «más de 40»: the number as alternative)

    and `either`, whose two `alternatives` a birthday decides («nací en el 90», «cumplo 35»).
    """
    folded = fold(text[:200])
    text = plain(text)
    if asks_something(text) or puts_off(folded):
        return Unclear("nothing")
    born = understand_birth_date(text, today=today)
    if isinstance(born, Understood):
        return _within(years_between(date.fromisoformat(born.value), today), minimum, maximum)
    if (year := _year_of(text, today)) is not None:
        if not 0 <= today.year - year <= OLDEST:
            return Unclear("range")
        return Unclear("either", (max(0, today.year - year - 1), today.year - year))
    found = [figure for figure in figures_in(text) if not figure.article]
    values = {int(figure.value) for figure in found}
    if not found or found[0].value < 0:
        return Unclear("nothing")
    if len(values) > 1:
        return Unclear("several")
    if _OTHERS.search(found[0].before + found[0].after):
        return Unclear("nothing")  # «mi hija tiene 12»
    return _said(found[0], minimum, maximum)


def years_between(born: date, today: date) -> int:
    """Birthdays had: 1990-05-12 on 2026-03-11 → 35."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _year_of(text: str, today: date) -> int | None:
    match = (
        _SOY_DEL.search(text) or _YEAR_ALONE.search(text) or (_BORN_YEAR.search(text) if _BORN.search(text) else None)
    )
    if match is None:
        return None
    year = int(match[1])
    return full_year(year, today) if year < 100 else year


def _said(figure: Figure, minimum: float | None, maximum: float | None) -> Reading:
    age = int(figure.value)
    if _MONTHS_OLD.match(figure.after):
        return _within(age // 12, minimum, maximum) if re.match(r"\s*m", figure.after) else _within(0, minimum, maximum)
    if (
        _TODAY.match(figure.after)
        or re.match(r"\W*(?:hoy|justo hoy|ayer) ", figure.before)
        or _JUST.search(figure.before)
    ):
        return _within(age, minimum, maximum)
    if _NOT_YET.search(figure.before):
        return Unclear("either", (age - 1, age))
    if _TURNS.search(figure.before):
        # «cumplo 35 en mayo»: still 34. Without saying when, either.
        dated = re.match(r"^\s*(?:anos |anitos )?(?:en|el|la|este|esta|proxim|manana|pronto|dentro)\b", figure.after)
        return _within(age - 1, minimum, maximum) if dated else Unclear("either", (age - 1, age))
    if figure.about or figure.bound:
        return Unclear("about", (age,))
    return _within(age, minimum, maximum)


def _within(age: int, minimum: float | None, maximum: float | None) -> Reading:
    least, most = 0 if minimum is None else minimum, OLDEST if maximum is None else maximum
    return Understood(age) if least <= age <= most else Unclear("range")
