"""Unfolding somebody else's calendar in a process of its own, which may be ended: a rule in a file can keep a processor
busy for minutes, and within this process nobody would be answered meanwhile."""

import asyncio
import json
import resource
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from core.agenda.ics import BusyEvent, read_busy, too_big
from core.errors import HiloError, Refused

PROCESSOR_SECONDS = 20
WAIT_SECONDS = 60.0
MEMORY_BYTES = 1 << 30


class Unfoldable(HiloError):
    """The process ended by itself: a mistake of ours, with its last words."""


async def unfold(text: str, zone: ZoneInfo, since: datetime, until: datetime, own: str) -> list[BusyEvent]:
    """`read_busy`, given up after `PROCESSOR_SECONDS`; raises Refused then too, and Unfoldable."""
    asked = {"text": text, "zone": zone.key, "since": since.isoformat(), "until": until.isoformat(), "own": own}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backoffice.unfold_calendar"),
        cwd=Path(__file__).parent.parent,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            answer, words = await child.communicate(json.dumps(asked).encode())
    except TimeoutError:
        raise _too_long() from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    ended = child.returncode or 0
    if ended < 0:  # ended by the limit on its processor time
        raise _too_long()
    if ended > 0:
        raise Unfoldable(words.decode("utf-8", "replace")[-300:])
    told = json.loads(answer)
    if "refused" in told:
        raise Refused(*told["refused"])
    return [
        BusyEvent(key, datetime.fromisoformat(start), datetime.fromisoformat(end)) for key, start, end in told["busy"]
    ]


def _too_long() -> Refused:
    words = "El calendario tarda demasiado en leerse: comparte uno con menos repeticiones."
    return Refused("calendar_too_big", words)


def main() -> None:
    """One calendar from standard input, its busy time or why not to standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    if sys.platform == "linux":  # elsewhere it counts what is not used as well
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    asked = json.load(sys.stdin.buffer)
    since, until = datetime.fromisoformat(asked["since"]), datetime.fromisoformat(asked["until"])
    try:
        found = read_busy(asked["text"], ZoneInfo(asked["zone"]), since, until, asked["own"])
    except MemoryError:
        json.dump({"refused": [too_big().code, too_big().message]}, sys.stdout)
    except Refused as refused:
        json.dump({"refused": [refused.code, refused.message]}, sys.stdout)
    else:
        json.dump({"busy": [[one.key, one.start.isoformat(), one.end.isoformat()] for one in found]}, sys.stdout)


if __name__ == "__main__":
    main()
