"""`hilo flow …`: what authors of flows use. None of it needs a database, except replaying a thread of one."""

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.cli_flow_checks import coverage, diff, graph, lint, templates
from backoffice.cli_flow_sim import sim
from backoffice.cli_packs import at_path, packs_or_exit
from backoffice.database import installation
from backoffice.draw import draw
from backoffice.settings import Settings
from bot import event_json
from bot.effects import Ended, HandOver, RunAction, Send, VarSet
from bot.facts import Facts
from bot.language.globals_file import GLOBALS_FILE
from bot.language.library import FLOW_SUFFIX, compile_revision
from bot.language.problem import FlowsBroken
from bot.language.tongues import Tag
from bot.published import with_flows
from bot.tooling.replay import replay as play_again
from bot.tooling.transcripts import rewrite_transcript, run_transcripts, transcript_files
from bot.tooling.translate import translate as write_translation
from core.clock import system_clock
from core.contacts.model import Contact
from core.db import create_engine, driver_of
from core.errors import Missing, Refused
from core.flow_versions import revisions_in_force
from core.organizations.queries import organization_facts
from core.public_id import PublicIds
from core.threads.content import plain_text
from core.threads.model import Thread
from core.threads.queues import FlowRevision, InboundEvent

Flag = Annotated[bool, Parameter(negative="")]

flow = App(name="flow", help="Check, test, try and draw conversation flows.")
for command in (lint, sim, graph, coverage, diff, templates):
    flow.command(command)


@flow.command
def test(*paths: Path, update: Flag = False) -> None:
    """Run transcripts (.chat): of the packs, folders and files named, or all of every pack.

    Parameters
    ----------
    paths
        Only these transcripts, folders of them, or packs.
    update
        Write what the bot says now over what no longer holds; look at the difference before you keep it.
    """
    settings = Settings()
    failed = ran = 0
    named = [at_path(path).resolve() for path in paths] or [settings.flows_dir.resolve()]
    for name, library in packs_or_exit(settings).items():
        folder = settings.flows_dir / name
        wanted = _within(named, folder.resolve())
        if update:
            for file in transcript_files(wanted):
                if rewrite_transcript(file, library):
                    print(f"{file}: rewritten")
        for result in run_transcripts(wanted, library, draw).results:
            ran += 1
            failed += not result.passed
            for failure in result.failures:
                print(f"{result.file}:{failure.line}: ({result.channel}) {failure.message}")
    if not ran:
        where = ", ".join(map(str, paths)) or settings.flows_dir
        raise Refused(
            "no_transcript",
            f"{where} has no transcript of a pack in {settings.flows_dir}: name a .chat file, a folder of them or a "
            "pack, or set HILO_FLOWS_DIR to the folder your packs are in.",
        )
    print(f"{ran - failed} passed, {failed} failed")
    if failed:
        raise SystemExit(1)


def _within(named: list[Path], pack: Path) -> list[Path]:
    """What was named, as far as it is of the pack: all of it where a folder around it was named."""
    if any(path == pack or path in pack.parents for path in named):
        return [pack]
    return [path for path in named if pack in path.parents and path.exists()]


@flow.command
def translate(name: str, language: Tag, *, pack: str | None = None, accept: Flag = False) -> None:
    """Write or bring up to date i18n/<flow>.<language>.yaml: what is new comes in empty, what has changed is marked.

    Parameters
    ----------
    name
        The flow's file, or _globals.
    language
        es, pt, en, or a register of Spanish: es-vos, es-usted.
    accept
        The translations have been looked at: they are of today's texts.
    """
    folder = _folder(Settings(), pack)
    try:
        target, left = write_translation(folder, name, language, accept=accept)
    except FileNotFoundError:
        known = sorted(path.name.removesuffix(FLOW_SUFFIX) for path in folder.glob(f"*{FLOW_SUFFIX}"))
        raise Refused("no_flow", f"There is no flow {name!r} in {folder}: choose one of {', '.join(known)}.") from None
    except FlowsBroken as broken:
        raise Refused("flows", str(broken)) from None
    print(f"{target}: {left} texts want looking at")


def _folder(settings: Settings, name: str | None) -> Path:
    """A pack's own; it need not compile, since a translation that is not done may be why."""
    packs = [path.parent for path in sorted(settings.flows_dir.glob(f"*/{GLOBALS_FILE}"))]
    for path in packs:
        if name in (None, path.name):
            return path
    known = ", ".join(path.name for path in packs) or "none"
    raise Refused("no_pack", f"There is no pack {name!r}: choose one of {known}.")


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
            contact = await session.get_one(Contact, found.contact_id)
            rows = await session.scalars(
                select(InboundEvent)
                .where(InboundEvent.thread_id == thread_id, InboundEvent.state.is_not(None))
                .order_by(InboundEvent.id)
            )
            events = [(row.at, row.state or "bot", event_json.from_json(row.kind, row.event)) for row in rows]
            revisions = [compile_revision(row.source) for row in await session.scalars(select(FlowRevision))]
            own = await revisions_in_force(await driver_of(session), [found.organization_id])
    finally:
        await engine.dispose()
    library = packs_or_exit(settings)[known.pack].with_revisions(revisions)
    spoken = {flow: library.revision(revision) for _, pack, flow, revision in own if pack == known.pack}
    library = with_flows(library, {name: flow for name, flow in spoken.items() if flow is not None})
    results = play_again(library, Facts(known.facts, {"language": contact.language}), events)
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
