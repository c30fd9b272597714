"""The emulator as a process of its own, and its small client."""

import asyncio
import signal
import socket
import sys

import httpx
import pytest

from channels.emulator import EmulatorClient
from channels.emulator.client import text_of
from tests.channels.emulator.conftest import ANA, PHONE_ID, TOKEN


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_it_runs_by_itself_with_fresh_ids_and_stops_on_interrupt() -> None:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "channels.emulator", "--port", str(port), stderr=asyncio.subprocess.PIPE
    )
    async with EmulatorClient(f"http://127.0.0.1:{port}") as client:
        for _ in range(400):
            try:
                state = await client.call("GET", "/emulator/api/state")
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.05)
        assert state["whatsapp"] == []
        await client.telegram_account(5, token="5:x", username="b", name="B")
        await client.person("telegram", 9, name="Teo")
        assert int(await client.telegram_text(9, "hola")) > 10_000_000
        async with (
            httpx.AsyncClient(trust_env=False) as page,
            page.stream("GET", f"{client.base_url}/emulator/events") as stream,
        ):
            assert await anext(stream.aiter_lines()) == "retry: 1000"
            process.send_signal(signal.SIGINT)
            _, complaints = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, complaints) == (0, b"")


async def test_wait_for_reply_finds_the_bots_words_or_says_what_there_was(
    phone: EmulatorClient,
) -> None:
    await phone.whatsapp_text(ANA, "hola")
    for words in ("uno", "dos"):
        await phone.call(
            "POST",
            f"/v26.0/{PHONE_ID}/messages",
            headers={"Authorization": f"Bearer {TOKEN}"},
            json={"messaging_product": "whatsapp", "to": ANA, "type": "text", "text": {"body": words}},
        )
    assert text_of(await phone.wait_for_reply("whatsapp", ANA)) == "uno"
    assert text_of(await phone.wait_for_reply("whatsapp", ANA, after=1)) == "dos"
    with pytest.raises(TimeoutError, match=r"no reply with 'tres'; there are \['uno', 'dos'\]"):
        await phone.wait_for_reply("whatsapp", ANA, containing="tres", timeout=0.1)


async def test_tapping_a_button_that_is_not_there_is_an_error(phone: EmulatorClient) -> None:
    with pytest.raises(LookupError, match="no button 'Sí' in the chat"):
        await phone.tap("whatsapp", ANA, "Sí")


async def test_secrets_are_not_shown_to_the_page(phone: EmulatorClient) -> None:
    state = await phone.call("GET", "/emulator/api/state")
    hidden = {"app_secret", "access_token", "verify_token", "token", "secret_token"}
    assert not hidden & (state["whatsapp"][0].keys() | state["telegram"][0].keys())
