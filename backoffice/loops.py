"""The loops of a process, run side by side: turns, statuses, deliveries, what falls due, hints for jobs."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog

from backoffice.calendar_reads import ReadsCalendars
from backoffice.jobs import HintsFiles, declare_jobs, make_broker, working
from backoffice.reacts import Reacts
from backoffice.runtime import Runtime
from backoffice.sends_push import SendsPush
from backoffice.tell_webhooks import TellsWebhooks
from backoffice.watches import Watches

log = structlog.get_logger()

Loop = Coroutine[Any, Any, None]


@asynccontextmanager
async def running(
    runtime: Runtime, *, deliver: bool = True, also: Mapping[str, Loop] | None = None
) -> AsyncIterator["asyncio.Event"]:
    """Run the loops until the block ends. Yields an event that is set when one breaks: the process should then stop,
    and its keeper start it anew.

    `deliver` false: this process only takes turns; workers deliver and look for what is due. `also`: loops of the
    process that only it has.
    """
    await runtime.directory.refresh()
    if runtime.directory.all("telegram"):
        await runtime.telegram.load()  # seconds of work that no lead should wait for
    loops: dict[str, Loop] = {
        **(also or {}),
        "turns": runtime.turns.run(),
        "statuses": runtime.accepts.run_statuses(),
    }
    broken = asyncio.Event()
    async with AsyncExitStack() as stack:
        if deliver:
            jobs = declare_jobs(make_broker(runtime.settings.redis_url), runtime.settings)
            if runtime.settings.redis_url is None:
                await stack.enter_async_context(working(jobs))
            loops["delivers"] = runtime.delivers.run()
            loops["due"] = runtime.due.run()
            loops["calendars"] = ReadsCalendars(runtime.loops, runtime.app, runtime.vault, runtime.clock).run()
            loops["announces"] = runtime.announces.run()
            loops["reacts"] = Reacts(
                runtime.loops, runtime.app, runtime.ids, runtime.clock, runtime.delivers.wake
            ).run()
            loops["watches"] = Watches(
                runtime.loops,
                runtime.app,
                runtime.conversing,
                runtime.clock,
                runtime.delivers.wake,
                runtime.announces.on_run,
            ).run()
            loops["webhooks"] = TellsWebhooks(runtime.loops, runtime.app, runtime.vault, runtime.clock).run()
            loops["pushes"] = SendsPush(runtime.loops, runtime.app, runtime.voluntary, runtime.clock).run()
            loops["files"] = HintsFiles(runtime.loops, jobs, runtime.clock).run()
        tasks = [asyncio.create_task(loop, name=name) for name, loop in loops.items()]
        for task in tasks:
            task.add_done_callback(lambda done: _ended(done, broken))
        try:
            yield broken
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _ended(task: asyncio.Task[None], broken: asyncio.Event) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("a loop broke", loop=task.get_name(), error=f"{type(error).__name__}: {error}", exc_info=error)
        broken.set()
