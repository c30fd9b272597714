"""Over random agendas, what is listed is what one query with multiranges says; and what is listed can be booked.

The query knows nothing of sweeps, lanes' order or windows: for each start of the grid it asks whether a professional
and a room exist whose open hours hold the service and whose taken time does not meet it with its buffers.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from core.agenda import booking
from core.agenda.booking import Taken, Wanted
from core.agenda.calendars import Asking
from core.agenda.model import Closure, ScheduleOverride
from core.agenda.openings import openings_between
from core.db import tenant_session
from core.organizations.hours import WEEKDAYS
from core.organizations.model import Holiday
from tests.core.agenda.agenda_clinic import NOW, ZONE, Agenda, local, make_agenda

SINCE, UNTIL = local(18, 0), local(18, 0) + timedelta(days=12)

ORACLE = text("""
WITH days AS (
    SELECT d::date AS day FROM generate_series(cast(:since AS timestamptz) AT TIME ZONE :zone - interval '1 day',
                                               cast(:until AS timestamptz) AT TIME ZONE :zone, interval '1 day') d
), blocks AS (  -- a date of one's own goes before a holiday, that before the week
    SELECT r.id AS resource, d.day, CASE
        WHEN o.id IS NOT NULL THEN coalesce(nullif(o.hours, 'null'), '[]')
        WHEN h.id IS NOT NULL THEN coalesce(nullif(h.hours, 'null'), '[]')
        ELSE coalesce(s.weekly -> (cast(:weekdays AS text[]))[extract(isodow FROM d.day)::int], '[]') END AS hours
    FROM resource r CROSS JOIN days d
    JOIN schedule s ON s.resource_id = r.id AND s.location_id = :location AND s.valid @> d.day
    LEFT JOIN schedule_override o ON o.resource_id = r.id AND o.location_id = :location AND o.day = d.day
    LEFT JOIN holiday h ON h.organization_id = r.organization_id AND h.day = d.day
    WHERE r.organization_id = :organization
), opened AS (
    SELECT resource, range_agg(tstzrange((day + (b ->> 0)::interval) AT TIME ZONE :zone,
                                         (day + (b ->> 1)::interval) AT TIME ZONE :zone)) AS hours
    FROM blocks, jsonb_array_elements(hours) b GROUP BY resource
), windows AS (
    SELECT o.resource, o.hours - coalesce((SELECT range_agg(c.during) FROM closure c WHERE c.resource_id = o.resource
                                           OR c.location_id = :location), '{}'::tstzmultirange) AS hours
    FROM opened o
), taken AS (  -- of one place all that lies in whatever lane; of several each lane by itself
    SELECT r.id AS resource, l AS lane, coalesce(range_agg(a.during) FILTER (WHERE a.id IS NOT NULL),
                                                 '{}'::tstzmultirange) AS busy
    FROM resource r CROSS JOIN generate_series(1, r.capacity) l
    LEFT JOIN allocation a ON a.resource_id = r.id AND (a.lane = l OR r.capacity = 1)
        AND (a.hold_id IS NULL OR a.hold_id IN (SELECT id FROM slot_hold WHERE expires_at > :now))
    WHERE r.organization_id = :organization GROUP BY r.id, l
), able AS (
    SELECT n.position, p.resource_id AS resource, t.lane, w.hours, t.busy,
           make_interval(mins => coalesce(f.minutes, s.minutes)) AS whole, f.resource_id AS giver,
           make_interval(mins => n.offset_minutes) AS skip,
           make_interval(mins => coalesce(n.minutes, coalesce(f.minutes, s.minutes) - n.offset_minutes)) AS long,
           make_interval(mins => r.buffer_before + CASE n.position WHEN 0 THEN s.buffer_before ELSE 0 END) AS before,
           make_interval(mins => r.buffer_after + CASE n.position WHEN 0 THEN s.buffer_after ELSE 0 END) AS after
    FROM service s
    JOIN service_need n1 ON n1.service_id = s.id AND n1.position = 0
    JOIN service_pool f ON f.need_id = n1.id
    JOIN service_need n ON n.service_id = s.id
    JOIN service_pool p ON p.need_id = n.id AND (n.position > 0 OR p.id = f.id)
    JOIN resource r ON r.id = p.resource_id AND r.active
    JOIN windows w ON w.resource = r.id JOIN taken t ON t.resource = r.id
    WHERE s.id = :service
)
SELECT extract(epoch FROM s)::bigint, array_agg(DISTINCT g.resource_id ORDER BY g.resource_id)
FROM generate_series(cast(:since AS timestamptz), cast(:until AS timestamptz) - interval '1 minute',
                     make_interval(mins => :step)) s
JOIN service_need n1 ON n1.service_id = :service AND n1.position = 0 JOIN service_pool g ON g.need_id = n1.id
WHERE s >= cast(:now AS timestamptz) + make_interval(mins => :notice)
  AND (SELECT count(DISTINCT a.position) FROM able a
       WHERE a.giver = g.resource_id AND a.hours @> tstzrange(s + a.skip, s + a.skip + a.long)
         AND NOT a.busy && tstzrange(s + a.skip - a.before, s + a.skip + a.long + a.after))
      = (SELECT count(*) FROM service_need WHERE service_id = :service)
GROUP BY s ORDER BY s
""")


def week(random: Random) -> dict[str, Any]:
    """One or two stretches on most days, on the quarter of an hour."""
    found: dict[str, Any] = {}
    for day in WEEKDAYS:
        marks = sorted(random.sample(range(28, 88), 4))  # quarters of an hour from 07:00 to 22:00
        blocks = [[f"{a // 4:02}:{a % 4 * 15:02}", f"{b // 4:02}:{b % 4 * 15:02}"] for a, b in (marks[:2], marks[2:])]
        found[day] = blocks[: random.choice((0, 1, 2, 2))]
    return found


def stretch(random: Random, longest: int) -> Range[datetime]:
    begin = SINCE + timedelta(minutes=random.randrange(0, 12 * 1440, 5))
    return Range(begin, begin + timedelta(minutes=random.randrange(15, longest, 5)))


async def make(engine: AsyncEngine, app: AsyncEngine, random: Random) -> Agenda:
    """Who works when, in which rooms, what is closed, and the service «al_azar»."""
    agenda = await make_agenda(engine, app, professionals=0)
    professionals, rooms = [], []
    for number in range(random.randint(1, 4)):
        buffers = {"buffer_before": random.choice((0, 0, 5)), "buffer_after": random.choice((0, 10))}
        professionals.append(await agenda.add_resource("professional", f"P{number}", week(random), **buffers))
    for number in range(random.randint(1, 3)):
        columns = {"capacity": random.choice((1, 1, 2)), "buffer_after": random.choice((0, 15))}
        rooms.append(await agenda.add_resource("room", f"S{number}", week(random), **columns))
    for _ in range(random.randint(0, 4)):
        resource, day = random.choice([*professionals, *rooms]), (SINCE + timedelta(random.randrange(12))).date()
        hours = random.choice((None, next((one for one in week(random).values() if one), None)))
        row = ScheduleOverride(resource_id=resource, location_id=agenda.location, day=day, hours=hours)
        if not await agenda.count(
            "SELECT count(*) FROM schedule_override WHERE resource_id = :r AND day = :d", r=resource, d=day
        ):
            await agenda.add(row)
    for _ in range(random.randint(0, 3)):
        await agenda.add(Closure(resource_id=random.choice([*professionals, *rooms]), during=stretch(random, 2000)))
    await agenda.add(Closure(location_id=agenda.location, during=stretch(random, 900)))
    if random.random() < 0.5:
        hours = random.choice((None, [["09:00", "12:00"]]))
        await agenda.add(Holiday(day=(SINCE + timedelta(random.randrange(12))).date(), name="F", hours=hours))
    columns = {"minutes": random.choice((20, 30, 45, 60)), "step": random.choice((5, 10, 15, 20, 30, 60))}
    columns |= {
        "buffer_before": random.choice((0, 5)),
        "buffer_after": random.choice((0, 10, 15)),
        "notice_minutes": 90,
    }
    service = await agenda.add_service("al_azar", professionals, rooms, **columns)
    async with engine.begin() as connection:
        for pool in professionals:
            minutes = random.choice((None, None, columns["minutes"] + 15))
            await connection.execute(
                text("UPDATE service_pool SET minutes = :m WHERE resource_id = :p"), {"m": minutes, "p": pool}
            )
        skip = random.choice((0, 0, 10))
        await connection.execute(
            text("UPDATE service_need SET offset_minutes = :skip, minutes = :m WHERE service_id = :s AND position = 1"),
            {"skip": skip, "m": random.choice((None, 10)), "s": service},
        )
    agenda.professionals = professionals
    return agenda


async def fill(agenda: Agenda, random: Random) -> None:
    """What the staff booked and overbooked, off the grid too, and what is held, some of it no longer."""
    member = agenda.clinic.members["owner"]
    async with tenant_session(agenda.app, agenda.organization) as session:
        offer = await agenda.offer(session, "al_azar")
        for number in range(random.randint(5, 60)):
            start = SINCE + timedelta(minutes=random.randrange(7 * 60, 12 * 1440, 5))
            wish = Wanted(await agenda.add_patient(f"B{number}"), start, f"b{number}", by=member, holder=f"h{number}")
            try:
                if number % 6 == 0:
                    await booking.hold(session, offer, wish, random.choice((NOW, NOW - timedelta(hours=1))))
                else:
                    await booking.book(session, offer, wish, NOW)
            except Taken:
                pass
        if all(resource.capacity == 1 for resource in offer.resources.values()):
            for number in range(5):
                start = SINCE + timedelta(minutes=random.randrange(7 * 60, 12 * 1440, 5))
                patient = await agenda.add_patient(f"O{number}")
                await booking.book(session, offer, Wanted(patient, start, f"o{number}", by=member, overbook=True), NOW)
        await session.commit()


async def can_be_booked(session: AsyncSession, agenda: Agenda, patient: Any, at: int) -> bool:
    offer = await agenda.offer(session, "al_azar")
    within = await session.begin_nested()
    try:
        await booking.book(session, offer, Wanted(patient, datetime.fromtimestamp(at, ZONE), f"t{at}"), NOW)
    except Taken:
        return False
    finally:
        await within.rollback()
    return True


@pytest.mark.parametrize("seed", range(10))
async def test_what_is_listed_is_what_one_query_says_and_can_be_booked(
    empty_database: AsyncEngine, app: AsyncEngine, seed: int
) -> None:
    random = Random(seed)
    agenda = await make(empty_database, app, random)
    await fill(agenda, random)
    patient = await agenda.add_patient("Quien pregunta")
    async with tenant_session(app, agenda.organization) as session:
        offer = await agenda.offer(session, "al_azar")
        bounds = (int(SINCE.timestamp()), int(UNTIL.timestamp()))
        listed = await openings_between(session, offer, Asking(NOW), *bounds)
        values = {"since": SINCE, "until": UNTIL, "now": NOW, "zone": ZONE.key, "weekdays": list(WEEKDAYS)}
        values |= {"organization": agenda.organization, "location": agenda.location, "service": offer.service.id}
        rows = await session.execute(ORACLE, {**values, "step": offer.service.step, "notice": 90})
        truth = {row[0]: set(row[1]) for row in rows}
        assert {one.start: set(one.professionals) for one in listed} == truth
        assert list(truth) == [one.start for one in listed]
        grid = range(int(SINCE.timestamp()), int(UNTIL.timestamp()), offer.service.step * 60)
        unlisted = [at for at in grid if at not in truth]
        for at in random.sample(sorted(truth), min(6, len(truth))):
            assert await can_be_booked(session, agenda, patient, at)
        for at in random.sample(unlisted, 6):
            assert not await can_be_booked(session, agenda, patient, at)
