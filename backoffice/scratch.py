"""A throw-away PostgreSQL, for checks and tests: made, used, gone."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backoffice.embedded import embedded_postgres_server


@contextmanager
def scratch_database(*, durable: bool = False) -> Iterator[str]:
    """The URL of an empty embedded database that ends with the block. `durable` where a test kills the server."""
    directory = Path(tempfile.mkdtemp(prefix="hilo-scratch-"))
    directory.chmod(0o711)  # the server may run as another user, who must walk in
    try:
        with embedded_postgres_server(directory, durable=durable) as url:
            yield url
    finally:
        shutil.rmtree(directory, ignore_errors=True)
