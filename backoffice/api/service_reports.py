"""Reports of what was promised to people and kept, and of how they found it."""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel

from backoffice.api.access import Needs, Staff
from backoffice.api.report_days import Since, Until, period_of
from backoffice.api.tables import table_router
from core.threads.service_levels import levels_of
from core.threads.service_reports import PROMISES, kept_promises, satisfaction

router = table_router("reports")

Reads = Annotated[Staff, Depends(Needs("reports.read"))]


class KeptRow(BaseModel):
    key: str
    name: str
    episodes: int
    """That got that far in these days, or are late for it."""
    kept: int
    rate: float | None
    """Null: nothing was promised, or nothing happened."""


class SatisfactionRow(BaseModel):
    """Of the conversations a person had when they were resolved, by the day of the answer."""

    key: str | None
    name: str
    answers: int
    mean: float | None
    good: int
    """4 or 5."""
    bad: int
    """1 or 2."""


@router.get("/reports/service/promises")
async def report_promises(staff: Reads, since: Since = None, until: Until = None) -> list[KeptRow]:
    """How often the first answer and the resolution came in time, by today's promises and the opening hours."""
    period = period_of(staff, since, until)
    levels = levels_of(staff.organization.settings)
    found = await kept_promises(staff.session, staff.organization, levels, period.since, period.until, staff.now)
    return [
        KeptRow(
            key=one.promise,
            name=PROMISES[one.promise],
            episodes=one.episodes,
            kept=one.kept,
            rate=round(one.kept / one.episodes, 4) if one.episodes else None,
        )
        for one in found
    ]


@router.get("/reports/service/satisfaction")
async def report_satisfaction(staff: Reads, since: Since = None, until: Until = None) -> list[SatisfactionRow]:
    """What people said of the conversations, by who had them, most answers first; the last row is nobody's."""
    period = period_of(staff, since, until)
    rows = await satisfaction(staff.session, staff.organization.id, period.since, period.until)
    return [
        SatisfactionRow(
            key=staff.public("member", row.member_id) if row.member_id else None,
            name=row.name or "Sin asignar",
            answers=row.answers,
            mean=round(row.mean, 2),
            good=row.good,
            bad=row.bad,
        )
        for row in rows
    ]
