"""Opening hours: wall time, any number of intervals a day, holidays. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = {
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    "pt": ("seg", "ter", "qua", "qui", "sex", "sáb", "dom"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
JOIN = {"es": ("a", "y"), "pt": ("a", "e"), "en": ("to", "and")}

Intervals = Sequence[list[str]]
"""[["09:00", "13:00"], ["15:00", "19:00"]]; "24:00" is the next midnight."""


def intervals_on(hours: Mapping[str, Intervals], special: Mapping[date, Intervals | None], day: date) -> Intervals:
    """The day's intervals; a holiday or special day (None: closed) goes before the week."""
    if day in special:
        return special[day] or ()
    return hours.get(WEEKDAYS[day.weekday()], ())


def is_open(hours: Mapping[str, Intervals], special: Mapping[date, Intervals | None], zone: str, at: datetime) -> bool:
    """Whether the organization is open at the instant `at`."""
    local = at.astimezone(ZoneInfo(zone))
    now = local.strftime("%H:%M")
    return any(start <= now < end for start, end in intervals_on(hours, special, local.date()))


def next_opening(
    hours: Mapping[str, Intervals], special: Mapping[date, Intervals | None], zone: str, at: datetime
) -> datetime | None:
    """The next instant the organization opens, within two weeks; `at` itself when it is open; None: never."""
    local = at.astimezone(ZoneInfo(zone))
    if is_open(hours, special, zone, at):
        return at
    for ahead in range(15):
        day = local.date() + timedelta(days=ahead)
        for start, _ in sorted(intervals_on(hours, special, day)):
            opening = datetime.combine(day, time.fromisoformat(start), ZoneInfo(zone))
            if opening >= local:
                return opening
    return None


def problems(hours: Mapping[str, Intervals]) -> list[str]:
    """What is wrong with hours somebody typed, in Spanish, naming the day; empty when they are right."""
    found = []
    for day, intervals in hours.items():
        if day not in WEEKDAYS:
            found.append(f"«{day}» no es un día: usa {', '.join(WEEKDAYS)}.")
            continue
        name = NAMES["es"][WEEKDAYS.index(day)]
        last = "00:00"
        for interval in sorted(intervals):
            if len(interval) != 2 or not all(_is_clock(value) for value in interval):
                found.append(f"{name}: cada tramo es como [«09:00», «13:00»].")
            elif interval[0] >= interval[1]:
                found.append(f"{name}: el tramo {interval[0]}–{interval[1]} termina antes de empezar.")
            elif interval[0] < last:
                found.append(f"{name}: el tramo {interval[0]}–{interval[1]} se superpone con otro.")
            else:
                last = interval[1]
    return found


def _is_clock(value: str) -> bool:
    hour, colon, minute = value.partition(":")
    if not (colon and len(hour) == len(minute) == 2 and value.isascii() and hour.isdigit() and minute.isdigit()):
        return False
    return value == "24:00" or (int(hour) < 24 and int(minute) < 60)


def describe(hours: Mapping[str, Intervals], language: str = "es") -> str:
    """`lun a vie 09:00–13:00 y 15:00–19:00, sáb 09:00–13:00`: days with the same hours are put together."""
    to, also = JOIN[language]
    runs: list[tuple[int, int, str]] = []
    for day, key in enumerate(WEEKDAYS):
        text = f" {also} ".join(f"{start}–{end}" for start, end in sorted(hours.get(key, ())))
        if runs and runs[-1][2] == text and runs[-1][1] == day - 1:
            runs[-1] = (runs[-1][0], day, text)
        else:
            runs.append((day, day, text))
    names = NAMES[language]
    return ", ".join(
        f"{names[first]} {text}" if first == last else f"{names[first]} {to} {names[last]} {text}"
        for first, last, text in runs
        if text
    )
