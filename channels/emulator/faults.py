"""How the emulator misbehaves on demand. Kept per account, or for all of them under `*`."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ErrorFault(BaseModel):
    """Answer the next `times` sends with an error (None: every send). Nothing is accepted meanwhile.

    `code` is Meta's (WhatsApp); `retry_after` (seconds) and `migrate_to_chat_id` are Telegram's parameters.
    """

    model_config = ConfigDict(extra="forbid")

    status: int = Field(ge=400, le=599)
    code: int | None = None
    title: str | None = None
    details: str | None = None
    retry_after: int | None = None
    migrate_to_chat_id: int | None = None
    times: int | None = None


class Faults(BaseModel):
    """All off by default.

    redeliver: each accepted webhook is posted so many times more. reorder (WhatsApp only: Telegram keeps its
    order): webhooks gathered for 0.25 s leave last first. delay_ms: wait before a webhook's first post.
    batch (WhatsApp only): gather up to so many items into one body of entries, changes and messages.
    drop_reply: accept and record so many sends, then close the connection unanswered (-1: every send).
    mute_statuses: accepted sends get no status webhooks.
    """

    model_config = ConfigDict(extra="forbid")

    redeliver: int = Field(default=0, ge=0, le=20)
    reorder: bool = False
    delay_ms: int = Field(default=0, ge=0, le=600_000)
    batch: int = Field(default=1, ge=1, le=100)
    graph_error: ErrorFault | None = None
    telegram_error: ErrorFault | None = None
    drop_reply: int = Field(default=0, ge=-1)
    mute_statuses: bool = False

    def take_drop(self) -> bool:
        """Whether this send's reply is dropped; counts it."""
        if self.drop_reply > 0:
            self.drop_reply -= 1
            return True
        return self.drop_reply == -1

    def take_error(self, name: str) -> ErrorFault | None:
        """The error this send is answered with, if any; counts it and clears itself when used up."""
        fault: ErrorFault | None = getattr(self, name)
        if fault is None or fault.times is None:
            return fault
        fault.times -= 1
        if fault.times <= 0:
            setattr(self, name, None)
        return fault if fault.times >= 0 else None


def parse_faults(raw: Any) -> Faults:
    """Raises pydantic.ValidationError on unknown names or values out of range."""
    return Faults.model_validate(raw)
