"""How a channel is shown: what it is called, how it is, where people begin to chat with it; never its keys."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel
from sqlalchemy import func, select

from backoffice.api.access import Staff
from core.errors import Missing
from core.threads.model import Channel, ThreadChannel


class ChannelView(BaseModel):
    """A connected number or bot. Its tokens are never shown."""

    id: str
    kind: str
    name: str
    account: str
    settings: dict[str, Any]
    known_as: str
    """What people see: @bot, or the phone number."""
    active: bool
    """False: paused by the staff, so that nothing comes in and nothing leaves."""
    problem: str | None
    """Why nothing can be sent by it now; null: it works."""
    last_in_at: datetime | None
    """When a person last wrote by it."""
    sent_at: datetime | None
    heard_at: datetime | None
    """When the provider last told us anything since it was connected, to within seconds."""
    verified_at: datetime | None
    link: str | None
    """Where people begin to chat with it."""


LAST_IN = (
    select(func.max(ThreadChannel.last_inbound_at)).where(ThreadChannel.channel_id == Channel.id).scalar_subquery()
)


def known_as(row: Channel) -> str:
    name = row.settings.get("username" if row.kind == "telegram" else "display_phone_number")
    return (f"@{name}" if row.kind == "telegram" else str(name)) if name else row.account


def link_of(row: Channel, payload: str = "", text: str = "") -> str | None:
    """Where people begin to chat: `payload` is the deep link's at Telegram, `text` what is written already."""
    if row.kind == "telegram":
        username = row.settings.get("username")
        return f"https://t.me/{username}{f'?start={payload}' if payload else ''}" if username else None
    number = "".join(digit for digit in str(row.settings.get("display_phone_number") or "") if digit.isdecimal())
    return f"https://wa.me/{number}{f'?text={quote(text)}' if text else ''}" if number else None


def view_channel(staff: Staff, row: Channel, last_in_at: datetime | None) -> ChannelView:
    names = ("kind", "name", "account", "settings", "active", "problem", "sent_at", "heard_at", "verified_at")
    return ChannelView(
        id=staff.public("channel", row.id),
        known_as=known_as(row),
        last_in_at=last_in_at,
        link=link_of(row),
        **{name: getattr(row, name) for name in names},
    )


async def find_channel(staff: Staff, public: str, *, lock: bool = False) -> Channel:
    """One that is not removed; raises Missing."""
    statement = select(Channel).where(Channel.id == staff.inside("channel", public), Channel.removed_at.is_(None))
    found = await staff.session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise Missing("channel")
    return found


async def view_found(staff: Staff, row: Channel) -> ChannelView:
    last = await staff.session.scalar(
        select(func.max(ThreadChannel.last_inbound_at)).where(ThreadChannel.channel_id == row.id)
    )
    return view_channel(staff, row, last)
