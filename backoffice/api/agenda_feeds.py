"""A professional's calendar at a secret address; the address is said once, and rotating it ends the one before."""

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Staff
from backoffice.api.agenda_schedules import Writes
from backoffice.api.agenda_views import find_resource, only_own
from backoffice.api.document import staff_router
from backoffice.runtime import Runtime
from core.agenda.feeds import feed, new_address, resource_at
from core.agenda.model import Resource
from core.db import tenant_session
from core.organizations.audit import audit

router = staff_router("agenda")


class AddressView(BaseModel):
    address: str
    """Shown this once: who has it reads the calendar."""


async def _own(staff: Staff, public: str) -> Resource:
    resource = await find_resource(staff, public, "professional")
    await only_own(staff, resource.id)
    return resource


@router.post("/resources/{resource_id}/calendar-address", status_code=201)
async def make_calendar_address(staff: Writes, resource_id: str) -> AddressView:
    """A new secret address of a professional's calendar (ICS); the one before ends."""
    resource = await _own(staff, resource_id)
    token = new_address(resource)
    audit(staff.session, staff.member, "calendar_address.made", resource.name, staff.now)
    await staff.session.commit()
    return AddressView(address=f"{staff.runtime.settings.public_url.rstrip('/')}/calendars/{token}.ics")


@router.delete("/resources/{resource_id}/calendar-address", status_code=204)
async def end_calendar_address(staff: Writes, resource_id: str) -> None:
    """The calendar is nowhere any more."""
    resource = await _own(staff, resource_id)
    resource.calendar_token = None
    audit(staff.session, staff.member, "calendar_address.ended", resource.name, staff.now)
    await staff.session.commit()


async def calendar_feed(request: Request) -> Response:
    """The calendar of whoever's secret this is. 404 alike for a wrong one and one that ended; nothing is logged."""
    runtime: Runtime = request.app.state.runtime
    async with AsyncSession(runtime.loops) as session:
        found = await resource_at(session, request.path_params["token"])
    if found is None:
        return Response(status_code=404)
    resource_id, organization_id = found
    async with tenant_session(runtime.app, organization_id) as session:
        body = await feed(session, organization_id, resource_id, runtime.clock())
    headers = {"Cache-Control": "private, max-age=300", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
    return Response(body, media_type="text/calendar", headers=headers)
