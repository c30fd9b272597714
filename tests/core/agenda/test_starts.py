"""Which starts are offered: against a calendar kept minute by minute, on days when the clock jumps as on all others."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.cli_slots import Problem, explained, iso, lines, read, seconds, slots
from core.agenda.wall import instant_at

BASE: dict[str, Any] = {
    "timezone": "America/Santiago",
    "now": "2026-06-16T12:00:00Z",
    "from": "2026-06-17T00:00:00Z",
    "to": "2026-06-18T04:00:00Z",
    "working_hours": [{"days": [1, 2, 3, 4, 5], "start": "09:00", "end": "13:00"}],
    "service_minutes": 60,
    "step": 30,
}


def offered(**changes: Any) -> list[str]:
    """Local times of the starts offered."""
    problem = read(json.dumps({**BASE, **changes}))
    return [f"{datetime.fromtimestamp(start, problem.timezone):%d %H:%M}" for start in slots(problem)]


def busy(start: str, end: str, **more: int) -> dict[str, Any]:
    return {"start": f"2026-06-17T{start}:00-04:00", "end": f"2026-06-17T{end}:00-04:00", **more}


def test_every_step_of_the_open_hours_that_holds_the_whole_service() -> None:
    assert offered() == ["17 09:00", "17 09:30", "17 10:00", "17 10:30", "17 11:00", "17 11:30", "17 12:00"]


def test_what_is_booked_is_not_offered() -> None:
    assert offered(busy=[busy("10:00", "11:00")]) == ["17 09:00", "17 11:00", "17 11:30", "17 12:00"]


def test_buffers_of_both_sides_add_up() -> None:
    taken = [busy("10:00", "11:00", buffer_after=15, buffer_before=15)]
    assert offered(busy=taken, buffer_before=15, buffer_after=15, service_minutes=30) == [
        "17 09:00", "17 11:30", "17 12:00", "17 12:30",
    ]  # fmt: skip


def test_a_buffer_may_spill_out_of_the_hours_and_the_service_may_not() -> None:
    assert offered(buffer_before=60, buffer_after=60)[0] == "17 09:00"
    assert offered(buffer_before=60, buffer_after=60)[-1] == "17 12:00"


def test_a_free_window_begins_on_the_clocks_grid_or_at_its_own_start() -> None:
    taken = [busy("09:00", "10:07")]
    assert offered(busy=taken, step=20) == ["17 10:20", "17 10:40", "17 11:00", "17 11:20", "17 11:40", "17 12:00"]
    assert offered(busy=taken, step=45) == ["17 10:15", "17 11:00", "17 11:45"]
    assert offered(busy=taken, step=45, align="window") == ["17 10:07", "17 10:52", "17 11:37"]


def test_an_override_replaces_the_hours_of_its_date() -> None:
    assert offered(overrides=[{"date": "2026-06-17", "closed": True}]) == []
    hours = [{"date": "2026-06-17", "start": "15:00", "end": "16:00"}]
    assert offered(overrides=hours) == ["17 15:00"]


def test_windows_that_touch_at_midnight_are_one() -> None:
    night = [
        {"days": [3], "start": "22:00", "end": "24:00"},
        {"days": [4], "start": "00:00", "end": "01:00"},
    ]
    assert offered(working_hours=night, service_minutes=90, to="2026-06-19T00:00:00Z") == [
        "17 22:00", "17 22:30", "17 23:00", "17 23:30",
    ]  # fmt: skip


def test_notice_counts_from_now_and_the_horizon_in_local_dates() -> None:
    assert offered(now="2026-06-17T13:10:00Z", min_notice=60)[0] == "17 10:30"
    week = {"to": "2026-06-24T04:00:00Z", "step": 60, "service_minutes": 240}
    assert offered(max_horizon_days=2, **week) == ["17 09:00", "18 09:00"]
    friday = {**week, "now": "2026-06-19T12:00:00Z", "from": "2026-06-19T12:00:00Z"}
    assert offered(max_horizon_days=1, **friday) == ["19 09:00"]
    assert offered(max_horizon_days=1, horizon_unit="business_days", **friday) == ["19 09:00", "22 09:00"]


def test_a_full_day_is_not_offered() -> None:
    limit = {"max_bookings": 1, "existing": ["2026-06-17T13:00:00Z"]}
    assert offered(daily_limit=limit, to="2026-06-19T04:00:00Z", service_minutes=240) == ["18 09:00"]


def test_a_hold_blocks_others_until_it_expires() -> None:
    hold = {**busy("10:00", "11:00"), "owner": "a", "expires_at": "2026-06-16T12:05:00Z"}
    assert "17 10:00" not in offered(holds=[hold], requester="b")
    assert "17 10:00" in offered(holds=[hold], requester="a")
    assert "17 10:00" in offered(holds=[hold], requester="b", now="2026-06-16T12:05:00Z")


def test_one_single_host_is_free_for_the_whole_service() -> None:
    def host(name: str, start: str, end: str, *, fixed: bool = False) -> dict[str, Any]:
        return {"id": name, "fixed": fixed, "working_hours": [{"days": [3], "start": start, "end": end}]}

    halves = [host("a", "09:00", "09:30"), host("b", "09:30", "10:00")]
    assert offered(working_hours=[], hosts=halves) == []
    hosts = [host("a", "09:00", "11:00"), host("b", "10:00", "12:00")]
    assert offered(working_hours=[], hosts=hosts) == ["17 09:00", "17 09:30", "17 10:00", "17 10:30", "17 11:00"]
    fixed = [*hosts, host("doctor", "09:30", "11:30", fixed=True)]
    assert offered(working_hours=[], hosts=fixed) == ["17 09:30", "17 10:00", "17 10:30"]


WEEKDAYS_ROUND_THE_CLOCK = [{"days": [1, 2, 3, 4, 5], "start": "00:00", "end": "24:00"}]
EVERY_DAY = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "00:00", "end": "24:00"}]


@pytest.mark.parametrize("week", [WEEKDAYS_ROUND_THE_CLOCK, EVERY_DAY])
@pytest.mark.parametrize("align", ["unit", "window"])
@pytest.mark.parametrize("where", ["place", "host", "fixed"])
def test_where_the_question_begins_does_not_move_the_grid(week: list[Any], align: str, where: str) -> None:
    host = {"id": "a", "fixed": where == "fixed", "working_hours": week}
    who: dict[str, Any] = {"working_hours": week} if where == "place" else {"working_hours": None, "hosts": [host]}
    asked = {"step": 50, "align": align, "to": "2026-06-20T00:00:00Z", **who}
    friday = [
        {one for one in offered(**asked, **{"from": since}) if one.startswith("19")}
        for since in ("2026-06-16T12:00:00Z", "2026-06-17T00:00:00Z", "2026-06-18T10:00:00Z", "2026-06-19T04:00:00Z")
    ]
    assert len(friday[0]) > 20 and friday.count(friday[0]) == 4


def test_a_place_without_hours_of_its_own_still_closes_on_its_dates() -> None:
    host = {"id": "a", "working_hours": [{"days": [3, 4], "start": "09:00", "end": "11:00"}]}
    asked: dict[str, Any] = {"working_hours": None, "hosts": [host], "to": "2026-06-19T04:00:00Z", "step": 60}
    assert offered(**asked) == ["17 09:00", "17 10:00", "18 09:00", "18 10:00"]
    assert offered(**asked, overrides=[{"date": "2026-06-17", "closed": True}]) == ["18 09:00", "18 10:00"]
    late = [{"date": "2026-06-17", "start": "10:00", "end": "20:00"}]
    assert offered(**asked, overrides=late) == ["17 10:00", "18 09:00", "18 10:00"]


def test_a_number_of_existing_bookings_counts_for_every_day() -> None:
    two_days = {"to": "2026-06-19T04:00:00Z", "service_minutes": 240}
    assert offered(daily_limit={"max_bookings": 3, "existing": 3}, **two_days) == []
    assert offered(daily_limit={"max_bookings": 3, "existing": 2}, **two_days) == ["17 09:00", "18 09:00"]


def test_blank_lines_are_no_problems() -> None:
    assert len(list(lines(["", json.dumps(BASE), "  \n", json.dumps(BASE), "\n"]))) == 2


def test_a_clock_that_jumps() -> None:
    spring = {"timezone": "America/Santiago", "now": "2025-09-01T00:00:00Z", "step": 60}
    # 2025-09-07 has no hour from 00:00 to 01:00 there: the day begins at 04:00 UTC, which is 01:00
    assert instant_at(date(2025, 9, 7), 0, ZoneInfo("America/Santiago")) == seconds(datetime(2025, 9, 7, 4, tzinfo=UTC))
    early = [{"days": [7], "start": "00:00", "end": "03:00"}]
    window = {"from": "2025-09-07T00:00:00Z", "to": "2025-09-08T00:00:00Z"}
    assert offered(working_hours=early, **spring, **window) == ["07 01:00", "07 02:00"]
    autumn = {"timezone": "Europe/Madrid", "now": "2026-10-01T00:00:00Z", "step": 60}
    window = {"from": "2026-10-24T00:00:00Z", "to": "2026-10-26T00:00:00Z"}
    hours = [{"days": [7], "start": "02:00", "end": "04:00"}]
    assert offered(working_hours=hours, **autumn, **window) == ["25 02:00", "25 02:00", "25 03:00"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"timezone": "America/Lima2"}, "timezone"),
        ({"working_hours": [{"days": [1], "start": "13:00", "end": "09:00"}]}, "working_hours.0"),
        ({"working_hours": [{"days": [8], "start": "09:00", "end": "10:00"}]}, "working_hours.0.days.0"),
        ({"overrides": [{"date": "2026-02-29", "closed": True}]}, "overrides.0.date"),
        ({"overrides": [{"date": "2026-06-17"}]}, "overrides.0"),
        ({"service_minutes": 0}, "service_minutes"),
        ({"min_notise": 3}, "min_notise"),
        ({"now": "2026-06-16T12:00:00"}, "now"),
    ],
)
def test_a_wrong_problem_is_refused_by_its_field(change: dict[str, Any], field: str) -> None:
    [line] = lines([json.dumps({**BASE, **change})])
    answer = json.loads(line)
    assert answer["slots"] == []
    assert answer["error"].startswith(f"{field}:")


@pytest.mark.parametrize(
    ("start", "change", "reason"),
    [
        ("2026-06-17T13:00:00Z", {}, "offered"),
        ("2026-06-17T13:10:00Z", {}, "refused: it is not on the grid of 30 minutes"),
        ("2026-06-17T12:30:00Z", {}, "refused: the service does not lie within the working hours"),
        ("2026-06-17T13:00:00Z", {"now": "2026-06-17T12:30:00Z", "min_notice": 60}, "refused: it is sooner"),
        ("2026-06-17T13:00:00Z", {"busy": [busy("09:30", "10:00")]}, "refused: something booked"),
        ("2026-06-17T13:00:00Z", {"max_horizon_days": 0}, "refused: it lies beyond the horizon"),
    ],
)  # fmt: skip
def test_why_a_start_is_not_offered(start: str, change: dict[str, Any], reason: str) -> None:
    assert explained(read(json.dumps({**BASE, **change})), start).startswith(reason)


def by_the_minute(problem: Problem) -> list[str]:
    """The starts on the unit grid, found the slow way: every minute of every day asked by itself."""
    zone, now = problem.timezone, problem.now.timestamp()

    def is_open(minute: datetime) -> bool:
        local = minute.astimezone(zone)
        at = local.hour * 60 + local.minute
        dates = [one for one in problem.overrides if one.date == local.date()]
        blocks = dates or [one for one in problem.working_hours or [] if local.isoweekday() in one.days]
        return any(one.start is not None and one.end is not None and one.start <= at < one.end for one in blocks)

    def is_taken(minute: datetime) -> bool:
        return any(
            one.start - timedelta(minutes=one.buffer_before) <= minute < one.end + timedelta(minutes=one.buffer_after)
            for one in problem.busy
        )

    found, minute = [], problem.since
    while minute < problem.until:
        local = minute.astimezone(zone)
        service = range(problem.service_minutes)
        footprint = range(-problem.buffer_before, problem.service_minutes + problem.buffer_after)
        if (
            (local.hour * 60 + local.minute) % problem.step == 0
            and minute.timestamp() >= now + problem.min_notice * 60
            and all(is_open(minute + timedelta(minutes=one)) for one in service)
            and not any(is_taken(minute + timedelta(minutes=one)) for one in footprint)
        ):
            found.append(iso(seconds(minute)))
        minute += timedelta(minutes=1)
    return found


ZONES = ["America/Santiago", "America/Bogota", "Europe/Madrid", "America/Sao_Paulo"]


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    day = draw(st.sampled_from(["2025-09-06", "2026-03-28", "2026-10-24", "2026-06-16"]))
    since = datetime.fromisoformat(f"{day}T04:00:00+00:00")
    # hours that fall into a jump are told apart by a test of their own
    blocks = st.tuples(st.integers(16, 46), st.integers(1, 20)).map(
        lambda pair: (pair[0] * 30, pair[0] * 30 + pair[1] * 30)
    )
    written = lambda minute: f"{min(minute, 1440) // 60:02d}:{min(minute, 1440) % 60:02d}"  # noqa: E731
    hours = [
        {"days": draw(st.lists(st.integers(1, 7), min_size=1, max_size=7)), "start": written(a), "end": written(b)}
        for a, b in draw(st.lists(blocks, max_size=3))
        if a < 1440
    ]
    taken = []
    for offset, length in draw(st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 200)), max_size=5)):
        start = since + timedelta(minutes=offset)
        buffers = {"buffer_before": draw(st.integers(0, 20)), "buffer_after": draw(st.integers(0, 20))}
        taken.append({"start": start.isoformat(), "end": (start + timedelta(minutes=length)).isoformat(), **buffers})
    return {
        "timezone": draw(st.sampled_from(ZONES)),
        "now": (since + timedelta(minutes=draw(st.integers(-600, 600)))).isoformat(),
        "from": since.isoformat(),
        "to": (since + timedelta(hours=36)).isoformat(),
        "working_hours": hours,
        "overrides": draw(st.sampled_from([[], [{"date": day, "closed": True}]])),
        "busy": taken,
        "service_minutes": draw(st.sampled_from([15, 32, 60, 95])),
        "buffer_before": draw(st.sampled_from([0, 10])),
        "buffer_after": draw(st.sampled_from([0, 7])),
        "step": draw(st.sampled_from([5, 10, 15, 20, 30, 60])),
        "min_notice": draw(st.sampled_from([0, 90])),
    }


@settings(max_examples=60)
@given(problems())
def test_starts_are_those_of_a_calendar_kept_by_the_minute(given_problem: dict[str, Any]) -> None:
    problem = read(json.dumps(given_problem))
    assert [iso(start) for start in slots(problem)] == by_the_minute(problem)


def test_what_is_null_or_unknown_is_passed_over() -> None:
    assert slots(Problem.model_validate(BASE | {"id": "a", "busy": None, "align": None, "hosts": None})) == slots(
        Problem.model_validate(BASE)
    )


def test_the_notice_moves_the_first_start_of_a_window_as_a_whole() -> None:
    """Thirteen hours' notice at midnight in India: from 13:00 on, every two hours, and not what 10:00 would give."""
    given = {
        "timezone": "Asia/Kolkata",
        "now": "2026-06-15T18:30:00Z",
        "from": "2026-06-15T18:30:00Z",
        "to": "2026-06-16T18:30:00Z",
        "working_hours": [{"days": [2], "start": "09:30", "end": "18:00"}],
        "service_minutes": 120,
        "step": 120,
        "min_notice": 780,
    }
    found = [iso(start) for start in slots(Problem.model_validate(given))]
    assert found == ["2026-06-16T07:30:00Z", "2026-06-16T09:30:00Z"]


def test_a_clock_that_jumps_onto_the_grid_is_a_start() -> None:
    """Caracas, 2016: at 02:30 the clock became 03:00."""
    given = {
        "timezone": "America/Caracas",
        "now": "2016-04-30T00:00:00Z",
        "from": "2016-05-01T06:00:00Z",
        "to": "2016-05-01T10:00:00Z",
        "working_hours": [{"days": [7], "start": "02:15", "end": "06:00"}],
        "service_minutes": 30,
        "step": 60,
    }
    found = [iso(start) for start in slots(Problem.model_validate(given))]
    assert found == ["2016-05-01T07:00:00Z", "2016-05-01T08:00:00Z", "2016-05-01T09:00:00Z"]
