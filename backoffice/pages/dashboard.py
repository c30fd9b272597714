"""The dashboard: the reports of a period, each as a chart, as a table, and as a file for spreadsheets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api import reports, service_reports
from backoffice.api.access import Needs, Staff
from backoffice.api.agenda_reports import report_no_shows
from backoffice.pages.pipeline import source_name
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router

router = page_router()

Reads = Annotated[Staff, Depends(Needs("reports.read"))]
PERIODS = ((7, "7 días"), (30, "30 días"), (90, "90 días"), (365, "Un año"))
NOON = time(12)
WEEKLY = 45
"""Longer periods are drawn by the week: a bar a day would be a hair."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The days shown, `until` left out, and whether only open hours count."""

    days: int
    since: date
    until: date
    business: bool

    @property
    def query(self) -> str:
        """For the same report as a file."""
        asked = {"since": self.since.isoformat(), "until": self.until.isoformat()}
        return urlencode({**asked, **({"business": "true"} if self.business else {}), "format": "csv"})


def _shown(staff: Staff, request: Request) -> Shown:
    days = request.query_params.get("days", "30")
    chosen = int(days) if days in {str(period) for period, _ in PERIODS} else 30
    tomorrow = staff.now.astimezone(ZoneInfo(staff.organization.zone)).date() + timedelta(days=1)
    return Shown(chosen, tomorrow - timedelta(days=chosen), tomorrow, request.query_params.get("hours") == "business")


@dataclass(frozen=True, slots=True)
class Bar:
    """New leads of a day, or of the week that begins with it."""

    first: date
    leads: int


def in_bars(rows: Sequence[reports.NewLeadsRow], shown: Shown) -> list[Bar]:
    """Every day of the period, or every week of a long one, those without leads as well."""
    step = 7 if shown.days > WEEKLY else 1
    count = -(-shown.days // step)
    first = shown.until - timedelta(days=count * step)
    found = [0] * count
    for row in rows:
        found[(row.day - first).days // step] += row.leads
    return [Bar(first + timedelta(days=number * step), leads) for number, leads in enumerate(found)]


@router.get("/dashboard")
async def dashboard(staff: Reads, request: Request) -> Response:
    """Everything at once; each report costs a fixed number of queries."""
    page, shown = Page(request, staff), _shown(staff, request)
    since, until = shown.since, shown.until
    new = await reports.report_new_leads(staff, since=since, until=until)
    return page.html(
        "dashboard.html",
        shown=shown,
        periods=PERIODS,
        bars=in_bars(new, shown),
        weekly=shown.days > WEEKLY,
        total=sum(row.leads for row in new),
        times=await reports.report_response_times(staff, since=since, until=until, business=shown.business),
        ages=await reports.report_open_threads(staff),
        conversions=[
            ("source", "Por origen", await reports.report_conversion(staff, "source", since, until)),
            ("closer", "Por responsable", await reports.report_conversion(staff, "closer", since, until)),
        ],
        absent=await report_no_shows(staff, since=since, until=until),
        stages=await reports.report_stage_times(staff, since=since, until=until),
        promises=await service_reports.report_promises(staff, since=since, until=until),
        opinions=await service_reports.report_satisfaction(staff, since=since, until=until),
        agents=await reports.report_agents_load(staff, since=since, until=until),
        source_name=lambda key: source_name(page.clock, key),
        duration=duration,
        day=lambda one: page.clock.day(datetime.combine(one, NOON, page.clock.zone)),
        percent=lambda rate: percent(rate, page.language),
    )


def duration(minutes: float | None) -> str:
    """«45 s», «12 min», «3 h 20 min», «2 d 4 h»; «–» for none."""
    if minutes is None:
        return "–"
    if minutes < 1:
        return f"{round(minutes * 60)} s"
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    hours, rest = divmod(whole, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest and hours < 10 else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours and days < 10 else f"{days} d"


def percent(rate: float | None, language: str) -> str:
    """«12,5 %», in English «12.5%»; «–» for none."""
    if rate is None:
        return "–"
    number = f"{rate * 100:.1f}".removesuffix(".0")
    return f"{number}%" if language == "en" else f"{number.replace('.', ',')}\N{NO-BREAK SPACE}%"
