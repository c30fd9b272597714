"""Tables of the spine's queues: what came in, what must be done, what must leave, what nobody understood."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

UNFINISHED = "state IN ('queued', 'sending', 'unknown')"


class InboundEvent(Base):
    """One thing that happened, exactly once. Written in the same transaction as its effects, so never "pending".

    `key` is `{channel id}/{external id}`, `timer/{thread}/{token}`, `action/{key}` or `staff/{…}`.
    """

    __tablename__ = "inbound"
    __table_args__ = (Index(None, "thread_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(String, unique=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    thread_id: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String)
    event: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """What the step was given, so that a thread can be replayed."""
    state: Mapped[str | None] = mapped_column(String)
    """The thread's state as the turn found it; None for what is not stepped. A replay needs it."""
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class PendingAction(Base):
    """A domain action a turn asked for; it runs in its own transaction and its result is the thread's next event."""

    __tablename__ = "pending_action"
    __table_args__ = (
        Index("ix_pending_action_due_at", "due_at", postgresql_where=text("state = 'pending'")),
        CheckConstraint("state IN ('pending', 'done', 'failed')", name="state"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(String, unique=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    step_key: Mapped[str] = mapped_column(String)
    name: Mapped[str] = mapped_column(String)
    args: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(String, server_default="pending")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    error: Mapped[str | None] = mapped_column(String)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Outbox(Base):
    """One message to be sent. A thread's rows leave in order of `seq`, one at a time."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("thread_id", "seq"),
        UniqueConstraint("organization_id", "request_key"),
        Index("ix_outbox_failed", "organization_id", "id", postgresql_where=text("state = 'failed'")),
        Index("ix_outbox_queued", "due_at", postgresql_where=text("state = 'queued'")),
        Index("ix_outbox_unfinished", "thread_id", "seq", postgresql_where=text(UNFINISHED)),
        Index("ix_outbox_leased", "lease_until", postgresql_where=text("state IN ('sending', 'unknown')")),
        CheckConstraint("state IN ('queued', 'sending', 'unknown', 'sent', 'failed', 'cancelled')", name="state"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    seq: Mapped[int] = mapped_column(Integer)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    epoch: Mapped[int | None] = mapped_column(Integer)
    """The thread's epoch when the bot queued it; null for the staff's own messages, which no takeover cancels."""
    request_key: Mapped[str | None] = mapped_column(String)
    """The client's idempotency key of a staff reply."""
    state: Mapped[str] = mapped_column(String, server_default="queued")
    part: Mapped[int] = mapped_column(Integer, server_default="0")
    """How many provider messages of this one have certainly left."""
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    unknowns: Mapped[int] = mapped_column(Integer, server_default="0")
    """How often the outcome was unknown; bounds the retries (see the ADR)."""
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class DeadLetter(Base):
    """What was signed but could not be understood, or broke twice: kept whole with its reason, and can be replayed."""

    __tablename__ = "dead_letter"
    __table_args__ = (Index(None, "organization_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(String, unique=True)
    organization_id: Mapped[int | None] = mapped_column(BigInteger)
    channel: Mapped[str] = mapped_column(String)
    """The channel kind whose parser reads it again on replay."""
    account: Mapped[str | None] = mapped_column(String)
    reason: Mapped[str] = mapped_column(String)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    replayed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class FlowRevision(Base):
    """A flow as it was; sessions that began with it go on with it. Shared by all organizations, like the packs."""

    __tablename__ = "flow_revision"

    sha256: Mapped[str] = mapped_column(String, primary_key=True)
    flow: Mapped[str] = mapped_column(String)
    source: Mapped[str] = mapped_column(String)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
