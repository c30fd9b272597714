"""Tables of leads: stages, leads, their history, touches."""

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
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class LeadStage(Base):
    __tablename__ = "lead_stage"
    __table_args__ = (
        UniqueConstraint("organization_id", "key"),
        CheckConstraint("kind IN ('open', 'won', 'lost')", name="kind"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    key: Mapped[str] = mapped_column(String)
    name: Mapped[str] = mapped_column(String)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String, server_default="open")


class Lead(Base):
    __tablename__ = "lead"
    __table_args__ = (
        Index("uq_lead_open_contact_id", "contact_id", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("ix_lead_board", "organization_id", "stage_id", text("stage_since DESC"), text("id DESC")),
        Index(None, "organization_id", "created_at"),
        Index(None, "owner_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    stage_id: Mapped[int] = mapped_column(ForeignKey("lead_stage.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    source: Mapped[str] = mapped_column(String, server_default="organic")
    """ctwa, deep_link, organic …: the first touch's kind."""
    interest: Mapped[str | None] = mapped_column(String)
    score: Mapped[int | None] = mapped_column(Integer)
    score_reasons: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    value_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    lost_reason: Mapped[str | None] = mapped_column(String)
    next_step: Mapped[str | None] = mapped_column(String)
    """What the staff means to do next; of a lead that is open."""
    next_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """By when; in the past: overdue."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    stage_since: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class LeadEvent(Base):
    """What became of a lead: created, stage_changed, owner_changed, value_changed, next_changed, scored."""

    __tablename__ = "lead_event"
    __table_args__ = (Index(None, "lead_id", "at"), Index(None, "organization_id", "at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    kind: Mapped[str] = mapped_column(String)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class LeadTouch(Base):
    """One marketing contact, kept whole; attribution is made of these."""

    __tablename__ = "touch"
    __table_args__ = (Index(None, "contact_id", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String)
    source_id: Mapped[str | None] = mapped_column(String)
    click_id: Mapped[str | None] = mapped_column(String)
    headline: Mapped[str | None] = mapped_column(String)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
