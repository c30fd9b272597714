"""Feast days people name instead of a date, by country. Easter after Meeus' computation; fixed days by custom.

A small table, because most of these days («día de la madre», «nochebuena») are in no list of public holidays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta


def easter(year: int) -> date:
    """Easter Sunday, Gregorian calendar (J. Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


@dataclass(frozen=True, slots=True)
class _Nth:
    """The nth weekday of a month; n = -1 is the last."""

    month: int
    weekday: int
    n: int

    def on(self, year: int) -> date:
        if self.n > 0:
            first = date(year, self.month, 1)
            return first + timedelta((self.weekday - first.weekday()) % 7 + 7 * (self.n - 1))
        last = date(year + self.month // 12, self.month % 12 + 1, 1) - timedelta(1)
        return last - timedelta((last.weekday() - self.weekday) % 7)


Rule = tuple[int, int] | _Nth
SUNDAY = 6
_MOTHER_SUNDAY_2 = _Nth(5, SUNDAY, 2)

_FROM_EASTER = {
    "palm_sunday": -7,
    "holy_thursday": -3,
    "good_friday": -2,
    "holy_saturday": -1,
    "easter": 0,
    "easter_monday": 1,
    "ash_wednesday": -46,
    "corpus": 60,
}
_EVERYWHERE: dict[str, Rule] = {
    "christmas": (12, 25),
    "christmas_eve": (12, 24),
    "new_year": (1, 1),
    "new_year_eve": (12, 31),
    "epiphany": (1, 6),
    "valentine": (2, 14),
    "women": (3, 8),
    "labour": (5, 1),
    "dead": (11, 2),
    "all_saints": (11, 1),
    "halloween": (10, 31),
    "columbus": (10, 12),
    "immaculate": (12, 8),
    "guadalupe": (12, 12),
    "fools": (12, 28),
    "mother": _MOTHER_SUNDAY_2,
    "father": _Nth(6, SUNDAY, 3),
}
_BY_COUNTRY: dict[str, dict[str, Rule]] = {
    "mother": {
        "AR": _Nth(10, SUNDAY, 3), "MX": (5, 10), "GT": (5, 10), "SV": (5, 10), "ES": _Nth(5, SUNDAY, 1),
        "PY": (5, 15), "BO": (5, 27), "CR": (8, 15), "PA": (12, 8), "NI": (5, 30), "DO": _Nth(5, SUNDAY, -1),
        "PT": _Nth(5, SUNDAY, 1),
    },
    "father": {"ES": (3, 19), "PT": (3, 19), "BR": _Nth(8, SUNDAY, 2), "UY": _Nth(7, SUNDAY, 2), "BO": (3, 19),
               "HN": (3, 19), "GT": (6, 17), "SV": (6, 17), "NI": (6, 23), "DO": _Nth(7, SUNDAY, -1)},
    "children": {"AR": _Nth(8, SUNDAY, 3), "MX": (4, 30), "CO": _Nth(4, 5, -1), "CL": _Nth(8, SUNDAY, 2),
                 "BR": (10, 12), "PE": _Nth(8, SUNDAY, 3), "UY": _Nth(8, SUNDAY, 3), "EC": (6, 1),
                 "VE": _Nth(7, SUNDAY, 3)},
    "valentine": {"BR": (6, 12)},
    "friendship": {"CO": _Nth(9, 5, 3), "AR": (7, 20), "UY": (7, 20), "MX": (2, 14), "PE": _Nth(7, 5, 1)},
    "labour": {"US": _Nth(9, 0, 1)},
    "national": {"AR": (7, 9), "MX": (9, 16), "CO": (7, 20), "CL": (9, 18), "PE": (7, 28), "BR": (9, 7), "US": (7, 4),
                 "UY": (8, 25), "EC": (8, 10), "VE": (7, 5), "BO": (8, 6), "PY": (5, 15), "CR": (9, 15), "GT": (9, 15),
                 "SV": (9, 15), "HN": (9, 15), "NI": (9, 15), "PA": (11, 3), "DO": (2, 27), "ES": (10, 12)},
    "teacher": {"AR": (9, 11), "MX": (5, 15), "CO": (5, 15), "CL": (10, 16), "BR": (10, 15), "PE": (7, 6)},
    "spring": {"AR": (9, 21)},
    "thanksgiving": {"US": _Nth(11, 3, 4)},
}  # fmt: skip


def _span_from_easter(before: int, after: int) -> Callable[[int], tuple[date, date]]:
    return lambda year: (easter(year) + timedelta(before), easter(year) + timedelta(after))


_SPANS = {"holy_week": _span_from_easter(-7, 0), "carnival": _span_from_easter(-48, -47)}


def holiday_in(name: str, country: str, year: int) -> tuple[date, date] | None:
    """First and last day of the feast in `year`; None where the country keeps no such day."""
    if name in _SPANS:
        return _SPANS[name](year)
    if name in _FROM_EASTER:
        day = easter(year) + timedelta(_FROM_EASTER[name])
    elif name == "black_friday":
        day = _Nth(11, 3, 4).on(year) + timedelta(1)
    else:
        rule = _BY_COUNTRY.get(name, {}).get(country) or _EVERYWHERE.get(name)
        if rule is None:
            return None
        day = rule.on(year) if isinstance(rule, _Nth) else date(year, *rule)
    return day, day
