"""The next starts of fifteen busy professionals, beside one SQL query with multiranges that answers the same."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.scratch import scratch_database
from core.agenda.calendars import Asking, load_offer
from core.agenda.model import Appointment, Location, Patient, Resource, Schedule, Service, ServiceNeed, ServicePool
from core.agenda.openings import openings, openings_between
from core.contacts.model import Contact
from core.db import create_engine, tenant_session
from core.migrations import upgrade
from core.organizations.actions import create_organization

ZONE = ZoneInfo("America/Bogota")
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=ZONE)
PROFESSIONALS, ROWS_EACH, ROUNDS = 15, 10_000, 60
WEEK = {day: [["09:00", "13:00"], ["15:00", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}

# Visits of 40 minutes every 45 of the day, four of five taken: the past two years and two months ahead.
FILL = """
INSERT INTO allocation (organization_id, resource_id, lane, during, appointment_id)
SELECT :organization, r.id, 1, tstzrange(s, s + interval '40 minutes'), :appointment
FROM resource r, generate_series(0, :rows * 5 / 4) n,
     LATERAL (SELECT date_trunc('day', cast(:now AS timestamptz) + interval '60 days') - (n / 13) * interval '1 day'
                     + interval '14 hours' + (n % 13) * interval '45 minutes' AS s) x
WHERE r.organization_id = :organization AND (r.id * 31 + n * 17) % 5 <> 0
"""

ORACLE = """
WITH days AS (
    SELECT d::date AS day FROM generate_series(cast(:since AS timestamptz) AT TIME ZONE :zone,
                                               cast(:until AS timestamptz) AT TIME ZONE :zone, interval '1 day') d
), opened AS (
    SELECT range_agg(tstzrange((day + t.a) AT TIME ZONE :zone, (day + t.b) AT TIME ZONE :zone)) AS hours
    FROM days, (VALUES (time '09:00', time '13:00'), (time '15:00', time '19:00')) t(a, b)
    WHERE extract(isodow FROM day) < 6
), free AS (
    SELECT r.id, o.hours - coalesce(range_agg(a.during), '{}'::tstzmultirange) AS free
    FROM resource r CROSS JOIN opened o
    LEFT JOIN allocation a ON a.resource_id = r.id AND lower(a.during) >= cast(:since AS timestamptz) - interval '1 day'
                          AND lower(a.during) < cast(:until AS timestamptz)
    WHERE r.kind = 'professional' GROUP BY r.id, o.hours
)
SELECT DISTINCT s FROM free, generate_series(cast(:since AS timestamptz), cast(:until AS timestamptz), interval '15 minutes') s
WHERE s >= cast(:now AS timestamptz) + interval '60 minutes' AND s < :until
  AND free.free @> tstzrange(s, s + interval '45 minutes')
ORDER BY s
"""  # noqa: E501


async def measured(name: str, work: Callable[[], Awaitable[list[Any]]]) -> tuple[float, list[Any]]:
    """Milliseconds at the median, and what was found."""
    spent, found = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        found = await work()
        spent.append((time.perf_counter() - started) * 1000)
    spent.sort()
    print(f"{name:<34} p50 {median(spent):6.2f} ms   p95 {spent[int(ROUNDS * 0.95)]:6.2f} ms", flush=True)
    return median(spent), found


async def prepare(session: AsyncSession, organization: int) -> None:
    """The professionals, their service, and 150,000 rows of what they did and will do."""
    location = Location(organization_id=organization, name="Centro", zone=ZONE.key)
    service = Service(organization_id=organization, key="botox", name="Botox", minutes=45, step=15)
    session.add_all((location, service))
    await session.flush()
    need = ServiceNeed(organization_id=organization, service_id=service.id, position=0, kind="professional")
    session.add(need)
    await session.flush()
    for number in range(PROFESSIONALS):
        resource = Resource(organization_id=organization, kind="professional", name=f"D{number}")
        session.add(resource)
        await session.flush()
        valid = Range(date(2020, 1, 1), None)
        session.add_all(
            (
                Schedule(
                    organization_id=organization,
                    resource_id=resource.id,
                    location_id=location.id,
                    valid=valid,
                    weekly=WEEK,
                ),
                ServicePool(organization_id=organization, need_id=need.id, resource_id=resource.id),
            )
        )
    await session.flush()
    contact = Contact(organization_id=organization, name="A")
    session.add(contact)
    await session.flush()
    patient = Patient(organization_id=organization, contact_id=contact.id, name="A")
    session.add(patient)
    await session.flush()
    of = {"contact_id": contact.id, "patient_id": patient.id, "service_id": service.id, "location_id": location.id}
    end = NOW + timedelta(hours=1)
    visit = Appointment(organization_id=organization, starts_at=NOW, ends_at=end, idempotency_key="bench", **of)
    session.add(visit)
    await session.flush()
    values = {"organization": organization, "appointment": visit.id, "rows": ROWS_EACH, "now": NOW}
    await session.execute(text(FILL), values)
    await session.commit()


async def main() -> None:
    """Prints what was measured, whether both found the same, and the goals."""
    with scratch_database() as url:
        upgrade(url)
        owner, app = create_engine(url, "owner"), create_engine(url, "hilo_app")
        async with owner.begin() as connection:
            organization = await create_organization(
                connection, slug="bench", name="Bench", licence="clinic", country="CO", zone=ZONE.key, currency="COP",
                pack="estetica", settings={},
            )  # fmt: skip
        async with AsyncSession(owner, expire_on_commit=False) as session:
            await prepare(session, organization)
        async with owner.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).exec_driver_sql("VACUUM ANALYZE")
        since, until = int(NOW.timestamp()), int((NOW + timedelta(days=31)).timestamp())
        async with tenant_session(app, organization) as session:
            service = (await session.scalars(text("SELECT id FROM service"))).one()
            location = (await session.scalars(text("SELECT id FROM location"))).one()
            offer = await load_offer(
                session, await session.get_one(Service, service), await session.get_one(Location, location)
            )
            asking = Asking(NOW)

            async def month() -> list[Any]:
                return (await openings_between(session, offer, asking, since, until))[:10]

            async def lazy() -> list[Any]:
                found = []
                async for opening in openings(session, offer, asking, since, until):
                    found.append(opening)
                    if len(found) == 10:
                        break
                return found

            async def oracle() -> list[Any]:
                values = {"since": NOW, "until": NOW + timedelta(days=31), "now": NOW, "zone": ZONE.key}
                return list(await session.scalars(text(ORACLE), values))

            whole, found = await measured("next 10 of a month, all read", month)
            near, nearest = await measured("next 10, read as far as needed", lazy)
            peer, truth = await measured("the same by multiranges in SQL", oracle)
            starts = [int(one.timestamp()) for one in truth]
            assert [one.start for one in found] == [one.start for one in nearest] == starts[:10]
            every = await openings_between(session, offer, asking, since, until)
            assert [one.start for one in every] == starts
            print(f"{len(starts)} starts, the same in both")
            print(f"month / SQL: {whole / peer:.2f}   lazy / SQL: {near / peer:.2f}")
            print("goals: p50 ≤ 5 ms for the month, ≤ 2 ms lazy")
        await owner.dispose()
        await app.dispose()


if __name__ == "__main__":
    asyncio.run(main())
