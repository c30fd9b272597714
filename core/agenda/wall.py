"""Wall time to instants: the clock on the wall of a place, on days when it jumps as on all others.

A wall time is the first instant at which the local clock shows it or more: in the gap of spring the moment of the
jump, in the hour that comes twice its first pass.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
MINUTE = 60
_EPOCH = datetime.combine(date(1970, 1, 1), time())


@lru_cache(maxsize=65536)
def instant_at(day: date, minute: int, zone: ZoneInfo) -> int:
    """Seconds since the epoch at `minute` (0 to 1440, the next midnight) of a local day."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    before = wall.replace(tzinfo=zone).utcoffset()
    after = wall.replace(tzinfo=zone, fold=1).utcoffset()
    assert before is not None and after is not None
    asked = int((wall - _EPOCH).total_seconds())
    early, late = asked - int(after.total_seconds()), asked - int(before.total_seconds())
    if early >= late:
        return late  # of a time that comes twice, fold 0 is the first
    while early < late:  # in a gap: the jump lies between the two offsets
        middle = (early + late) // 2
        if _clock(middle, zone) >= asked:
            late = middle
        else:
            early = middle + 1
    return late


def _clock(instant: int, zone: ZoneInfo) -> int:
    """What the local clock shows, as seconds since its own epoch."""
    return instant + (_offset(instant - instant % MINUTE, zone) if instant > 1 << 27 else _offset(instant, zone))


@lru_cache(maxsize=65536)
def _offset(instant: int, zone: ZoneInfo) -> int:
    """Seconds the local clock is ahead. No clock has jumped within a minute since 1972."""
    offset = datetime.fromtimestamp(instant, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def local_day(instant: int, zone: ZoneInfo) -> date:
    """The local date at an instant."""
    return datetime.fromtimestamp(instant, zone).date()


def on_grid(instant: int, minutes: int, zone: ZoneInfo) -> int:
    """The first instant, from this one on, at which the local clock shows a multiple of `minutes`."""
    while beyond := _clock(instant, zone) % (minutes * 60):
        nearest = instant + minutes * 60 - beyond
        ahead = _clock(instant, zone) - instant
        if _clock(nearest, zone) - nearest != ahead:  # the clock jumps on the way, perhaps onto the grid
            before = instant
            while nearest - before > 1:
                middle = (before + nearest) // 2
                before, nearest = (middle, nearest) if _clock(middle, zone) - middle == ahead else (before, middle)
        instant = nearest
    return instant


@lru_cache(maxsize=2048)
def minute_of(written: str) -> int:
    """`09:30` → 570, `24:00` → 1440. Raises ValueError."""
    hour, colon, minute = written.partition(":")
    if not (colon and len(hour) == len(minute) == 2 and written.isascii() and hour.isdigit() and minute.isdigit()):
        raise ValueError(f"{written!r} is no time of day: write it as 09:30")
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > DAY_MINUTES:
        raise ValueError(f"{written!r} is no time of day: it lies beyond 24:00")
    return minutes
