"""The pipeline: leads as a board, as a list, and why they are lost. Everything written goes through the API."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.leads import LeadListQuery, LeadView, list_the_leads, read_the_lead
from backoffice.api.paging import Page as Rows
from backoffice.api.pipeline import BoardQuery, LostQuery, list_lost_reasons, read_leads_board
from backoffice.api.stages import list_lead_stages
from backoffice.pages.money import money, typed
from backoffice.pages.render import Clockface, Page
from backoffice.pages.routes import page_router
from core.currencies import decimals
from core.errors import Missing
from core.leads.board import sources_of
from core.leads.queries import SORTS
from core.organizations.members import list_members
from core.organizations.permissions import allows

router = page_router()

Reads = Annotated[Staff, Depends(Needs("leads.read"))]
CARDS = 50
CLOSED_DAYS = 30
"""How long what is won or lost stays on the board."""
LOST_DAYS = 90
VIEWS = (("board", "Etapas"), ("list", "Lista"), ("lost", "Motivos de pérdida"))
SOURCES = {"organic": "Orgánico", "ctwa": "Anuncio de WhatsApp", "deep_link": "Enlace de Telegram"}
LOST_REASONS = (
    "Precio",
    "No respondió",
    "Eligió otra clínica",
    "Horario o distancia",
    "No es candidato",
    "Sólo averiguaba",
)
"""Offered first; any other may be written."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader chose to see, as the address says it."""

    view: str
    who: str
    """«mine», «none», a member's id, or nothing: everybody's."""
    source: str
    search: str
    overdue: bool
    state: str
    sort: str
    ascending: bool

    @property
    def asked(self) -> dict[str, Any]:
        """The same for the API's filters."""
        asked: dict[str, Any] = {"overdue": self.overdue}
        if self.who in ("mine", "none"):
            asked["mine" if self.who == "mine" else "unowned"] = True
        elif self.who:
            asked["owner"] = self.who
        return asked | {key: value for key in ("source", "search") if (value := getattr(self, key))}


def _choice(request: Request) -> Choice:
    asked = request.query_params
    view, sort = asked.get("view", "board"), asked.get("sort", "moved")
    return Choice(
        view=view if view in dict(VIEWS) else "board",
        who=asked.get("who", ""),
        source=asked.get("source", ""),
        search=asked.get("search", "").strip()[:200],
        overdue=asked.get("overdue") == "1",
        state=asked.get("state", "open"),
        sort=sort if sort in SORTS else "moved",
        ascending=asked.get("order") == "asc",
    )


Query = TypeVar("Query", bound=BaseModel)


def _asking(model: type[Query], **asked: Any) -> Query:
    """A query of the API made of what an address says, which anybody may have written."""
    try:
        return model(**asked)
    except ValidationError:
        raise Missing("page") from None


def _html(page: Page, template: str, **values: Any) -> Response:
    """With what every part of the pipeline says: amounts, what is late, where leads come from."""
    own = page.staff.organization.currency
    return page.html(
        template,
        money=lambda minor, currency=own: money(minor, currency or own, page.language),
        due=lambda at: due(page.clock, at),
        source_name=lambda key: source_name(page.clock, key),
        now=page.staff.now,
        **values,
    )


def source_name(clock: Clockface, key: str) -> str:
    """What brought a lead, in words where there are."""
    return clock.say(SOURCES.get(key, key))


def due(clock: Clockface, at: datetime) -> str:
    """«hoy 15:00», «mañana 9:00», «12 mar»."""
    ahead = (clock.local(at).date() - clock.local(clock.now).date()).days
    if ahead in (0, 1):
        return f"{clock.say('hoy') if ahead == 0 else clock.say('mañana')} {clock.hour(at)}"
    return clock.day(at)


async def _content(staff: Staff, request: Request, choice: Choice) -> dict[str, Any]:
    """What the chosen view shows."""
    if choice.view == "list":
        return {"rows": await _rows(staff, choice, request.query_params.get("cursor"))}
    if choice.view == "lost":
        return {
            "reasons": await list_lost_reasons(staff, _asking(LostQuery, **choice.asked, days=LOST_DAYS)),
            "days": LOST_DAYS,
        }
    return {"columns": await read_leads_board(staff, _board(choice, CARDS))}


def _board(choice: Choice, cards: int) -> BoardQuery:
    return _asking(BoardQuery, **choice.asked, closed_days=CLOSED_DAYS, cards=cards)


async def _rows(staff: Staff, choice: Choice, cursor: str | None, **more: Any) -> Rows[LeadView]:
    state = {"open": True, "closed": False}.get(choice.state)
    order = {"sort": choice.sort, "ascending": choice.ascending, "cursor": cursor}
    return await list_the_leads(staff, _asking(LeadListQuery, **choice.asked, **order, open=state, limit=CARDS, **more))


@router.get("/pipeline")
async def pipeline(staff: Reads, request: Request) -> Response:
    """The whole page."""
    page, choice = Page(request, staff), _choice(request)
    members = await list_members(staff.session, staff.organization.id)
    return _html(
        page,
        "pipeline.html",
        choice=choice,
        views=VIEWS,
        owners=[
            (staff.public("member", one.id), one.name)
            for one, _ in members
            if one.active and allows(one.role, "leads.write")
        ],
        sources=await sources_of(staff.session, staff.organization.id),
        reasons_offered=LOST_REASONS,
        digits=decimals(staff.organization.currency),
        **await _content(staff, request, choice),
    )


@router.get("/pipeline/content")
async def pipeline_content(staff: Reads, request: Request) -> Response:
    """The view alone, after a filter changed."""
    choice = _choice(request)
    return _html(
        Page(request, staff), f"pipeline/{choice.view}.html", choice=choice, **await _content(staff, request, choice)
    )


@router.get("/pipeline/heads")
async def pipeline_heads(staff: Reads, request: Request) -> Response:
    """How many and how much each column has."""
    columns = await read_leads_board(staff, _board(_choice(request), 0))
    return _html(Page(request, staff), "pipeline/heads.html", columns=columns)


@router.get("/pipeline/more")
async def pipeline_more(staff: Reads, request: Request) -> Response:
    """The next cards of a column, or rows of the list."""
    choice, asked = _choice(request), request.query_params
    page = Page(request, staff)
    if choice.view == "list":
        return _html(page, "pipeline/rows.html", choice=choice, rows=await _rows(staff, choice, asked.get("cursor")))
    wanted = {"stage": asked.get("stage") or None, "cursor": asked.get("cursor"), "closed_days": CLOSED_DAYS}
    found = await list_the_leads(staff, _asking(LeadListQuery, **choice.asked, **wanted, limit=CARDS))
    return _html(page, "pipeline/cards.html", cards=found.items, next=found.next, stage=wanted["stage"])


@router.get("/pipeline/changed")
async def pipeline_changed(staff: Reads, request: Request) -> Response:
    """These leads as they are now, of those the view shows; what is not here is not shown (any more)."""
    choice, page = _choice(request), Page(request, staff)
    ids = request.query_params.getlist("ids")[:100]
    if choice.view == "list":
        rows = await _rows(staff, choice, None, ids=ids)
        rows.next = None
        return _html(page, "pipeline/rows.html", choice=choice, rows=rows)
    found = await list_the_leads(
        staff, _asking(LeadListQuery, **choice.asked, ids=ids, closed_days=CLOSED_DAYS, limit=100)
    )
    return _html(page, "pipeline/cards.html", cards=found.items, next=None, stage=None)


@router.get("/pipeline/leads/{lead_id}")
async def pipeline_lead(staff: Reads, request: Request, lead_id: str) -> Response:
    """One lead: what may be changed, and what became of it."""
    page = Page(request, staff)
    lead = await read_the_lead(staff, lead_id)
    team = await list_members(staff.session, staff.organization.id)
    members = {staff.public("member", one.id): one for one, _ in team}
    return _html(
        page,
        "pipeline/lead.html",
        lead=lead,
        names={key: one.name for key, one in members.items()},
        owners=[(key, one.name) for key, one in members.items() if one.active and allows(one.role, "leads.write")],
        stages={stage.key: stage.name for stage in await list_lead_stages(staff)},
        digits=decimals(lead.currency or staff.organization.currency),
        zone=staff.organization.zone,
        typed=typed,
    )
