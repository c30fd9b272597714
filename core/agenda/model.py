"""Tables of the agenda: where and by whom, what is offered, what is booked, and the time it takes of everybody.

`allocation` is the truth about who is taken when: one row for each resource a booking, a hold or staff's overbooking
occupies, buffers included. The exclusion constraint makes it impossible for two of them to share a lane.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

STATUSES = ("requested", "confirmed", "checked_in", "attended", "no_show", "cancelled")
TO_COME = ("requested", "confirmed")
"""Statuses of a visit that is still expected."""


def _in(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Location(Base):
    """A place people come to. Its zone is the one every time is said in."""

    __tablename__ = "location"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(String)
    zone: Mapped[str] = mapped_column(String)
    region: Mapped[str | None] = mapped_column(String)
    """ISO 3166-2 subdivision without the country, whose holidays are kept: «SP», «BA»."""
    address: Mapped[str | None] = mapped_column(String)
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))


class Patient(Base):
    """A person who is treated. Mostly the contact who writes; a mother books for her children by her own phone."""

    __tablename__ = "patient"
    __table_args__ = (Index(None, "contact_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    name: Mapped[str] = mapped_column(String)
    birth_date: Mapped[date | None] = mapped_column(Date)
    opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the clinical record was opened: at the first visit attended."""
    self_booking: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    """False: after too many no-shows only staff book for this patient; staff may waive it."""
    waived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the staff waived it: visits missed before do not count."""
    own: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Whether this is the contact who writes, and not somebody they write for."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Resource(Base):
    """What a booking occupies: a professional, a room, a machine, or the patient, who is in one place at a time."""

    __tablename__ = "resource"
    __table_args__ = (
        CheckConstraint(_in("kind", ("professional", "room", "equipment", "patient")), name="kind"),
        CheckConstraint("capacity BETWEEN 1 AND 100", name="capacity"),
        CheckConstraint("(kind = 'patient') = (patient_id IS NOT NULL)", name="patient"),
        UniqueConstraint("patient_id"),
        UniqueConstraint("calendar_token"),
        Index(None, "organization_id", "kind"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[str] = mapped_column(String)
    name: Mapped[str] = mapped_column(String)
    capacity: Mapped[int] = mapped_column(Integer, server_default="1")
    """Lanes: how many may occupy it at once."""
    buffer_before: Mapped[int] = mapped_column(Integer, server_default="0")
    buffer_after: Mapped[int] = mapped_column(Integer, server_default="0")
    """Minutes kept free around whatever occupies it: cleaning a room."""
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    """Where it stands; None: it moves."""
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    weight: Mapped[float] = mapped_column(Float, server_default="1")
    """Of a professional: share of the bookings nobody asked for by name."""
    calendar_token: Mapped[bytes | None] = mapped_column()
    """SHA-256 of the secret in the address of the calendar feed."""
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))


class Schedule(Base):
    """A resource's week at a location while `valid` holds: {"mon": [["09:00", "13:00"], …]}, wall time there."""

    __tablename__ = "schedule"
    __table_args__ = (
        ExcludeConstraint(
            ("resource_id", "="), ("location_id", "="), ("valid", "&&"), name="ex_schedule_overlap", using="gist"
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    weekly: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ScheduleOverride(Base):
    """One date of a resource at a location that differs: `hours` null is closed."""

    __tablename__ = "schedule_override"
    __table_args__ = (UniqueConstraint("resource_id", "location_id", "day"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    day: Mapped[date] = mapped_column(Date)
    hours: Mapped[list[Any] | None] = mapped_column(JSONB)


class Closure(Base):
    """A location or a resource is closed; of neither, the whole organization is."""

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("num_nonnulls(location_id, resource_id) <= 1", name="scope"),
        CheckConstraint(_in("kind", ("closure", "time_off", "external")), name="kind"),
        UniqueConstraint("feed_id", "external_id"),
        Index(None, "resource_id"),
        Index(None, "location_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[str] = mapped_column(String, server_default="closure")
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    resource_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    reason: Mapped[str] = mapped_column(String, server_default="")
    feed_id: Mapped[int | None] = mapped_column(ForeignKey("calendar_feed.id"))
    external_id: Mapped[str | None] = mapped_column(String)
    """Digest of the UID and recurrence of the event in the other calendar."""


class CalendarFeed(Base):
    """Somebody's calendar elsewhere (an ICS address), whose events are busy time of a professional."""

    __tablename__ = "calendar_feed"
    __table_args__ = (UniqueConstraint("resource_id", "name"), Index(None, "due_at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    name: Mapped[str] = mapped_column(String)
    address: Mapped[bytes] = mapped_column()
    """The address, encrypted: whoever has it reads the calendar."""
    etag: Mapped[str | None] = mapped_column(String)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When it is read next. Whoever takes it to read puts this off first, so that nobody else takes it too."""
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    unfolded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When its events were last made busy time; those that come again only ever reach half a year ahead."""
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    """How many times in a row it could not be read."""
    problem: Mapped[str | None] = mapped_column(String)


class Service(Base):
    """What can be booked. `key` is the id flows know it by. Durations and buffers are minutes."""

    __tablename__ = "service"
    __table_args__ = (
        UniqueConstraint("organization_id", "key"),
        CheckConstraint("minutes BETWEEN 1 AND 720", name="minutes"),
        CheckConstraint("step IN (5, 10, 15, 20, 30, 60)", name="step"),
        CheckConstraint(_in("horizon_unit", ("calendar_days", "business_days")), name="horizon_unit"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    key: Mapped[str] = mapped_column(String)
    name: Mapped[str] = mapped_column(String)
    minutes: Mapped[int] = mapped_column(Integer)
    buffer_before: Mapped[int] = mapped_column(Integer, server_default="0")
    buffer_after: Mapped[int] = mapped_column(Integer, server_default="0")
    step: Mapped[int] = mapped_column(Integer, server_default="15")
    notice_minutes: Mapped[int] = mapped_column(Integer, server_default="60")
    horizon_days: Mapped[int] = mapped_column(Integer, server_default="60")
    horizon_unit: Mapped[str] = mapped_column(String, server_default="calendar_days")
    daily_limit: Mapped[int | None] = mapped_column(Integer)
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    deposit_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    consents: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    """Kinds of consent that must be in force at check-in."""
    needs_approval: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """What patients book by themselves is requested: it takes its time, and the staff says yes or no."""
    evaluation: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """A first look, which those who sell book too."""
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))


class ServiceNeed(Base):
    """A stretch of a service that one resource of a pool gives. `minutes` null: until the end of the service."""

    __tablename__ = "service_need"
    __table_args__ = (UniqueConstraint("service_id", "position"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    position: Mapped[int] = mapped_column(Integer)
    """The first is the one the service is asked for by: its professional."""
    kind: Mapped[str] = mapped_column(String)
    offset_minutes: Mapped[int] = mapped_column(Integer, server_default="0")
    minutes: Mapped[int | None] = mapped_column(Integer)


class ServicePool(Base):
    """A resource that can give a need; a professional may take another time or ask another price."""

    __tablename__ = "service_pool"
    __table_args__ = (UniqueConstraint("need_id", "resource_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    need_id: Mapped[int] = mapped_column(ForeignKey("service_need.id"))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    minutes: Mapped[int | None] = mapped_column(Integer)
    price_minor: Mapped[int | None] = mapped_column(BigInteger)


class Appointment(Base):
    """A booking of one service for one patient. `version` grows whenever its time, place or status changes."""

    __tablename__ = "appointment"
    __table_args__ = (
        UniqueConstraint("organization_id", "idempotency_key"),
        CheckConstraint(_in("status", STATUSES), name="status"),
        CheckConstraint("starts_at < ends_at", name="order"),
        Index(None, "organization_id", "starts_at"),
        Index(None, "contact_id", "starts_at"),
        Index(None, "patient_id", "starts_at"),
        Index(None, "series_id", postgresql_where=text("series_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    professional_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"))
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    status: Mapped[str] = mapped_column(String, server_default="confirmed")
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    idempotency_key: Mapped[str] = mapped_column(String)
    series_id: Mapped[int | None] = mapped_column(BigInteger)
    """The first appointment of a course of treatment, or of a visit of several services."""
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    deposit_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Asked for when it was booked; in minor units of the organization's currency, as is the penalty."""
    penalty_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Owed for cancelling late."""
    overbooked: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    booked_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    """None: the patient, by chat."""
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the patient said they come, after being reminded of this version."""
    running_late_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    no_show_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the staff said they did not come."""
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancelled_by: Mapped[str | None] = mapped_column(String)
    """patient, or staff."""
    cancel_code: Mapped[str | None] = mapped_column(String)
    """One of `reasons.CANCEL_REASONS`; what they said about it is `cancel_reason`."""
    cancel_reason: Mapped[str | None] = mapped_column(String)
    cancelled_late: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class SlotHold(Base):
    """A time kept for somebody until `expires_at`: while they confirm, or while a freed time is offered to them."""

    __tablename__ = "slot_hold"
    __table_args__ = (UniqueConstraint("organization_id", "holder"), Index(None, "expires_at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    holder: Mapped[str] = mapped_column(String)
    """Whose it is: one hold each. A second one replaces the first."""
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Allocation(Base):
    """One resource occupied `during` a footprint. Overbooking is a lane above the resource's capacity."""

    __tablename__ = "allocation"
    __table_args__ = (
        CheckConstraint("num_nonnulls(appointment_id, hold_id) = 1", name="source"),
        ExcludeConstraint(
            ("resource_id", "="), ("lane", "="), ("during", "&&"), name="ex_allocation_double_booking", using="gist"
        ),
        Index(
            "ix_allocation_busy",
            "resource_id",
            "begins_at",
            postgresql_include=["ends_at", "lane", "organization_id", "appointment_id", "hold_id"],
        ),
        Index(None, "appointment_id"),
        Index(None, "hold_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    lane: Mapped[int] = mapped_column(Integer, server_default="1")
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    begins_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), Computed("lower(during)", persisted=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), Computed("upper(during)", persisted=True))
    """The ends of `during` again: behind row-level security only plain columns are looked up by an index."""
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("slot_hold.id", ondelete="CASCADE"))
    """An allocation whose appointment is cancelled is deleted: what is here is taken."""
