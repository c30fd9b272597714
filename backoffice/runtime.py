"""What a process holds: connections, clients, the loops. Built once in `main`, passed around, closed at the end."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from redis.asyncio import Redis
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

import bot.agenda_actions
import bot.agenda_finding
import bot.clinic_actions
import bot.lead_actions  # noqa: F401 binding the actions to their names is what importing these is for
from backoffice.courtesies import Courtesies
from backoffice.settings import Settings
from backoffice.web_push import Voluntary
from bot.accept import Accepts
from bot.announces import Announces
from bot.conversing import Conversing, ReadFacts
from bot.due import Due
from bot.language.library import Library, load_pack
from bot.published import Published
from bot.run_action import RunsActions
from bot.turn import Taken, Turns
from channels import telegram, whatsapp
from channels.buckets import Buckets, LocalBuckets, RedisBuckets
from channels.deliver import Delivers
from channels.media import LoadMedia, MediaFile
from channels.telegram.errors import reason_es as telegram_reason
from channels.telegram.late import LateTelegramClients
from channels.whatsapp.errors import reason_es as whatsapp_reason
from channels.whatsapp.send import WhatsAppClients
from core.clock import Clock, system_clock
from core.db import create_engine, tenant_session
from core.errors import Missing
from core.organizations.queries import OrganizationFacts, organization_facts
from core.public_id import PublicIds
from core.threads.channels import Directory
from core.threads.model import Attachment
from core.threads.spine import TurnWrite
from core.vault import Vault

LIMITS = {"whatsapp": whatsapp.LIMITS, "telegram": telegram.LIMITS}


@dataclass(frozen=True, slots=True)
class Runtime:
    """`spine` in autocommit for the hot path, `loops` the same role with transactions, `app` for one organization."""

    settings: Settings
    clock: Clock
    ids: PublicIds
    spine: AsyncEngine
    loops: AsyncEngine
    app: AsyncEngine
    vault: Vault
    voluntary: Voluntary
    directory: Directory
    whatsapp: WhatsAppClients
    telegram: LateTelegramClients
    conversing: Conversing
    turns: Turns
    accepts: Accepts
    delivers: Delivers
    due: Due
    announces: Announces


def load_packs(flows: Path) -> dict[str, Library]:
    """Every pack of the flows directory by its name; raises FlowsBroken with all problems of a pack."""
    return {path.name: load_pack(path) for path in sorted(flows.iterdir()) if (path / "_globals.yaml").exists()}


def explain(kind: str, code: str) -> str:
    """What a provider's error code means and what to do, in Spanish."""
    return whatsapp_reason(code) if kind == "whatsapp" else telegram_reason(code)


@asynccontextmanager
async def runtime(settings: Settings, clock: Clock = system_clock) -> AsyncIterator[Runtime]:
    """Open everything a process needs; close it when the block ends. Raises Refused for a missing secret."""
    secret = settings.require_secret()
    async with AsyncExitStack() as stack:
        spine, loops, app = _engines(stack, settings.require_database())
        vault = Vault(secret)
        ids, libraries = PublicIds(secret), load_packs(settings.flows_dir)
        directory = Directory(loops, vault, clock)
        whatsapp_clients, telegram_clients = WhatsAppClients(), LateTelegramClients()
        courtesies = Courtesies(directory, whatsapp_clients, telegram_clients)
        for client in (whatsapp_clients, telegram_clients, courtesies):
            stack.push_async_callback(client.close)
        await remember_revisions(loops, libraries)
        conversing = Conversing(Published(libraries), _facts_reader(loops), directory.kind_of, clock)
        delivers = Delivers(
            spine,
            directory,
            {"whatsapp": whatsapp_clients, "telegram": telegram_clients},
            LIMITS,
            _buckets(stack, settings),
            ids,
            clock,
            _media_loader(app),
            explain,
            courtesies.answered,
            timedelta(seconds=settings.send_lease),
            timedelta(seconds=settings.send_settle),
        )

        def on_taken(taken: Sequence[Taken]) -> None:
            courtesies.after(taken)
            wake([turn.write for turn in taken])

        def wake(writes: Sequence[TurnWrite]) -> None:
            if any(write.outbox for write in writes):
                delivers.wake()
            if any(write.actions or write.due_at for write in writes):
                due.wake()

        turns = Turns(spine, conversing, clock, on_taken)
        due = Due(spine, turns, RunsActions(app, conversing, clock), clock, wake)
        accepts = Accepts(spine, loops, turns, directory, ids, clock, delivers.wake, explain, courtesies.decline)
        yield Runtime(
            settings=settings,
            clock=clock,
            ids=ids,
            spine=spine,
            loops=loops,
            app=app,
            vault=vault,
            voluntary=Voluntary.of(secret, settings.public_url),
            directory=directory,
            whatsapp=whatsapp_clients,
            telegram=telegram_clients,
            conversing=conversing,
            turns=turns,
            accepts=accepts,
            delivers=delivers,
            due=due,
            announces=Announces(loops, app, conversing, clock, wake),
        )


def _engines(stack: AsyncExitStack, url: str) -> tuple[AsyncEngine, AsyncEngine, AsyncEngine]:
    spine = create_engine(url, "hilo_spine", autocommit=True)
    loops = create_engine(url, "hilo_spine", pool_size=3)
    app = create_engine(url, "hilo_app", pool_size=8)
    for engine in (spine, loops, app):
        stack.push_async_callback(engine.dispose)
    return spine, loops, app


def _buckets(stack: AsyncExitStack, settings: Settings) -> Buckets:
    local = LocalBuckets(time.monotonic)
    if settings.redis_url is None:
        return local
    redis = Redis.from_url(settings.redis_url)
    stack.push_async_callback(redis.aclose)
    return RedisBuckets(redis, local)


async def remember_revisions(engine: AsyncEngine, libraries: dict[str, Library]) -> None:
    """Keep today's flows in the database, so that conversations begun with them go on after the packs change."""
    async with AsyncSession(engine) as session:
        for library in libraries.values():
            for flow in library.flows.values():
                await session.execute(
                    text(
                        "INSERT INTO flow_revision (sha256, flow, source) VALUES (:sha, :flow, :source) "
                        "ON CONFLICT DO NOTHING"
                    ),
                    {"sha": flow.revision, "flow": flow.name, "source": flow.canonical},
                )
        await session.commit()


def _facts_reader(engine: AsyncEngine) -> ReadFacts:
    async def read(organization_id: int, now: datetime) -> OrganizationFacts:
        async with AsyncSession(engine) as session:
            return await organization_facts(session, organization_id, now)

    return read


def _media_loader(engine: AsyncEngine) -> Callable[[int], LoadMedia]:
    def of_organization(organization_id: int) -> LoadMedia:
        async def load(attachment_id: int) -> MediaFile:
            async with tenant_session(engine, organization_id) as session:
                found = await session.execute(
                    select(Attachment.body, Attachment.mime, Attachment.filename).where(Attachment.id == attachment_id)
                )
                row = found.one_or_none()
            if row is None:
                raise Missing("attachment")
            return MediaFile(row.body, row.mime, row.filename)

        return load

    return of_organization
