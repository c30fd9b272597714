"""Opening hours: wall time, any number of intervals a day, holidays. Pure."""

from bisect import bisect_left, bisect_right
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


class OpenTime:
    """How long the organization is open between two instants of a span of days; made once, asked often.

    Hours that nobody wrote down are every hour. Days change their clocks: an interval lasts what passes in it.
    """

    def __init__(
        self,
        hours: Mapping[str, Intervals],
        special: Mapping[date, Intervals | None],
        zone: str,
        first: date,
        last: date,
    ) -> None:
        self._always = not any(hours.values())
        self._starts: list[float] = []
        self._ends: list[float] = []
        self._before: list[float] = [0.0]
        local = ZoneInfo(zone)
        for day in (first + timedelta(days=ahead) for ahead in range((last - first).days + 1)):
            for start, end in sorted(intervals_on(hours, special, day)):
                self._starts.append(_instant(day, start, local))
                self._ends.append(_instant(day, end, local))
                self._before.append(self._before[-1] + self._ends[-1] - self._starts[-1])

    def seconds(self, since: datetime, until: datetime) -> float:
        """Open time from `since` to `until`; 0 when `until` is not later."""
        if until <= since:
            return 0.0
        if self._always:
            return (until - since).total_seconds()
        return self._until(until.timestamp()) - self._until(since.timestamp())

    def after(self, since: datetime, lasting: timedelta) -> datetime | None:
        """The instant by which it was open for so long since `since`; None: not within these days."""
        if self._always:
            return since + lasting
        wanted = self._until(since.timestamp()) + lasting.total_seconds()
        begun = bisect_left(self._before, wanted)
        if begun == 0:
            return since
        if begun == len(self._before):
            return None
        at = self._ends[begun - 1] - (self._before[begun] - wanted)
        return datetime.fromtimestamp(max(at, since.timestamp()), since.tzinfo)

    def _until(self, at: float) -> float:
        begun = bisect_right(self._starts, at)
        if begun == 0:
            return 0.0
        return self._before[begun - 1] + min(at, self._ends[begun - 1]) - self._starts[begun - 1]


def _instant(day: date, clock: str, zone: ZoneInfo) -> float:
    hour, minute = int(clock[:2]), int(clock[3:])
    return (datetime.combine(day + timedelta(days=hour // 24), time(hour % 24, minute), zone)).timestamp()


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
