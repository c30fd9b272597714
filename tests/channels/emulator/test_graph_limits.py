"""What the fake Graph refuses, as pywa sees it."""

from typing import Any

import pytest
from pywa.errors import WhatsAppError
from pywa_async import WhatsApp
from pywa_async.types import Button, Section, SectionList, SectionRow, URLButton

from channels.emulator import EmulatorClient
from tests.channels.emulator.conftest import ANA


def row(n: int, **changes: str) -> SectionRow:
    return SectionRow(**{"title": f"Fila {n}", "callback_data": f"r{n}", **changes})  # type: ignore[arg-type]


async def test_a_title_of_21_characters_is_refused_with_metas_body(phone: EmulatorClient, whatsapp: WhatsApp) -> None:
    await phone.whatsapp_text(ANA, "hola")
    with pytest.raises(WhatsAppError) as refused:
        await whatsapp.send_message(ANA, "¿Qué día?", buttons=[Button("x" * 21, "a")])

    assert refused.value.status_code == 400
    assert refused.value.raw == {
        "message": "(#131009) Parameter value is not valid",
        "type": "OAuthException",
        "code": 131009,
        "error_data": {
            "messaging_product": "whatsapp",
            "details": "Button title length invalid. Min length: 1, Max length: 20",
        },
        "fbtrace_id": "ZW11bGF0b3IwMDAwMDE",
    }
    assert await phone.sent() == []


@pytest.mark.parametrize(
    ("text", "buttons", "details"),
    [
        (
            "hola",
            [Button(str(n), str(n)) for n in range(4)],
            "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3",
        ),
        (
            "hola",
            [Button("Sí", "a"), Button("No", "a")],
            "Duplicate button id. Each button id must be unique within the message",
        ),
        (
            "hola",
            [Button("Sí", "a"), Button("Sí", "b")],
            "Duplicate button title. Each button title must be unique within the message",
        ),
        ("hola", [Button("Sí", "x" * 257)], "Button id length invalid. Min length: 1, Max length: 256"),
        ("x" * 1025, [Button("Sí", "a")], "Body text length invalid. Min length: 1, Max length: 1024"),
        (
            "hola",
            SectionList("Ver", [Section("Todo", [row(n) for n in range(11)])]),
            "Total row count exceed max allowed count: 10",
        ),
        (
            "hola",
            SectionList("Ver", [Section("Todo", [row(1, title="x" * 25)])]),
            "Row title length invalid. Min length: 1, Max length: 24",
        ),
        (
            "hola",
            SectionList("Ver", [Section("Todo", [row(1, description="x" * 73)])]),
            "Row description length invalid. Min length: 0, Max length: 72",
        ),
        (
            "hola",
            SectionList("Ver", [Section("Todo", [row(1), row(2, callback_data="r1")])]),
            "Duplicate row id. Each row id must be unique within the message",
        ),
        (
            "hola",
            SectionList("x" * 21, [Section("Todo", [row(1)])]),
            "Button label length invalid. Min length: 1, Max length: 20",
        ),
        (
            "hola",
            URLButton("x" * 21, "https://a.example"),
            "Display text length invalid. Min length: 1, Max length: 20",
        ),
    ],
)
async def test_interactive_limits_are_metas(whatsapp: WhatsApp, text: str, buttons: Any, details: str) -> None:
    with pytest.raises(WhatsAppError) as refused:
        await whatsapp.send_message(ANA, text, buttons=buttons)
    assert (refused.value.code, refused.value.details) == (131009, details)


async def test_a_text_over_4096_characters_is_refused(whatsapp: WhatsApp) -> None:
    with pytest.raises(WhatsAppError) as refused:
        await whatsapp.send_message(ANA, "x" * 4097)
    assert refused.value.message == "(#100) Param text['body'] must be at most 4096 characters long."
    assert refused.value.code == 100
