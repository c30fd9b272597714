"""Tables of what is said later: messages the staff scheduled, and surveys after a conversation was resolved."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class ScheduledMessage(Base):
    """What a member will have said at `due_at`; whether it may be sent is asked then."""

    __tablename__ = "scheduled_message"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'failed', 'cancelled')", name="state"),
        Index("ix_scheduled_message_due_at", "due_at", postgresql_where=text("state = 'waiting'")),
        Index(None, "thread_id", "due_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    text: Mapped[str] = mapped_column(String)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(String, server_default="waiting")
    problem: Mapped[str | None] = mapped_column(String)
    """Why it was not sent, in Spanish."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ThreadSurvey(Base):
    """How it was, asked after a conversation with the staff was resolved."""

    __tablename__ = "thread_survey"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'asked', 'answered', 'skipped')", name="state"),
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        Index("ix_thread_survey_due_at", "due_at", postgresql_where=text("state = 'waiting'")),
        Index(None, "thread_id", "due_at"),
        Index(None, "organization_id", "answered_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    """Who had the conversation when it was resolved."""
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(String, server_default="waiting")
    score: Mapped[int | None] = mapped_column(SmallInteger)
    """1 (bad) to 5."""
    comment: Mapped[str | None] = mapped_column(String)
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
