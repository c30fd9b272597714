"""`python -m tests.spine.forge`: imports Hilo once and forks a real process for every order it reads.

Importing takes seconds, and the kill tests start hundreds of processes. An order is one JSON line on stdin,
{"args": ["serve"], "env": {…}, "log": path}; the answer is the process id on stdout. When stdin ends, so do they all.
"""

import gc
import json
import os
import runpy
import signal
import sys
from contextlib import suppress
from pathlib import Path

import backoffice.cli
import channels.emulator.server
import channels.telegram.send  # noqa: F401 what processes load late is loaded here, so that a forked one is ready at once
from tests.spine import mortal


def main() -> None:
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps them
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    children: list[int] = []
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(order["args"], order["env"], order["log"])
        children.append(pid)
        print(pid, flush=True)
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _become(args: list[str], env: dict[str, str], log: str) -> None:
    os.setsid()
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else signal.default_int_handler)
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for old in (1, 2):
        os.dup2(file, old)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for name in [name for name in os.environ if name.startswith("HILO_")]:
        del os.environ[name]
    os.environ.update(env)
    code = 1
    try:
        if args[0] == "emulator":
            sys.argv = ["channels.emulator", *args[1:]]
            runpy.run_module("channels.emulator", run_name="__main__")
        else:
            mortal.prepare(Path(env["MORTAL_RECORD"]), env.get("MORTAL_STEP"))
            sys.argv = ["hilo", *args]
            backoffice.cli.main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
