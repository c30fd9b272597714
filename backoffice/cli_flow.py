"""`hilo flow …`: what authors of flows use. None of it needs a database, except replaying a thread of one."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.cli_flow_checks import coverage, diff, graph, lint
from backoffice.cli_packs import at_path, chosen_pack, packs_or_exit
from backoffice.database import installation
from backoffice.draw import draw
from backoffice.settings import Settings
from bot import event_json
from bot.effects import Ended, HandOver, RunAction, Send, VarSet
from bot.facts import Facts
from bot.language.library import compile_revision
from bot.tooling.replay import replay as play_again
from bot.tooling.simulate import simulate
from bot.tooling.transcripts import pack_facts, rewrite_transcript, run_transcripts, transcript_files
from core.clock import system_clock
from core.db import create_engine
from core.errors import Missing
from core.organizations.queries import organization_facts
from core.public_id import PublicIds
from core.threads.content import plain_text
from core.threads.model import Thread
from core.threads.queues import FlowRevision, InboundEvent

flow = App(name="flow", help="Check, test, try and draw conversation flows.")
for command in (lint, graph, coverage, diff):
    flow.command(command)


@flow.command
def test(*paths: Path, update: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Run transcripts (.chat): of the packs, folders and files named, or all of every pack.

    Parameters
    ----------
    update
        Write what the bot says now over what no longer holds; look at the difference before you keep it.
    """
    settings = Settings()
    failed = ran = 0
    for name, library in packs_or_exit(settings).items():
        folder = settings.flows_dir / name
        places = [at_path(path) for path in paths]
        wanted = [path for path in places if _within(path, folder)] if places else [folder]
        if update:
            for file in transcript_files(wanted):
                if rewrite_transcript(file, library):
                    print(f"{file}: rewritten")
        for result in run_transcripts(wanted, library, draw).results:
            ran += 1
            failed += not result.passed
            for failure in result.failures:
                print(f"{result.file}:{failure.line}: ({result.channel}) {failure.message}")
    print(f"{ran - failed} passed, {failed} failed")
    if not ran:
        print("There is no transcript there: name a pack, a folder or a .chat file of one.", file=sys.stderr)
    if failed or not ran:
        raise SystemExit(1)


def _within(path: Path, pack: Path) -> bool:
    return pack.resolve() in (path.resolve(), *path.resolve().parents)


@flow.command
def sim(pack: str | None = None, *, channel: str = "whatsapp") -> None:
    """Talk to a pack in the terminal; `?` helps.

    Parameters
    ----------
    channel
        whatsapp, telegram or plain: how the bot's messages are drawn.
    """
    settings = Settings()
    name, library = chosen_pack(pack)
    known = pack_facts(settings.flows_dir / name / "tests")

    def read() -> str | None:
        try:
            return input("> ")
        except EOFError:
            return None

    def save(file: str, text: str) -> None:
        target = settings.flows_dir / name / "tests" / Path(file).name
        target.write_text(text, encoding="utf-8")
        print(f"saved as {target}; fill in what the bot says with: hilo flow test --update {target}")

    facts = Facts(known.org, known.contact, channel)
    simulate(library, facts, system_clock().astimezone(ZoneInfo("America/Bogota")), read, print, draw, save)


@flow.command
def replay(thread: str) -> None:
    """Play a thread's stored events again through the flows they were taken with, and show each turn.

    Parameters
    ----------
    thread
        The thread's public id (th_…).
    """
    with installation(Settings(), share=True) as settings:
        asyncio.run(_replay(settings, thread))


async def _replay(settings: Settings, public_id: str) -> None:
    thread_id = PublicIds(settings.require_secret()).decode("thread", public_id)
    engine = create_engine(settings.require_database(), "hilo_spine", pool_size=1)
    try:
        async with AsyncSession(engine) as session:
            found = await session.get(Thread, thread_id)
            if found is None:
                raise Missing("thread")
            known = await organization_facts(session, found.organization_id, system_clock())
            rows = await session.scalars(
                select(InboundEvent)
                .where(InboundEvent.thread_id == thread_id, InboundEvent.state.is_not(None))
                .order_by(InboundEvent.id)
            )
            events = [(row.at, row.state or "bot", event_json.from_json(row.kind, row.event)) for row in rows]
            revisions = [compile_revision(row.source) for row in await session.scalars(select(FlowRevision))]
    finally:
        await engine.dispose()
    library = packs_or_exit(settings)[known.pack].with_revisions(revisions)
    results = play_again(library, Facts(known.facts), events)
    for (at, _, event), result in zip(events, results, strict=True):
        print(f"{at:%Y-%m-%d %H:%M:%S} {_event_line(event)}")
        for effect in result.effects:
            if line := _effect_line(effect):
                print(f"    {line}")


def _event_line(event: object) -> str:
    content = getattr(event, "content", None)
    return f"{type(event).__name__}: {plain_text(content) or content.kind}" if content else str(event)


def _effect_line(effect: object) -> str | None:
    match effect:
        case Send(content=content):
            return f"< {plain_text(content)}"
        case RunAction(name=name):
            return f"! {name}"
        case VarSet(name=name, value=value):
            return f"= {name}: {value}"
        case HandOver(team=team, error=error):
            return f"@handover {team or ''} {error or ''}".rstrip()
        case Ended(flow=name, outcome=outcome):
            return f"@ended {name} {outcome}"
    return None
