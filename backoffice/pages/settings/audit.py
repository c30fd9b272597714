"""Settings: who changed what, in words; narrowed to a person, an action or some days; and as a file."""

from dataclasses import asdict
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.audit import AuditAsked, AuditView, filters_of, list_the_audit, view_entry
from backoffice.api.members import list_the_members
from backoffice.api.paging import Cursor
from backoffice.api.tables import CSV, as_csv
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router
from backoffice.pages.settings.audit_words import ACTION_NAMES, Reader
from core.agenda.model import Location
from core.organizations.audit import list_audit

router = page_router()

Reads = Annotated[Staff, Depends(Needs("audit.read"))]
MOST = 10_000
"""Rows of a file."""


def asked_by(request: Request) -> AuditAsked:
    """What the form was sent with; what is left empty, or is no day, says nothing."""
    given = request.query_params
    return AuditAsked(
        given.get("member") or None, given.get("action") or None, _day(given.get("since")), _day(given.get("until"))
    )


def _day(written: str | None) -> date | None:
    try:
        found = date.fromisoformat(written or "")
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


async def _reader(page: Page) -> Reader:
    rows = await page.staff.session.execute(select(Location.id, Location.name))
    return Reader(page.clock.say, dict(list(rows)))


@router.get("/settings/audit")
async def audit(staff: Reads, request: Request, cursor: Cursor = None) -> Response:
    """The newest first, a page at a time."""
    page, asked = Page(request, staff), asked_by(request)
    rows = await list_the_audit(staff, asked, cursor=cursor)
    query = {name: value for name, value in asdict(asked).items() if value is not None}
    return page.html(
        "settings/audit.html",
        rows=rows.items,
        asked=asked,
        query=urlencode(query),
        next=urlencode({**query, "cursor": rows.next}) if rows.next else None,
        later=cursor is not None,
        reader=await _reader(page),
        actions=sorted((page.clock.say(words), action) for action, words in ACTION_NAMES.items()),
        members=await list_the_members(staff),
    )


@router.get("/settings/audit.csv")
async def audit_file(staff: Reads, request: Request) -> Response:
    """The same as a table for spreadsheets, in the reader's words."""
    page, asked = Page(request, staff), asked_by(request)
    found = await list_audit(staff.session, staff.organization.id, None, MOST, filters_of(staff, asked))
    reader, say = await _reader(page), page.clock.say
    rows = [_row(page, reader, view_entry(one)) for one in found]
    headings = [say(words) for words in ("Cuándo", "Quién", "Qué hizo", "A qué", "Qué cambió")]
    told = [dict(zip(headings, row, strict=True)) for row in rows] or [dict.fromkeys(headings, "")]
    headers = {"Content-Disposition": 'attachment; filename="hilo-audit.csv"', "Cache-Control": "no-store"}
    return Response(as_csv(told), media_type=CSV, headers=headers)


def _row(page: Page, reader: Reader, entry: AuditView) -> tuple[str, ...]:
    changes = [
        f"{one.what}: {one.after}" if one.before is None else f"{one.what}: {one.before} → {one.after}"
        for one in reader.changes(entry.action, entry.details)
    ]
    at = f"{page.clock.local(entry.at):%Y-%m-%d %H:%M}"
    done = reader.action(entry.action)
    return at, entry.member or "", done, reader.subject(entry.action, entry.subject), "; ".join(changes)
