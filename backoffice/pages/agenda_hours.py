"""When columns of the agenda are not open: outside their hours, on holidays, closed or away."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from backoffice.api.access import Staff
from backoffice.api.agenda_places import LocationView, ResourceView
from core.agenda.calendars import closed_of, open_of, with_hours
from core.agenda.model import Location, Resource, Service
from core.agenda.spans import Span, Spans, merged, without


async def shut_spans(
    staff: Staff,
    since: datetime,
    until: datetime,
    columns: Sequence[ResourceView],
    places: Sequence[LocationView],
    place: str | None,
) -> dict[str, Spans]:
    """By column, in seconds within [since, until); six queries for each place that is looked at."""
    bounds = (int(since.timestamp()), int(until.timestamp()))
    inside = {staff.inside("resource", one.id): one.id for one in columns}
    rows = list(await staff.session.scalars(select(Resource).where(Resource.id.in_(inside))))
    opened: dict[str, list[Span]] = defaultdict(list)
    for one in places:
        if one.id != place if place else not one.active:
            continue
        location = await staff.session.get_one(Location, staff.inside("location", one.id))
        here = {row.id: row for row in rows if row.location_id in (None, location.id)}
        nothing = Service(organization_id=staff.organization.id)
        hours = await with_hours(staff.session, staff.organization, nothing, location, (), {}, here)
        closed = await closed_of(staff.session, hours, list(here), *bounds)
        for resource in here:
            opened[inside[resource]] += without(open_of(hours, resource, *bounds), closed[resource])
    return {one.id: without([bounds], merged(opened[one.id])) for one in columns}
