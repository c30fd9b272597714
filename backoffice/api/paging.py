"""Pages by key, not by number: a cursor is opaque, and says after which row the next page begins."""

import base64
from datetime import datetime
from typing import Annotated, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel, Field

from core.errors import Missing, Refused
from core.public_id import PublicIds

T = TypeVar("T")

Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100, description="Rows a page.")]


class Page(BaseModel, Generic[T]):
    """`next` is null on the last page."""

    items: list[T]
    next: str | None = Field(default=None, description="Give it as `cursor` to get the page that follows.")


def cursor_of(ids: PublicIds, kind: str, at: datetime | None, inside: int) -> str:
    told = [at.isoformat() if at else None, ids.encode(kind, inside)]
    return base64.urlsafe_b64encode(orjson.dumps(told)).decode().rstrip("=")


def read_cursor(ids: PublicIds, kind: str, cursor: str | None) -> tuple[datetime | None, int] | None:
    """(instant, id) of a cursor this same list gave out; raises Refused for anything else."""
    if cursor is None:
        return None
    try:
        told = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        at, public = told
        instant = datetime.fromisoformat(at) if at is not None else None
        if instant is not None and instant.tzinfo is None:
            raise ValueError("an instant without zone")
        return instant, ids.decode(kind, public)
    except (ValueError, TypeError, AttributeError, Missing):
        raise Refused("cursor", "El cursor no es de esta lista: empieza por la primera página.") from None


def cursor_instant(after: tuple[datetime | None, int] | None) -> tuple[datetime, int] | None:
    """The same for lists ordered by time, whose cursor always has an instant."""
    if after is None:
        return None
    if after[0] is None:
        raise Refused("cursor", "El cursor no es de esta lista: empieza por la primera página.")
    return after[0], after[1]
