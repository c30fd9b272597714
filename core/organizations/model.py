"""Tables of organizations: who the tenant is and who works there."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class Organization(Base):
    __tablename__ = "organization"
    __table_args__ = (
        CheckConstraint("licence IN ('clinic', 'individual')", name="licence"),
        CheckConstraint("register IN ('tu', 'vos', 'usted')", name="register"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    slug: Mapped[str] = mapped_column(String, unique=True)
    name: Mapped[str] = mapped_column(String)
    licence: Mapped[str] = mapped_column(String, server_default="clinic")
    country: Mapped[str] = mapped_column(String(2))
    zone: Mapped[str] = mapped_column(String)
    language: Mapped[str] = mapped_column(String(2), server_default="es")
    register: Mapped[str] = mapped_column(String, server_default="tu")
    """How its bot addresses people in Spanish: tu, vos or usted."""
    currency: Mapped[str] = mapped_column(String(3))
    pack: Mapped[str] = mapped_column(String, server_default="estetica")
    hours: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """{"mon": [["09:00", "13:00"], ["15:00", "19:00"]], …}: wall time, any number of intervals a day."""
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """privacy_url, phone, address, location {latitude, longitude}, services [{code, name, price_text}], care …"""
    revision: Mapped[int] = mapped_column(BigInteger, server_default="1")
    listens: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    """The kinds of events something follows from (`core.automation.events`): only those are kept."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Holiday(Base):
    """A day the organization is closed (`hours` null) or open otherwise (`hours`: intervals as in Organization).

    Of one location when it names one; there it goes before the organization's own row for that day.
    """

    __tablename__ = "holiday"
    __table_args__ = (UniqueConstraint("organization_id", "day", "location_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    day: Mapped[date] = mapped_column(Date)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    name: Mapped[str] = mapped_column(String)
    hours: Mapped[list[Any] | None] = mapped_column(JSONB)


class ConsentText(Base):
    """What people are told or asked to agree to, as it was published. Append-only: the highest version is in force."""

    __tablename__ = "consent_text"
    __table_args__ = (
        UniqueConstraint("organization_id", "kind", "language", "version"),
        CheckConstraint(
            "kind IN ('privacy_notice', 'messaging_opt_in', 'photos_marketing', 'photos_clinical', 'procedure', "
            "'no_show_policy')",
            name="kind",
        ),
        CheckConstraint("language IN ('es', 'pt', 'en')", name="language"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[str] = mapped_column(String)
    language: Mapped[str] = mapped_column(String(2))
    version: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(String)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the text as UTF-8."""
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    published_by: Mapped[int] = mapped_column(ForeignKey("member.id"))


class Login(Base):
    """One person's way in; not a tenant's row: the same login may work for several organizations."""

    __tablename__ = "login"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    email: Mapped[str] = mapped_column(String, unique=True)
    password_hash: Mapped[str] = mapped_column(String)
    generation: Mapped[int] = mapped_column(BigInteger, server_default="1")
    """Raised to end every session of this login (password changed, revoked)."""
    second_factor: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The secret of their authenticator app, encrypted; null: none."""
    second_factor_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """The 30 seconds of the last code taken: none is taken twice."""
    recovery_codes: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary), server_default=text("'{}'"))
    """SHA-256 of what lets them in once each when the app is lost."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class LoginSession(Base):
    """A browser that came in. `sha256` of the session's own id; the cookie has the id."""

    __tablename__ = "login_session"
    __table_args__ = (Index(None, "login_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"))
    agent: Mapped[str] = mapped_column(String)
    address: Mapped[str] = mapped_column(String)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PasswordLink(Base):
    """Lets somebody set the password of a login, once: an invitation, or because it was forgotten."""

    __tablename__ = "password_link"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class LoginAttempt(Base):
    """Failed logins, to slow guessing down: counted per key (the e-mail tried, the address it came from)."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index(None, "key", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(String)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Member(Base):
    __tablename__ = "member"
    __table_args__ = (
        UniqueConstraint("organization_id", "login_id"),
        CheckConstraint("role IN ('owner', 'manager', 'doctor', 'closer', 'receptionist', 'assistant')", name="role"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"))
    name: Mapped[str] = mapped_column(String)
    role: Mapped[str] = mapped_column(String)
    teams: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    specialities: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    locations: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    """Where they work, for the roles that are of a place; null: everywhere."""
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    available: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    saved_views: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """Lists of the inbox they keep: [{name, query}], the query as the page's address has it."""
    assigned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the round-robin last chose this member; the one waiting longest is next."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ApiToken(Base):
    """A program's bearer token; only its hash is kept."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    name: Mapped[str] = mapped_column(String)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class AuditEntry(Base):
    """Who changed what, and who looked at whom. Append-only."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "organization_id", "at"), Index(None, "member_id", "at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    action: Mapped[str] = mapped_column(String)
    subject: Mapped[str] = mapped_column(String)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
