"""Which database a process talks to: the configured one, or the embedded server, started for the length of a block."""

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backoffice.embedded import default_data_dir, embedded_postgres_server
from backoffice.settings import PROJECT, Settings
from core.errors import Refused


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the data directory for this process; raises Refused when another one has it."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "hilo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                "running", f"Hilo is running already with the data in {data}. Stop it first, or use another --data."
            ) from None
        yield


@contextmanager
def database(settings: Settings, data: Path | None = None) -> Iterator[str]:
    """The URL to use: HILO_DATABASE_URL, or an embedded server on the data directory until the block ends."""
    if settings.database_url:
        yield settings.database_url
        return
    data = data or settings.data_dir or default_data_dir(PROJECT)
    with only_one(data), embedded_postgres_server(data) as embedded:
        yield embedded.url


def kept_secret(data: Path) -> str:
    """The demo's own secret, made once and kept beside its data, readable by nobody else."""
    file = data / "secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text().strip()
