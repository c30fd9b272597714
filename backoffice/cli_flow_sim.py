"""`hilo flow sim`: talk to a pack in the terminal. No database, no provider; the channels' own renderers."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from backoffice.cli_packs import chosen_pack
from backoffice.draw import draw
from backoffice.screen import CHANNELS, show
from backoffice.settings import Settings
from backoffice.sketch import pages
from bot.facts import Facts, spoken_to
from bot.language.library import Library
from bot.language.tongues import Tag
from bot.tooling.simulate import Screen, simulate
from bot.tooling.transcripts import pack_facts, run_transcript
from bot.transcript import parse_transcript
from core.clock import system_clock
from core.threads.content import Content

ZONE = "America/Bogota"
"""Where the clinic of the simulator is when the pack's `_facts.yaml` names no zone."""


def sim(
    pack: str | None = None,
    *,
    channel: Literal["whatsapp", "telegram", "plain", "all"] = "whatsapp",
    language: Tag | None = None,
) -> None:
    """Talk to a pack in the terminal; `?` helps.

    Parameters
    ----------
    language
        What the person speaks (es, pt, en), or how the organization speaks to them (es-vos, es-usted).
    channel
        How the bot's messages are drawn; `all` shows the three beside each other (the talk itself is WhatsApp's).
    """
    name, library = chosen_pack(pack)
    tests = Settings().flows_dir / name / "tests"
    known = pack_facts(tests)
    facts = spoken_to(Facts(known.org, known.contact, "whatsapp" if channel == "all" else channel), language)
    shown = list(CHANNELS) if channel == "all" else [channel]

    def on_terminal(contents: Sequence[Content]) -> str:
        return show(contents, shown, shutil.get_terminal_size((80, 24)).columns, colour=sys.stdout.isatty())

    def turned(content: Content) -> Mapping[str, str]:
        return pages(facts.channel, content)

    def save(file: str, text: str) -> None:
        print(f"  {save_chat(tests, file, text, library, facts)}")

    now = system_clock().astimezone(ZoneInfo(str(known.org.get("zone") or ZONE)))
    simulate(library, facts, now, _read, print, Screen(on_terminal, turned), save)


def save_chat(folder: Path, name: str, text: str, library: Library, facts: Facts) -> str:
    """Keep a transcript beside the pack's others and play it: what to tell about it. Never over another one."""
    file = folder / (Path(name).name.removesuffix(".chat") + ".chat")
    if file.exists():
        return f"?! {file} is there already: choose another name"
    folder.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    played = run_transcript(parse_transcript(text, str(file)), library, facts.channel, pack_facts(folder), draw)
    if not played.passed:
        told = "; ".join(f"line {one.line}: {one.message}" for one in played.failures)
        return f"?! saved as {file}, but it does not pass: {told}"
    return f"saved as {file}; it passes: hilo flow test {file}"


def _read() -> str | None:
    try:
        return input("> ")
    except EOFError:
        return None
