"""The inbox: the list in its views, a conversation, its person. Everything written goes through the API."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.access import Needs, Staff
from backoffice.api.messages import list_messages
from backoffice.api.paging import Page as Rows
from backoffice.api.scheduled import list_scheduled
from backoffice.api.threads import ThreadFilters, list_the_threads, read_the_thread
from backoffice.api.views import MessageView, ThreadView
from backoffice.pages.inbox_views import BY_KEY, VIEWS, View
from backoffice.pages.paying import payment_link
from backoffice.pages.person import person_of
from backoffice.pages.render import Page
from backoffice.pages.routes import page_router
from backoffice.pages.templates_to_send import TemplateForm, templates_for
from core.agenda.model import Location
from core.leads.stages import list_stages
from core.organizations.members import list_members
from core.threads.labels import labels_of
from core.threads.model import Channel

router = page_router()

Reads = Annotated[Staff, Depends(Needs("threads.read"))]
NARROWED = ("channel", "label", "stage", "location", "search", "cursor")
"""What the page's address may ask of the list besides its view."""
MESSAGES = 60
TOGETHER = timedelta(minutes=5)
"""Messages of one speaker this near to each other are one block."""


async def _rows(staff: Staff, request: Request) -> tuple[View, Rows[ThreadView]]:
    asked = request.query_params
    view = BY_KEY.get(asked.get("view", "open"), VIEWS[0])
    chosen = {
        name: asked[name] for name in ("channel", "label", "stage", "location", "search", "cursor") if asked.get(name)
    }
    shown = {} if chosen.get("search") else view.filters  # who searches wants the person, wherever the thread lies
    return view, await list_the_threads(staff, ThreadFilters(**{**shown, **chosen}))


@router.get("/inbox")
async def inbox(staff: Reads, request: Request) -> Response:
    """The whole page; `?thread=` opens one."""
    page = Page(request, staff)
    view, rows = await _rows(staff, request)
    opened = request.query_params.get("thread")
    colleagues = await _colleagues(staff)
    given = await _conversation(page, opened, colleagues) if opened else {"thread": None}
    counts = await request.app.state.counts.of(staff)
    labels = await _labels(staff)
    shown = {"view": view, "views": VIEWS, "rows": rows, "counts": counts, "labels": labels}
    shown |= {"rules": {one.key: one.rule for one in VIEWS}, "filters": await _filters(staff, labels)}
    return page.html("inbox.html", **{**colleagues, **shown, **given})


async def _colleagues(staff: Staff) -> dict[str, Any]:
    """Whoever may be given a thread: `members` as (public id, name), and `teams`."""
    working = [one for one, _ in await list_members(staff.session, staff.organization.id) if one.active]
    return {
        "members": [(staff.public("member", one.id), one.name) for one in working],
        "teams": sorted({team for one in working for team in one.teams}),
    }


async def _labels(staff: Staff) -> dict[str, str]:
    """Name → colour, by name."""
    return {one.name: one.colour for one in await labels_of(staff.session, staff.organization.id)}


async def _filters(staff: Staff, labels: Iterable[str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(name, words, options) of what the list can be narrowed by."""
    channels = await staff.session.scalars(
        select(Channel).where(Channel.organization_id == staff.organization.id).order_by(Channel.id)
    )
    stages = await list_stages(staff.session, staff.organization.id)
    places = await staff.session.scalars(select(Location).where(Location.active).order_by(Location.name))
    return [
        ("channel", "Canal", [(staff.public("channel", one.id), one.name) for one in channels]),
        ("stage", "Etapa", [(one.key, one.name) for one in stages]),
        ("location", "Sede", [(staff.public("location", one.id), one.name) for one in places]),
        ("label", "Etiqueta", [(one, one) for one in labels]),
    ]


@router.get("/inbox/list")
async def inbox_list(staff: Reads, request: Request) -> Response:
    """The list's rows, and the next page's."""
    view, rows = await _rows(staff, request)
    return Page(request, staff).html("inbox/rows.html", view=view, rows=rows, opened=None, labels=await _labels(staff))


@router.get("/inbox/counts")
async def inbox_counts(staff: Reads, request: Request) -> Response:
    """The views with how many threads each has."""
    view = BY_KEY.get(request.query_params.get("view", "open"), VIEWS[0])
    counts = await request.app.state.counts.of(staff)
    return Page(request, staff).html("inbox/views.html", view=view, views=VIEWS, counts=counts)


@router.get("/inbox/threads/{thread_id}")
async def conversation(staff: Reads, request: Request, thread_id: str) -> Response:
    """A conversation with its composer and its person."""
    page = Page(request, staff)
    given = await _conversation(page, thread_id, await _colleagues(staff))
    return page.html("inbox/conversation.html", labels=await _labels(staff), **given)


@router.get("/inbox/threads/{thread_id}/messages")
async def messages(staff: Reads, request: Request, thread_id: str, before: str | None = None) -> Response:
    """The latest messages, or those before one."""
    page = Page(request, staff)
    found = await list_messages(staff, thread_id, before=before, limit=MESSAGES)
    return page.html("inbox/messages.html", blocks=in_blocks(page, found.items), more=found.more_before)


@router.get("/inbox/threads/{thread_id}/state")
async def thread_state(staff: Reads, request: Request, thread_id: str) -> Response:
    """What of a conversation changes besides its messages: its head, and whether one may write."""
    page = Page(request, staff)
    thread = await read_the_thread(staff, thread_id)
    colleagues = await _colleagues(staff)
    return page.html("inbox/state.html", thread=thread, **colleagues, **await _writing(page, thread))


@router.get("/inbox/threads/{thread_id}/scheduled")
async def scheduled(staff: Reads, request: Request, thread_id: str) -> Response:
    """What will be sent later."""
    page = Page(request, staff)
    return page.html("inbox/scheduled.html", scheduled=await list_scheduled(staff, thread_id))


@router.get("/inbox/threads/{thread_id}/person")
async def person(staff: Reads, request: Request, thread_id: str) -> Response:
    """The side panel."""
    page = Page(request, staff)
    thread = await read_the_thread(staff, thread_id)
    shown = await person_of(staff, thread)
    return page.html("inbox/person.html", thread=thread, person=shown, labels=await _labels(staff))


async def _conversation(page: Page, thread_id: str, colleagues: dict[str, Any]) -> dict[str, Any]:
    staff = page.staff
    thread = await read_the_thread(staff, thread_id)
    found = await list_messages(staff, thread_id, limit=MESSAGES)
    return {
        "thread": thread,
        **colleagues,
        "blocks": in_blocks(page, found.items),
        "more": found.more_before,
        "person": await person_of(staff, thread),
        "scheduled": await list_scheduled(staff, thread_id),
        "later": _later(page),
        "payment": await payment_link(staff, thread),
        **await _writing(page, thread),
    }


def _later(page: Page) -> list[tuple[str, datetime]]:
    """When one mostly wants to write later: in an hour, tomorrow and on Monday when the day begins."""
    local = page.clock.local(page.staff.now)
    morning = local.replace(hour=9, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=7 - local.weekday())
    return [
        (page.clock.say("En una hora"), local + timedelta(hours=1)),
        (page.clock.say("Mañana a las 9:00"), morning + timedelta(days=1)),
        (page.clock.say("El lunes a las 9:00"), monday),
    ]


async def _writing(page: Page, thread: ThreadView) -> dict[str, Any]:
    """Whether free text may be sent, and the templates that may be when it may not."""
    staff = page.staff
    closed = thread.window_closes_at is not None and thread.window_closes_at <= staff.now
    forms: Sequence[TemplateForm] = await templates_for(staff, thread) if closed else ()
    return {"closed": closed, "forms": forms}


@dataclass(frozen=True, slots=True)
class Block:
    """Messages of one speaker in a row; `day` stands before the first of a day."""

    speaker: str
    name: str
    messages: list[MessageView]
    day: str | None


def in_blocks(page: Page, found: Sequence[MessageView]) -> list[Block]:
    """The messages as one reads them: by day, and by who speaks."""
    blocks: list[Block] = []
    before: MessageView | None = None
    for message in found:
        day = _new_day(page, before.at if before else None, message.at)
        speaker = "note" if message.direction == "internal" and message.content.kind == "text" else message.author
        name = message.member.name if message.member else ""
        last = blocks[-1] if blocks else None
        near = before is not None and message.at - before.at < TOGETHER
        if last and near and day is None and (last.speaker, last.name) == (speaker, name) and speaker != "system":
            last.messages.append(message)
        else:
            blocks.append(Block(speaker, name, [message], day))
        before = message
    return blocks


def _new_day(page: Page, before: datetime | None, at: datetime) -> str | None:
    local = page.clock.local
    return page.clock.day(at) if before is None or local(before).date() != local(at).date() else None
