"""Tables of automations and webhooks."""

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
    SmallInteger,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class Event(Base):
    """Something that happened (`core.automation.events.EVENTS`). The row goes when all that follows is done."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_due_at", "due_at", "id", postgresql_where=text("error IS NULL")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String)
    subject_id: Mapped[int] = mapped_column(BigInteger)
    """Of the message, the thread, the lead or the appointment."""
    contact_id: Mapped[int | None] = mapped_column(BigInteger)
    """Null: that of the message's thread."""
    depth: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How many automations led to it."""
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("'epoch'"))
    """At once, the first time."""
    error: Mapped[str | None] = mapped_column(String)
    """Why nobody tries again."""


class Automation(Base):
    """When something happens and the conditions hold, do these things. The definition's shape: `definition.py`."""

    __tablename__ = "automation"
    __table_args__ = (Index(None, "organization_id", "event"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(String)
    event: Mapped[str] = mapped_column(String)
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    actions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    pause_hours: Mapped[int] = mapped_column(Integer, server_default="0")
    """For so long it does nothing again with the same person; 0: every time."""
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class AutomationRun(Base):
    """What an automation did, for `RUNS_KEPT`."""

    __tablename__ = "automation_run"
    __table_args__ = (
        UniqueConstraint("automation_id", "event_id"),
        Index(None, "automation_id", "contact_id", "at"),
        Index(None, "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    automation_id: Mapped[int] = mapped_column(ForeignKey("automation.id", ondelete="CASCADE"))
    event_id: Mapped[int] = mapped_column(BigInteger)
    contact_id: Mapped[int] = mapped_column(BigInteger)
    outcomes: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    """[{"do", "refused"?}]: each action, and why not where it was refused."""
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Webhook(Base):
    """A program elsewhere that is told. The signing secret is sealed."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(String)
    url: Mapped[str] = mapped_column(String)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    events: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    """What it is always told; automations may tell it more."""
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class WebhookDelivery(Base):
    """Something a webhook is told: tried until it is taken, or until nobody tries again."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name="state"),
        Index("ix_webhook_delivery_due_at", "due_at", postgresql_where=text("state = 'waiting'")),
        Index(None, "webhook_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String)
    """The same at every try: whoever is told twice can tell."""
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(String, server_default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("'epoch'"))
    answer: Mapped[str | None] = mapped_column(String)
    """What the last try came to: a status, or why there is none."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
