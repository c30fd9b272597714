"""`python -m channels.emulator --port 8790`: the emulator as a process of its own."""

import argparse
import time
from contextlib import suppress

from channels.emulator.app import create_emulator
from channels.emulator.server import EmulatorServer
from channels.emulator.world import World

IDS_SINCE = 1_767_225_600
"""2026-01-01: ids begin at the seconds since then, so a restarted emulator never repeats one (below one id a
second on average) and Telegram's stay below 2^31."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m channels.emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8790)
    given = parser.parse_args()
    app = create_emulator(World(first_id=int(time.time()) - IDS_SINCE))
    with suppress(KeyboardInterrupt):
        EmulatorServer(app, given.host, given.port).run()


if __name__ == "__main__":
    main()
