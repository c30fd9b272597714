"""Who changed what of the organization, its people and their rights."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from pydantic import BaseModel

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.paging import Cursor, Limit, Page, cursor_instant, cursor_of, read_cursor
from backoffice.api.words import Day, Line
from core.agenda.wall import instant_at
from core.organizations.audit import AuditFilters, ShownEntry, list_audit

router = staff_router("organization")

Reads = Annotated[Staff, Depends(Needs("audit.read"))]


class AuditView(BaseModel):
    action: str
    subject: str
    member: str | None
    details: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class AuditAsked:
    """What of the record is wanted; days are the organization's."""

    member: Annotated[Line | None, Query(description="Only what this member did.")] = None
    action: Annotated[Line | None, Query(description="Only this, as `member.changed`.")] = None
    since: Annotated[Day | None, Query(description="The first day.")] = None
    until: Annotated[Day | None, Query(description="The last day.")] = None


Asked = Annotated[AuditAsked, Depends()]


def filters_of(staff: Staff, asked: AuditAsked) -> AuditFilters:
    """Raises Missing for somebody who is no member."""
    zone = ZoneInfo(staff.organization.zone)
    return AuditFilters(
        member_id=staff.inside("member", asked.member) if asked.member else None,
        action=asked.action,
        since=datetime.fromtimestamp(instant_at(asked.since, 0, zone), UTC) if asked.since else None,
        until=datetime.fromtimestamp(instant_at(asked.until + timedelta(days=1), 0, zone), UTC)
        if asked.until
        else None,
    )


def view_entry(row: ShownEntry) -> AuditView:
    entry = row.entry
    return AuditView(
        action=entry.action, subject=entry.subject, member=row.member_name, details=entry.details, at=entry.at
    )


@router.get("/audit", name="list_audit")
async def list_the_audit(
    staff: Reads, asked: Asked = AuditAsked(), cursor: Cursor = None, limit: Limit = 50
) -> Page[AuditView]:
    """Who changed what, the newest first."""
    after = cursor_instant(read_cursor(staff.runtime.ids, "audit_entry", cursor))
    filters = filters_of(staff, asked)
    rows = await list_audit(staff.session, staff.organization.id, after, limit + 1, filters)
    last = rows[limit - 1].entry if len(rows) > limit else None
    return Page(
        items=[view_entry(row) for row in rows[:limit]],
        next=cursor_of(staff.runtime.ids, "audit_entry", last.at, last.id) if last else None,
    )
