"""Files of a thread: which are still with the provider, and keeping what was fetched."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.threads.content import Media, from_json, to_json
from core.threads.model import AWAITED_FILE, Attachment, Channel, Message

PROVIDER_KEEPS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A message whose file has not been fetched yet."""

    message_id: int
    organization_id: int
    channel_id: int
    media: Media


async def awaited_files(
    session: AsyncSession, now: datetime, limit: int, but_not: Collection[int] = ()
) -> list[Awaited]:
    """Messages whose file is still with the provider, oldest first; older than a week it is gone there.

    Leaves out the messages of `but_not`, and channels that can fetch nothing now: they must hold nobody else up.
    """
    rows = await session.execute(
        _AWAITED.join(Channel, Channel.id == Message.channel_id)
        .where(Message.at > now - PROVIDER_KEEPS, Message.id.not_in(but_not), Channel.problem.is_(None))
        .order_by(Message.id)
        .limit(limit)
    )
    return [_awaited(*row) for row in rows]


async def awaited_file(session: AsyncSession, message_id: int) -> Awaited | None:
    """The message if its file is still to be fetched."""
    row = (await session.execute(_AWAITED.where(Message.id == message_id))).one_or_none()
    return _awaited(*row) if row else None


_AWAITED = select(Message.id, Message.organization_id, Message.channel_id, Message.content).where(text(AWAITED_FILE))


def _awaited(message_id: int, organization_id: int, channel_id: int, content: dict[str, Any]) -> Awaited:
    media = from_json(content)
    assert isinstance(media, Media)
    return Awaited(message_id, organization_id, channel_id, media)


async def keep_file(
    session: AsyncSession, awaited: Awaited, data: bytes, mime: str, filename: str | None
) -> Attachment:
    """Store the bytes and name them in the message."""
    attachment = await store(session, awaited.organization_id, data, mime, filename)
    await _change(session, awaited, attachment=attachment.id, size=len(data), mime=mime)
    return attachment


async def store(
    session: AsyncSession, organization_id: int, data: bytes, mime: str, filename: str | None
) -> Attachment:
    attachment = Attachment(
        organization_id=organization_id,
        sha256=hashlib.sha256(data).digest(),
        mime=mime,
        filename=filename,
        size=len(data),
        body=data,
    )
    session.add(attachment)
    await session.flush()
    return attachment


async def give_up_file(session: AsyncSession, awaited: Awaited, problem: str) -> None:
    """The message stays, with the reason why its file cannot be had."""
    await _change(session, awaited, problem=problem)


async def _change(session: AsyncSession, awaited: Awaited, **changes: Any) -> None:
    message = await session.get(Message, awaited.message_id, with_for_update=True)
    if message is None:
        return
    media = from_json(message.content)
    assert isinstance(media, Media)
    message.content = to_json(replace(media, **changes))
    await session.flush()
