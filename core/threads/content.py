"""What can be said in a thread, in either direction.

Frozen data with one JSON form, `to_json`/`from_json`, which is what `message.content` stores and the API shows.
A channel's parser makes contents out of bodies, the bot and the staff make them to be sent, and
`channels.render` turns those into the channel's best form.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

MediaType = Literal["image", "audio", "voice", "video", "document", "sticker", "animation"]


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text; `*bold*`, `_italic_`, `~strike~` and a line break are its only markup, on every channel."""

    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Media:
    """A file. Coming in, `provider_ref` is the provider's media id until the file is fetched; going out it is unused.

    `attachment` is the id of Hilo's stored copy. `problem` says why there is none (too big, expired, lying about
    its type …); the message stays visible with that reason. Sizes in bytes.
    """

    type: MediaType
    provider_ref: str | None = None
    attachment: int | None = None
    caption: str = ""
    filename: str | None = None
    mime: str | None = None
    size: int | None = None
    sha256: str | None = None
    duration: int | None = None
    view_once: bool = False
    url: str | None = None
    problem: str | None = None
    kind: Literal["media"] = "media"


@dataclass(frozen=True, slots=True)
class Location:
    """A point on the map, degrees WGS 84."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None
    kind: Literal["location"] = "location"


@dataclass(frozen=True, slots=True)
class Card:
    """One contact card. `own` is true when the provider vouches that the card is the sender's own."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True)
class Cards:
    """Contact cards shared in one message."""

    cards: tuple[Card, ...]
    kind: Literal["cards"] = "cards"


@dataclass(frozen=True, slots=True)
class Reply:
    """A tap: the option's id as it was sent (`token:option`), and the title the person saw."""

    option: str
    title: str
    description: str | None = None
    source: Literal["button", "list", "template", "keyboard"] = "button"
    kind: Literal["reply"] = "reply"


@dataclass(frozen=True, slots=True)
class Form:
    """A filled-in form (WhatsApp Flow). `data` is None when the provider's JSON was invalid; `raw` keeps what came."""

    raw: str
    data: dict[str, Any] | None = None
    name: str | None = None
    kind: Literal["form"] = "form"


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One line of a catalogue order; price in minor units of the currency."""

    product: str
    quantity: int
    price_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A catalogue order sent by the person."""

    catalog: str
    items: tuple[OrderItem, ...]
    text: str = ""
    kind: Literal["order"] = "order"


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on another message; None takes it off. Going out only: incoming ones are events, not messages."""

    target: str
    emoji: str | None
    kind: Literal["reaction"] = "reaction"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer offered. `short` is the label for tight places (a button of 20 characters, a row of 24)."""

    id: str
    label: str
    short: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question with options. On the wire an option is `token:id`, the row for the next page `token:+offset`.

    `offset` is the index of the first option shown; the channel shows as many as it can from there and adds
    `more` when some are left. Options keep their number (1…n over all pages) so that a typed number answers;
    `hint` says so wherever the options are shown as numbered text.
    `request` asks the person's own phone number or location with the channel's own button where there is one.
    """

    text: str
    token: str
    options: tuple[Option, ...] = ()
    offset: int = 0
    opener: str = "Elegir"
    more: str = "Ver más"
    hint: str = "Se puede responder con el número."
    request: Literal["phone", "location"] | None = None
    request_label: str = "Compartir"
    footer: str | None = None
    kind: Literal["prompt"] = "prompt"


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template: what its variables are, in order, and its buttons, whose taps come back as a prompt's do.

    `text` is the whole as the person reads it; `language` the provider's code for it (es, pt_BR).
    """

    name: str
    language: str
    text: str
    parameters: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    token: str = ""
    kind: Literal["template"] = "template"


@dataclass(frozen=True, slots=True)
class Notice:
    """A line of the thread nobody said: taken over, assigned, resolved, a flow that broke. Never sent."""

    code: str
    data: dict[str, Any] | None = None
    kind: Literal["notice"] = "notice"


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something the provider would not show us, or that we do not know: its own type name and its reason."""

    type: str
    reason: str | None = None
    kind: Literal["unsupported"] = "unsupported"


Content = Text | Media | Location | Cards | Reply | Form | Order | Reaction | Prompt | Template | Notice | Unsupported

_adapter: TypeAdapter[Content] = TypeAdapter(Annotated[Content, Field(discriminator="kind")])


def to_json(content: Content) -> dict[str, Any]:
    """The stored form: JSON types only, defaults left out, `kind` always there."""
    stored: dict[str, Any] = _adapter.dump_python(content, mode="json", exclude_defaults=True)
    return {"kind": content.kind, **stored}


def from_json(stored: dict[str, Any]) -> Content:
    """The content of a stored form; raises pydantic's ValidationError on anything else."""
    return _adapter.validate_python(stored)


def plain_text(content: Content) -> str:
    """One line for lists and search: what a person would say the message says."""
    match content:
        case Text(text=text) | Prompt(text=text) | Template(text=text):
            return text
        case Media(caption=caption, filename=filename):
            return caption or filename or ""
        case Location(name=name, address=address):
            return ", ".join(part for part in (name, address) if part)
        case Cards(cards=cards):
            return ", ".join(card.name for card in cards)
        case Reply(title=title):
            return title
        case Order(text=text):
            return text
        case Form(raw=raw):
            return raw
        case Reaction(emoji=emoji):
            return emoji or ""
        case Notice() | Unsupported():
            return ""
