"""When somebody wants to come, as the answer to a question: said whole, in two messages, or after being asked back.

The value is JSON: `kind` (datetime, date, time, range, month), `start` and `end` (ISO 8601 local values where the
organization is; a point has no `end`), `hours` ([from, to] of each day, where several days are meant), `text` (what it
was read from).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, Literal

from bot.understanding.understood import Reading as AnswerReading
from bot.understanding.understood import Unclear, Understood
from bot.understanding.when.understand import understand_when
from bot.understanding.when.value import Asked, Kind, Reading, When, WhenContext, iso

Needs = Literal["day", "hour", "both"]
Value = Mapping[str, Any]

_KEYS = frozenset({"kind", "start", "end", "hours", "text"})
_ASKED: dict[Needs | None, Asked] = {"day": "date", "hour": "time"}


@dataclass(frozen=True, slots=True)
class AskedWhen:
    """What is asked for, and where. `now`: local wall time. `needs`: what the answer must name; None: anything.

    `pending`: values read from what was said before, which this message may complete, choose from or correct.
    """

    now: datetime
    zone: str
    locale: str = ""
    hours: Mapping[str, Sequence[Sequence[str]]] | None = None
    future: bool = True
    horizon_days: int | None = None
    needs: Needs | None = None
    echo: Literal["always", "chosen"] = "chosen"
    pending: tuple[Value, ...] = ()


def adds_nothing(value: Value, pending: Sequence[Value]) -> bool:
    """Whether a value is what was said before, in these words or in others."""
    return any(reading_of(value) == reading_of(one) for one in pending)


def is_when(value: Any) -> bool:
    """Whether a variable's value is the answer to a question of this kind."""
    return isinstance(value, Mapping) and value.keys() == _KEYS


def reading_of(value: Value) -> Reading:
    """The reading a value was made from."""
    return Reading(value["kind"], _moment(value["start"]), _moment(value["end"]))


def moment_reading(written: str) -> Reading:
    """One moment, ISO 8601: a day and an hour, a day, or an hour. Raises ValueError."""
    moment = _moment(written)
    kind: Kind = "datetime" if isinstance(moment, datetime) else "time" if isinstance(moment, time) else "date"
    return Reading(kind, moment)


def _moment(written: str | None) -> date | datetime | time | None:
    if written is None:
        return None
    if "T" in written:
        return datetime.fromisoformat(written)
    return time.fromisoformat(written) if ":" in written else date.fromisoformat(written)


def understand_when_answer(text: str, asked: AskedWhen) -> AnswerReading:
    """Understood: a value. Unclear, with values worth asking about: `echo` (one, to be confirmed), `which` (several),
    `hour`, `day` (one that lacks it); without: `exact` (several days where one is needed) and the reasons of `When`.
    """
    lacks_hour = bool(asked.pending) and asked.needs in ("hour", "both") and not _has_hour(asked.pending[0])
    context = WhenContext(
        hours=asked.hours,
        future=asked.future,
        horizon_days=asked.horizon_days,
        asked="time" if lacks_hour else _ASKED.get(asked.needs, "datetime"),
    )
    when = understand_when(text, asked.now, asked.zone, asked.locale, context)
    if not when:
        return Unclear(when.reason)
    if asked.pending:
        joined = _joined(when, asked)
        if joined is not None:
            return joined
    if when.ambiguous and len(when.choices) > 1:
        return Unclear("which", tuple(value_of(one, when) for one in when.choices))
    return _checked(value_of(when.best, when), asked, sure=not when.chosen)


def understand_chosen(value: Value, asked: AskedWhen) -> AnswerReading:
    """One of the moments offered, chosen: taken when it has all that is needed, without saying it back."""
    return _checked(dict(value), replace(asked, echo="chosen"), sure=True)


def value_of(reading: Reading, when: When) -> dict[str, Any]:
    """A reading as the answer's value."""
    hours = [iso(edge) for edge in when.hours] if when.hours else None
    return _made(reading, when.source, hours)


def _made(reading: Reading, text: str, hours: list[str | None] | None = None) -> dict[str, Any]:
    return {"kind": reading.kind, "start": iso(reading.start), "end": iso(reading.end), "hours": hours, "text": text}


def _checked(value: dict[str, Any], asked: AskedWhen, *, sure: bool) -> AnswerReading:
    """A value that has all that is needed, or what to ask for."""
    if asked.needs in ("day", "both") and not has_day(value):
        return Unclear("day", (value,))
    if asked.needs in ("hour", "both") and not _has_hour(value):
        several = value["kind"] == "month" or (value["kind"] == "range" and _one_day(value) is None)
        return Unclear("exact") if several and asked.needs == "both" else Unclear("hour", (value,))
    if asked.echo == "always" or not sure:
        return Unclear("echo", (value,))
    return Understood(value)


def has_day(value: Value) -> bool:
    """Whether a value names a day, and not an hour alone."""
    return not isinstance(_edge(value), time)


def _has_hour(value: Value) -> bool:
    return value["kind"] in ("datetime", "time")


def _edge(value: Value) -> date | datetime | time | None:
    return _moment(value["start"] or value["end"])


def _one_day(value: Value) -> date | None:
    """The day of a value that names a single one."""
    days = {
        edge.date() if isinstance(edge, datetime) else edge
        for edge in (_moment(value["start"]), _moment(value["end"]))
        if edge is not None
    }
    day = days.pop() if len(days) == 1 else None
    return day if isinstance(day, date) and value["kind"] != "month" else None


def _joined(when: When, asked: AskedWhen) -> AnswerReading | None:
    """The message together with what was said before; None when it stands for itself."""
    chosen = [value for value in asked.pending if _says(when.best, value)]
    if len(chosen) == 1 and len(asked.pending) > 1:
        return _checked(dict(chosen[0]), asked, sure=True)
    if len(asked.pending) > 1:
        return None
    before = asked.pending[0]
    made = list(_together(before, when))
    if not made:
        return None
    left = [one for one in made if not (asked.future and isinstance(one.start, datetime) and one.start < asked.now)]
    if not left:
        return Unclear("past")
    text = f"{before['text']} {when.source}"
    if when.ambiguous and len(left) > 1 and not _part(before):
        return Unclear("which", tuple(_made(one, text) for one in left))
    part = _part(before)
    fits = part is None or not isinstance(left[0].start, datetime) or part[0] <= left[0].start.time() < part[1]
    sure = fits and (not when.chosen or (part is not None and len(left) == 1))
    return _checked(_made(left[0], text), asked, sure=sure)


def _says(reading: Reading, value: Value) -> bool:
    """Whether the reading is the value, or its day, or its hour."""
    edge = _edge(value)
    if reading == reading_of(value):
        return True
    if reading.kind == "date":
        return reading.start == (edge.date() if isinstance(edge, datetime) else edge)
    return reading.kind == "time" and isinstance(edge, datetime) and edge.time() == reading.start


def _together(before: Value, when: When) -> Iterator[Reading]:
    """An hour with the day said before, or a day with the hour said before; likeliest first."""
    day, edge = _one_day(before), _edge(before)
    said = [when.best, *(when.choices if when.ambiguous else ())]
    if when.kind == "time" and day is not None:
        part = _part(before)
        hours = [one.start for one in (when.best, *when.alternatives) if isinstance(one.start, time)]
        if part:  # «el viernes por la tarde» and then «a las 5»
            inside = [hour for hour in hours if part[0] <= hour < part[1]]
            yield from (Reading("datetime", datetime.combine(day, hour)) for hour in inside)
        if not part or not inside:
            hours = list(dict.fromkeys(one.start for one in said if isinstance(one.start, time)))
            yield from (Reading("datetime", datetime.combine(day, hour)) for hour in hours)
    elif when.kind == "range" and day is not None and isinstance(when.best.start or when.best.end, time):
        yield Reading("range", _on(day, when.best.start), _on(day, when.best.end))
    elif when.kind == "date":
        hour = edge.time() if isinstance(edge, datetime) and before["kind"] == "datetime" else edge
        if isinstance(hour, time) and before["kind"] in ("datetime", "time"):
            days = dict.fromkeys(one.start for one in said if isinstance(one.start, date))
            yield from (Reading("datetime", datetime.combine(one, hour)) for one in days if one is not None)
        elif before["kind"] == "range" and isinstance(edge, time) and isinstance(when.best.start, date):
            start, end = _moment(before["start"]), _moment(before["end"])  # «a la tarde» and then «mañana»
            yield Reading("range", _on(when.best.start, start), _on(when.best.start, end))


def _on(day: date, at: object) -> datetime | None:
    return datetime.combine(day, at) if isinstance(at, time) else None


def _part(value: Value) -> tuple[time, time] | None:
    """From when to when, of a part of one day; «después de las 6» lasts until its end."""
    start, end = _moment(value["start"]), _moment(value["end"])
    if value["kind"] != "range" or _one_day(value) is None:
        return None
    if isinstance(start, datetime) or isinstance(end, datetime):
        return (
            start.time() if isinstance(start, datetime) else time.min,
            end.time() if isinstance(end, datetime) else time.max,
        )
    return None
