"""What nobody understood: stored whole with its reason, listed, and replayed on request."""

import hashlib

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.threads.queues import DeadLetter

REASON = 500
FORGED = "the signature is not of the app of account"
"""How the reason begins of what somebody signed who is not the account's: nobody's, whatever it says."""


async def adopt(session: AsyncSession, channel: str, account: str, organization_id: int) -> int:
    """Give what came for an account before it was connected to its organization; returns how many."""
    adopted = await session.scalars(
        update(DeadLetter)
        .where(
            DeadLetter.channel == channel,
            DeadLetter.account == account,
            DeadLetter.organization_id.is_(None),
            DeadLetter.reason.not_like(f"{FORGED}%"),
        )
        .values(organization_id=organization_id)
        .returning(DeadLetter.id)
    )
    return len(list(adopted))


async def bury(
    session: AsyncSession,
    *,
    channel: str,
    account: str | None,
    organization_id: int | None,
    reason: str,
    body: bytes,
    key: str | None = None,
) -> bool:
    """Keep the body; the same one again changes nothing (False). `key` defaults to the body's hash."""
    buried = await session.scalar(
        insert(DeadLetter)
        .values(
            key=key or f"{channel}/{hashlib.sha256(body).hexdigest()}",
            organization_id=organization_id,
            channel=channel,
            account=account,
            reason=reason[:REASON].replace("\0", "�"),
            body=body,
        )
        .on_conflict_do_nothing()
        .returning(DeadLetter.id)
    )
    return buried is not None
