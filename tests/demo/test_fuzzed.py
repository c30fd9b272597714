"""The API keeps to its own document whatever it is sent: no answer it does not describe, and none of 500."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from backoffice.api.access import CSRF_COOKIE, CSRF_HEADER
from backoffice.seed import OWNER, PASSWORD
from tests.demo.running import Demo, data_directory, running_demo

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
LEFT_OUT = ("logout", "revoke_token", "change_password", "change_member")
"""They would throw out the one who asks."""
LISTS = {
    "thread_id": "/threads",
    "contact_id": "/contacts",
    "member_id": "/members",
    "stage_id": "/lead-stages",
    "service_id": "/services",
    "location_id": "/locations",
    "resource_id": "/resources",
    "channel_id": "/channels",
}
"""Where the ids come from that make requests reach something."""


@pytest.fixture
def demo() -> Iterator[Demo]:
    with data_directory() as data, running_demo(data) as running:
        yield running


def key_of(demo: Demo) -> str:
    with httpx.Client(base_url=f"{demo.web}/api", timeout=30) as browser:
        assert browser.post("/login", json={"email": OWNER, "password": PASSWORD}).status_code == 200
        headers = {CSRF_HEADER: browser.cookies[CSRF_COOKIE]}
        made = browser.post("/tokens", json={"name": "fuzz"}, headers=headers)
        return str(made.json()["token"])


def known_ids(demo: Demo, key: str) -> dict[str, str]:
    """By the parameter's name, of what the demo has."""
    found = {"flow": "inicio"}
    with httpx.Client(base_url=f"{demo.web}/api", headers={"Authorization": f"Bearer {key}"}, timeout=30) as program:
        for name, path in LISTS.items():
            listed = program.get(path).json()
            items = listed["items"] if isinstance(listed, dict) else listed
            if items:
                found[name] = items[-1]["id"]
    return found


async def test_no_request_gets_an_answer_that_is_not_in_the_document(demo: Demo, tmp_path: Path) -> None:
    async with demo.emulator() as emulator:
        await emulator.person("whatsapp", "573001112233", name="Ana Ruiz")
        await emulator.whatsapp_text("573001112233", "hola, una persona por favor")
    key = key_of(demo)
    ids = known_ids(demo, key)
    assert ids.keys() >= {"member_id", "service_id", "stage_id"}
    settings = tmp_path / "schemathesis.toml"
    settings.write_text("[parameters]\n" + "".join(f'"path.{name}" = "{value}"\n' for name, value in ids.items()))
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(settings),
        "run", f"{demo.web}/openapi.json", "-H", f"Authorization: Bearer {key}", "--checks", CHECKS,
        "--phases", "examples,coverage,fuzzing", "--max-examples", "3", "--workers", "2", "--no-color",
        "--request-timeout", "30", "--generation-database", "none",
        *(part for name in LEFT_OUT for part in ("--exclude-operation-id", name)),
    ]  # fmt: skip
    ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, cwd=tmp_path)
    assert ended.returncode == 0, "\n".join(line[:300] for line in ended.stdout.splitlines()[-120:])
