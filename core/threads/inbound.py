"""What a channel's parser makes of a webhook body: a list of items, each one thing that happened.

Every item carries `account` (the provider's key of our number or bot), `external_id` (unique per account; a
redelivery has the same one), `at` (the provider's instant) and `raw` (the provider's own slice, for dead letters).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from core.threads.content import Content

IdentityKind = Literal["whatsapp", "bsuid", "telegram", "phone", "email"]
Status = Literal["queued", "sending", "sent", "delivered", "read", "played", "failed"]


@dataclass(frozen=True, slots=True)
class Identity:
    """One way to reach a contact. `value` is kept exactly as the provider gives it; `scope` is '' when global.

    whatsapp: wa_id digits · bsuid: business-scoped user id, scoped by the WABA id · telegram: user id
    phone: E.164 · email: lower case
    """

    kind: IdentityKind
    scope: str
    value: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the other side. `address` is what the channel's `send` needs to answer exactly there.

    whatsapp: {"to": wa_id} or {"recipient": bsuid} · telegram: {"chat_id": int, "business_connection_id": str?}
    """

    identities: tuple[Identity, ...]
    address: dict[str, Any]
    name: str | None = None
    username: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """How a person came: `ctwa` (click-to-WhatsApp ad) or `deep_link` (Telegram start payload). `payload` is whole."""

    kind: Literal["ctwa", "deep_link"]
    source_id: str | None
    click_id: str | None
    headline: str | None
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SendError:
    """A provider's error: its code as text, its words, and where it says more."""

    code: str
    title: str
    details: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    account: str
    external_id: str
    at: datetime
    raw: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Item):
    """The person said something."""

    sender: Person
    provider_id: str
    content: Content
    reply_to: str | None = None
    forwarded: bool = False
    touch: Touch | None = None
    errors: tuple[SendError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(Item):
    """The person changed a message; `content` is what it says now."""

    sender: Person
    provider_id: str
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRevoked(Item):
    """The person deleted a message for everybody."""

    sender: Person
    provider_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted(Item):
    """The person put an emoji on a message (None: took it off)."""

    sender: Person
    provider_id: str
    emoji: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(Item):
    """What became of a message we sent. `tracker` is our outbox id when the provider gives it back."""

    provider_id: str
    status: Status
    tracker: str | None = None
    pricing: dict[str, Any] | None = None
    errors: tuple[SendError, ...] = ()
    recipient: Person | None = None
    """Whom it went to, with every id the provider names (a number and its BSUID), when it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoReceived(Item):
    """The business answered from its own phone: a staff message we did not send. `action` says what it did."""

    recipient: Person
    provider_id: str
    content: Content
    action: Literal["sent", "edited", "revoked"] = "sent"
    reply_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryImported(Item):
    """An old message from before the number was connected: no bot, no notification, no window."""

    person: Person
    direction: Literal["in", "out"]
    provider_id: str
    content: Content
    status: Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChanged(Item):
    """The person's number or id changed; `old` and `new` are of the same kind. None: only the phone was reinstalled."""

    person: Person
    old: Identity
    new: Identity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachChanged(Item):
    """The person blocked (`reachable` false) or unblocked us on this channel."""

    sender: Person
    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceChanged(Item):
    """The person told the provider whether they want marketing messages."""

    sender: Person
    granted: bool
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallChanged(Item):
    """A voice call or a call permission, kept in the thread as a notice."""

    sender: Person
    event: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(Item):
    """Something about our account: a restriction, a quality change, an error without a message."""

    subject: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChanged(Item):
    """Meta says something new of a message template of the account `waba`; None: nothing of that.

    `status` is one of `core.threads.message_templates`; `reason` Meta's code for it and `words` its explanation.
    """

    waba: str
    name: str
    language: str
    provider_id: str | None
    status: str | None = None
    reason: str | None = None
    words: str | None = None
    quality: str | None = None
    category: str | None = None
    components: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored(Item):
    """Understood and deliberately not acted on; `reason` says why (a group, a channel post …)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined(Item):
    """Understood, not for us, and worth one polite answer in that chat (a Telegram group that added the bot)."""

    chat: Person
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMigrated(Item):
    """A chat's address changed (Telegram group → supergroup)."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable(Item):
    """Signed but not understood: becomes a dead letter with this reason, and can be replayed."""

    reason: str


AnyItem = (
    MessageReceived
    | MessageEdited
    | MessageRevoked
    | Reacted
    | StatusChanged
    | EchoReceived
    | HistoryImported
    | IdentityChanged
    | ReachChanged
    | PreferenceChanged
    | CallChanged
    | AccountChanged
    | TemplateChanged
    | Ignored
    | Declined
    | ChatMigrated
    | Unreadable
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of one item: stored now, known before (a redelivery), ignored, or a dead letter, and why."""

    outcome: Literal["stored", "known", "ignored", "dead"]
    reason: str | None = None
