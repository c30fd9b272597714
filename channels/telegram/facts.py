"""What Telegram says of a bot and of where it sends its updates. Source: Bot API, User and WebhookInfo."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BotFacts:
    """The bot a token is of; `username` without the @."""

    id: int
    name: str
    username: str


@dataclass(frozen=True, slots=True)
class WebhookFacts:
    """`url` is empty when there is none; `trouble` is why the last update could not be brought, of those waiting."""

    url: str
    waiting: int
    trouble: str | None
