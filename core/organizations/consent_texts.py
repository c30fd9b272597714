"""The texts people agree to, in versions: what was published stays as it was. Takes a session, never commits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Refused
from core.organizations.model import ConsentText, Member

Kind = Literal[
    "privacy_notice", "messaging_opt_in", "photos_marketing", "photos_clinical", "procedure", "no_show_policy"
]
Language = Literal["es", "pt", "en"]
TOLD_AT_ONCE = 900
"""Characters of a privacy notice: the bot says it within its greeting."""


async def texts_in_force(session: AsyncSession, organization_id: int, kind: Kind) -> Mapping[str, str]:
    """Language → text of the newest version."""
    rows = await session.execute(
        select(ConsentText.language, ConsentText.text)
        .where(ConsentText.organization_id == organization_id, ConsentText.kind == kind)
        .order_by(ConsentText.version)
    )
    return {language: words for language, words in rows}  # noqa: C416 the newest is read last


async def all_texts(session: AsyncSession, organization_id: int) -> Sequence[tuple[ConsentText, str]]:
    """Every version of every text with who published it, the newest first."""
    rows = await session.execute(
        select(ConsentText, Member.name)
        .join(Member, Member.id == ConsentText.published_by)
        .where(ConsentText.organization_id == organization_id)
        .order_by(ConsentText.version.desc(), ConsentText.id)
    )
    return [(text, name) for text, name in rows]


async def publish(
    session: AsyncSession, by: Member, kind: Kind, language: Language, words: str, now: datetime
) -> ConsentText:
    """A new version. Raises Refused when it says what the one in force says, or is too long to be told at once."""
    words = words.replace("\r\n", "\n").strip()
    if kind == "privacy_notice" and len(words) > TOLD_AT_ONCE:
        raise Refused(
            "too_long", f"El aviso de privacidad admite {TOLD_AT_ONCE} letras: resume, y pon la dirección del completo."
        )
    newest = await session.scalar(
        select(ConsentText)
        .where(
            ConsentText.organization_id == by.organization_id,
            ConsentText.kind == kind,
            ConsentText.language == language,
        )
        .order_by(ConsentText.version.desc())
        .limit(1)
    )
    if newest is not None and newest.text == words:
        raise Refused("same_text", "Ya está publicado tal cual: cambia algo antes de publicar.")
    made = ConsentText(
        organization_id=by.organization_id,
        kind=kind,
        language=language,
        version=newest.version + 1 if newest else 1,
        text=words,
        sha256=sha256(words.encode()).digest(),
        published_at=now,
        published_by=by.id,
    )
    session.add(made)
    await session.flush()
    return made
