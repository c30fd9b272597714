"""Contents on the wire: what the API shows and what staff may send. Inside, an attachment is a number; here an id."""

import hashlib
from typing import Annotated, Any, Literal

from fastapi import Body
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import select

from backoffice.api.access import Staff
from backoffice.api.words import Given, Line, MaybeLine, Paragraph, Word
from core.errors import Missing, Refused
from core.public_id import PublicIds
from core.threads import content as inside
from core.threads.content import Content
from core.threads.model import Attachment

MEDIA_MIMES = {
    "image": ("image/",),
    "sticker": ("image/",),
    "animation": ("image/gif", "video/"),
    "video": ("video/",),
    "audio": ("audio/", "video/mp4", "video/webm", "video/3gpp"),
    "voice": ("audio/", "video/mp4", "video/webm", "video/3gpp"),
    "document": ("",),
}


class MediaView(BaseModel):
    """A file. `attachment` is null until it is fetched; `problem` says why there will be none."""

    kind: Literal["media"] = "media"
    type: inside.MediaType
    attachment: str | None = None
    url: str | None = Field(default=None, description="Where the file can be had.")
    caption: str = ""
    filename: str | None = None
    mime: str | None = None
    size: int | None = None
    duration: int | None = None
    view_once: bool = False
    problem: str | None = None


ContentView = Annotated[
    inside.Text
    | MediaView
    | inside.Location
    | inside.Cards
    | inside.Reply
    | inside.Form
    | inside.Order
    | inside.Reaction
    | inside.Prompt
    | inside.Template
    | inside.Notice
    | inside.Unsupported,
    Field(discriminator="kind"),
]

_views: TypeAdapter[Any] = TypeAdapter(ContentView)


def view_content(ids: PublicIds, stored: dict[str, Any]) -> Any:
    """A stored content as the API shows it: no provider references, no numbers of ours."""
    if stored.get("kind") != "media":
        return _views.validate_python(stored)
    attachment = stored.get("attachment")
    public = ids.encode("attachment", attachment) if attachment is not None else None
    return MediaView(
        **{
            name: stored[name]
            for name in MediaView.model_fields
            if name in stored and name not in ("attachment", "url")
        },
        attachment=public,
        url=f"/api/attachments/{public}" if public else None,
    )


class TextIn(Given):
    kind: Literal["text"]
    text: Paragraph


class MediaIn(Given):
    """A file uploaded before with POST /api/attachments."""

    kind: Literal["media"]
    type: inside.MediaType
    attachment: Line
    caption: Annotated[MaybeLine, Field(max_length=1024)] = ""
    filename: MaybeLine | None = None


class LocationIn(Given):
    kind: Literal["location"]
    latitude: Annotated[float, Field(ge=-90, le=90, strict=True)]
    longitude: Annotated[float, Field(ge=-180, le=180, strict=True)]
    name: MaybeLine | None = None
    address: MaybeLine | None = None


class CardIn(Given):
    name: Line
    phones: Annotated[list[Line], Field(max_length=10)] = []
    emails: Annotated[list[Line], Field(max_length=10)] = []


class CardsIn(Given):
    kind: Literal["cards"]
    cards: Annotated[list[CardIn], Field(min_length=1, max_length=10)]


class OptionIn(Given):
    id: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,30}$")]
    label: Line
    short: Annotated[Word, Field(max_length=20)] | None = None
    description: MaybeLine | None = None


class PromptIn(Given):
    """A question with options, shown in the channel's best form; the tap comes back as a message to read."""

    kind: Literal["prompt"]
    text: Annotated[Paragraph, Field(max_length=1024)]
    options: Annotated[list[OptionIn], Field(min_length=1, max_length=20)]


class TemplateIn(Given):
    """An approved WhatsApp template; `parameters` are its variables in order, `text` as the person will read it."""

    kind: Literal["template"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]
    text: Paragraph
    parameters: Annotated[list[Line], Field(max_length=20)] = []


ContentIn = Annotated[TextIn | MediaIn | LocationIn | CardsIn | PromptIn | TemplateIn, Body(discriminator="kind")]


async def read_content(staff: Staff, given: Any, key: str) -> Content:
    """What will be stored and sent. `key` names a prompt's taps. Raises Refused for a file of another type."""
    match given:
        case TextIn():
            return inside.Text(given.text)
        case MediaIn():
            return await _media(staff, given)
        case LocationIn():
            return inside.Location(given.latitude, given.longitude, given.name, given.address)
        case CardsIn():
            return inside.Cards(
                tuple(inside.Card(card.name, tuple(card.phones), tuple(card.emails)) for card in given.cards)
            )
        case PromptIn():
            if len({option.id for option in given.options}) < len(given.options):
                raise Refused("value", "Dos opciones tienen el mismo id: cada una necesita el suyo.")
            options = tuple(
                inside.Option(option.id, option.label, option.short, option.description) for option in given.options
            )
            return inside.Prompt(given.text, f"s{hashlib.sha256(key.encode()).hexdigest()[:10]}", options)
        case TemplateIn():
            return inside.Template(given.name, given.language, given.text, tuple(given.parameters))
    raise AssertionError(f"a kind of content nobody reads: {given!r}")


async def _media(staff: Staff, given: MediaIn) -> inside.Media:
    attachment_id = staff.inside("attachment", given.attachment)
    row = (
        await staff.session.execute(
            select(Attachment.mime, Attachment.filename, Attachment.size).where(Attachment.id == attachment_id)
        )
    ).one_or_none()
    if row is None:
        raise Missing("attachment")
    if not row.mime.startswith(MEDIA_MIMES[given.type]):
        raise Refused("attachment_type", f"Ese archivo es {row.mime}: no se puede enviar como «{given.type}».")
    return inside.Media(
        given.type,
        attachment=attachment_id,
        caption=given.caption,
        filename=given.filename or row.filename,
        mime=row.mime,
        size=row.size,
    )
