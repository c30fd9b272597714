"""Days that differ, of the whole organization or of one place: closed, or open at other hours."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from backoffice.api.access import Staff
from backoffice.api.agenda_stranded import Strands, strands
from backoffice.api.agenda_views import find_location
from backoffice.api.document import staff_router
from backoffice.api.organization import Intervals, Opens, Reads
from backoffice.api.words import Day, Given, Line, MaybeLine, Yes, told
from core.agenda.holidays import add_public_holidays, regions_of
from core.agenda.model import Location
from core.errors import Missing, Refused
from core.organizations.audit import audit
from core.organizations.hours import problems
from core.organizations.model import Holiday

router = staff_router("organization")


class HolidayView(BaseModel):
    day: date
    location: str | None
    """Null: of the whole organization. A place's own day goes before that."""
    name: str
    hours: list[list[str]] | None
    """Null: closed all day."""


class HolidayIn(Given):
    name: Line
    location: Line | None = Field(default=None, description="Everywhere if left out.")
    hours: Intervals | None = None
    reschedule: Yes = Field(default=False, description="Have the bot write to those whose appointment is stranded.")


class ChangedHoliday(Strands):
    holiday: HolidayView | None


class ImportIn(Given):
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = Field(
        default=None, description="The organization's own if left out."
    )
    location: Line | None = Field(default=None, description="The only place that keeps them; everywhere if left out.")
    region: MaybeLine | None = Field(
        default=None,
        description="ISO 3166-2 without the country; null: the country's own alone, but it must be said, "
        "unless the location has its region.",
    )
    year: Annotated[int, Field(ge=2000, le=2100, strict=True)]
    reschedule: Yes = False


class Imported(Strands):
    added: int


def _view(staff: Staff, one: Holiday) -> HolidayView:
    where = staff.public("location", one.location_id) if one.location_id else None
    return HolidayView(day=one.day, location=where, name=one.name, hours=one.hours)


async def _place(staff: Staff, public: str | None) -> Location | None:
    return await find_location(staff, public) if public is not None else None


def _on(day: date, place: Location | None) -> Any:
    where = Holiday.location_id == place.id if place else Holiday.location_id.is_(None)
    return select(Holiday).where(Holiday.day == day, where)


@router.get("/holidays")
async def list_holidays(staff: Reads) -> list[HolidayView]:
    """Every special day, in order."""
    rows = await staff.session.scalars(select(Holiday).order_by(Holiday.day, Holiday.id).limit(2000))
    return [_view(staff, row) for row in rows]


@router.put("/holidays/{day}")
async def set_holiday(staff: Opens, day: Day, given: HolidayIn) -> ChangedHoliday:
    """Closed that day, or open at other hours; answers with the appointments that strands."""
    if given.hours is not None and (found := problems({"mon": given.hours})):
        raise Refused("hours", " ".join(found).replace("lun: ", ""))
    place = await _place(staff, given.location)
    holiday = await staff.session.scalar(_on(day, place))
    if holiday is None:
        holiday = Holiday(organization_id=staff.organization.id, day=day, location_id=place.id if place else None)
        staff.session.add(holiday)
    holiday.name, holiday.hours = given.name, given.hours
    audit(staff.session, staff.member, "holiday.set", day.isoformat(), staff.now, **told(given))
    stranded = await strands(staff, None, reschedule=given.reschedule)
    await staff.session.commit()
    return ChangedHoliday(holiday=_view(staff, holiday), **dict(stranded))


@router.delete("/holidays/{day}")
async def delete_holiday(
    staff: Opens, day: Day, location: Annotated[Line | None, Query()] = None, reschedule: bool = False
) -> ChangedHoliday:
    """An ordinary day after all; answers with the appointments that strands."""
    holiday = await staff.session.scalar(_on(day, await _place(staff, location)))
    if holiday is None:
        raise Missing("holiday")
    await staff.session.delete(holiday)
    audit(staff.session, staff.member, "holiday.deleted", day.isoformat(), staff.now, location=location)
    stranded = await strands(staff, None, reschedule=reschedule)
    await staff.session.commit()
    return ChangedHoliday(holiday=None, **dict(stranded))


@router.post("/holidays-import")
async def import_country_holidays(staff: Opens, given: ImportIn) -> Imported:
    """Add the public holidays of a country and its region; days already there stay as they are.

    For a location only what holds there alone is added. Answers with the appointments that strands.
    """
    country = given.country or staff.organization.country
    place = await _place(staff, given.location)
    region = given.region or None
    if "region" not in given.model_fields_set:
        region = place.region if place else None
        if region is None and (regions := regions_of(country)):
            words = (
                f"region: en {country} hay feriados de cada región: di cuál ({', '.join(regions)}), o null para ninguna"
                "; o ponla en la sede."
            )
            raise Refused("region_needed", words)
    where = place.id if place else None
    added = await add_public_holidays(staff.session, staff.organization, country, region, given.year, where)
    what = {"region": region, "location": given.location, "added": added}
    audit(staff.session, staff.member, "holidays.imported", f"{country} {given.year}", staff.now, **what)
    stranded = await strands(staff, None, reschedule=given.reschedule)
    await staff.session.commit()
    return Imported(added=added, **dict(stranded))
