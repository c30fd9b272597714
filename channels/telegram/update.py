"""The update around a slice: what every item made of it carries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Update:
    """`external_id` is `u` and Telegram's update id; `at` the slice's own date, or the arrival."""

    account: str
    username: str | None
    external_id: str
    at: datetime
    raw: dict[str, Any]

    def stamp(self, part: str = "") -> dict[str, Any]:
        """The four fields of an item; `part` tells items of one update apart."""
        external_id = f"{self.external_id}:{part}" if part else self.external_id
        return {"account": self.account, "external_id": external_id, "at": self.at, "raw": self.raw}
