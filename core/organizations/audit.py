"""Who changed what in the organization's settings, people and rights. Append-only; takes a session, never commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.organizations.model import AuditEntry, Member


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


async def list_audit(
    session: AsyncSession, organization_id: int, after: tuple[datetime, int] | None, limit: int
) -> Sequence[ShownEntry]:
    """Entries, the newest first, from the one after (at, id)."""
    statement = (
        select(AuditEntry, Member.name)
        .outerjoin(Member, Member.id == AuditEntry.member_id)
        .where(AuditEntry.organization_id == organization_id)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(AuditEntry.at, AuditEntry.id) < after)
    return [ShownEntry(entry, name) for entry, name in await session.execute(statement)]
