"""The providers' sending rates as token buckets, for accounts that ask to have them enforced.

WhatsApp: 80 messages a second for a number, one per 6 seconds to one person with a burst of 45
(developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput, …/messages/pair-rate-limits).
Telegram: about 30 a second for a bot and one a second in a chat (core.telegram.org/bots/faq); a short burst
in a chat passes there too, of unstated size: 3 here.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` tokens come back up to `burst`."""

    per_second: float
    burst: int


WHATSAPP_NUMBER = Rate(80, 80)
WHATSAPP_PAIR = Rate(1 / 6, 45)
TELEGRAM_BOT = Rate(30, 30)
TELEGRAM_CHAT = Rate(1, 3)


class Buckets:
    """Tokens left per name; a bucket begins full."""

    def __init__(self) -> None:
        self._levels: dict[str, tuple[float, float]] = {}

    def wait_for(self, name: str, rate: Rate, now: float) -> int:
        """Take a token and return 0, or return the whole seconds until there is one."""
        level, since = self._levels.get(name, (float(rate.burst), now))
        level = min(rate.burst, level + (now - since) * rate.per_second)
        if level >= 1:
            self._levels[name] = (level - 1, now)
            return 0
        self._levels[name] = (level, now)
        return max(1, math.ceil((1 - level) / rate.per_second))
