"""`hilo doctor`: is everything there that Hilo needs, and if not, what to do. Every check is one line."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from backoffice.settings import Settings
from channels.telegram.late import LateTelegramClients
from channels.whatsapp.send import WhatsAppClients
from core.clock import system_clock
from core.db import create_engine
from core.errors import HiloError
from core.migrations import pending
from core.threads.channels import Directory
from core.threads.outbound import ChannelAccount
from core.vault import Vault

EXTENSIONS = {"btree_gist", "pg_trgm", "unaccent"}
MINIMUM_POSTGRES = 150000


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, whether it is well, and what was found or is to be done."""

    what: str
    well: bool
    words: str


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Every check, in the order to mend them."""
    if settings.secret is None:
        yield Finding("secret", False, "HILO_SECRET is not set: set it to a long random text and keep it safe.")
    else:
        yield Finding("secret", True, "set")
    engine = create_engine(settings.require_database(), "owner", pool_size=1)
    try:
        healthy = True
        async for finding in _database(engine):
            healthy = healthy and finding.well
            yield finding
        async for finding in _redis(settings):
            yield finding
        if healthy and settings.secret is not None:
            async for finding in _channels(settings):
                yield finding
    finally:
        await engine.dispose()
    yield await _reachable(settings)


async def _database(engine: AsyncEngine) -> AsyncIterator[Finding]:
    try:
        async with engine.connect() as connection:
            version = await connection.scalar(text("SELECT current_setting('server_version_num')::int"))
            yield Finding(
                "PostgreSQL",
                version >= MINIMUM_POSTGRES,
                f"version {version // 10000}" + ("" if version >= MINIMUM_POSTGRES else ": Hilo needs 15 or later"),
            )
            found = set(await connection.scalars(text("SELECT extname FROM pg_extension")))
            missing = EXTENSIONS - found
            yield Finding("extensions", not missing, "there" if not missing else f"missing: {', '.join(missing)}")
            may: dict[str, bool] = {}
            for role in ("hilo_app", "hilo_spine"):
                may[role] = await connection.scalar(
                    text(
                        "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :role) "
                        "AND pg_has_role(current_user, :role, 'MEMBER')"
                    ),
                    {"role": role},
                )
                hint = (
                    "may be taken" if may[role] else f"the login may not become {role}: run `hilo migrate` as the owner"
                )
                yield Finding(f"role {role}", may[role], hint)
            behind = True
            if may["hilo_app"]:
                await connection.execute(text("SET ROLE hilo_app"))  # the login itself may read no table
                behind = await connection.run_sync(pending)
            yield Finding("schema", not behind, "up to date" if not behind else "run `hilo migrate`")
    except (SQLAlchemyError, OSError) as away:
        reason = str(getattr(away, "orig", away)).splitlines()[0]
        yield Finding("PostgreSQL", False, f"does not answer: {reason}. Check HILO_DATABASE_URL.")


async def _redis(settings: Settings) -> AsyncIterator[Finding]:
    if settings.redis_url is None:
        yield Finding(
            "Redis", True, "not configured: each process limits its own speed, files are fetched in the web one"
        )
        return
    redis = Redis.from_url(settings.redis_url, socket_connect_timeout=3)
    try:
        await redis.ping()
        yield Finding("Redis", True, "answers")
    except (RedisError, OSError) as away:
        yield Finding("Redis", False, f"does not answer ({away}): check HILO_REDIS_URL. No message is lost meanwhile.")
    finally:
        await redis.aclose()


async def _channels(settings: Settings) -> AsyncIterator[Finding]:
    engine = create_engine(settings.require_database(), "hilo_spine", pool_size=1)
    whatsapp, telegram = WhatsAppClients(), LateTelegramClients()
    try:
        directory = Directory(engine, Vault(settings.require_secret()), system_clock)
        try:
            await directory.refresh()
        except HiloError as error:
            yield Finding("channels", False, str(error))
            return
        for account in (*directory.all("whatsapp"), *directory.all("telegram")):
            yield await _channel(account, whatsapp, telegram)
    finally:
        await whatsapp.close()
        await telegram.close()
        await engine.dispose()


async def _channel(account: ChannelAccount, whatsapp: WhatsAppClients, telegram: LateTelegramClients) -> Finding:
    what = f"{account.kind} {account.account}"
    try:
        known_as = await (whatsapp if account.kind == "whatsapp" else telegram).who_am_i(account)
    except HiloError as error:
        return Finding(what, False, f"the provider refuses the token: {error}. Add the channel again with a new one.")
    return Finding(what, True, f"the token works: {known_as}")


async def _reachable(settings: Settings) -> Finding:
    address = settings.public_url.rstrip("/")
    try:
        async with httpx.AsyncClient(timeout=10) as http:
            answer = await http.get(f"{address}/healthz")
    except httpx.HTTPError as error:
        return Finding(
            "webhooks",
            False,
            f"{address} does not answer ({type(error).__name__}): start `hilo serve`, or mend HILO_PUBLIC_URL.",
        )
    if answer.status_code != 200:
        return Finding("webhooks", False, f"{address} answers {answer.status_code}: is that Hilo?")
    if not address.startswith("https://"):
        return Finding("webhooks", True, f"{address} answers; providers need https:// to reach it from outside")
    return Finding("webhooks", True, f"{address} answers")
