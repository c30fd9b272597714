"""A freed time goes to who waits for it: the best match first, to one of them only, kept while they think."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.dialects.postgresql import Range

from core.agenda import booking, visits, waitlist
from core.agenda.booking import Taken, Wanted
from core.agenda.messages_model import WaitlistOffer
from core.agenda.model import Appointment, Patient, Service
from core.db import tenant_session
from core.errors import Refused
from tests.core.agenda.agenda_clinic import NOW, Agenda, local
from tests.core.agenda.test_booking import book

MORNING = Range(local(20, 8), local(20, 13))


async def join(agenda: Agenda, name: str, wanted: Range[datetime] = MORNING, **more: Any) -> Patient:
    patient = await agenda.add_patient(name)
    async with tenant_session(agenda.app, agenda.organization) as session:
        service = await session.get(Service, agenda.services["botox"])
        assert service is not None
        await waitlist.join(session, patient, service, [wanted], more.pop("at", NOW), **more)
        await session.commit()
    return patient


async def free(agenda: Agenda, appointment: int, now: datetime = NOW) -> WaitlistOffer | None:
    """The offer a cancellation leads to."""
    async with tenant_session(agenda.app, agenda.organization) as session:
        found = await session.get(Appointment, appointment)
        assert found is not None
        freed = waitlist.freed_by(found)
        await visits.cancel_visit(session, found, now, by="patient")
        made = await waitlist.match(session, freed, now)
        await session.commit()
        return made


async def whose(agenda: Agenda, offer: WaitlistOffer | None) -> str | None:
    if offer is None:
        return None
    async with agenda.clinic.engine.connect() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT p.name FROM waitlist_entry e JOIN patient p ON p.id = e.patient_id WHERE e.id = %s",
            (offer.entry_id,),
        )
        return str(rows.scalar_one())


async def test_a_freed_time_is_offered_to_who_waited_longest_and_kept_for_them(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient("Ana"), local(20, 10))
    await join(agenda, "Otro día", Range(local(23, 8), local(23, 13)))
    await join(agenda, "Berta", at=NOW - timedelta(days=1))
    await join(agenda, "Celia", at=NOW - timedelta(days=2))
    offer = await free(agenda, booked.id)
    assert await whose(agenda, offer) == "Celia"
    assert "20 10:00" not in await agenda.times("botox", local(20, 0), local(21, 0))
    with pytest.raises(Taken):
        await book(agenda, await agenda.add_patient("Dora"), local(20, 10))


async def test_of_twenty_taps_on_an_offer_one_books(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient("Ana"), local(20, 10))
    await join(agenda, "Berta")
    offer = await free(agenda, booked.id)
    assert offer is not None

    async def claim() -> Appointment:
        async with tenant_session(agenda.app, agenda.organization) as session:
            made = await waitlist.claim(session, offer.id, NOW)
            await session.commit()
            return made

    results = await asyncio.gather(*(claim() for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(one, Appointment) for one in results) == 1
    assert sum(isinstance(one, Taken) for one in results) == 19
    assert await agenda.count("SELECT count(*) FROM waitlist_entry WHERE state = 'booked'") == 1
    assert await agenda.count("SELECT count(*) FROM slot_hold") == 0


async def test_an_offer_nobody_answers_goes_to_the_next(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient("Ana"), local(20, 10))
    await join(agenda, "Berta", at=NOW - timedelta(days=1))
    await join(agenda, "Celia")
    offer = await free(agenda, booked.id)
    later = NOW + timedelta(minutes=16)
    async with tenant_session(agenda.app, agenda.organization) as session:
        assert offer is not None
        assert await waitlist.expired(session, NOW) == []
        assert await waitlist.expired(session, later) == [(offer.id, agenda.organization)]
        with pytest.raises(Taken):
            await waitlist.claim(session, offer.id, later)
        freed = await waitlist.expire(session, offer.id)
        assert freed is not None
        following = await waitlist.match(session, freed, later)
        await session.commit()
    assert await whose(agenda, following) == "Celia"


async def test_nobody_is_offered_a_time_that_is_taken_again_or_too_near(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient("Ana"), local(20, 10))
    await join(agenda, "Berta")
    assert await free(agenda, booked.id, local(20, 9)) is None
    again = await book(agenda, await agenda.add_patient("Ana"), local(20, 11))
    async with tenant_session(agenda.app, agenda.organization) as session:
        found = await session.get(Appointment, again.id)
        assert found is not None
        freed = waitlist.freed_by(found)
        assert await waitlist.match(session, freed, NOW) is None


async def test_one_entry_for_a_patient_and_a_service(agenda: Agenda) -> None:
    patient = await join(agenda, "Berta")
    async with tenant_session(agenda.app, agenda.organization) as session:
        service = await session.get(Service, agenda.services["botox"])
        assert service is not None
        await waitlist.join(session, patient, service, [MORNING], NOW)
        await session.commit()
    assert await agenda.count("SELECT count(*) FROM waitlist_entry WHERE state = 'waiting'") == 1
    async with tenant_session(agenda.app, agenda.organization) as session:
        assert await waitlist.leave(session, patient.id) == 1
        with pytest.raises(Refused, match="ya pasaron"):
            await waitlist.join(session, patient, service, [Range(local(1, 8), local(1, 9))], NOW)


async def test_workers_that_match_at_once_offer_to_different_people(agenda: Agenda) -> None:
    booked = [await book(agenda, await agenda.add_patient(f"A{hour}"), local(20, hour)) for hour in (9, 10, 11, 12)]
    for n in range(4):
        await join(agenda, f"W{n}")
    offers = await asyncio.gather(*(free(agenda, one.id) for one in booked))
    assert len({offer.entry_id for offer in offers if offer}) == 4


async def test_a_hold_of_the_patient_is_not_the_offers(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient("Ana"), local(20, 10))
    patient = await join(agenda, "Berta")
    offer = await free(agenda, booked.id)
    async with tenant_session(agenda.app, agenda.organization) as session:
        made = await agenda.offer(session, "botox")
        await booking.hold(session, made, Wanted(patient, local(20, 12), "", holder="thread:1"), NOW)
        assert offer is not None
        appointment = await waitlist.claim(session, offer.id, NOW)
        await session.commit()
    assert appointment.starts_at == local(20, 10)


async def offer_again(agenda: Agenda, offer: WaitlistOffer, now: datetime) -> WaitlistOffer | None:
    """The next offer of a time whose offer nobody answered, each having been told."""
    async with tenant_session(agenda.app, agenda.organization) as session:
        await waitlist.tell(session, offer.id, now)
        freed = await waitlist.expire(session, offer.id)
        assert freed is not None
        following = await waitlist.match(session, freed, now)
        await session.commit()
        return following


async def test_when_the_best_match_is_elsewhere_the_next_one_is_offered_it(agenda: Agenda) -> None:
    second = await agenda.add_resource("professional", "Dra. 2")
    await agenda.add_service("facial", [second])
    booked = await book(agenda, await agenda.add_patient("Ana"), local(20, 10))
    elsewhere = await join(agenda, "Berta", at=NOW - timedelta(days=1))
    await book(agenda, elsewhere, local(20, 10), service="facial")
    await join(agenda, "Celia")
    assert await whose(agenda, await free(agenda, booked.id)) == "Celia"


async def test_nothing_is_kept_for_anybody_at_night(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient("Ana"), local(20, 10))
    await join(agenda, "Berta")
    assert await free(agenda, booked.id, local(19, 3)) is None
    assert "20 10:00" in await agenda.times("botox", local(20, 0), local(21, 0), now=local(19, 3))
    async with tenant_session(agenda.app, agenda.organization) as session:
        assert await waitlist.freed_earlier(session, local(19, 7, 59)) == []
        ((again, _),) = await waitlist.freed_earlier(session, local(19, 8))
        made = await waitlist.look_again(session, again, local(19, 8))
        await session.commit()
    assert await whose(agenda, made) == "Berta"


async def test_who_leaves_frees_what_was_kept_for_them(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient("Ana"), local(20, 10))
    leaving = await join(agenda, "Berta", at=NOW - timedelta(days=1))
    await join(agenda, "Celia")
    offer = await free(agenda, booked.id)
    assert offer is not None
    async with tenant_session(agenda.app, agenda.organization) as session:
        assert await waitlist.leave(session, leaving.id) == 1
        with pytest.raises(Taken):
            await waitlist.claim(session, offer.id, NOW)
        await session.commit()
    assert "20 10:00" in await agenda.times("botox", local(20, 0), local(21, 0))
    async with tenant_session(agenda.app, agenda.organization) as session:
        ((again, _),) = await waitlist.freed_earlier(session, offer.expires_at)
        assert await whose(agenda, await waitlist.look_again(session, again, offer.expires_at)) == "Celia"


async def test_who_only_the_staff_books_for_is_neither_offered_a_time_nor_takes_one(agenda: Agenda) -> None:
    booked = await book(agenda, await agenda.add_patient("Ana"), local(20, 10))
    patient = await join(agenda, "Berta")

    async def block(blocked: bool) -> None:
        async with tenant_session(agenda.app, agenda.organization) as session:
            (await session.get_one(Patient, patient.id)).self_booking = not blocked
            await session.commit()

    offer = await free(agenda, booked.id)
    assert offer is not None
    await block(True)
    async with tenant_session(agenda.app, agenda.organization) as session:
        with pytest.raises(Refused, match="la agenda el equipo"):
            await waitlist.claim(session, offer.id, NOW)
    again = await book(agenda, await agenda.add_patient("Dora"), local(20, 12))
    await offer_again(agenda, offer, NOW)
    assert await free(agenda, again.id) is None


async def test_who_lets_five_offers_pass_is_asked_no_more(agenda: Agenda) -> None:
    await join(agenda, "Berta")
    for hour in (9, 10, 11, 12):
        offer = await free(agenda, (await book(agenda, await agenda.add_patient(), local(20, hour))).id)
        assert offer is not None
        assert await offer_again(agenda, offer, NOW) is None
    assert await agenda.count("SELECT count(*) FROM waitlist_entry WHERE state = 'waiting'") == 1
    last = await free(agenda, (await book(agenda, await agenda.add_patient(), local(20, 9, 30))).id)
    assert last is not None
    async with tenant_session(agenda.app, agenda.organization) as session:
        assert not await waitlist.is_last(session, last.entry_id)
        await waitlist.tell(session, last.id, NOW)
        assert await waitlist.is_last(session, last.entry_id)
        await waitlist.decline(session, last.id, NOW)
        await session.commit()
    assert await agenda.count("SELECT count(*) FROM waitlist_entry WHERE state = 'expired'") == 1
