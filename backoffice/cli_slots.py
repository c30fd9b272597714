"""`hilo slots`: which starts are offered, and why one is not, by the very function the bot and the staff use."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from backoffice.stdin import utf8_stdin
from core.agenda.opening import Hours, Minutes, open_spans
from core.agenda.rules import Limits
from core.agenda.spans import Span, merged
from core.agenda.starts import Align, Calendar, Grid, Need, starts
from core.agenda.wall import local_day, minute_of
from core.errors import Refused

app = App(name="slots", help="Which times can be booked, and why another cannot.")

DAY = 86_400


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone: use an IANA name such as America/Bogota") from None


def _minute(value: object) -> int:
    return minute_of(str(value))


Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Minute = Annotated[int, BeforeValidator(_minute)]
Positive = Annotated[int, Field(gt=0)]
Natural = Annotated[int, Field(ge=0)]


class Block(Strict):
    """`end` before `start` is refused: a window over midnight is two that touch."""

    start: Minute
    end: Minute

    @model_validator(mode="after")
    def _in_order(self) -> "Block":
        if self.end <= self.start:
            raise ValueError("end must come after start; a window over midnight ends at 24:00 and goes on at 00:00")
        return self


class Weekly(Block):
    days: list[Annotated[int, Field(ge=1, le=7)]]


ALWAYS = [Weekly.model_validate({"days": [1, 2, 3, 4, 5, 6, 7], "start": "00:00", "end": "24:00"})]


class Override(Strict):
    date: date
    start: Minute | None = None
    end: Minute | None = None
    closed: bool = False

    @model_validator(mode="after")
    def _whole(self) -> "Override":
        if self.closed:
            if self.start is not None or self.end is not None:
                raise ValueError("a closed date has no start and no end")
        elif self.start is None or self.end is None:
            raise ValueError("an override needs start and end, or closed: true")
        elif self.end <= self.start:
            raise ValueError("end must come after start")
        return self


class Stretch(Strict):
    start: AwareDatetime
    end: AwareDatetime

    @model_validator(mode="after")
    def _in_order(self) -> "Stretch":
        if self.end < self.start:
            raise ValueError("end must not come before start")
        return self


class Busy(Stretch):
    buffer_before: Natural = 0
    buffer_after: Natural = 0


class Hold(Stretch):
    owner: str | None = None
    expires_at: AwareDatetime | None = None


class Host(Strict):
    id: str
    fixed: bool = False
    timezone: Zone | None = None
    working_hours: list[Weekly] | None = None
    overrides: list[Override] = []
    busy: list[Busy] = []


class DailyLimit(Strict):
    """`existing`: the starts of what is booked, how many on each local date, or how many on every date."""

    max_bookings: Natural
    existing: list[Any] | dict[date, Natural] | Annotated[int, Field(ge=0, strict=True)] = []


class Problem(Strict):
    """One line: everything that decides which starts are offered."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    timezone: Zone
    now: AwareDatetime
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime = Field(alias="to")
    working_hours: list[Weekly] | None = None
    overrides: list[Override] = []
    busy: list[Busy] = []
    service_minutes: Positive
    buffer_before: Natural = 0
    buffer_after: Natural = 0
    step: Positive
    min_notice: Natural = 0
    align: Align = "unit"
    grid_timezone: Zone | None = None
    hosts: list[Host] = []
    holds: list[Hold] = []
    requester: str | None = None
    daily_limit: DailyLimit | None = None
    max_horizon_days: Natural | None = None
    horizon_unit: Literal["calendar_days", "business_days"] = "calendar_days"


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def needs_of(problem: Problem) -> list[Need]:
    """What the service needs: the place itself, every fixed host, and one of the others."""
    since = seconds(problem.since) - DAY
    until = seconds(problem.until) + problem.service_minutes * 60 + DAY
    held = [
        (seconds(hold.start), seconds(hold.end))
        for hold in problem.holds
        if (hold.owner is None or hold.owner != problem.requester)
        and (hold.expires_at is None or hold.expires_at > problem.now)
    ]
    week = problem.working_hours or (ALWAYS if problem.hosts else [])  # the hosts' hours are all there are
    opened = open_spans(_hours(problem.timezone, week, problem.overrides), since, until)
    buffers = (problem.buffer_before * 60, problem.buffer_after * 60)
    length = problem.service_minutes * 60
    place = Calendar("", opened, merged([*_footprints(problem.busy), *held]), *buffers)
    needs = [Need((place,), length)]
    others = []
    for host in problem.hosts:
        hours = host.working_hours if host.working_hours is not None else problem.working_hours
        zone = host.timezone or problem.timezone
        spans = open_spans(_hours(zone, hours or [], host.overrides), since, until)
        calendar = Calendar(host.id, spans, merged(_footprints(host.busy)), *buffers)
        if host.fixed:
            needs.append(Need((calendar,), length))
        else:
            others.append(calendar)
    return [Need(tuple(others), length), *needs] if others else needs


def _hours(zone: ZoneInfo, weekly: list[Weekly], overrides: list[Override]) -> Hours:
    week: list[list[Minutes]] = [[] for _ in range(7)]
    for block in weekly:
        for day in set(block.days):
            week[day - 1].append((block.start, block.end))
    dates: dict[date, list[Minutes]] = {}
    for override in overrides:
        blocks = dates.setdefault(override.date, [])
        if override.start is not None and override.end is not None:
            blocks.append((override.start, override.end))
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (tuple(blocks) for blocks in week)
    days = tuple((day, tuple(blocks)) for day, blocks in dates.items())
    return Hours(zone, (monday, tuesday, wednesday, thursday, friday, saturday, sunday), days)


def _footprints(busy: list[Busy]) -> list[Span]:
    return [(seconds(one.start) - one.buffer_before * 60, seconds(one.end) + one.buffer_after * 60) for one in busy]


def rules_of(problem: Problem) -> Limits:
    """The rules that look at a start alone."""
    limit = problem.daily_limit
    most = limit.max_bookings if limit else None
    if limit and isinstance(limit.existing, int):
        most = limit.max_bookings - limit.existing
    return Limits(
        problem.timezone,
        seconds(problem.now),
        problem.min_notice * 60,
        problem.max_horizon_days,
        problem.horizon_unit,
        most,
        _booked(limit, problem.timezone) if limit else {},
    )


def _booked(limit: DailyLimit, zone: ZoneInfo) -> dict[date, int]:
    if isinstance(limit.existing, dict):
        return dict(limit.existing)
    counts: dict[date, int] = {}
    for one in [] if isinstance(limit.existing, int) else limit.existing:
        written = one.get("start") or one.get("date") if isinstance(one, dict) else one
        day = _day(str(written), zone)
        counts[day] = counts.get(day, 0) + (int(one.get("count", 1)) if isinstance(one, dict) else 1)
    return counts


def _day(written: str, zone: ZoneInfo) -> date:
    if "T" not in written:
        return date.fromisoformat(written)
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError(f"daily_limit: {written!r} has no zone: write it with a Z")
    return local_day(seconds(moment), zone)


def slots(problem: Problem) -> list[int]:
    """Every start offered, in seconds since the epoch."""
    grid = Grid(problem.step, problem.grid_timezone or problem.timezone, problem.align)
    limits = rules_of(problem)
    return list(starts(needs_of(problem), grid, seconds(problem.since), seconds(problem.until), limits.allows))


def iso(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@app.default
def list_slots(
    *,
    jsonl: Annotated[bool, Parameter(negative="")] = False,
    explain: str | None = None,
) -> None:
    """Read problems as JSON from standard input, one a line, and write their starts.

    Parameters
    ----------
    jsonl
        Write one JSON line for each problem, in order; otherwise the starts of one problem, for people to read.
        A blank line is no problem and gets no answer.
    explain
        A start, as 2026-06-17T15:00:00Z: say which rule refuses it, instead of listing.
    """
    typed = utf8_stdin()
    if jsonl:
        for line in lines(typed, explain):
            print(line, flush=True)
        return
    try:
        problem = read(typed.read())
        if explain is not None:
            print(explained(problem, explain))
            return
        for start in slots(problem):
            local = datetime.fromtimestamp(start, problem.timezone)
            print(f"{iso(start)}  {local:%a %Y-%m-%d %H:%M}")
    except ValueError as wrong:
        raise Refused("slots", str(wrong)) from None


def lines(source: Iterable[str], explain: str | None = None) -> Iterator[str]:
    """One JSON line for each problem; a bad one gives no slots and an `error` that names the field."""
    for raw in source:
        if not raw.strip():
            continue
        try:
            problem = read(raw)
            found: dict[str, Any] = {"slots": [iso(start) for start in slots(problem)]}
            if explain:
                found["explanation"] = explained(problem, explain)
        except Exception as wrong:  # one line must never cost the others theirs
            found = {"slots": [], "error": str(wrong) or type(wrong).__name__}
        yield json.dumps(found, ensure_ascii=False)


def read(text: str) -> Problem:
    """A problem from its JSON; raises ValueError naming the field and what is wrong with it."""
    try:
        return Problem.model_validate_json(text)
    except ValidationError as invalid:
        first = invalid.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the problem"
        raise ValueError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None


_REFUSALS = {
    "past": "it has passed",
    "notice": "it is sooner than the minimum notice",
    "horizon": "it lies beyond the horizon",
    "daily_limit": "that day has as many bookings as it may have",
}


def explained(problem: Problem, start: str) -> str:
    """Which rule refuses a start, or that it is offered."""
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        raise ValueError(f"{start!r} is no time: write it as 2026-06-17T15:00:00Z") from None
    at = seconds(moment if moment.tzinfo else moment.replace(tzinfo=problem.timezone))
    if not seconds(problem.since) <= at < seconds(problem.until):
        return "refused: it lies outside from and to"
    if refusal := rules_of(problem).refusal(at):
        return f"refused: {_REFUSALS[refusal]}"
    needs = needs_of(problem)
    for need in needs:
        if not need.able(at):
            return f"refused: {_taken(problem, need, at)}"
    if at not in slots(problem):
        return f"refused: it is not on the grid of {problem.step} minutes"
    return "offered"


def _taken(problem: Problem, need: Need, at: int) -> str:
    reasons = [_why(problem, need, one, at) for one in need.any_of]
    return reasons[0] if len(reasons) == 1 else f"no host is free: {'; '.join(reasons)}"


def _why(problem: Problem, need: Need, one: Calendar, at: int) -> str:
    who = f"{one.id}: " if one.id else ""
    if not any(start <= at and at + need.seconds <= end for start, end in one.open):
        return f"{who}the service does not lie within the working hours"
    first, last = at - one.before, at + need.seconds + one.after
    taken = next(span for span in one.busy if span[0] < last and first < span[1])
    held = any((seconds(hold.start), seconds(hold.end)) == taken for hold in problem.holds)
    what = "a hold of somebody else" if held else "something booked"
    return f"{who}{what} occupies {iso(taken[0])} to {iso(taken[1])}, buffers included"
