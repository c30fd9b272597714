"""What was promised to people: clocks that stop outside hours and on resolve, warnings before the breach; conversations
that end by themselves, messages sent later, and how it was."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.watches import Watches
from core.organizations.hours import OpenTime
from core.organizations.model import Member
from core.threads.later_model import ScheduledMessage, ThreadSurvey
from core.threads.model import Episode, Mention, Message, Thread, ThreadChannel
from tests.backoffice.clinic import NOON, Clinic, FixedClock

OPENING = {"mon": [["09:00", "13:00"], ["15:00", "19:00"]], "wed": [["09:00", "19:00"]], "thu": [["09:00", "13:00"]]}
"""Noon of the tests is Wednesday the 18th at 10:00 in Bogotá."""


@pytest.fixture
def watches(app: FastAPI) -> Watches:
    runtime = app.state.runtime
    return Watches(runtime.loops, runtime.app, runtime.conversing, runtime.clock, lambda: None, lambda turns: None)


async def promise(client: httpx.AsyncClient, clinic: Clinic, **given: Any) -> None:
    hours = {"hours": OPENING}
    answer = await client.put("/api/organization/hours", json=hours, headers=clinic.as_("manager"))
    assert answer.status_code == 200, answer.text
    answer = await client.put("/api/service-levels", json=given, headers=clinic.as_("manager"))
    assert answer.status_code == 200, answer.text


async def handed_over(
    engine: AsyncEngine, clinic: Clinic, name: str, at: datetime, *, replied: datetime | None = None, **columns: Any
) -> int:
    thread_id = await clinic.add_thread(name, "hola", at=at, state="open", **columns)
    async with AsyncSession(engine) as session:
        told = {"handed_over_at": at, "first_human_reply_at": replied}
        await session.execute(update(Episode).where(Episode.thread_id == thread_id).values(**told))
        await session.commit()
    return thread_id


async def view(client: httpx.AsyncClient, clinic: Clinic, thread_id: int) -> dict[str, Any]:
    path = f"/api/threads/{clinic.public('thread', thread_id)}"
    shown: dict[str, Any] = (await client.get(path, headers=clinic.as_("owner"))).json()
    return shown


async def said_by_nobody(engine: AsyncEngine, thread_id: int) -> list[str]:
    async with AsyncSession(engine) as session:
        rows = await session.scalars(
            select(Message.content["code"].astext)
            .where(Message.thread_id == thread_id, Message.author == "system")
            .order_by(Message.seq)
        )
        return list(rows)


@pytest.mark.parametrize(
    ("since", "minutes", "until"),
    [
        ("2026-11-16 12:50", 10, "2026-11-16 13:00"),
        ("2026-11-16 12:50", 15, "2026-11-16 15:05"),
        ("2026-11-16 18:50", 30, "2026-11-18 09:20"),
        ("2026-11-15 03:00", 5, "2026-11-16 09:05"),
        ("2026-11-16 12:50", 0, "2026-11-16 12:50"),
    ],
)
def test_a_clock_runs_only_while_it_is_open(since: str, minutes: int, until: str) -> None:
    opened = OpenTime(OPENING, {}, "America/Bogota", datetime(2026, 11, 10).date(), datetime(2026, 12, 1).date())
    zone = "-05:00"
    found = opened.after(datetime.fromisoformat(since + zone), timedelta(minutes=minutes))
    assert found == datetime.fromisoformat(until + zone)


def test_what_never_opens_is_never_late() -> None:
    first = datetime(2026, 11, 10, tzinfo=UTC)
    closed = OpenTime({"mon": []}, {}, "America/Bogota", first.date(), first.date())
    assert closed.after(first, timedelta(minutes=5)) == first + timedelta(minutes=5)  # hours nobody wrote: always
    once = OpenTime({"mon": [["09:00", "10:00"]]}, {}, "America/Bogota", first.date(), first.date())
    assert once.after(first, timedelta(minutes=5)) is None


async def test_little_is_left_then_it_is_late_and_both_are_said_once(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, watches: Watches, clock: FixedClock
) -> None:
    await promise(client, clinic, targets={"first_reply": 20, "resolution": 600})
    thread = await handed_over(empty_database, clinic, "Ana", NOON)
    await watches.once()
    shown = (await view(client, clinic, thread))["promise"]
    assert shown == {"kind": "first_reply", "due_at": "2026-11-18T15:20:00Z", "told": None}
    for minutes, told in ((14, None), (2, "soon"), (1, "soon"), (4, "late"), (60, "late")):
        clock.forward(minutes=minutes)
        await watches.once()
        await watches.once()
        assert (await view(client, clinic, thread))["promise"]["told"] == told, minutes
    assert await said_by_nobody(empty_database, thread) == ["due_soon", "overdue"]


async def test_an_answer_starts_the_next_clock_and_resolving_stops_all(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, watches: Watches, clock: FixedClock
) -> None:
    await promise(client, clinic, targets={"first_reply": 20, "next_reply": 10, "resolution": 60})
    thread = await handed_over(empty_database, clinic, "Ana", NOON)
    public = clinic.public("thread", thread)
    reply = {"content": {"kind": "text", "text": "Hola"}}
    headers = {**clinic.as_("closer"), "Idempotency-Key": "uno"}
    answered = await client.post(f"/api/threads/{public}/messages", json=reply, headers=headers)
    assert answered.status_code == 201, answered.text
    await watches.once()
    assert (await view(client, clinic, thread))["promise"]["kind"] == "resolution"
    async with AsyncSession(empty_database) as session:
        await session.execute(update(Thread).values(waiting_since=NOON + timedelta(minutes=5), state="open"))
        await session.commit()
    await watches.once()
    assert (await view(client, clinic, thread))["promise"] == {
        "kind": "next_reply",
        "due_at": "2026-11-18T15:15:00Z",
        "told": None,
    }
    await client.post(f"/api/threads/{public}/resolve", headers=clinic.as_("closer"))
    assert (await view(client, clinic, thread))["promise"] is None
    clock.forward(hours=3)
    await watches.once()
    assert "overdue" not in await said_by_nobody(empty_database, thread)


async def test_what_is_urgent_is_promised_sooner(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, watches: Watches
) -> None:
    await promise(client, clinic, targets={"first_reply": 60}, by_priority={"urgent": {"first_reply": 5}})
    calm = await handed_over(empty_database, clinic, "Ana", NOON)
    urgent = await handed_over(empty_database, clinic, "Leo", NOON, priority="urgent")
    await watches.once()
    due = [(await view(client, clinic, one))["promise"]["due_at"] for one in (calm, urgent)]
    assert due == ["2026-11-18T16:00:00Z", "2026-11-18T15:05:00Z"]


async def test_silence_after_our_answer_ends_it_and_silence_of_ours_does_not(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, watches: Watches, clock: FixedClock
) -> None:
    await promise(client, clinic, auto_resolve_hours=48)
    ours = await handed_over(empty_database, clinic, "Ana", NOON)
    theirs = await handed_over(empty_database, clinic, "Leo", NOON, waiting_since=NOON)
    async with AsyncSession(empty_database) as session:
        await session.execute(update(Thread).where(Thread.id == ours).values(last_author="member", state="waiting"))
        await session.commit()
    clock.forward(hours=47)
    await watches.once()
    assert (await view(client, clinic, ours))["state"] == "waiting"
    clock.forward(hours=2)
    await watches.once()
    assert (await view(client, clinic, ours))["state"] == "resolved"
    assert (await view(client, clinic, theirs))["state"] == "open"


async def schedule(
    client: httpx.AsyncClient, clinic: Clinic, thread_id: int, words: str, at: datetime, role: str = "closer"
) -> httpx.Response:
    path = f"/api/threads/{clinic.public('thread', thread_id)}/scheduled"
    body = {"content": {"kind": "text", "text": words}, "at": at.isoformat()}
    return await client.post(path, json=body, headers=clinic.as_(role))


async def test_what_is_scheduled_goes_at_its_time_and_leaves_the_thread_with_whoever_has_it(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, watches: Watches, clock: FixedClock
) -> None:
    thread = await clinic.add_thread("Ana", "hola")
    when = NOON + timedelta(hours=2)
    first = await schedule(client, clinic, thread, "Te espero mañana", when)
    again = await schedule(client, clinic, thread, "Te espero mañana", when)
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    other = (await schedule(client, clinic, thread, "Y no olvides el turno", when)).json()
    path = f"/api/threads/{clinic.public('thread', thread)}/scheduled"
    assert (await client.delete(f"{path}/{other['id']}", headers=clinic.as_("closer"))).status_code == 204
    await watches.once()
    assert len((await client.get(path, headers=clinic.as_("closer"))).json()) == 1
    clock.forward(hours=2)
    await watches.once()
    await watches.once()
    async with AsyncSession(empty_database) as session:
        (sent,) = await session.scalars(select(Message).where(Message.direction == "out"))
        assert (sent.text, sent.author, sent.member_id) == ("Te espero mañana", "member", clinic.members["closer"])
        assert (await session.get_one(Thread, thread)).state == "bot"
    past = await schedule(client, clinic, thread, "tarde", NOON)
    assert (past.status_code, past.json()["code"]) == (422, "past")


async def test_the_window_is_asked_when_it_is_sent_and_whoever_scheduled_it_is_told(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, watches: Watches, clock: FixedClock
) -> None:
    thread = await clinic.add_thread("Ana", "hola")
    await schedule(client, clinic, thread, "¿Seguimos?", NOON + timedelta(hours=30))
    clock.forward(hours=31)
    await watches.once()
    async with AsyncSession(empty_database) as session:
        (failed,) = await session.scalars(select(ScheduledMessage))
        assert (failed.state, "24 horas" in (failed.problem or "")) == ("failed", True)
        (told,) = await session.scalars(select(Mention))
        assert (told.member_id, told.thread_id) == (clinic.members["closer"], thread)
        assert list(await session.scalars(select(Message).where(Message.direction == "out"))) == []
    assert await said_by_nobody(empty_database, thread) == ["not_sent"]


async def test_somebody_who_left_sends_nothing_any_more(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, watches: Watches, clock: FixedClock
) -> None:
    thread = await clinic.add_thread("Ana", "hola")
    await schedule(client, clinic, thread, "¿Seguimos?", NOON + timedelta(hours=1))
    async with AsyncSession(empty_database) as session:
        await session.execute(update(Member).where(Member.id == clinic.members["closer"]).values(active=False))
        await session.commit()
    clock.forward(hours=2)
    await watches.once()
    async with AsyncSession(empty_database) as session:
        (failed,) = await session.scalars(select(ScheduledMessage))
        assert failed.state == "failed"


async def resolved_after_an_answer(client: httpx.AsyncClient, clinic: Clinic, engine: AsyncEngine, name: str) -> int:
    thread = await handed_over(engine, clinic, name, NOON, replied=NOON, owner_id=clinic.members["closer"])
    path = f"/api/threads/{clinic.public('thread', thread)}/resolve"
    assert (await client.post(path, headers=clinic.as_("closer"))).status_code == 200
    return thread


async def test_people_are_asked_how_it_was_and_their_answer_is_the_persons_who_had_it(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, watches: Watches, clock: FixedClock
) -> None:
    await promise(client, clinic, survey=True)
    thread = await resolved_after_an_answer(client, clinic, empty_database, "Ana")
    await watches.once()
    clock.forward(minutes=2)
    await watches.once()
    async with AsyncSession(empty_database) as session:
        (asked,) = await session.scalars(select(ThreadSurvey))
        assert (asked.state, asked.member_id, asked.thread_id) == ("asked", clinic.members["closer"], thread)
        (question,) = await session.scalars(select(Message).where(Message.direction == "out"))
        assert "¿Cómo te atendimos" in question.text


async def test_nobody_is_asked_who_wrote_again_or_whom_only_the_bot_answered(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, watches: Watches, clock: FixedClock
) -> None:
    await promise(client, clinic, survey=True)
    wrote = await resolved_after_an_answer(client, clinic, empty_database, "Ana")
    alone = await clinic.add_thread("Leo", "hola", state="open")
    await client.post(f"/api/threads/{clinic.public('thread', alone)}/resolve", headers=clinic.as_("closer"))
    async with AsyncSession(empty_database) as session:
        await session.execute(update(Thread).where(Thread.id == wrote).values(state="bot"))
        await session.commit()
    clock.forward(minutes=5)
    await watches.once()
    async with AsyncSession(empty_database) as session:
        assert [one.state for one in await session.scalars(select(ThreadSurvey))] == ["skipped"]
        assert list(await session.scalars(select(Message).where(Message.direction == "out"))) == []


async def test_when_the_window_is_closed_the_survey_goes_as_its_template(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, watches: Watches, clock: FixedClock
) -> None:
    await promise(client, clinic, survey=True)
    await resolved_after_an_answer(client, clinic, empty_database, "Ana")
    async with AsyncSession(empty_database) as session:
        await session.execute(update(ThreadChannel).values(last_inbound_at=NOON - timedelta(days=3)))
        await session.commit()
    clock.forward(minutes=2)
    await watches.once()
    async with AsyncSession(empty_database) as session:
        (question,) = await session.scalars(select(Message).where(Message.direction == "out"))
        assert (question.content["kind"], question.content["name"]) == ("template", "como_te_atendimos")


async def test_levels_that_make_no_sense_are_refused(client: httpx.AsyncClient, clinic: Clinic) -> None:
    for given in ({"targets": {"first_reply": -1}}, {"warn_percent": 100}, {"by_priority": {"x": {}}}):
        answer = await client.put("/api/service-levels", json=given, headers=clinic.as_("owner"))
        assert answer.status_code == 422, given


async def test_the_reports_say_how_often_it_was_kept_and_how_people_found_it(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, clock: FixedClock
) -> None:
    await promise(client, clinic, targets={"first_reply": 20, "resolution": 600})
    for name, minutes in (("Ana", 10), ("Leo", 30), ("Eva", None)):
        replied = NOON + timedelta(minutes=minutes) if minutes else None
        await handed_over(empty_database, clinic, name, NOON, replied=replied)
    clock.forward(minutes=15)
    found = (await client.get("/api/reports/service/promises", headers=clinic.as_("manager"))).json()
    assert [(one["key"], one["episodes"], one["kept"]) for one in found] == [
        ("first_reply", 2, 1),
        ("resolution", 0, 0),
    ]
    clock.forward(minutes=10)
    found = (await client.get("/api/reports/service/promises", headers=clinic.as_("manager"))).json()
    assert (found[0]["episodes"], found[0]["rate"]) == (3, 0.3333)

    thread = await clinic.add_thread("Sol", "hola")
    async with AsyncSession(empty_database) as session:
        for score, member in ((5, "closer"), (2, "closer"), (4, None)):
            told = {"organization_id": clinic.organization_id, "thread_id": thread, "due_at": NOON, "state": "answered"}
            owner = clinic.members[member] if member else None
            session.add(ThreadSurvey(**told, score=score, answered_at=NOON, member_id=owner))
        await session.commit()
    rows = (await client.get("/api/reports/service/satisfaction", headers=clinic.as_("owner"))).json()
    assert [(one["name"], one["answers"], one["mean"], one["good"], one["bad"]) for one in rows] == [
        ("Paula Ríos", 2, 3.5, 1, 1),
        ("Sin asignar", 1, 4.0, 1, 0),
    ]
    table = await client.get("/api/reports/service/satisfaction?format=csv", headers=clinic.as_("owner"))
    assert "Nombre;Respuestas;Promedio;Buenas (4 o 5);Malas (1 o 2)" in table.text


async def test_what_was_promised_long_ago_is_late_and_that_is_said_once(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, watches: Watches, clock: FixedClock
) -> None:
    await promise(client, clinic, targets={"first_reply": 60})
    thread = await handed_over(empty_database, clinic, "Ana", NOON - timedelta(days=100))
    for _ in range(5):
        await watches.once()
        clock.forward(days=1)
    assert await said_by_nobody(empty_database, thread) == ["overdue"]
    due = (await view(client, clinic, thread))["promise"]["due_at"]
    assert due.startswith("2026-08-1")


async def test_what_is_promised_no_more_is_not_late_any_more(
    client: httpx.AsyncClient, clinic: Clinic, empty_database: AsyncEngine, watches: Watches, clock: FixedClock
) -> None:
    await promise(client, clinic, targets={"first_reply": 5})
    thread = await handed_over(empty_database, clinic, "Ana", NOON)
    clock.forward(minutes=10)
    await watches.once()
    assert (await view(client, clinic, thread))["promise"]["told"] == "late"
    gone = {"settings": {"service": None}}
    assert (await client.patch("/api/organization", json=gone, headers=clinic.as_("owner"))).status_code == 200
    await watches.once()
    assert (await view(client, clinic, thread))["promise"] is None
