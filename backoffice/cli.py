"""The `hilo` command. Errors people can act on are one line; anything else is a defect and shows where it happened."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated, Literal

import psycopg
from cyclopts import App, Parameter
from cyclopts.validators import Number
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from backoffice import log
from backoffice.cli_admin import accounts_of, channel, dead_letters, doctor, member, org, token
from backoffice.cli_flow import flow
from backoffice.cli_slots import app as slots
from backoffice.cli_understand import app as understand
from backoffice.database import installation
from backoffice.demo import run_demo
from backoffice.jobs import declare_jobs, make_broker, working
from backoffice.loops import running
from backoffice.replay import replay, replay_table
from backoffice.runtime import runtime
from backoffice.scratch import scratch_database
from backoffice.settings import Settings
from core.errors import HiloError, Refused
from core.migrations import drift, upgrade
from core.public_id import PublicIds

app = App(name="hilo", help="One person, one thread: chatbots, staff and devices of a clinic.")
for group in (flow, understand, slots, org, member, token, channel):
    app.command(group)
app.command(doctor)
app.command(dead_letters)


def main() -> None:
    """Run the command line; exits 2 for what the user can mend, 1 for a failed check."""
    try:
        app()
    except HiloError as error:
        print(f"hilo: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except (OperationalError, psycopg.OperationalError) as away:
        reason = str(getattr(away, "orig", away)).strip().splitlines()[0]
        print(f"hilo: The database does not answer: {reason}. `hilo doctor` says more.", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except ValidationError as invalid:
        for problem in invalid.errors():
            print(f"hilo: HILO_{str(problem['loc'][0]).upper()}: {problem['msg']}", file=sys.stderr)
        raise SystemExit(2) from None


@app.command
def demo(
    *,
    port: Annotated[int, Parameter(validator=Number(gte=1, lte=65525))] = 8780,
    data: Path | None = None,
    browser: bool = True,
) -> None:
    """A whole clinic on this machine: PostgreSQL, Hilo, and an emulator with a phone page to chat on.

    Parameters
    ----------
    port
        Of Hilo; the phone page is at the port ten above.
    data
        Where to keep everything.
    browser
        Open the phone page in the browser.
    """
    run_demo(Settings(), port=port, data=data, browser=browser)


@app.command
def serve() -> None:
    """The web process: webhooks and API. Takes turns; delivers too, unless HILO_WEB_DELIVERS is false."""
    # Building the API's models takes over a second, which no other command should wait for.
    import uvicorn

    from backoffice.app import create_app

    configured = Settings()
    log.configure(as_json=configured.log_json)
    with installation(configured) as settings:
        settings.require_secret()
        if configured.database_url is None:
            upgrade(settings.require_database())
        _database_answers(settings)
        uvicorn.run(
            create_app(settings, deliver=settings.web_delivers),
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=10,
            timeout_keep_alive=75,  # longer than proxies keep an idle connection (60 s): they must close first
        )


def _database_answers(settings: Settings) -> None:
    """Raises psycopg's OperationalError at once, where the server would show where it happened in a hundred lines."""
    url = make_url(settings.require_database()).set(drivername="postgresql")
    psycopg.connect(url.render_as_string(hide_password=False), connect_timeout=5).close()


@app.command
def work() -> None:
    """A worker: delivers, runs timers and actions. Several may run; each takes over what a dead one left."""
    settings = Settings()
    log.configure(as_json=settings.log_json)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = _until_signal()
    async with runtime(settings) as opened, running(opened) as broken:
        await asyncio.wait(
            [asyncio.create_task(stop.wait()), asyncio.create_task(broken.wait())], return_when="FIRST_COMPLETED"
        )
        if broken.is_set():
            raise SystemExit(70)


def _until_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


@app.command
def jobs() -> None:
    """Background jobs (dramatiq on Redis): fetching files."""
    settings = Settings()
    log.configure(as_json=settings.log_json)
    if settings.redis_url is None:
        raise Refused("no_redis", "HILO_REDIS_URL is not set: without Redis the web process works the jobs itself.")
    asyncio.run(_jobs(settings))


async def _jobs(settings: Settings) -> None:
    stop = _until_signal()
    async with working(declare_jobs(make_broker(settings.redis_url), settings)):
        await stop.wait()


@app.command(name="replay")
def replay_bodies(
    kind: Literal["whatsapp", "telegram"],
    directory: Path,
    *,
    url: str | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
    adopt: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Post each JSON file as a correctly signed webhook to a running server and show what became of it.

    Parameters
    ----------
    kind
        whatsapp or telegram.
    directory
        Where the .json files are, or one file.
    url
        The running server; HILO_PUBLIC_URL when not given.
    json
        One JSON line per file instead of the table.
    adopt
        Give bodies of unknown accounts to the demo's (the first) account.
    """
    with installation(Settings(), share=True) as settings:
        accounts = asyncio.run(accounts_of(settings, kind))
        ids = PublicIds(settings.require_secret())
        results = []
        for result in replay(kind, directory, url or settings.public_url, accounts, ids, adopt=adopt):
            results.append(result)
            if json:
                print(result.line(), flush=True)
    if not json:
        Console().print(replay_table(results))
    if any(result.outcome == "failed" for result in results):
        raise SystemExit(1)


@app.command
def migrate(*, check: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Bring the database to the newest schema.

    Parameters
    ----------
    check
        Only compare a freshly migrated database with the tables in code; fails when they differ.
    """
    if check:
        _check_drift()
        return
    with installation(Settings(), share=True) as settings:
        upgrade(settings.owner_database_url or settings.require_database())
    print("The schema is up to date.")


def _check_drift() -> None:
    with scratch_database() as url:
        upgrade(url)
        differences = drift(url)
    for difference in differences:
        print(difference, file=sys.stderr)
    if differences:
        print("The tables in code differ from the migrations: write a migration.", file=sys.stderr)
        raise SystemExit(1)
    print("Migrations and tables agree.")
