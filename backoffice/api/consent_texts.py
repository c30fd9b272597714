"""The texts people agree to: published in versions, which stay readable as they were."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.words import Given, Paragraph
from core.organizations import consent_texts
from core.organizations.audit import audit
from core.organizations.consent_texts import Kind, Language
from core.organizations.model import ConsentText

router = staff_router("organization")

Reads = Annotated[Staff, Depends(Needs("consent_texts.read"))]
Writes = Annotated[Staff, Depends(Needs("consent_texts.write"))]


class ConsentTextView(BaseModel):
    kind: Kind
    language: Language
    version: int
    """The highest of a kind and language is in force."""
    text: str
    sha256: str
    """Of the text as UTF-8, in hexadecimal."""
    published_at: datetime
    published_by: str


class ConsentTextIn(Given):
    kind: Kind
    language: Language
    text: Paragraph


def _view(one: ConsentText, by: str) -> ConsentTextView:
    return ConsentTextView(
        kind=one.kind,  # type: ignore[arg-type]
        language=one.language,  # type: ignore[arg-type]
        version=one.version,
        text=one.text,
        sha256=one.sha256.hex(),
        published_at=one.published_at,
        published_by=by,
    )


@router.get("/consent-texts")
async def list_consent_texts(staff: Reads) -> list[ConsentTextView]:
    """Every version of every text, the newest first."""
    return [_view(*row) for row in await consent_texts.all_texts(staff.session, staff.organization.id)]


@router.post("/consent-texts", status_code=201)
async def publish_consent_text(staff: Writes, given: ConsentTextIn) -> ConsentTextView:
    """A new version, in force from now on. Of the privacy notice: what the bot says when it greets.

    409 `same_text` when the one in force says the same.
    """
    made = await consent_texts.publish(staff.session, staff.member, given.kind, given.language, given.text, staff.now)
    what = {"kind": made.kind, "language": made.language, "version": made.version, "sha256": made.sha256.hex()}
    audit(staff.session, staff.member, "consent_text.published", "", staff.now, **what)
    await staff.session.commit()
    return _view(made, staff.member.name)
