"""Tables of what the agenda says by itself: reminders and surveys, and freed times offered to those who wait."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, Integer, String, func, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class AppointmentNotice(Base):
    """Something to be said about an appointment, once for each of its versions; looked at again when it is sent."""

    __tablename__ = "appointment_notice"
    __table_args__ = (
        Unique("appointment_id", "kind", "version"),
        CheckConstraint(
            "kind IN ('reminder_day', 'reminder_hour', 'approved', 'declined', 'booked', 'moved', 'cancelled', "
            "'survey', 'no_show', 'stranded')",
            name="kind",
        ),
        CheckConstraint("state IN ('waiting', 'sent', 'skipped')", name="state"),
        Index("ix_appointment_notice_due", "due_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    kind: Mapped[str] = mapped_column(String)
    version: Mapped[int] = mapped_column(Integer)
    """Of the appointment; a notice of an older version is skipped."""
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(String, server_default="waiting")
    reason: Mapped[str | None] = mapped_column(String)
    """Why it was skipped: cancelled, changed, past, opted_out, with_staff …"""
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class WaitlistEntry(Base):
    """A patient for whom there was no time: what they want, and since when they wait."""

    __tablename__ = "waitlist_entry"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'booked', 'left', 'expired')", name="state"),
        Index("ix_waitlist_entry_waiting", "service_id", "created_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_waitlist_entry_ends", "ends_at", postgresql_where=text("state = 'waiting'")),
        Index(None, "contact_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    professional_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"))
    wanted: Mapped[list[Range[datetime]]] = mapped_column(TSTZMULTIRANGE)
    """When they could come."""
    ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """The end of the last of these; None: there is none."""
    priority: Mapped[int] = mapped_column(Integer, server_default="0")
    state: Mapped[str] = mapped_column(String, server_default="waiting")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class WaitlistOffer(Base):
    """A freed time offered to one who waits, kept for them by a hold until `expires_at`. Claimed by one UPDATE."""

    __tablename__ = "waitlist_offer"
    __table_args__ = (
        CheckConstraint("state IN ('sent', 'claimed', 'declined', 'expired')", name="state"),
        Index(None, "entry_id"),
        Index("ix_waitlist_offer_open", "expires_at", postgresql_where=text("state = 'sent'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("waitlist_entry.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    professional_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"))
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(String, server_default="sent")
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class FreedTime(Base):
    """A time given back while nobody may be written to; who waits for it is looked for when it falls due."""

    __tablename__ = "freed_time"
    __table_args__ = (Unique("service_id", "location_id", "starts_at"), Index(None, "due_at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When the quiet hours end."""


class VisitFeedback(Base):
    """What a patient said of a visit: 1 to 5, and in their words."""

    __tablename__ = "visit_feedback"
    __table_args__ = (Unique("appointment_id"), CheckConstraint("score BETWEEN 1 AND 5", name="score"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    score: Mapped[int] = mapped_column(Integer)
    comment: Mapped[str | None] = mapped_column(String)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
