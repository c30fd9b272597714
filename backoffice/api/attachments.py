"""Files of the threads: uploaded to be sent, and shown to the staff without ever running in their browser."""

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import Depends, Form, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import select

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from channels.media import checked
from core.errors import Missing, Refused
from core.organizations.audit import Seen
from core.threads.content import MediaType
from core.threads.media import store
from core.threads.model import Attachment
from core.threads.queries import sees_file

router = staff_router("attachments")

MAX_FILE = 16 * 1024 * 1024
INLINE = ("image/", "audio/", "video/", "application/pdf")
CSP = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"


class AttachmentView(BaseModel):
    id: str
    url: str
    mime: str
    filename: str | None
    size: int


@router.post("/attachments", status_code=201, max_body_size=MAX_FILE + 64 * 1024)
async def upload_attachment(
    staff: Annotated[Staff, Depends(Needs("attachments.write"))],
    file: UploadFile,
    type_: Annotated[MediaType | Literal["auto"], Form(alias="type")] = "auto",
) -> AttachmentView:
    """A file to be sent, at most 16 MB. 422 `wrong_type` when its bytes are not what it says it is."""
    data = await file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise Refused("too_long", "El archivo pasa de 16 MB: envíalo más liviano o en partes.")
    if not data:
        raise Refused("value", "El archivo está vacío.")
    declared = (file.content_type or "").replace("\0", "")[:200]
    name = _name(file.filename)
    found = checked(data, _type(declared) if type_ == "auto" else type_, declared, name)
    kept = await store(staff.session, staff.organization.id, found.data, found.mime, name)
    await staff.session.commit()
    public = staff.public("attachment", kept.id)
    return AttachmentView(
        id=public, url=f"/api/attachments/{public}", mime=kept.mime, filename=kept.filename, size=kept.size
    )


def _type(declared: str) -> MediaType:
    family = declared.partition("/")[0]
    return {"image": "image", "audio": "audio", "video": "video"}.get(family, "document")  # type: ignore[return-value]


def _name(given: str | None) -> str | None:
    """The file's own name without any directory, whatever the browser's system."""
    cleaned = (given or "").encode("utf-8", "replace").decode().replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in cleaned if letter.isprintable())[:200] or None


@router.get(
    "/attachments/{attachment_id}",
    response_class=Response,
    responses={
        200: {"description": "The file itself.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def read_attachment(staff: Annotated[Staff, Depends(Needs("attachments.read"))], attachment_id: str) -> Response:
    """The file. Pictures, sounds, films and PDFs may be shown in place; anything else is a download."""
    inside = staff.inside("attachment", attachment_id)
    row = (
        await staff.session.execute(
            select(Attachment.body, Attachment.mime, Attachment.filename).where(Attachment.id == inside)
        )
    ).one_or_none()
    if row is None or not await sees_file(staff.session, staff.sight, inside):
        raise Missing("attachment")
    staff.seen.add(Seen("attachment.seen", attachment_id, row.filename or ""))
    inline = row.mime.startswith(INLINE) and "svg" not in row.mime
    shown = quote(row.filename or "archivo", safe="")
    return Response(
        row.body,
        media_type=row.mime if row.mime.isascii() and row.mime.isprintable() else "application/octet-stream",
        headers={
            "Content-Disposition": f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{shown}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": CSP,
            "Cache-Control": "private, max-age=86400",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
