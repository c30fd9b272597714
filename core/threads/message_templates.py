"""The message templates of WhatsApp accounts: what Meta says of each, and whether one may be sent.

A row is one template in one language of one account (WABA). Its list is known whole once it was read from Meta
(`Channel.templates_read_at`); before that only what Meta told by itself is known, and a template without a row may be
approved as well.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    String,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.errors import Refused
from core.threads.content import Template
from core.threads.inbound import TemplateChanged
from core.threads.model import Channel

Status = Literal["not_submitted", "pending", "approved", "rejected", "paused", "disabled"]
STATUSES: tuple[Status, ...] = ("not_submitted", "pending", "approved", "rejected", "paused", "disabled")
NOT_YET = "Esta plantilla no está aprobada en ese idioma: envíala a aprobar en Ajustes → Plantillas."
REFUSALS = {
    "not_submitted": NOT_YET,
    "pending": "Meta todavía está revisando esta plantilla: espera a que la apruebe o elige otra.",
    "rejected": "Meta rechazó esta plantilla: mira el motivo en Ajustes → Plantillas, o elige otra.",
    "paused": "Meta pausó esta plantilla porque muchas personas la rechazaron: elige otra.",
    "disabled": "Meta deshabilitó esta plantilla: elige otra.",
}


class MessageTemplate(Base):
    """`reason` is Meta's code for a refusal and `words` what it says of it; `own`: written by the staff."""

    __tablename__ = "message_template"
    __table_args__ = (
        UniqueConstraint("organization_id", "waba", "name", "language"),
        CheckConstraint(f"status IN ({', '.join(repr(one) for one in STATUSES)})", name="status"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    waba: Mapped[str] = mapped_column(String)
    name: Mapped[str] = mapped_column(String)
    language: Mapped[str] = mapped_column(String)
    """Meta's code: es, es_AR, pt_BR."""
    category: Mapped[str] = mapped_column(String, server_default="UTILITY")
    status: Mapped[str] = mapped_column(String, server_default="not_submitted")
    reason: Mapped[str | None] = mapped_column(String)
    words: Mapped[str | None] = mapped_column(String)
    quality: Mapped[str | None] = mapped_column(String)
    components: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """As Meta takes and lists them."""
    provider_id: Mapped[str | None] = mapped_column(String)
    own: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    checked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """As of when the status is Meta's."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


async def record_news(session: AsyncSession, organization_id: int, item: TemplateChanged) -> None:
    """What Meta tells of a template, unless something later is known of it; a new row for one not known yet."""
    key = (item.name, item.language)
    row = (await locked_rows(session, organization_id, item.waba, [key]))[key]
    # Meta's instants are whole seconds: what came in the same second as our own reading came after it.
    if row.checked_at is not None and item.at < row.checked_at - timedelta(seconds=1):
        return
    if item.status is not None:
        row.status, row.reason, row.words = item.status, item.reason, item.words
    for name in ("category", "quality", "components", "provider_id"):
        if (told := getattr(item, name)) is not None:
            setattr(row, name, told)
    row.checked_at = item.at


async def locked_rows(
    session: AsyncSession, organization_id: int, waba: str, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], MessageTemplate]:
    """The rows of the account by (name, language), locked, those of `keys` made where they are not there yet.

    Meta's webhooks come while its answer to us is on the way: whoever makes a row first, there is one.
    """
    named = {"organization_id": organization_id, "waba": waba}
    if keys:
        made = [{**named, "name": name, "language": language} for name, language in sorted(keys)]
        await session.execute(insert(MessageTemplate).on_conflict_do_nothing(), made)
    statement = select(MessageTemplate).filter_by(**named).order_by(MessageTemplate.id).with_for_update()
    rows = await session.scalars(statement.execution_options(populate_existing=True))
    return {(row.name, row.language): row for row in rows}


async def templates_of_account(session: AsyncSession, organization_id: int, waba: str) -> list[MessageTemplate]:
    """Every row of the account, by name and language."""
    rows = await session.scalars(
        select(MessageTemplate)
        .where(MessageTemplate.organization_id == organization_id, MessageTemplate.waba == waba)
        .order_by(MessageTemplate.name, MessageTemplate.language)
    )
    return list(rows)


async def was_read(session: AsyncSession, organization_id: int, waba: str) -> bool:
    """Whether the account's list was ever read from Meta, so that what is not in it is not approved."""
    found = await session.scalar(
        select(Channel.id)
        .where(
            Channel.organization_id == organization_id,
            Channel.settings["waba_id"].astext == waba,
            Channel.templates_read_at.is_not(None),
        )
        .limit(1)
    )
    return found is not None


async def check_sendable(session: AsyncSession, channel: Channel, template: Template) -> None:
    """Raises Refused, saying why, for a template that Meta would not send."""
    waba = str(channel.settings.get("waba_id") or "")
    status = await session.scalar(
        select(MessageTemplate.status).where(
            MessageTemplate.organization_id == channel.organization_id,
            MessageTemplate.waba == waba,
            MessageTemplate.name == template.name,
            MessageTemplate.language == template.language,
        )
    )
    if status is None and await was_read(session, channel.organization_id, waba):
        status = "not_submitted"
    if status is not None and status != "approved":
        raise Refused("template_not_approved", REFUSALS[status], status=status)
