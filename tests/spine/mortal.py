"""Dying exactly there: wraps a named function of the process under test so that it kills itself before or after it.

Lives in the tests alone; production code knows nothing of it.
"""

import importlib
import inspect
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

STEPS: dict[str, str] = {
    "a body is verified, nothing read": "channels.webhook:read_json",
    "the turn's read": "bot.turn:read_threads",
    "a person is introduced": "bot.turn:ensure_person",
    "the turn's write and commit": "bot.turn:write_turns",
    "the answer to the provider": "channels.webhook:_told",
    "something that is no message is recorded": "bot.accept:record",
    "statuses are recorded": "bot.accept:record_statuses",
    "an action does its work": "bot.run_action:perform",
    "an action's turn is written": "bot.run_action:take_locked_turn",
    "an action's commit": "bot.run_action:RunsActions.run",
    "due things are looked for": "bot.due:due_actions",
    "a notice is taken": "core.agenda.notices:take",
    "a notice's turn is written": "bot.announces:take_locked_turn",
    "a notice's commit": "bot.announces:Announces.notice",
    "the claim": "core.threads.delivery:claim",
    "a send to WhatsApp": "channels.whatsapp.send:WhatsAppClients.send",
    "a send to Telegram": "channels.telegram.send:TelegramClients.send",
    "a part is recorded": "core.threads.delivery:record_part",
    "sent is recorded": "core.threads.delivery:record_sent",
    "a postponement": "core.threads.delivery:postpone",
    "an unknown outcome is recorded": "core.threads.delivery:record_unknown",
    "leases expire": "core.threads.delivery:expire_leases",
    "an unknown outcome is retried": "core.threads.delivery:retry_unknown",
    "a cancelled message is recorded": "core.threads.delivery:record_cancelled",
}
"""What the process does at a step → the function in which it does that."""

LISTENING = frozenset(
    {
        "a body is verified, nothing read",
        "a person is introduced",
        "the answer to the provider",
        "something that is no message is recorded",
        "statuses are recorded",
        "the turn's read",
        "the turn's write and commit",
    }
)
"""Only a process that webhooks reach comes by here."""

DELIVERING = frozenset(
    name for name, where in STEPS.items() if where.startswith(("core.threads.delivery", "channels.whatsapp", "bot.due"))
) | {"a send to Telegram", "an action does its work", "an action's turn is written", "an action's commit"}
DELIVERING |= {"a notice is taken", "a notice's turn is written", "a notice's commit"}
"""A web process beside workers never comes by here."""


def prepare(record: Path, step: str | None) -> None:
    """Make this process quick (rates and pauses are tested elsewhere) and, at `step`, mortal.

    `step` is `name/before|after/nth`: it dies around the nth call.
    """
    from channels import buckets, deliver

    deliver.BROKEN_ACCOUNT_PAUSE = timedelta(seconds=1)
    buckets.RATES.update({kind: (buckets.Rate(1000, 1000), buckets.Rate(100, 100)) for kind in buckets.RATES})
    if step:
        name, when, nth = step.rsplit("/", 2)
        _wrap(STEPS[name], when == "before", int(nth), lambda: _die(record, step))


def _die(record: Path, step: str) -> None:
    file = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{step}\n".encode())
    os.close(file)
    os.kill(os.getpid(), signal.SIGKILL)


def _wrap(where: str, before: bool, nth: int, die: Callable[[], None]) -> None:
    module, _, path = where.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    real = getattr(owner, name)
    calls = 0

    def is_it() -> bool:
        nonlocal calls
        calls += 1
        return calls == nth

    async def asynchronous(*args: Any, **kwargs: Any) -> Any:
        now = is_it()
        if now and before:
            die()
        result = await real(*args, **kwargs)
        if now:
            die()
        return result

    def plain(*args: Any, **kwargs: Any) -> Any:
        now = is_it()
        if now and before:
            die()
        result = real(*args, **kwargs)
        if now:
            die()
        return result

    setattr(owner, name, asynchronous if inspect.iscoroutinefunction(real) else plain)
