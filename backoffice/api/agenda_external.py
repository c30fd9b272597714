"""Other calendars of a professional, whose events are busy time here: adding an address, looking, taking it off."""

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import delete, select

from backoffice.api.agenda_schedules import Writes
from backoffice.api.agenda_stranded import Reads
from backoffice.api.agenda_views import find_resource, only_own
from backoffice.api.document import staff_router
from backoffice.api.words import Given, Line, Paragraph
from backoffice.public_web import check_address
from core.agenda.model import CalendarFeed, Closure
from core.errors import Missing, Refused
from core.organizations.audit import audit

router = staff_router("agenda")


class ExternalView(BaseModel):
    """The address is a secret of whoever's calendar it is: it is not shown again."""

    id: str
    name: str
    read_at: datetime | None
    """Null: not read yet; it will be in a minute."""
    problem: str | None


class ExternalIn(Given):
    name: Line
    address: Paragraph


@router.get("/resources/{resource_id}/external-calendars")
async def list_external_calendars(staff: Reads, resource_id: str) -> list[ExternalView]:
    """The other calendars that are read, and what is wrong with them."""
    resource = await find_resource(staff, resource_id, "professional")
    rows = await staff.session.scalars(
        select(CalendarFeed).where(CalendarFeed.resource_id == resource.id).order_by(CalendarFeed.id)
    )
    return [
        ExternalView(id=staff.public("calendar_feed", one.id), name=one.name, read_at=one.read_at, problem=one.problem)
        for one in rows
    ]


@router.post("/resources/{resource_id}/external-calendars", status_code=201)
async def add_external_calendar(staff: Writes, resource_id: str, given: ExternalIn) -> ExternalView:
    """Read a calendar (ICS) at a public https address every twenty minutes; its events are busy time."""
    resource = await find_resource(staff, resource_id, "professional")
    await only_own(staff, resource.id)
    check_address(given.address)
    known = select(CalendarFeed.id).where(CalendarFeed.resource_id == resource.id, CalendarFeed.name == given.name)
    if await staff.session.scalar(known):
        raise Refused("name_taken", f"name: ya hay un calendario «{given.name}»: usa otro nombre.")
    feed = CalendarFeed(
        organization_id=staff.organization.id,
        resource_id=resource.id,
        name=given.name,
        address=staff.runtime.vault.seal({"address": given.address}),
        due_at=staff.now,
    )
    staff.session.add(feed)
    await staff.session.flush()
    audit(staff.session, staff.member, "external_calendar.added", resource.name, staff.now, name=given.name)
    await staff.session.commit()
    return ExternalView(id=staff.public("calendar_feed", feed.id), name=feed.name, read_at=None, problem=None)


@router.delete("/external-calendars/{calendar_id}", status_code=204)
async def remove_external_calendar(staff: Writes, calendar_id: str) -> None:
    """Read it no more; its busy time goes with it."""
    feed = await staff.session.get(CalendarFeed, staff.inside("calendar_feed", calendar_id))
    if feed is None:
        raise Missing("calendar_feed")
    await only_own(staff, feed.resource_id)
    await staff.session.execute(delete(Closure).where(Closure.feed_id == feed.id))
    await staff.session.delete(feed)
    audit(staff.session, staff.member, "external_calendar.removed", feed.name, staff.now)
    await staff.session.commit()
