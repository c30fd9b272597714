"""Which installation a command works on: the configured database, or the embedded one with what is kept beside it."""

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from backoffice.embedded import default_data_dir, embedded_postgres_server, running_server
from backoffice.settings import PROJECT, Settings
from core.errors import Refused


@contextmanager
def installation(settings: Settings, data: Path | None = None, *, share: bool = False) -> Iterator[Settings]:
    """Settings with a database URL and, where the demo has made one, its secret.

    Without HILO_DATABASE_URL the embedded server on the data directory is started until the block ends; with `share`
    one that runs already (a demo in another terminal) is used instead. Raises Refused when it runs and is not shared.
    """
    if settings.database_url:
        yield settings
        return
    data = data or settings.data_dir or default_data_dir(PROJECT)
    try:
        with only_one(data), embedded_postgres_server(data) as url:
            yield _completed(settings, url, data)
    except AlreadyRunning:
        running = running_server(data) if share else None
        if running is None:
            raise
        yield _completed(settings, running, data)


class AlreadyRunning(Refused):
    """Another process has the data directory."""


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the data directory for this process; raises AlreadyRunning when another one has it."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "hilo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                "running", f"Hilo is running already with the data in {data}. Stop it first, or use another --data."
            ) from None
        yield


def _completed(settings: Settings, url: str, data: Path) -> Settings:
    kept = _secret_file(data)
    changes: dict[str, object] = {"database_url": url}
    if settings.secret is None and kept.exists():
        changes["secret"] = SecretStr(kept.read_text().strip())
    return settings.model_copy(update=changes)


def _secret_file(data: Path) -> Path:
    return data / "secret"


def keep_a_secret(data: Path) -> SecretStr:
    """The demo's own secret, made once and kept beside its data, readable by nobody else."""
    file = _secret_file(data)
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return SecretStr(file.read_text().strip())
