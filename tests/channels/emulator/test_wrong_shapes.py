"""Bodies of any shape get the provider's error, never a crash."""

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.emulator import EmulatorClient
from channels.emulator.graph_errors import GraphError
from channels.emulator.graph_limits import TYPES, check_send
from tests.channels.emulator.conftest import ANA, BOT_TOKEN, PHONE_ID, TEO, TOKEN

NAMES = [
    "body",
    "text",
    "id",
    "link",
    "type",
    "action",
    "buttons",
    "reply",
    "sections",
    "rows",
    "title",
    "header",
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["button", "list", "cta_url"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300)
@given(kind=st.sampled_from(TYPES), content=ANYTHING)
def test_any_send_is_taken_or_refused_in_metas_words(kind: str, content: Any) -> None:
    body = {"messaging_product": "whatsapp", "to": ANA, "type": kind, kind: content}
    try:
        assert check_send(body, {}) == kind
    except GraphError as error:
        assert error.body("t")["error"]["code"] in {100, 131008, 131009}


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b'{"messaging_product":"whatsapp"}', b"\xff"])
async def test_a_broken_graph_body_is_error_100(phone: EmulatorClient, raw: bytes) -> None:
    async with httpx.AsyncClient(base_url=phone.base_url, trust_env=False) as http:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = await http.post(f"/v26.0/{PHONE_ID}/messages", content=raw, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("sendMessage", {"text": "a", "reply_markup": {"inline_keyboard": [["x"]]}}),
        ("sendMessage", {"text": "a", "reply_markup": "{"}),
        ("sendMessage", {"text": "a", "reply_parameters": [1]}),
        ("sendMessage", {"text": ["a"]}),
        ("sendMediaGroup", {"media": ["a", "b"]}),
        ("sendLocation", {"latitude": "north", "longitude": 1}),
        ("editMessageText", {"message_id": "x", "text": "a"}),
        ("setMyCommands", {"commands": [1]}),
    ],
)
async def test_a_broken_bot_api_call_is_a_bad_request(phone: EmulatorClient, method: str, body: Any) -> None:
    async with httpx.AsyncClient(base_url=phone.base_url, trust_env=False) as http:
        answer = await http.post(f"/bot{BOT_TOKEN}/{method}", json={"chat_id": TEO, **body})
    assert answer.status_code == 400
    assert answer.json()["description"].startswith("Bad Request: ")


async def test_an_unknown_method_is_not_found(phone: EmulatorClient) -> None:
    async with httpx.AsyncClient(base_url=phone.base_url, trust_env=False) as http:
        answer = await http.post(f"/bot{BOT_TOKEN}/sendTelepathy", json={"chat_id": TEO})
    assert answer.json() == {"ok": False, "error_code": 404, "description": "Not Found: method not found"}
