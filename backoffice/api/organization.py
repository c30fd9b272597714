"""The organization itself: name, zone, hours, settings, holidays, and who changed what."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel, Field
from sqlalchemy import select

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.paging import Cursor, Limit, Page, cursor_instant, cursor_of, read_cursor
from backoffice.api.words import Day, Given, Line, MaybeLine, Plain
from core.agenda.holidays import add_public_holidays, regions_of
from core.agenda.policy import policy_from
from core.errors import Missing, Refused
from core.organizations.actions import check_zone, set_hours
from core.organizations.audit import audit, list_audit
from core.organizations.hours import problems
from core.organizations.model import Holiday, Organization
from core.organizations.permissions import VISIBILITIES

router = staff_router("organization")

Reads = Annotated[Staff, Depends(Needs("organization.read"))]
Owns = Annotated[Staff, Depends(Needs("organization.write"))]
Opens = Annotated[Staff, Depends(Needs("hours.write"))]

Clock = Annotated[str, Field(max_length=5)]
Interval = Annotated[list[Clock], Field(min_length=2, max_length=2)]
Intervals = Annotated[list[Interval], Field(max_length=12)]
Hours = Annotated[dict[str, Intervals], Field(max_length=7)]


class OrganizationView(BaseModel):
    id: str
    slug: str
    name: str
    licence: str
    country: str
    zone: str
    language: str
    register_: str = Field(alias="register")
    currency: str
    pack: str
    hours: dict[str, list[list[str]]]
    settings: dict[str, Any]


class OrganizationIn(Given):
    """What is given changes. `settings` are merged in; a null in them removes one."""

    name: Line | None = None
    zone: Line | None = None
    language: Annotated[str, Field(pattern="^(es|pt|en)$")] | None = Field(
        default=None, description="What the bot speaks with people whose own language is not known."
    )
    register_: Annotated[str, Field(pattern="^(tu|vos|usted)$")] | None = Field(
        default=None, alias="register", description="How the bot addresses people in Spanish."
    )
    settings: Plain | None = None


class HoursIn(Given):
    """By day (mon … sun), any number of intervals; a day left out is closed. 24:00 is the next midnight."""

    hours: Hours


class HolidayView(BaseModel):
    day: date
    name: str
    hours: list[list[str]] | None
    """Null: closed all day."""


class HolidayIn(Given):
    name: Line
    hours: Intervals | None = None


class ImportIn(Given):
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = Field(
        default=None, description="The organization's own if left out."
    )
    region: MaybeLine | None = Field(
        default=None, description="ISO 3166-2 without the country; null: the country's own alone, but it must be said."
    )
    year: Annotated[int, Field(ge=2000, le=2100, strict=True)]


class Imported(BaseModel):
    added: int


class AuditView(BaseModel):
    action: str
    subject: str
    member: str | None
    details: dict[str, Any]
    at: datetime


def _view(staff: Staff, organization: Organization) -> OrganizationView:
    names = [field.alias or name for name, field in OrganizationView.model_fields.items()]
    return OrganizationView(
        id=staff.public("organization", organization.id),
        **{name: getattr(organization, name) for name in names if name != "id"},
    )


@router.get("/organization")
async def read_organization(staff: Reads) -> OrganizationView:
    """The organization of whoever asks."""
    return _view(staff, staff.organization)


async def locked_organization(staff: Staff) -> Organization:
    return await staff.session.get_one(
        Organization, staff.organization.id, with_for_update=True, populate_existing=True
    )


def check_agenda(value: Any) -> None:
    """Raises Refused naming what is wrong with the agenda's settings."""
    if value is not None and not isinstance(value, dict):
        raise Refused("wrong_setting", 'agenda: son ajustes con nombre, como {"late_cancel_hours": 12}.')
    policy_from(value or {})


@router.patch("/organization")
async def change_organization(staff: Owns, given: OrganizationIn) -> OrganizationView:
    """Name, zone, language, register, settings.

    `settings.visibility` (all, team, assigned) says whose threads closers see.
    """
    organization = await locked_organization(staff)
    if given.zone is not None:
        check_zone(given.zone)
        organization.zone = given.zone
    if given.name is not None:
        organization.name = given.name
    if given.language is not None:
        organization.language = given.language
    if given.register_ is not None:
        organization.register = given.register_
    if given.settings is not None:
        if (wanted := given.settings.get("visibility", "all")) not in (*VISIBILITIES, None):
            raise Refused("visibility", f"«visibility» es una de: {', '.join(VISIBILITIES)}; no «{wanted}».")
        merged = {**organization.settings, **given.settings}
        check_agenda(merged.get("agenda"))
        organization.settings = {name: value for name, value in merged.items() if value is not None}
    organization.revision += 1
    changes = given.model_dump(exclude_unset=True, by_alias=True)
    audit(staff.session, staff.member, "organization.changed", organization.slug, staff.now, **changes)
    await staff.session.flush()
    await staff.session.commit()
    return _view(staff, organization)


@router.put("/organization/hours")
async def set_opening_hours(staff: Opens, given: HoursIn) -> OrganizationView:
    """Replace the opening hours."""
    organization = await locked_organization(staff)
    before = organization.hours
    await set_hours(staff.session, organization, given.hours)
    audit(staff.session, staff.member, "hours.changed", organization.slug, staff.now, before=before, after=given.hours)
    await staff.session.commit()
    return _view(staff, organization)


@router.get("/holidays")
async def list_holidays(staff: Reads) -> list[HolidayView]:
    """Every special day, in order."""
    rows = await staff.session.scalars(select(Holiday).order_by(Holiday.day).limit(2000))
    return [HolidayView(day=row.day, name=row.name, hours=row.hours) for row in rows]


@router.put("/holidays/{day}")
async def set_holiday(staff: Opens, day: Day, given: HolidayIn) -> HolidayView:
    """Closed that day, or open at other hours."""
    if given.hours is not None and (found := problems({"mon": given.hours})):
        raise Refused("hours", " ".join(found).replace("lun: ", ""))
    holiday = await staff.session.scalar(select(Holiday).where(Holiday.day == day))
    if holiday is None:
        holiday = Holiday(organization_id=staff.organization.id, day=day)
        staff.session.add(holiday)
    holiday.name, holiday.hours = given.name, given.hours
    audit(staff.session, staff.member, "holiday.set", day.isoformat(), staff.now, name=given.name, hours=given.hours)
    await staff.session.commit()
    return HolidayView(day=day, name=given.name, hours=given.hours)


@router.delete("/holidays/{day}", status_code=204)
async def delete_holiday(staff: Opens, day: Day) -> None:
    """An ordinary day after all."""
    holiday = await staff.session.scalar(select(Holiday).where(Holiday.day == day))
    if holiday is None:
        raise Missing("holiday")
    await staff.session.delete(holiday)
    audit(staff.session, staff.member, "holiday.deleted", day.isoformat(), staff.now)
    await staff.session.commit()


@router.post("/holidays-import")
async def import_country_holidays(staff: Opens, given: ImportIn) -> Imported:
    """Add the public holidays of a country and its region; days already there stay as they are."""
    country = given.country or staff.organization.country
    if "region" not in given.model_fields_set and (regions := regions_of(country)):
        words = (
            f"region: en {country} hay feriados de cada región: di cuál ({', '.join(regions)}), o null para ninguna."
        )
        raise Refused("region_needed", words)
    added = await add_public_holidays(staff.session, staff.organization, country, given.region or None, given.year)
    audit(staff.session, staff.member, "holidays.imported", f"{country} {given.year}", staff.now, added=added)
    await staff.session.commit()
    return Imported(added=added)


@router.get("/audit", name="list_audit")
async def list_the_audit(
    staff: Annotated[Staff, Depends(Needs("audit.read"))], cursor: Cursor = None, limit: Limit = 50
) -> Page[AuditView]:
    """Who changed what, the newest first."""
    after = cursor_instant(read_cursor(staff.runtime.ids, "audit_entry", cursor))
    rows = await list_audit(staff.session, staff.organization.id, after, limit + 1)
    last = rows[limit - 1].entry if len(rows) > limit else None
    return Page(
        items=[
            AuditView(
                action=row.entry.action,
                subject=row.entry.subject,
                member=row.member_name,
                details=row.entry.details,
                at=row.entry.at,
            )
            for row in rows[:limit]
        ],
        next=cursor_of(staff.runtime.ids, "audit_entry", last.at, last.id) if last else None,
    )
