"""How fast an account and a chat may be written to: token buckets, shared through Redis when there is one.

The algorithm is GCRA (ITU-T I.371): one number per bucket, the instant at which it is full again. Losing it costs a
burst, never a message.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

PATIENCE = 0.5
"""Seconds Redis has for an answer; it usually takes less than a thousandth of that."""
ASK_AGAIN = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` in the long run, `burst` at once."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Bucket:
    key: str
    rate: Rate


RATES = {
    "whatsapp": (Rate(80, 80), Rate(1 / 6, 45)),
    "telegram": (Rate(30, 30), Rate(1, 5)),
}
"""(the account, one chat of it). Meta: 80 messages/s a number, 1 per 6 s to one person with bursts of 45 (131056).
Telegram: 30/s a bot, 1/s a chat with short bursts allowed; `retry_after` has the last word."""


def buckets_of(kind: str, account: str, chat: str) -> tuple[Bucket, Bucket]:
    """The two buckets a message must get a token from."""
    for_account, for_chat = RATES[kind]
    return Bucket(f"{kind}/{account}", for_account), Bucket(f"{kind}/{account}/{chat}", for_chat)


class Buckets(Protocol):
    async def take(self, buckets: Sequence[Bucket]) -> float:
        """Take a token from every bucket, or from none; 0.0, or the seconds until all have one."""

    async def pause(self, key: str, seconds: float) -> None:
        """Nothing more from this bucket for so long: the provider said so."""


@dataclass(slots=True)
class LocalBuckets:
    """For one process. `monotonic` in seconds."""

    monotonic: Callable[[], float]
    _full_at: dict[str, float] = field(default_factory=dict)
    _paused_until: dict[str, float] = field(default_factory=dict)

    async def take(self, buckets: Sequence[Bucket]) -> float:
        now = self.monotonic()
        if len(self._full_at) > 50_000:
            self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        wait = max(self._wait(bucket, now) for bucket in buckets)
        if wait > 0:
            return wait
        for bucket in buckets:
            full_at = max(self._full_at.get(bucket.key, 0.0), now)
            self._full_at[bucket.key] = full_at + 1 / bucket.rate.per_second
        return 0.0

    def _wait(self, bucket: Bucket, now: float) -> float:
        full_at = max(self._full_at.get(bucket.key, 0.0), now)
        paused = self._paused_until.get(bucket.key, 0.0) - now
        return max(0.0, paused, full_at - now - (bucket.rate.burst - 1) / bucket.rate.per_second)

    async def pause(self, key: str, seconds: float) -> None:
        self._paused_until[key] = max(self._paused_until.get(key, 0.0), self.monotonic() + seconds)


TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local wait = 0
for i, key in ipairs(KEYS) do
    local paused = tonumber(redis.call('GET', key .. '/pause') or 0)
    local full = math.max(tonumber(redis.call('GET', key) or 0), now)
    wait = math.max(wait, paused - now, full - now - (tonumber(ARGV[2 * i]) - 1) / tonumber(ARGV[2 * i - 1]))
end
if wait > 0 then return tostring(wait) end
for i, key in ipairs(KEYS) do
    local full = math.max(tonumber(redis.call('GET', key) or 0), now) + 1 / tonumber(ARGV[2 * i - 1])
    redis.call('SET', key, string.format('%.6f', full), 'PX', math.ceil((full - now) * 1000) + 1000)
end
return '0'
"""


class RedisBuckets:
    """For several processes, by the clock of Redis. While Redis is away, each process keeps its own buckets.

    A Redis that does not answer is not asked again for a while, so that it delays one message and not all of them.
    """

    def __init__(self, redis: Redis, fallback: LocalBuckets) -> None:
        self._redis = redis
        self._take = redis.register_script(TAKE)
        self._fallback = fallback
        self._away_until = 0.0

    async def take(self, buckets: Sequence[Bucket]) -> float:
        rates = [value for bucket in buckets for value in (bucket.rate.per_second, bucket.rate.burst)]
        if not self._is_away():
            try:
                async with asyncio.timeout(PATIENCE):
                    return float(await self._take(keys=[f"hilo/{bucket.key}" for bucket in buckets], args=rates))
            except (RedisError, OSError) as away:
                self._leave(away)
        return await self._fallback.take(buckets)

    async def pause(self, key: str, seconds: float) -> None:
        if not self._is_away():
            try:
                async with asyncio.timeout(PATIENCE):
                    until = (await self._redis.time())[0] + seconds
                    await self._redis.set(f"hilo/{key}/pause", until, px=int(seconds * 1000) + 1000)
                    return
            except (RedisError, OSError) as away:
                self._leave(away)
        await self._fallback.pause(key, seconds)

    def _is_away(self) -> bool:
        return self._fallback.monotonic() < self._away_until

    def _leave(self, away: Exception) -> None:
        log.warning("Redis is away", error=f"{type(away).__name__}: {away}")
        self._away_until = self._fallback.monotonic() + ASK_AGAIN
