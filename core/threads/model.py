"""Tables of threads: channels, threads, messages and what became of them.

The tables a turn writes carry `organization_id` without a foreign key: two foreign keys cost an eighth of the
throughput, and the row they hang from (thread, message) already names the organization.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

AWAITED_FILE = (
    "content ->> 'kind' = 'media' AND content ? 'provider_ref' "
    "AND NOT content ? 'attachment' AND NOT content ? 'problem' AND direction = 'in'"
)
"""Messages whose file is still with the provider."""


class Channel(Base):
    """One number or bot. `account` is the provider's key; while connected it belongs to one organization."""

    __tablename__ = "channel"
    __table_args__ = (
        Index("uq_channel_connected", "kind", "account", unique=True, postgresql_where=text("removed_at IS NULL")),
        CheckConstraint("kind IN ('whatsapp', 'telegram')", name="kind"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[str] = mapped_column(String)
    account: Mapped[str] = mapped_column(String)
    name: Mapped[str] = mapped_column(String)
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    secrets: Mapped[bytes] = mapped_column(LargeBinary)
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    problem: Mapped[str | None] = mapped_column(String)
    """Why nothing can be sent by this account (token revoked …); None when it works."""
    heard_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the provider last told us anything about it since it was connected, to within some seconds."""
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When a message last left by it, to within some seconds."""
    verified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """WhatsApp: when Meta asked for our verify token and got its challenge back."""
    templates_read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """WhatsApp: when the list of its account's message templates was last read from Meta."""
    removed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Removed by the staff: its secrets are gone, its threads stay; connecting the account again brings it back."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Thread(Base):
    """The one conversation with a contact. A turn changes it only if `version` is still the one it read."""

    __tablename__ = "thread"
    __table_args__ = (
        CheckConstraint("state IN ('bot', 'open', 'waiting', 'snoozed', 'resolved')", name="state"),
        CheckConstraint("priority IN ('low', 'normal', 'high', 'urgent')", name="priority"),
        Index("ix_thread_list", "organization_id", "state", text("last_at DESC")),
        Index("ix_thread_owner", "owner_id", text("last_at DESC"), postgresql_where=text("owner_id IS NOT NULL")),
        Index("ix_thread_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_thread_snoozed_until", "snoozed_until", postgresql_where=text("snoozed_until IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), unique=True)
    state: Mapped[str] = mapped_column(String, server_default="bot")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    team: Mapped[str | None] = mapped_column(String)
    priority: Mapped[str] = mapped_column(String, server_default="normal")
    labels: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    snoozed_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    epoch: Mapped[int] = mapped_column(Integer, server_default="0")
    """Raised when a person of the staff takes over; bot messages of an older epoch are not sent."""
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")
    session: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """The bot's state (`bot.step.State`), pinned to the flow revisions it began with."""
    timers: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    """[[token, instant ISO], …]; part of this row so that they change with the state or not at all."""
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """The earliest of `timers`."""
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id"))
    """Where the person last wrote: answers go there."""
    last_seq: Mapped[int] = mapped_column(Integer, server_default="0")
    first_seq: Mapped[int] = mapped_column(Integer, server_default="1")
    """Imported history counts down from here."""
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_text: Mapped[str] = mapped_column(String, server_default="")
    last_author: Mapped[str] = mapped_column(String, server_default="")
    unread: Mapped[int] = mapped_column(Integer, server_default="0")
    waiting_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Since when the person waits for an answer of the staff; None when it is not the staff's turn."""
    problem: Mapped[str | None] = mapped_column(String)
    """Why the bot handed over by itself (a flow that broke); shown to the staff."""
    promise: Mapped[str | None] = mapped_column(String)
    """What is due next (`core.threads.service_levels`); null: nothing, or it is not with the staff."""
    promised_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    promise_told: Mapped[str | None] = mapped_column(String)
    """Whether it was said of this promise that it is due `soon`, or `late`."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Label(Base):
    """A word threads may bear (`Thread.labels`), with its colour. Two that differ only in case or accents are one."""

    __tablename__ = "label"
    __table_args__ = (
        CheckConstraint("colour IN ('gray', 'green', 'blue', 'orange', 'purple', 'yellow', 'sky')", name="colour"),
        Index(
            "uq_label_organization_id_folded",
            "organization_id",
            literal_column("hilo_fold(name)").label("folded"),
            unique=True,
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(String)
    colour: Mapped[str] = mapped_column(String, server_default="gray")


class ThreadChannel(Base):
    """How to answer the person on a channel, and until when free text may be sent there."""

    __tablename__ = "thread_channel"

    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    address: Mapped[dict[str, Any]] = mapped_column(JSONB)
    last_inbound_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    unreachable_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Episode(Base):
    """One stretch of a thread, from the first message after a resolve to the next; serves the reports."""

    __tablename__ = "episode"
    __table_args__ = (
        Index("uq_episode_open_thread_id", "thread_id", unique=True, postgresql_where=text("resolved_at IS NULL")),
        Index(None, "organization_id", "started_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    handed_over_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    first_human_reply_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class Message(Base):
    """What was said. `seq` orders a thread; it counts up, imported history counts down below 1."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("thread_id", "seq"),
        Index(
            "uq_message_channel_id_provider_id",
            "channel_id",
            "provider_id",
            unique=True,
            postgresql_where=text("provider_id IS NOT NULL"),
        ),
        # No pending list: whoever writes when it is full would clean it up, and the turns of that batch wait 100 ms.
        Index(
            "ix_message_search",
            text("hilo_search(text)"),
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
            postgresql_where=text("author IN ('contact', 'member', 'phone')"),
        ),
        Index(
            "ix_message_attachment",
            text("(content ->> 'attachment')"),
            postgresql_where=text("content ? 'attachment'"),
        ),
        Index("ix_message_awaited_file", "id", postgresql_where=text(AWAITED_FILE)),
        CheckConstraint("direction IN ('in', 'out', 'internal')", name="direction"),
        CheckConstraint("author IN ('contact', 'bot', 'member', 'phone', 'system')", name="author"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    seq: Mapped[int] = mapped_column(Integer)
    channel_id: Mapped[int | None] = mapped_column(BigInteger)
    direction: Mapped[str] = mapped_column(String)
    author: Mapped[str] = mapped_column(String)
    member_id: Mapped[int | None] = mapped_column(BigInteger)
    provider_id: Mapped[str | None] = mapped_column(String)
    """The provider's id; of a message split into several, the last one's."""
    reply_to: Mapped[str | None] = mapped_column(String)
    """The provider id of the quoted message; it may be one we never saw."""
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    text: Mapped[str] = mapped_column(String, server_default="")
    status: Mapped[str | None] = mapped_column(String)
    """Outgoing: queued, sending, unknown, sent, delivered, read, played, failed, cancelled. Never goes back."""
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """{"code", "message", "reason"}: the provider's code and words, and ours in Spanish."""
    edited_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class MessageEvent(Base):
    """What became of a message: statuses with pricing and errors, edits with the former content, reactions, revokes.

    `message_id` is null while the message is not known yet (a status may overtake the send's own answer).
    """

    __tablename__ = "message_event"
    __table_args__ = (
        Index(None, "message_id"),
        Index(
            "ix_message_event_unknown",
            "channel_id",
            "provider_id",
            postgresql_where=text("message_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    provider_id: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Attachment(Base):
    """A file of the thread, sniffed and stored in the database (one backup, one access rule; see the ADR)."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    mime: Mapped[str] = mapped_column(String)
    filename: Mapped[str | None] = mapped_column(String)
    size: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Mention(Base):
    """A member named in a note, who has not looked yet while `seen_at` is null."""

    __tablename__ = "mention"
    __table_args__ = (
        UniqueConstraint("message_id", "member_id"),
        Index(None, "thread_id"),
        Index("ix_mention_unseen", "member_id", "thread_id", postgresql_where=text("seen_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CannedResponse(Base):
    __tablename__ = "canned_response"
    __table_args__ = (UniqueConstraint("organization_id", "shortcut"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    shortcut: Mapped[str] = mapped_column(String)
    text: Mapped[str] = mapped_column(String)
