"""Where people come to, and who and what a booking occupies: professionals, rooms, equipment."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_openings import Reads
from backoffice.api.agenda_stranded import Strands, strands
from backoffice.api.agenda_views import find_location, find_resource
from backoffice.api.document import staff_router
from backoffice.api.words import Given, Line, MaybeLine, Yes, told
from core.agenda.holidays import check_region
from core.agenda.model import Location, Resource
from core.errors import Missing
from core.organizations.actions import check_zone
from core.organizations.audit import audit
from core.organizations.model import Member

router = staff_router("agenda")

Settles = Annotated[Staff, Depends(Needs("agenda.settings"))]
Kind = Literal["professional", "room", "equipment"]
Buffer = Annotated[int, Field(ge=0, le=240, strict=True)]


class LocationView(BaseModel):
    id: str
    name: str
    zone: str
    region: str | None
    address: str | None
    latitude: float | None
    longitude: float | None
    active: bool


class LocationChange(Given):
    """What is given changes; null clears what may be empty."""

    name: Line | None = None
    zone: Line | None = Field(default=None, description="IANA, as America/Bogota; the organization's if left out.")
    region: MaybeLine | None = Field(default=None, description="Whose holidays are kept: ISO 3166-2 without country.")
    address: MaybeLine | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    active: Yes = True
    reschedule: Yes = Field(default=False, description="Have the bot write to those whose appointment is stranded.")


class LocationIn(LocationChange):
    name: Line


class ChangedLocation(Strands):
    location: LocationView


class ResourceView(BaseModel):
    id: str
    kind: str
    name: str
    capacity: int
    buffer_before: int
    buffer_after: int
    location: str | None
    """Where it stands; null: it moves."""
    member: str | None
    weight: float
    active: bool
    has_feed: bool
    """Whether its calendar has a secret address."""


class ResourceChange(Given):
    """What is given changes; null clears `location` and `member`. Minutes are kept free around whatever occupies it."""

    name: Line | None = None
    capacity: Annotated[int, Field(ge=1, le=100, strict=True)] | None = None
    buffer_before: Buffer | None = None
    buffer_after: Buffer | None = None
    location: Line | None = None
    member: Line | None = Field(default=None, description="Who of the team this professional is.")
    weight: Annotated[float, Field(gt=0, le=100)] | None = Field(
        default=None, description="Of a professional: share of the bookings nobody asked for by name."
    )
    active: Yes | None = None
    reschedule: Yes = False


class ResourceIn(ResourceChange):
    kind: Kind
    name: Line


class ChangedResource(Strands):
    resource: ResourceView


def view_location(staff: Staff, one: Location) -> LocationView:
    same = {name: getattr(one, name) for name in LocationView.model_fields if name != "id"}
    return LocationView(id=staff.public("location", one.id), **same)


def view_resource(staff: Staff, one: Resource) -> ResourceView:
    same = ("kind", "name", "capacity", "buffer_before", "buffer_after", "weight", "active")
    return ResourceView(
        id=staff.public("resource", one.id),
        location=staff.public("location", one.location_id) if one.location_id else None,
        member=staff.public("member", one.member_id) if one.member_id else None,
        has_feed=one.calendar_token is not None,
        **{name: getattr(one, name) for name in same},
    )


@router.get("/locations")
async def list_locations(staff: Reads) -> list[LocationView]:
    """Every place, also those no longer used."""
    return [view_location(staff, one) for one in await staff.session.scalars(select(Location).order_by(Location.id))]


@router.post("/locations", status_code=201)
async def add_location(staff: Settles, given: LocationIn) -> LocationView:
    """A new place."""
    location = Location(organization_id=staff.organization.id, name=given.name, zone=staff.organization.zone)
    _place(staff, location, given)
    staff.session.add(location)
    await staff.session.flush()
    audit(staff.session, staff.member, "location.added", location.name, staff.now, **told(given))
    await staff.session.commit()
    return view_location(staff, location)


@router.patch("/locations/{location_id}")
async def change_location(staff: Settles, location_id: str, given: LocationChange) -> ChangedLocation:
    """Correct it, or stop using it; answers with the appointments that strands."""
    location = await find_location(staff, location_id)
    _place(staff, location, given)
    audit(staff.session, staff.member, "location.changed", location.name, staff.now, **told(given))
    found = await strands(staff, None, reschedule=given.reschedule)
    await staff.session.commit()
    return ChangedLocation(location=view_location(staff, location), **dict(found))


def _place(staff: Staff, location: Location, given: LocationChange) -> None:
    changed = given.model_fields_set
    if given.zone is not None:
        location.zone = check_zone(given.zone)
    if given.region:
        check_region(staff.organization.country, given.region)
    if given.name is not None:
        location.name = given.name
    for name in ("region", "address", "latitude", "longitude"):
        if name in changed:
            setattr(location, name, getattr(given, name) or None)
    if "active" in changed:
        location.active = given.active


@router.get("/resources")
async def list_resources(staff: Reads, kind: Annotated[Kind | None, Query()] = None) -> list[ResourceView]:
    """Professionals, rooms and equipment, also those no longer used."""
    query = select(Resource).where(Resource.kind != "patient").order_by(Resource.id)
    rows = await staff.session.scalars(query.where(Resource.kind == kind) if kind else query)
    return [view_resource(staff, one) for one in rows]


@router.post("/resources", status_code=201)
async def add_resource(staff: Settles, given: ResourceIn) -> ResourceView:
    """A new professional, room or machine; without a schedule it keeps the organization's hours."""
    resource = Resource(organization_id=staff.organization.id, kind=given.kind, name=given.name)
    await _resource(staff, resource, given)
    staff.session.add(resource)
    await staff.session.flush()
    await staff.session.refresh(resource)
    audit(staff.session, staff.member, "resource.added", resource.name, staff.now, **told(given))
    await staff.session.commit()
    return view_resource(staff, resource)


@router.patch("/resources/{resource_id}")
async def change_resource(staff: Settles, resource_id: str, given: ResourceChange) -> ChangedResource:
    """Correct it, or stop using it; answers with the appointments that strands."""
    resource = await find_resource(staff, resource_id)
    await _resource(staff, resource, given)
    audit(staff.session, staff.member, "resource.changed", resource.name, staff.now, **told(given))
    found = await strands(staff, [resource.id], reschedule=given.reschedule)
    await staff.session.commit()
    return ChangedResource(resource=view_resource(staff, resource), **dict(found))


async def _resource(staff: Staff, resource: Resource, given: ResourceChange) -> None:
    changed: Sequence[str] = [name for name in given.model_fields_set if name not in ("kind", "reschedule")]
    for name in changed:
        value = getattr(given, name)
        if name == "location":
            resource.location_id = (await find_location(staff, value)).id if value else None
        elif name == "member":
            resource.member_id = await _member(staff, value) if value else None
        elif value is not None:
            setattr(resource, name, value)


async def _member(staff: Staff, public: str) -> int:
    member = await staff.session.get(Member, staff.inside("member", public))
    if member is None:
        raise Missing("member")
    return member.id
