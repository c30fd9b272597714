"""Calendars as files: what we give away, and what of other calendars is busy time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from core.agenda.holidays import add_public_holidays, public_holidays
from core.agenda.ics import CalendarEntry, calendar_file, read_busy
from core.db import tenant_session
from core.errors import Refused
from core.organizations.model import Organization
from tests.core.agenda.agenda_clinic import NOW, Agenda, local

ZONE = ZoneInfo("America/Bogota")
ENTRY = CalendarEntry(
    "ap_1.clinic", 2, "Botox", local(19, 10), local(19, 11), NOW, "Calle 1, Bogotá", "Trae tu documento"
)


def test_an_appointment_as_a_file() -> None:
    [event] = Calendar.from_ical(calendar_file([ENTRY])).walk("VEVENT")
    assert (str(event["uid"]), event["sequence"], str(event["status"])) == ("ap_1.clinic@hilo", 2, "CONFIRMED")
    assert event["dtstart"].dt == local(19, 10)
    assert str(event["location"]) == "Calle 1, Bogotá"


def ics(*events: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *events, "END:VCALENDAR", ""])


def event(uid: str, *lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T000000Z", *lines, "END:VEVENT"])


def busy(*events: str) -> list[str]:
    found = read_busy(ics(*events), ZONE, local(18, 0), local(26, 0))
    return [f"{one.start.astimezone(ZONE):%d %H:%M}-{one.end.astimezone(ZONE):%H:%M}" for one in found]


def test_other_calendars_are_busy_time_unfolded_in_the_place_s_zone() -> None:
    weekly = event("w", "DTSTART;TZID=America/Bogota:20261105T100000", "DURATION:PT45M", "RRULE:FREQ=WEEKLY",
                   "EXDATE;TZID=America/Bogota:20261126T100000")  # fmt: skip
    floating = event("f", "DTSTART:20261120T080000", "DTEND:20261120T090000")
    whole_day = event("d", "DTSTART;VALUE=DATE:20261123")
    zone = "TZID=America/Bogota"
    moved = event("w", f"RECURRENCE-ID;{zone}:20261119T100000", f"DTSTART;{zone}:20261119T150000",
                  f"DTEND;{zone}:20261119T160000")  # fmt: skip
    assert busy(weekly, floating, whole_day) == ["19 10:00-10:45", "20 08:00-09:00", "23 00:00-00:00"]
    assert busy(weekly, moved) == ["19 15:00-16:00"]


def test_what_is_free_cancelled_or_our_own_is_not_busy() -> None:
    times = ("DTSTART:20261120T080000Z", "DTEND:20261120T090000Z")
    assert busy(event("a", *times, "TRANSP:TRANSPARENT"), event("b", *times, "STATUS:CANCELLED")) == []
    assert read_busy(calendar_file([ENTRY]).decode(), ZONE, local(1, 0), local(30, 0), "clinic") == []


def test_an_appointment_at_another_clinic_on_hilo_is_busy() -> None:
    assert len(read_busy(calendar_file([ENTRY]).decode(), ZONE, local(1, 0), local(30, 0), "other")) == 1


def test_events_since_for_ever_and_for_good_are_busy_now() -> None:
    everything = ["25 00:00-00:00"]
    for dates in (
        ("DTSTART:20261125T050000Z", "DTEND:99991231T235959Z"),
        ("DTSTART:00010101T000000Z", "DTEND:20261120T120000Z"),
        ("DTSTART;VALUE=DATE:00010101", "DTEND;VALUE=DATE:99991231"),
    ):
        assert len(busy(event("far", *dates), event("day", "DTSTART;VALUE=DATE:20261125"))) == 2, dates
    assert busy(event("gone", "DTSTART:99991231T000000Z"), event("day", "DTSTART;VALUE=DATE:20261125")) == everything


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=3",
        "FREQ=HOURLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=1,2,3,4,5,6,7,8,9",
    ],
)
def test_a_rule_without_end_is_refused_before_it_is_followed(rule: str) -> None:
    with pytest.raises(Refused, match="«Reunión» se repite"):
        busy(event("r", "SUMMARY:Reunión", "DTSTART:19700101T000000Z", f"RRULE:{rule}"))


def test_too_many_events_are_refused() -> None:
    with pytest.raises(Refused, match="menos historia"):
        busy("BEGIN:VEVENT\r\n" * 10_001)


def test_any_uid_can_be_kept() -> None:
    times = ("DTSTART:20261120T080000Z", "DTEND:20261120T090000Z")
    found = read_busy(ics(event("a\0b", *times), event("u" * 5000, *times)), ZONE, local(18, 0), local(26, 0))
    assert len({one.key for one in found}) == 2 and all(len(one.key) == 64 for one in found)


@pytest.mark.parametrize("text", ["", "<html>no</html>", "BEGIN:VCALENDAR", "BEGIN:VEVENT\r\nEND:VCALENDAR"])
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"\.ics"):
        read_busy(text, ZONE, local(1, 0), local(30, 0))


def test_holidays_by_country_and_region() -> None:
    assert public_holidays("CO", None, 2026)[date(2026, 12, 25)] == "Navidad"
    everywhere, bahia = public_holidays("BR", None, 2026, "pt"), public_holidays("BR", "BA", 2026, "pt")
    assert bahia.keys() - everywhere.keys() == {date(2026, 7, 2)}
    with pytest.raises(Refused, match="Regiones: AC"):
        public_holidays("BR", "XX", 2026)
    with pytest.raises(Refused, match="country"):
        public_holidays("XX", None, 2026)


async def test_public_holidays_are_rows_that_may_be_changed_and_are_not_doubled(agenda: Agenda) -> None:
    async with tenant_session(agenda.app, agenda.organization) as session:
        organization = await session.get(Organization, agenda.organization)
        assert organization is not None
        assert await add_public_holidays(session, organization, "CO", None, 2026) > 15
        assert await add_public_holidays(session, organization, "CO", None, 2026) == 0
        await session.commit()
    eighth = datetime(2026, 12, 8, tzinfo=ZONE)
    assert (
        await agenda.times("botox", eighth, datetime(2026, 12, 9, tzinfo=ZONE), now=datetime(2026, 12, 1, tzinfo=UTC))
        == []
    )
