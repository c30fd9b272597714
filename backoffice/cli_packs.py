"""The packs a command is about: those configured, or the folders and files named to it."""

import sys
from collections.abc import Sequence
from pathlib import Path

from backoffice.runtime import load_packs
from backoffice.settings import Settings
from bot.language.globals_file import GLOBALS_FILE
from bot.language.library import FLOW_SUFFIX, Library
from bot.language.problem import FlowsBroken
from core.errors import Refused


def packs_or_exit(settings: Settings) -> dict[str, Library]:
    """Every configured pack by name; one that does not compile is told on stderr and ends the command with 1."""
    try:
        return load_packs(settings.flows_dir)
    except FlowsBroken as broken:
        for problem in broken.problems:
            print(problem, file=sys.stderr)
        print("No pack runs before these are mended.", file=sys.stderr)
        raise SystemExit(1) from None


def chosen_pack(name: str | None) -> tuple[str, Library]:
    """The pack of this name, or the first; raises Refused when there is none."""
    packs = packs_or_exit(Settings())
    chosen = name or next(iter(packs), "")
    if chosen not in packs:
        raise Refused("no_pack", f"There is no pack {chosen!r}: choose one of {', '.join(packs) or 'none'}.")
    return chosen, packs[chosen]


def is_pack(folder: Path) -> bool:
    return (folder / GLOBALS_FILE).is_file()


def at_path(path: Path) -> Path:
    """A path as it is, or a pack called by its name alone."""
    pack = Settings().flows_dir / path
    return pack if not path.exists() and is_pack(pack) else path


def _known() -> str:
    packs = sorted(path.parent.name for path in Settings().flows_dir.glob(f"*/{GLOBALS_FILE}"))
    return f" The packs are {', '.join(packs)}." if packs else ""


def packs_at(paths: Sequence[Path]) -> dict[Path, set[Path] | None]:
    """Pack folder → the files of it that were named, None: all. A path is a pack, its name, a folder of packs or a
    file."""
    found: dict[Path, set[Path] | None] = {}
    for path in map(at_path, paths):
        if path.is_dir():
            packs = [path] if is_pack(path) else sorted(one for one in path.iterdir() if is_pack(one))
            if not packs:
                raise Refused("no_pack", f"{path} is no pack and holds none: a pack has a {GLOBALS_FILE}.")
            found |= dict.fromkeys(packs)
        elif path.is_file() and (path.name.endswith(FLOW_SUFFIX) or path.name == GLOBALS_FILE):
            named = found.setdefault(path.parent, set())
            if named is not None:
                named.add(path)
        else:
            raise Refused("no_flow", f"{path} is no pack, no folder of packs and no *{FLOW_SUFFIX} file.{_known()}")
    return found
