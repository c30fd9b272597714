"""A reading said back to people: «el martes 24 a las 17:00», in Spanish, Portuguese and English."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.understanding.when.hours import DAY_END, PARTS
from bot.understanding.when.value import Moment, Reading


@dataclass(frozen=True, slots=True)
class _Speech:
    """How one language says days and hours; the holes are filled by `str.format`."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    today: str
    tomorrow: str
    the_day: str
    in_month: str
    in_year: str
    at: str
    between_hours: str
    after_hour: str
    before_hour: str
    between_days: str
    since_day: str
    until_day: str
    week: str
    whole_month: str
    parts: dict[str, str]


_SPEECHES = {
    "es": _Speech(
        ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
        ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
         "diciembre"),
        "hoy", "mañana {weekday} {day}", "el {weekday} {day}", " de {month}", " de {year}", "a las {}",
        "entre las {} y las {}", "después de las {}", "antes de las {}", "del {} al {}", "desde el {}", "hasta el {}",
        "la semana del {}", "en {}",
        {"dawn": "de madrugada", "morning": "por la mañana", "afternoon": "por la tarde", "night": "por la noche",
         "evening": "a la tardecita"},
    ),
    "pt": _Speech(
        ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"),
        ("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
         "novembro", "dezembro"),
        "hoje", "amanhã, {weekday} {day}", "{weekday} {day}", " de {month}", " de {year}", "às {}",
        "entre {} e {}", "depois das {}", "antes das {}", "de {} a {}", "a partir de {}", "até {}",
        "a semana de {}", "em {}",
        {"dawn": "de madrugada", "morning": "de manhã", "afternoon": "à tarde", "night": "à noite"},
    ),
    "en": _Speech(
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
         "December"),
        "today", "tomorrow, {weekday} {day}", "{weekday} {day}", " {month}", " {year}", "at {}",
        "between {} and {}", "after {}", "before {}", "from {} to {}", "from {} on", "until {}",
        "the week of {}", "in {}",
        {"dawn": "before dawn", "morning": "in the morning", "afternoon": "in the afternoon", "night": "at night"},
    ),
}  # fmt: skip


def in_words(reading: Reading, today: date | None = None, language: str = "es") -> str:
    """The reading as one says it on `today`; without it nothing is relative, and the month is always named.

    `language` other than es, pt, en is said in Spanish. A reading of kind `none` is the empty text.
    """
    speech = _SPEECHES.get(language, _SPEECHES["es"])
    start, end = reading.start, reading.end
    if reading.kind == "month" and isinstance(start, date):
        far = today is None or start.year != today.year
        month = speech.months[start.month - 1] + (speech.in_year.format(year=start.year) if far else "")
        return speech.whole_month.format(month)
    if reading.kind != "range":
        return _point(start, today, speech)
    return _range(start, end, today, speech)


_SHORT_DAYS = {
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    "pt": ("seg", "ter", "qua", "qui", "sex", "sáb", "dom"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def in_short(reading: Reading, language: str = "es") -> str:
    """The reading for a button: «mar 24/3, 17:00», «16/3–22/3», «12:00–19:00»; 24 characters at most."""
    if reading.kind == "month" and isinstance(reading.start, date):
        return f"{reading.start:%m/%Y}"
    if reading.kind != "range":
        return _brief(reading.start, language)
    start, end = reading.start, reading.end
    if isinstance(start, datetime) and isinstance(end, datetime) and start.date() == end.date():
        return f"{_brief(start, language)}–{end:%H:%M}"
    if start is None or end is None:
        return f"≥ {_brief(start, language)}" if end is None else f"≤ {_brief(end, language)}"
    return f"{_brief(start, '')}–{_brief(end, '')}"


def _brief(moment: Moment | None, language: str) -> str:
    if isinstance(moment, time):
        return f"{moment:%H:%M}"
    if not isinstance(moment, date):
        return ""
    days = _SHORT_DAYS.get(language)
    day = f"{days[moment.weekday()]} " if days else ""
    hour = f", {moment:%H:%M}" if isinstance(moment, datetime) and days else ""
    return f"{day}{moment.day}/{moment.month}{hour}"


def _point(moment: Moment | None, today: date | None, speech: _Speech) -> str:
    if isinstance(moment, datetime):
        return f"{_day(moment.date(), today, speech)} {_hour(moment.time(), speech)}"
    if isinstance(moment, time):
        return _hour(moment, speech)
    return "" if moment is None else _day(moment, today, speech)


def _hour(at: time, speech: _Speech) -> str:
    return speech.at.format(f"{at:%H:%M}")


def _day(day: date, today: date | None, speech: _Speech, *, relative: bool = True) -> str:
    weekday = speech.weekdays[day.weekday()]
    if today is not None and relative and day == today:
        return speech.today
    if today is not None and relative and day == today + timedelta(1):
        return speech.tomorrow.format(weekday=weekday, day=day.day)
    said = speech.the_day.format(weekday=weekday, day=day.day)
    if today is None or (day.year, day.month) != (today.year, today.month):
        said += speech.in_month.format(month=speech.months[day.month - 1])
    return said + (speech.in_year.format(year=day.year) if today is not None and day.year != today.year else "")


def _range(start: Moment | None, end: Moment | None, today: date | None, speech: _Speech) -> str:
    edge = start if start is not None else end
    if edge is None:
        return ""
    if isinstance(edge, time):
        return _hours(start, end, speech)
    if not isinstance(edge, datetime):
        return _days(start, end, today, speech)
    if isinstance(start, datetime) and isinstance(end, datetime) and start.date() != end.date():
        return _each_day(start, end, today, speech)
    hours = _hours(
        start.time() if isinstance(start, datetime) else None, end.time() if isinstance(end, datetime) else None, speech
    )
    return f"{_day(edge.date(), today, speech)} {hours}"


def _each_day(start: datetime, end: datetime, today: date | None, speech: _Speech) -> str:
    return f"{_days(start.date(), end.date(), today, speech)} {_hours(start.time(), end.time(), speech)}"


def _hours(start: Moment | None, end: Moment | None, speech: _Speech) -> str:
    if not isinstance(start, time):
        return speech.before_hour.format(f"{end:%H:%M}")
    if not isinstance(end, time):
        return speech.after_hour.format(f"{start:%H:%M}")
    for name, words in speech.parts.items():
        if PARTS[name] == (start, end):
            return words
    if end == DAY_END:
        return speech.after_hour.format(f"{start:%H:%M}")
    return speech.between_hours.format(f"{start:%H:%M}", f"{end:%H:%M}")


def _days(start: Moment | None, end: Moment | None, today: date | None, speech: _Speech) -> str:
    def said(day: Moment | None) -> str:
        assert isinstance(day, date)
        return _day(day, today, speech, relative=False).removeprefix("el ")

    if start is None:
        return speech.until_day.format(said(end))
    if end is None:
        return speech.since_day.format(said(start))
    assert isinstance(start, date) and isinstance(end, date)
    if start.weekday() == 0 and end - start == timedelta(6):
        return speech.week.format(said(start))
    return speech.between_days.format(said(start), said(end))
