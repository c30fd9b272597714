"""The live stream of a page: which threads changed, with their rows as the list shows them (server-sent events).

Nothing is kept for a page: it says the last event it saw (`Last-Event-ID`) and gets what followed. A member is told of
a thread they may not see only that it is not theirs (any more).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import Header
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from backoffice.api.access import Needs, Staff
from backoffice.api.views import ThreadView, view_thread
from backoffice.auth import Forbidden, Unauthorized
from backoffice.live import Change, Live
from backoffice.pages.render import Clockface, render
from backoffice.pages.words import language_of
from core.clock import Clock
from core.db import tenant_session
from core.organizations.model import Organization
from core.organizations.permissions import Sight, allows
from core.public_id import PublicIds
from core.threads.labels import labels_of
from core.threads.queries import read_threads

BEAT = 20.0
"""Seconds between signs of life, and between looks at whether the session still holds."""


@dataclass(frozen=True, slots=True)
class ThreadNews:
    """A thread as the list shows it now; its row is made once for each language."""

    view: ThreadView
    owner_id: int | None
    team: str | None
    zone: ZoneInfo
    at: datetime
    labels: Mapping[str, str]
    """The organization's, with their colours."""
    _rows: dict[str, str] = field(default_factory=dict)

    def row(self, language: str) -> str:
        if language not in self._rows:
            clock = Clockface(self.zone, self.at, language)
            self._rows[language] = render("inbox/row.html", clock, thread=self.view, opened=None, labels=self.labels)
        return self._rows[language]


@dataclass(frozen=True, slots=True)
class ReadsThreadNews:
    """What `Live` reads changed threads with."""

    app: AsyncEngine
    ids: PublicIds
    clock: Clock

    def public(self, kind: str, inside: int) -> str:
        return self.ids.encode(kind, inside)

    async def __call__(self, organization_id: int, thread_ids: Sequence[int]) -> list[ThreadNews]:
        async with tenant_session(self.app, organization_id) as session:
            zone = await session.scalar(select(Organization.zone).where(Organization.id == organization_id))
            assert zone is not None
            found = await read_threads(session, thread_ids)
            labels = {one.name: one.colour for one in await labels_of(session, organization_id)}
        local, now = ZoneInfo(zone), self.clock()
        return [
            ThreadNews(view_thread(self, one), one.thread.owner_id, one.thread.team, local, now, labels)
            for one in reversed(found)  # the latest is told last, and ends up on top
        ]


_known = asynccontextmanager(Needs("account.own").__call__)
"""Who asks, for as long as the block: a stream must not hold a connection of the database while it waits."""


async def stream(
    request: Request, last: Annotated[str | None, Header(alias="Last-Event-ID", max_length=60)] = None
) -> Response:
    """Until the page closes."""
    async with _known(request) as staff:
        organization_id, sight = staff.organization.id, _sight(staff)
    live: Live = request.app.state.live
    ids: PublicIds = request.app.state.runtime.ids
    following = live.follow(organization_id, last, BEAT)

    async def events() -> AsyncIterator[bytes]:
        nonlocal sight
        yield b"retry: 1000\n\n"
        async for changes in following:
            if not changes:
                try:
                    async with _known(request) as staff:
                        sight = _sight(staff)
                except (Unauthorized, Forbidden):
                    yield b"event: out\ndata: {}\n\n"
                    return
                yield b": beat\n\n"
                continue
            told = [event for change in changes for event in _events(change, sight, language_of(request), ids)]
            yield b"".join(told) + f"id: {live.mark(changes[-1].number)}\nevent: mark\ndata: {{}}\n\n".encode()

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events(), media_type="text/event-stream", headers=headers)


def _sight(staff: Staff) -> Sight | None:
    """Whose threads they are told of; None: of nobody's, who only looks at the agenda."""
    return staff.sight if allows(staff.member.role, "threads.read") else None


def _events(change: Change, sight: Sight | None, language: str, ids: PublicIds) -> list[bytes]:
    """What one reader is told of a change. Of leads and appointments only which: the page asks for what it shows of
    them, and is given what its reader may see."""
    if change.kind == "resync":
        return [_event("resync", {})]
    if change.kind == "appointment" or (change.kind == "lead" and sight is not None):
        return [_event(change.kind, {"ids": [ids.encode(change.kind, one) for one in change.news]})]
    if sight is None or change.kind == "lead":
        return []
    if change.kind == "presence":
        return [_event("presence", told) for one in change.news if (told := _of_writer(orjson.loads(one), sight))]
    return [_event(*_of_thread(one, sight, language)) for one in change.news]


def _of_writer(writing: dict[str, Any], sight: Sight) -> dict[str, Any] | None:
    """Who answers in a thread, for a reader who sees the thread."""
    seen = sight.sees(writing.pop("owner_id"), writing.pop("team"))
    return writing if seen else None


def _of_thread(news: ThreadNews, sight: Sight, language: str) -> tuple[str, dict[str, Any]]:
    view = news.view
    if not sight.sees(news.owner_id, news.team):
        return "gone", {"id": view.id}
    about = {
        "id": view.id,
        "state": view.state,
        "owner": view.owner.id if view.owner else None,
        "team": view.team,
        "unread": view.unread,
        "late": view.promise is not None and view.promise.told == "late",
    }
    return "thread", {**about, "row": news.row(language)}


def _event(kind: str, data: dict[str, Any]) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"
