"""Tables of notices on devices."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, Integer, LargeBinary, String, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class PushSubscription(Base):
    """A browser of a member that may be told. Of no use to anybody without its browser's private key."""

    __tablename__ = "push_subscription"
    __table_args__ = (Index(None, "member_id"), Index(None, "organization_id"), Index(None, "login_session_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    login_session_id: Mapped[int | None] = mapped_column(ForeignKey("login_session.id", ondelete="CASCADE"))
    """A browser that was thrown out is told nothing more; null: asked for by a program."""
    endpoint: Mapped[str] = mapped_column(String, unique=True)
    """Where its push service takes messages for it."""
    p256dh: Mapped[bytes] = mapped_column(LargeBinary)
    auth: Mapped[bytes] = mapped_column(LargeBinary)
    agent: Mapped[str] = mapped_column(String)
    language: Mapped[str] = mapped_column(String, server_default="es")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When its push service last refused; null: it takes what it is given."""


class PushMessage(Base):
    """Something a device is to be told. The row goes when it was taken, or when nobody tries again."""

    __tablename__ = "push_message"
    __table_args__ = (Index(None, "due_at", "id"), Index(None, "subscription_id", "topic"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(BigInteger)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("push_subscription.id", ondelete="CASCADE"))
    topic: Mapped[str] = mapped_column(String)
    """The later of two messages of one topic takes the place of the earlier, here and at the push service."""
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("'epoch'"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
