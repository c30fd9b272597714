"""Tables of contacts: people, identities, consent, merge suggestions."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy import Identity as Numbered
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class Contact(Base):
    __tablename__ = "contact"
    __table_args__ = (
        Index(
            "ix_contact_search",
            literal_column("hilo_fold(name)").label("folded"),
            postgresql_using="gin",
            postgresql_ops={"folded": "gin_trgm_ops"},
        ),
        Index("ix_contact_organization_id_phone", "organization_id", "phone"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Numbered(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(String, server_default="")
    """As the person or the staff wrote it; the provider's profile name until then."""
    named: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Whether `name` was given by the person or the staff, so that a profile name never overwrites it."""
    language: Mapped[str | None] = mapped_column(String(2))
    phone: Mapped[str | None] = mapped_column(String)
    """E.164, when we know one; optional everywhere."""
    email: Mapped[str | None] = mapped_column(String)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    opted_out_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ContactIdentity(Base):
    __tablename__ = "identity"
    __table_args__ = (
        UniqueConstraint("organization_id", "kind", "scope", "value"),
        Index(None, "contact_id"),
        CheckConstraint("kind IN ('whatsapp', 'bsuid', 'telegram', 'phone', 'email')", name="kind"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Numbered(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    kind: Mapped[str] = mapped_column(String)
    scope: Mapped[str] = mapped_column(String, server_default="")
    value: Mapped[str] = mapped_column(String)
    username: Mapped[str | None] = mapped_column(String)
    verified: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ConsentEvent(Base):
    """A person allowed or forbade something; append-only, the newest of a kind is in force."""

    __tablename__ = "consent_event"
    __table_args__ = (Index(None, "contact_id", "kind", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Numbered(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    kind: Mapped[str] = mapped_column(String)
    granted: Mapped[bool] = mapped_column(Boolean)
    source: Mapped[str] = mapped_column(String)
    """Where it came from: chat, provider, staff."""
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class MergeSuggestion(Base):
    """Two contacts that may be one person. `undo` says what a merge moved, so that it can be taken back."""

    __tablename__ = "merge_suggestion"
    __table_args__ = (
        UniqueConstraint("organization_id", "contact_id", "other_id"),
        CheckConstraint("state IN ('open', 'merged', 'dismissed')", name="state"),
        CheckConstraint("contact_id < other_id", name="order"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Numbered(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    reason: Mapped[str] = mapped_column(String)
    state: Mapped[str] = mapped_column(String, server_default="open")
    undo: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
