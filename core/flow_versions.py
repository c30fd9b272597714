"""An organization's own versions of its pack's flows: what was published, by whom, and which one its bot speaks.

Rows are only added. The newest of a flow is in force; one without a source is the pack's own again. Takes a session,
never commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import tuple_row
from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Integer, String, UniqueConstraint, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.errors import Conflict
from core.organizations.model import Member, Organization
from core.threads.queues import FlowRevision
from core.threads.spine import Driver


class FlowVersion(Base):
    """One publication of a flow. Append-only."""

    __tablename__ = "flow_version"
    __table_args__ = (UniqueConstraint("organization_id", "pack", "flow", "number"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    pack: Mapped[str] = mapped_column(String)
    flow: Mapped[str] = mapped_column(String)
    number: Mapped[int] = mapped_column(Integer)
    source: Mapped[str | None] = mapped_column(String)
    """The YAML as it was written; null: the pack's own is in force again."""
    translations: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    """Language → the YAML of its translation."""
    revision: Mapped[str | None] = mapped_column(ForeignKey("flow_revision.sha256"))
    """What conversations are pinned to; null with the source."""
    pack_revision: Mapped[str] = mapped_column(String)
    """The pack's own flow when this was published, so that a later change of the pack can be told."""
    again_of: Mapped[int | None] = mapped_column(Integer)
    """The number of the older version that was published again."""
    note: Mapped[str] = mapped_column(String, server_default="")
    published_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published: a flow as written with what it compiles to, or (`source` None) the pack's own again."""

    pack: str
    flow: str
    pack_revision: str
    note: str
    source: str | None = None
    translations: Mapping[str, str] | None = None
    revision: str | None = None
    canonical: str | None = None
    again_of: int | None = None


async def publish(
    session: AsyncSession,
    organization: Organization,
    member: Member,
    one: Publication,
    after: int | None,
    now: datetime,
) -> FlowVersion:
    """Put a version in force; the organization's row must be locked. Its revision grows, which every process notices.

    `after` is the number its author saw in force, 0 for none; raises Conflict when somebody published since.
    """
    last = await newest(session, organization.id, one.pack, one.flow)
    if after is not None and after != last:
        raise Conflict(f"the flow {one.flow} was published since")
    if one.revision is not None:
        kept = {"sha256": one.revision, "flow": one.flow, "source": one.canonical}
        await session.execute(insert(FlowRevision).values(kept).on_conflict_do_nothing())
    version = FlowVersion(
        organization_id=organization.id,
        pack=one.pack,
        flow=one.flow,
        number=last + 1,
        source=one.source,
        translations=dict(one.translations or {}),
        revision=one.revision,
        pack_revision=one.pack_revision,
        again_of=one.again_of,
        note=one.note,
        published_by=member.id,
        published_at=now,
    )
    session.add(version)
    organization.revision += 1
    await session.flush()
    return version


async def versions_in_force(session: AsyncSession, organization_id: int, pack: str) -> dict[str, FlowVersion]:
    """The newest version of every flow that ever had one, by flow."""
    rows = await session.scalars(
        select(FlowVersion)
        .where(FlowVersion.organization_id == organization_id, FlowVersion.pack == pack)
        .ext(distinct_on(FlowVersion.flow))
        .order_by(FlowVersion.flow, FlowVersion.number.desc())
    )
    return {row.flow: row for row in rows}


async def versions_of(
    session: AsyncSession, organization_id: int, pack: str, flow: str, before: int | None, limit: int
) -> Sequence[tuple[FlowVersion, str]]:
    """A flow's versions and who published each, the newest first, from the one before the number `before`."""
    statement = (
        select(FlowVersion, Member.name)
        .join(Member, Member.id == FlowVersion.published_by)
        .where(FlowVersion.organization_id == organization_id, FlowVersion.pack == pack, FlowVersion.flow == flow)
        .order_by(FlowVersion.number.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(FlowVersion.number < before)
    return [(version, name) for version, name in await session.execute(statement)]


async def version(session: AsyncSession, organization_id: int, pack: str, flow: str, number: int) -> FlowVersion | None:
    found: FlowVersion | None = await session.scalar(
        select(FlowVersion).where(
            FlowVersion.organization_id == organization_id,
            FlowVersion.pack == pack,
            FlowVersion.flow == flow,
            FlowVersion.number == number,
        )
    )
    return found


async def newest(session: AsyncSession, organization_id: int, pack: str, flow: str) -> int:
    """The number in force; 0: none was ever published."""
    found = await session.scalar(
        select(func.max(FlowVersion.number)).where(
            FlowVersion.organization_id == organization_id, FlowVersion.pack == pack, FlowVersion.flow == flow
        )
    )
    return found or 0


async def revisions_in_force(driver: Driver, organization_ids: Iterable[int]) -> list[tuple[int, str, str, str]]:
    """(organization, pack, flow, revision) of every flow an organization has its own version of, for the turn."""
    async with driver.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(
            """
            SELECT organization_id, pack, flow, revision FROM (
                SELECT DISTINCT ON (organization_id, pack, flow) organization_id, pack, flow, revision
                FROM flow_version WHERE organization_id = ANY (%s)
                ORDER BY organization_id, pack, flow, number DESC
            ) newest WHERE revision IS NOT NULL
            """,
            (list(organization_ids),),
        )
        return await cursor.fetchall()
