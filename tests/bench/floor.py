"""The floor: what PostgreSQL itself can do with the turn's writes, one statement a turn, driven by pgbench."""

import re
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from backoffice.embedded import postgres_binaries

STATEMENT = Path(__file__).parent / "turn.sql"


def turns_per_second(url: str, *, threads: int, clients: int, seconds: int) -> float:
    """On the real tables, with their indexes and policies, as `hilo_spine`. `threads` must exist with ids from 1."""
    host = parse_qs(urlsplit(url).query)["host"][0]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "turn.sql"
        statement = " ".join(STATEMENT.read_text(encoding="utf-8").split())
        script.write_text(f"\\set thread random(1, :threads)\n{statement}\n", encoding="utf-8")
        command = [str(postgres_binaries() / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2"]
        command += ["-T", str(seconds), "-D", f"threads={threads}", "-f", str(script), "-h", host, "-U", "hilo", "hilo"]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={"PGOPTIONS": "-c role=hilo_spine"}
        )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench said: {done.stdout}{done.stderr}")
    return float(found[1])
