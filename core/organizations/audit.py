"""Who changed what in the organization's settings, people and rights, and who looked at whom. Append-only; takes a
session, never commits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.organizations.model import AuditEntry, Member

AGAIN = timedelta(hours=1)
"""Looking again within it is the same look."""
_NOTE_SEEN = text("""
    INSERT INTO audit_entry (organization_id, member_id, action, subject, details, at)
    SELECT :organization, :member, x.action, x.subject, jsonb_build_object('name', x.name), :now
    FROM unnest(CAST(:actions AS text[]), CAST(:subjects AS text[]), CAST(:names AS text[])) x(action, subject, name)
    WHERE NOT EXISTS (
        SELECT 1 FROM audit_entry a WHERE a.organization_id = :organization AND a.member_id = :member
        AND a.at > :since AND a.action = x.action AND a.subject = x.subject)
""")


@dataclass(frozen=True, slots=True)
class Seen:
    """A look at somebody's affairs: `thread.seen`, the subject's public id, and the person's name."""

    action: str
    subject: str
    name: str


@dataclass(frozen=True, slots=True)
class ShownEntry:
    entry: AuditEntry
    member_name: str | None


def audit(session: AsyncSession, member: Member, action: str, subject: str, now: datetime, /, **details: Any) -> None:
    """`member` did `action` (`member.changed`) to `subject`; details are JSON types and never secrets."""
    session.add(
        AuditEntry(
            organization_id=member.organization_id,
            member_id=member.id,
            action=action,
            subject=subject,
            details=details,
            at=now,
        )
    )


async def note_seen(
    session: AsyncSession, organization_id: int, member_id: int, seen: Collection[Seen], now: datetime
) -> None:
    """Who looked at what; once an hour each."""
    await session.execute(
        _NOTE_SEEN,
        {
            "organization": organization_id,
            "member": member_id,
            "now": now,
            "since": now - AGAIN,
            "actions": [one.action for one in seen],
            "subjects": [one.subject for one in seen],
            "names": [one.name for one in seen],
        },
    )


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """What of the record is wanted: of a member, of an action, from an instant, before an instant."""

    member_id: int | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        wanted: list[ColumnElement[bool]] = []
        if self.member_id is not None:
            wanted.append(AuditEntry.member_id == self.member_id)
        if self.action is not None:
            wanted.append(AuditEntry.action == self.action)
        if self.since is not None:
            wanted.append(AuditEntry.at >= self.since)
        if self.until is not None:
            wanted.append(AuditEntry.at < self.until)
        return wanted


async def list_audit(
    session: AsyncSession,
    organization_id: int,
    after: tuple[datetime, int] | None,
    limit: int,
    filters: AuditFilters = AuditFilters(),
) -> Sequence[ShownEntry]:
    """Entries, the newest first, from the one after (at, id)."""
    statement = (
        select(AuditEntry, Member.name)
        .outerjoin(Member, Member.id == AuditEntry.member_id)
        .where(AuditEntry.organization_id == organization_id, *filters.conditions())
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(AuditEntry.at, AuditEntry.id) < after)
    return [ShownEntry(entry, name) for entry, name in await session.execute(statement)]
