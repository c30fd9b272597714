"""The reports of conversations and sales, against real rows counted by hand; as tables; few queries for many rows."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.agenda.model import Appointment, Patient
from core.leads.actions import move_to_stage
from core.leads.model import Lead, LeadEvent
from core.organizations.model import Holiday, Organization
from core.threads.model import Episode, Thread
from tests.backoffice.clinic import IDS, NOON, Clinic, FixedClock
from tests.backoffice.test_pipeline import add_lead, counted
from tests.core.agenda.agenda_clinic import Agenda, local

DAYS = {"since": "2026-11-10", "until": "2026-11-19"}
OFFICE = {day: [["09:00", "13:00"], ["14:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


async def report(client: httpx.AsyncClient, clinic: Clinic, name: str, **asked: Any) -> Any:
    answer = await client.get(f"/api/reports/{name}", params={**DAYS, **asked}, headers=clinic.as_("manager"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def add_episode(clinic: Clinic, thread_id: int, started: datetime, *minutes: float | None) -> None:
    """Handed over, answered and resolved so many minutes after it began; None: not yet."""
    moments = [None if after is None else started + timedelta(minutes=after) for after in minutes]
    handed_over, replied, resolved = [*moments, None, None, None][:3]
    async with AsyncSession(clinic.engine) as session:
        await session.execute(update(Episode).where(Episode.thread_id == thread_id).values(resolved_at=NOON))
        session.add(
            Episode(
                organization_id=clinic.organization_id,
                thread_id=thread_id,
                started_at=started,
                handed_over_at=handed_over,
                first_human_reply_at=replied,
                resolved_at=resolved,
                resolved_by_id=clinic.members["closer"] if resolved else None,
            )
        )
        await session.commit()


async def only_episodes(clinic: Clinic) -> None:
    """Threads come with an episode of their own; these tests want none but theirs."""
    async with clinic.engine.begin() as connection:
        await connection.execute(text("DELETE FROM episode"))


async def test_new_leads_by_the_clinics_day_and_source(client: httpx.AsyncClient, clinic: Clinic) -> None:
    late_evening = datetime(2026, 11, 17, 4, 30, tzinfo=UTC)  # in Bogotá it is the 16th
    await add_lead(clinic, "A", source="ctwa", created_at=late_evening)
    await add_lead(clinic, "B", source="ctwa", created_at=late_evening)
    await add_lead(clinic, "C", created_at=late_evening + timedelta(hours=6))
    await add_lead(clinic, "D", created_at=NOON - timedelta(days=30))
    assert await report(client, clinic, "leads/new") == [
        {"day": "2026-11-16", "source": "ctwa", "leads": 2},
        {"day": "2026-11-17", "source": "organic", "leads": 1},
    ]


async def test_the_bots_clock_and_the_peoples(client: httpx.AsyncClient, clinic: Clinic) -> None:
    threads = [await clinic.add_thread(name, "hola") for name in "ABCD"]
    await only_episodes(clinic)
    monday = local(16, 10)
    await add_episode(clinic, threads[0], monday, 10, 30, 130)
    await add_episode(clinic, threads[1], monday, 20, 60)
    await add_episode(clinic, threads[2], monday, 30)
    await add_episode(clinic, threads[3], monday - timedelta(days=30), 1, 1, 1)
    found = {row["key"]: row for row in await report(client, clinic, "threads/response-times")}
    assert {key: (row["episodes"], row["mean_minutes"], row["median_minutes"]) for key, row in found.items()} == {
        "with_bot": (3, 20.0, 20.0),
        "first_reply": (2, 30.0, 30.0),
        "first_reply_total": (2, 45.0, 45.0),
        "resolution_human": (1, 120.0, 120.0),
        "resolution_total": (1, 130.0, 130.0),
    }
    assert (found["with_bot"]["p90_minutes"], found["first_reply"]["p90_minutes"]) == (28.0, 38.0)


async def test_in_business_hours_the_night_the_lunch_and_the_holiday_do_not_count(
    client: httpx.AsyncClient, clinic: Clinic
) -> None:
    async with AsyncSession(clinic.engine) as session:
        await session.execute(update(Organization).values(hours=OFFICE))
        session.add(Holiday(organization_id=clinic.organization_id, day=date(2026, 11, 17), name="Feriado"))
        await session.commit()
    over_night, lunch, closed = [await clinic.add_thread(name, "hola") for name in "ABC"]
    await only_episodes(clinic)
    monday = local(16, 17)
    # Monday 17:00 to Wednesday 10:00, Tuesday a holiday: an hour and an hour
    await add_episode(clinic, over_night, monday, 0, (41 * 60))
    await add_episode(clinic, lunch, local(16, 12, 30), 0, 120)  # to 14:30: half an hour and half an hour
    await add_episode(clinic, closed, local(15, 12), 0, 60)  # a Sunday: nothing
    (row,) = [
        row for row in await report(client, clinic, "threads/response-times", business=True)
        if row["key"] == "first_reply"
    ]  # fmt: skip
    assert (row["episodes"], row["mean_minutes"], row["median_minutes"]) == (3, 60.0, 60.0)
    (row,) = [
        row for row in await report(client, clinic, "threads/response-times") if row["key"] == "first_reply"
    ]  # fmt: skip
    assert row["mean_minutes"] == round((41 * 60 + 120 + 60) / 3, 1)


async def test_open_threads_by_age(client: httpx.AsyncClient, clinic: Clinic) -> None:
    for state, hours in (("open", 0.5), ("open", 2), ("waiting", 3), ("snoozed", 30), ("open", 500), ("bot", 1)):
        thread = await clinic.add_thread(f"{state} {hours}", "hola", state=state)
        await only_episodes_of(clinic, thread)
        await add_episode(clinic, thread, NOON - timedelta(hours=hours, minutes=5), 5)
    await clinic.add_thread("Lista", "hola", state="resolved")
    rows = await report(client, clinic, "threads/open")
    assert [(row["key"], row["open"], row["waiting"], row["snoozed"], row["threads"]) for row in rows] == [
        ("1h", 1, 0, 0, 1),
        ("4h", 1, 1, 0, 2),
        ("24h", 0, 0, 0, 0),
        ("3d", 0, 0, 1, 1),
        ("7d", 0, 0, 0, 0),
        ("older", 1, 0, 0, 1),
    ]


async def only_episodes_of(clinic: Clinic, thread_id: int) -> None:
    async with clinic.engine.begin() as connection:
        await connection.execute(text("DELETE FROM episode WHERE thread_id = :thread"), {"thread": thread_id})


async def add_visit(agenda: Agenda, lead: str, status: str, *, days_after: float = 0, key: str = "") -> None:
    """An appointment of the lead's contact, booked so many days after the lead was made."""
    clinic = agenda.clinic
    async with AsyncSession(clinic.engine, expire_on_commit=False) as session:
        row = await session.get_one(Lead, IDS.decode("lead", lead))
        patient = Patient(organization_id=clinic.organization_id, contact_id=row.contact_id, name="P", own=False)
        session.add(patient)
        await session.flush()
        booked = row.created_at + timedelta(days=days_after)
        session.add(
            Appointment(
                organization_id=clinic.organization_id,
                contact_id=row.contact_id,
                patient_id=patient.id,
                service_id=agenda.services["botox"],
                location_id=agenda.location,
                professional_id=agenda.professionals[0],
                starts_at=booked + timedelta(days=1),
                ends_at=booked + timedelta(days=1, hours=1),
                status=status,
                idempotency_key=f"{lead}-{status}-{days_after}{key}",
                created_at=booked,
            )
        )
        await session.commit()


async def test_conversion_by_source_and_by_closer(client: httpx.AsyncClient, agenda: Agenda) -> None:
    clinic = agenda.clinic
    paula = clinic.members["closer"]
    at = {"created_at": NOON - timedelta(days=4)}
    came = await add_lead(clinic, "Vino", "asistio", source="ctwa", owner_id=paula, **at)
    await add_visit(agenda, came, "no_show", days_after=1)
    await add_visit(agenda, came, "attended", days_after=2)
    booked = await add_lead(clinic, "Citada", source="ctwa", **at)
    await add_visit(agenda, booked, "cancelled")
    await add_visit(agenda, await add_lead(clinic, "Antes", owner_id=paula, **at), "attended", days_after=-3)
    await add_lead(clinic, "Perdida", "perdido", lost_reason="x", source="ctwa", **at)
    await add_lead(clinic, "Vieja", created_at=NOON - timedelta(days=60))
    rows = await report(client, clinic, "leads/conversion")
    told = ("key", "leads", "appointments", "attended", "won", "lost", "to_appointment", "show_rate", "rate")
    assert [tuple(row[name] for name in told) for row in rows] == [
        ("ctwa", 3, 2, 1, 1, 1, 0.6667, 0.5, 0.3333),
        ("organic", 1, 0, 0, 0, 0, 0.0, None, 0.0),
    ]
    rows = await report(client, clinic, "leads/conversion", by="closer")
    assert [(row["key"], row["name"], row["leads"], row["appointments"], row["attended"]) for row in rows] == [
        (clinic.public("member", paula), "Paula Ríos", 2, 1, 1),
        (None, "Sin asignar", 2, 1, 0),
    ]


async def test_an_appointment_is_of_the_lead_that_was_the_latest(client: httpx.AsyncClient, agenda: Agenda) -> None:
    clinic = agenda.clinic
    first = await add_lead(
        clinic, "Ana", "perdido", lost_reason="x", source="ctwa", created_at=NOON - timedelta(days=8)
    )
    async with AsyncSession(clinic.engine) as session:
        old = await session.get_one(Lead, IDS.decode("lead", first))
        again = Lead(
            organization_id=clinic.organization_id, contact_id=old.contact_id, stage_id=old.stage_id,
            source="organic", created_at=NOON - timedelta(days=4), closed_at=NOON,
        )  # fmt: skip
        session.add(again)
        await session.flush()
        second = clinic.public("lead", again.id)
        await session.commit()
    await add_visit(agenda, second, "attended", days_after=1)
    rows = {row["key"]: row["attended"] for row in await report(client, clinic, "leads/conversion")}
    assert rows == {"ctwa": 0, "organic": 1}


async def test_time_in_each_stage(client: httpx.AsyncClient, clinic: Clinic) -> None:
    for hours in (4, 8):
        lead_id = IDS.decode("lead", await add_lead(clinic, f"L{hours}", ago=2))
        async with AsyncSession(clinic.engine) as session:
            lead = await session.get_one(Lead, lead_id)
            session.add(
                LeadEvent(
                    organization_id=clinic.organization_id, lead_id=lead_id, kind="created", at=lead.created_at,
                    data={"stage": "nuevo"},
                )
            )  # fmt: skip
            await session.flush()
            await move_to_stage(session, lead, "contactado", lead.created_at + timedelta(hours=hours))
            if hours == 8:
                await move_to_stage(session, lead, "calificado", lead.created_at + timedelta(hours=20))
            await session.commit()
    rows = {row["key"]: row for row in await report(client, clinic, "leads/stage-times")}
    assert list(rows) == ["nuevo", "contactado", "calificado", "cita_agendada", "no_show"]
    told = ("stays", "mean_hours", "median_hours", "now", "so_far_hours")
    assert tuple(rows["nuevo"][one] for one in told) == (2, 6.0, 6.0, 0, None)
    assert tuple(rows["contactado"][one] for one in told) == (1, 12.0, 12.0, 1, 44.0)
    assert tuple(rows["calificado"][one] for one in told) == (0, None, None, 1, 28.0)


async def test_what_each_agent_carries(client: httpx.AsyncClient, clinic: Clinic) -> None:
    paula = clinic.members["closer"]
    await clinic.add_thread("A", "uno", "dos", state="open", owner_id=paula, waiting_since=NOON - timedelta(minutes=90))
    await clinic.add_thread("B", "uno", state="waiting", owner_id=paula)
    await clinic.add_thread("C", "uno", state="open")
    solved = await clinic.add_thread("D", "uno", state="resolved")
    await only_episodes(clinic)
    await add_episode(clinic, solved, NOON - timedelta(days=1), 1, 2, 3)
    await add_lead(clinic, "E", owner_id=paula, next_at=NOON - timedelta(days=1))
    await add_lead(clinic, "F", owner_id=paula, next_at=NOON + timedelta(days=1))
    rows = {row["name"]: row for row in await report(client, clinic, "threads/load")}
    told = ("threads", "open", "waiting", "snoozed", "unread", "waiting_minutes", "leads", "overdue", "resolved")
    first, *_, last = rows
    assert (first, last) == ("Paula Ríos", "Sin asignar") and "Ana Luz" not in rows
    assert tuple(rows["Paula Ríos"][one] for one in told) == (2, 1, 1, 0, 3, 90.0, 2, 1, 1)
    assert tuple(rows["Sin asignar"][one] for one in told) == (1, 1, 0, 0, 1, None, 0, 0, 0)
    assert tuple(rows["Elena Márquez"][one] for one in told) == (0, 0, 0, 0, 0, None, 0, 0, 0)


REPORTS = (
    "leads/new", "leads/conversion", "leads/conversion?by=closer", "leads/stage-times", "threads/response-times",
    "threads/response-times?business=true", "threads/open", "threads/load",
)  # fmt: skip


@pytest.mark.parametrize("name", REPORTS)
async def test_a_report_of_many_rows_costs_the_queries_of_a_few(
    app: FastAPI, client: httpx.AsyncClient, clinic: Clinic, name: str
) -> None:
    costs = []
    for number in range(2):
        for more in range(1 + 4 * number):
            await add_lead(clinic, f"L{number}-{more}", source=f"s{more}", owner_id=clinic.members["closer"])
        async with counted(app) as seen:
            answer = await client.get(f"/api/reports/{name}", headers=clinic.as_("owner"))
        assert answer.status_code == 200, answer.text
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 5  # three of them find out who asks


@pytest.mark.parametrize("name", [*REPORTS, "agenda/no-shows", "agenda/occupancy"])
async def test_every_report_is_a_table_too(client: httpx.AsyncClient, clinic: Clinic, name: str) -> None:
    await add_lead(clinic, "Ana")
    headers = clinic.as_("owner")
    asked = await client.get(f"/api/reports/{name}{'&' if '?' in name else '?'}format=csv", headers=headers)
    accepted = await client.get(f"/api/reports/{name}", headers={**headers, "Accept": "text/csv"})
    assert asked.content == accepted.content and asked.content.startswith(b"\xef\xbb\xbf")
    assert asked.headers["content-type"] == "text/csv; charset=utf-8"
    assert asked.headers["content-disposition"].startswith('attachment; filename="hilo-')
    rows = list(csv.reader(io.StringIO(asked.content.decode("utf-8-sig")), delimiter=";"))
    assert len({len(row) for row in rows}) == 1


async def test_a_table_is_safe_in_a_spreadsheet(client: httpx.AsyncClient, clinic: Clinic) -> None:
    await add_lead(clinic, "Ana", source='=HYPERLINK("x";"y")')
    await add_lead(clinic, "Bea", source="a;b")
    got = await client.get("/api/reports/leads/conversion?format=csv", headers=clinic.as_("owner"))
    rows = list(csv.reader(io.StringIO(got.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:4] == ["Nombre", "Oportunidades", "Con cita", "Asistieron"]
    assert sorted(row[0] for row in rows[1:]) == ['\'=HYPERLINK("x";"y")', "a;b"]
    wrong = await client.get("/api/reports/leads/new?format=xls", headers=clinic.as_("owner"))
    assert wrong.status_code == 422


async def test_the_dashboard_shows_its_numbers(
    app: FastAPI, client: httpx.AsyncClient, clinic: Clinic, clock: FixedClock
) -> None:
    await add_lead(clinic, "Ana", source="ctwa")
    async with AsyncSession(clinic.engine) as session:
        thread = (await session.scalars(select(Thread.id))).one()
    await only_episodes(clinic)
    await add_episode(clinic, thread, NOON - timedelta(days=1), 0, 12)
    headers = clinic.as_("owner")
    async with counted(app) as seen:
        page = (await client.get("/dashboard?days=7", headers=headers)).text
    few = len(seen)
    assert "12 min" in page and "Anuncio de WhatsApp" in page and page.count("<table") == 7
    assert 'data-n="1"' in page and "format=csv" in page
    for number in range(4):
        await add_lead(clinic, f"L{number}", source=f"s{number}")
    async with counted(app) as seen:
        page = (await client.get("/dashboard?days=365&hours=business", headers=headers)).text
    assert len(seen) <= few + 1 <= 16  # business hours read the holidays
    assert "Semana del" in page
