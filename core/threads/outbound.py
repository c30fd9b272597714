"""What leaves a thread: the account it leaves by, the wire form a channel renders, and how a send can end."""

from dataclasses import dataclass, field
from typing import Any, Literal

from core.errors import HiloError


@dataclass(frozen=True, slots=True)
class ChannelAccount:
    """One connected number or bot. `account` is the provider's key (phone_number_id, bot id).

    `secrets` (decrypted): whatsapp {access_token, app_secret, verify_token} · telegram {token, secret}
    `settings` (public): whatsapp {waba_id, display_phone_number, api_base?} · telegram {username, api_base?}
    """

    id: int
    organization_id: int
    kind: Literal["whatsapp", "telegram"]
    account: str
    settings: dict[str, Any]
    secrets: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a channel can show. Lengths in characters unless named otherwise; 0 means it has no such thing."""

    channel: str
    text: int
    caption: int
    prompt_text: int
    buttons: int
    button_label: int
    rows: int
    row_label: int
    row_description: int
    opener: int
    option_id_bytes: int
    window_hours: int
    """How long after the person's last message free text may be sent; 0: for ever."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One provider message ready to be sent: `type` names the provider's call, `body` its arguments. Pure data."""

    type: str
    body: dict[str, Any]
    attachment: int | None = None


class SendRefused(HiloError):
    """The provider said no and will say no again. `code` is the provider's; `message` its words."""

    def __init__(self, code: str, message: str, *, unreachable: bool = False, window_closed: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.unreachable = unreachable
        """The person blocked us or has no such account: mark the address."""
        self.window_closed = window_closed


class SendLater(HiloError):
    """The provider certainly did not take it, and may if tried again. `retry_after` in seconds, None: our choice.

    `account_wide` when the whole account must wait, not only this chat.
    """

    def __init__(
        self, code: str, message: str, *, retry_after: float | None = None, account_wide: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.account_wide = account_wide


class AccountBroken(HiloError):
    """The account cannot send at all (token revoked, number restricted): staff must act; nothing is lost."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class OutcomeUnknown(HiloError):
    """The request left and no answer came: the provider may or may not have taken it."""


class ChatMoved(HiloError):
    """The chat has another address now; send there."""

    def __init__(self, address: dict[str, Any]) -> None:
        super().__init__("the chat has a new address")
        self.address = address
