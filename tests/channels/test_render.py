"""What is rendered fits its channel, loses nothing, and every option can be reached."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import telegram, whatsapp
from channels.lengths import units
from channels.render import PLAIN, render
from core.threads.content import (
    Card,
    Cards,
    Content,
    Location,
    Media,
    Notice,
    Option,
    Prompt,
    Reaction,
    Reply,
    Template,
    Text,
    Unsupported,
)
from core.threads.outbound import Limits, Wire

WHATSAPP, TELEGRAM = whatsapp.LIMITS, telegram.LIMITS


def options(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(f"o{number}", label) for number, label in enumerate(labels, start=1))


def one(content: Content, limits: Limits) -> Wire:
    (wire,) = render(content, limits)
    return wire


def test_three_short_options_are_buttons() -> None:
    assert one(Prompt("¿Seguimos?", "t", options("Sí", "No", "Más tarde"), footer="Clínica"), WHATSAPP) == Wire(
        "interactive_buttons",
        {
            "body": {"text": "¿Seguimos?"},
            "action": {
                "buttons": [
                    {"type": "reply", "reply": {"id": "t:o1", "title": "Sí"}},
                    {"type": "reply", "reply": {"id": "t:o2", "title": "No"}},
                    {"type": "reply", "reply": {"id": "t:o3", "title": "Más tarde"}},
                ]
            },
            "footer": {"text": "Clínica"},
        },
    )


def test_a_label_too_long_for_a_button_makes_a_list() -> None:
    wire = one(Prompt("¿Cuál?", "t", options("Limpieza facial 24 chars", "Otra")), WHATSAPP)
    assert wire.type == "interactive_list"
    assert wire.body["action"] == {
        "button": "Elegir",
        "sections": [{"rows": [{"id": "t:o1", "title": "Limpieza facial 24 chars"}, {"id": "t:o2", "title": "Otra"}]}],
    }


def test_a_short_label_says_its_full_one_in_the_text_of_buttons() -> None:
    long = Option("a", "Tratamiento de limpieza profunda", short="Limpieza")
    wire = one(Prompt("¿Cuál?", "t", (long, Option("b", "Botox"))), WHATSAPP)
    assert wire.type == "interactive_buttons"
    assert wire.body["body"]["text"] == "¿Cuál?\n\n1. Tratamiento de limpieza profunda\n2. Botox"


def test_a_short_label_says_its_full_one_in_the_description_of_a_row() -> None:
    long = Option("a", "Tratamiento de limpieza profunda", short="Limpieza", description="60 minutos")
    wire = one(Prompt("¿Cuál?", "t", (long, *options("B", "C", "D"))), WHATSAPP)
    row = wire.body["action"]["sections"][0]["rows"][0]
    assert row == {"id": "t:a", "title": "Limpieza", "description": "Tratamiento de limpieza profunda: 60 minutos"}
    assert wire.body["body"]["text"] == "¿Cuál?"


def test_labels_that_fit_nothing_are_numbered_text() -> None:
    wire = one(Prompt("¿Cuál?", "t", options("Un nombre larguísimo que no entra en ninguna fila", "B")), WHATSAPP)
    assert wire == Wire(
        "text",
        {
            "body": "¿Cuál?\n\n1. Un nombre larguísimo que no entra en ninguna fila\n2. B\n\n"
            "Se puede responder con el número.",
            "preview_url": False,
        },
    )


def test_many_options_come_in_pages_and_keep_their_numbers() -> None:
    prompt = Prompt("¿Cuál?", "t", options(*(f"Opción {n}" for n in range(1, 15))))
    first = one(prompt, WHATSAPP).body["action"]["sections"][0]["rows"]
    assert [row["id"] for row in first] == [*(f"t:o{n}" for n in range(1, 10)), "t:+9"]
    assert first[-1]["title"] == "Ver más"
    second = one(replace(prompt, offset=9), WHATSAPP).body["action"]["sections"][0]["rows"]
    assert [row["id"] for row in second] == [f"t:o{n}" for n in range(10, 15)]


def test_two_options_that_look_the_same_are_no_buttons() -> None:
    assert one(Prompt("¿Cuál?", "t", options("Ana", "Ana")), WHATSAPP).type == "interactive_list"


def test_a_long_question_goes_before_its_widget() -> None:
    paragraph = "palabra " * 60
    text = "\n\n".join(paragraph for _ in range(4))
    wires = render(Prompt(text, "t", options("Sí", "No")), WHATSAPP)
    assert [wire.type for wire in wires] == ["text", "interactive_buttons"]
    assert wires[1].body["body"]["text"].startswith("palabra")


@pytest.mark.parametrize(("request_", "name"), [("phone", "request_contact_info"), ("location", "send_location")])
def test_whatsapp_asks_with_its_own_button(request_: Any, name: str) -> None:
    wire = one(Prompt("¿Me lo pasás?", "t", options("Ahora no"), request=request_), WHATSAPP)
    assert wire.body["action"] == {"name": name}
    assert "1. Ahora no" in wire.body["body"]["text"]


def test_telegram_asks_with_a_keyboard() -> None:
    wire = one(Prompt("¿Tu número?", "t", options("Ahora no"), request="phone"), TELEGRAM)
    assert wire.body["reply_markup"]["keyboard"] == [
        [{"text": "Compartir", "request_contact": True}],
        [{"text": "Ahora no"}],
    ]


def test_telegram_puts_two_short_buttons_in_a_row() -> None:
    labels = ("Sí", "No", "Una respuesta bastante larga", "Quizá")
    rows = one(Prompt("*¿Seguimos?*", "t", options(*labels)), TELEGRAM).body["reply_markup"]["inline_keyboard"]
    assert [[button["text"] for button in row] for row in rows] == [
        ["Sí", "No"],
        ["Una respuesta bastante larga"],
        ["Quizá"],
    ]


def test_telegram_entities_count_utf_16_units() -> None:
    body = one(Text("😀 *Ana* _y_ 2*3*4"), TELEGRAM).body
    assert body == {
        "text": "😀 Ana y 2*3*4",
        "entities": [{"type": "bold", "offset": 3, "length": 3}, {"type": "italic", "offset": 7, "length": 1}],
    }


def test_an_id_too_long_for_telegram_makes_numbered_text() -> None:
    wire = one(Prompt("¿Cuál?", "t", (Option("ñ" * 40, "A"), Option("b", "B"))), TELEGRAM)
    assert "reply_markup" not in wire.body
    assert wire.body["text"].startswith("¿Cuál?\n\n1. A\n2. B")


@pytest.mark.parametrize(
    ("media", "whatsapp_type", "telegram_type"),
    [
        (Media("image", attachment=1, mime="image/jpeg", caption="Antes"), "image", "sendPhoto"),
        (Media("image", attachment=1, mime="image/heic"), "document", "sendPhoto"),
        (Media("voice", attachment=1, mime="audio/ogg"), "audio", "sendVoice"),
        (Media("audio", attachment=1, mime="audio/flac"), "document", "sendAudio"),
        (Media("animation", attachment=1, mime="video/mp4"), "video", "sendAnimation"),
        (Media("document", attachment=1, filename="a.pdf"), "document", "sendDocument"),
        (Media("sticker", attachment=1, mime="image/webp"), "sticker", "sendSticker"),
    ],
)
def test_files_go_as_what_the_channel_plays(media: Media, whatsapp_type: str, telegram_type: str) -> None:
    assert one(media, WHATSAPP).type == whatsapp_type
    assert one(media, TELEGRAM).type == telegram_type
    assert one(media, WHATSAPP).attachment == 1


@pytest.mark.parametrize("limits", [WHATSAPP, TELEGRAM])
def test_a_long_caption_follows_as_text(limits: Limits) -> None:
    wires = render(Media("image", attachment=1, caption="palabra " * 200), limits)
    assert len(wires) == 2
    assert "caption" not in wires[0].body


def test_a_voice_note_says_its_caption_afterwards() -> None:
    assert [wire.type for wire in render(Media("voice", attachment=1, caption="Escuchá"), WHATSAPP)] == [
        "audio",
        "text",
    ]


@pytest.mark.parametrize("limits", [WHATSAPP, TELEGRAM, PLAIN])
@pytest.mark.parametrize(
    "content",
    [
        Notice("assigned"),
        Unsupported("poll"),
        Reply("t:a", "A"),
        Text("  \n"),
        Media("image"),
        Media("image", problem="expired"),
    ],
)
def test_what_is_never_sent_renders_to_nothing(content: Content, limits: Limits) -> None:
    assert render(content, limits) == ()


def test_a_template_reads_as_text_elsewhere() -> None:
    template = Template("recordatorio", "es", "Te esperamos *mañana*", ("mañana",), (Option("si", "Sí, voy"),), "t1")
    assert one(template, WHATSAPP).body == {
        "name": "recordatorio",
        "language": {"code": "es"},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "mañana"}]},
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": "0",
                "parameters": [{"type": "payload", "payload": "t1:si"}],
            },
        ],
    }
    assert one(template, TELEGRAM).body["text"] == "Te esperamos mañana"
    assert one(template, PLAIN).body == {"text": "Te esperamos *mañana*"}


def test_places_cards_and_reactions() -> None:
    place = Location(-34.6, -58.4, "Clínica", "Calle 1")
    assert one(place, WHATSAPP).body == {"latitude": -34.6, "longitude": -58.4, "name": "Clínica", "address": "Calle 1"}
    assert one(place, TELEGRAM).type == "sendVenue"
    assert "openstreetmap.org" in one(place, PLAIN).body["text"]
    cards = Cards((Card("Ana", ("+549", "+548"), ("ana@example.org",)), Card("Leo", (), ("leo@example.org",))))
    assert [wire.type for wire in render(cards, TELEGRAM)] == ["sendContact", "sendMessage", "sendMessage"]
    assert one(Reaction("wamid.1", "👍"), WHATSAPP).body == {"message_id": "wamid.1", "emoji": "👍"}
    assert one(Reaction("bc1:42:7", "👍"), TELEGRAM).body["message_id"] == 7
    assert render(Reaction("cb:5", "👍"), TELEGRAM) == ()


def test_plain_choices_are_numbered() -> None:
    wire = one(Prompt("¿Cuál?", "t", options("A", "B"), footer="Clínica"), PLAIN)
    assert wire.body["text"] == "¿Cuál?\n\n1. A\n2. B\n\nSe puede responder con el número.\n\nClínica"


LABELS = st.text("abc ñ😀", min_size=1, max_size=60).filter(str.strip)
OPTIONS = st.lists(
    st.tuples(LABELS, st.none() | LABELS, st.none() | st.text("xyz ", max_size=90)), min_size=0, max_size=30
).map(lambda rows: tuple(Option(f"o{n}", *row) for n, row in enumerate(rows, start=1)))
PROMPTS = st.builds(
    Prompt,
    text=st.text("hola mundo.\n*_😀", max_size=3000),
    token=st.sampled_from(["t", "s12:ask", "x" * 61]),
    options=OPTIONS,
    opener=st.sampled_from(["Elegir", "Un texto de apertura demasiado largo", ""]),
    footer=st.none() | st.text("pie ", max_size=80),
    request=st.sampled_from([None, None, None, "phone", "location"]),
)


def shown_text(wire: Wire) -> str:
    body = wire.body.get("body", wire.body.get("text", ""))
    text = body["text"] if isinstance(body, dict) else str(body)
    return f"{text}\n{wire.body.get('footer', {}).get('text', '')}"


def check_whatsapp(wire: Wire) -> list[tuple[str, str]]:
    """Meta's limits on one message; the (id, title) of what can be tapped."""
    action = wire.body.get("action", {})
    if wire.type == "text":
        assert 0 < units(wire.body["body"]) <= 4096
        return []
    assert 0 < units(wire.body["body"]["text"]) <= 1024
    assert units(wire.body.get("footer", {}).get("text", "")) <= 60
    if wire.type == "interactive_buttons":
        buttons = [button["reply"] for button in action["buttons"]]
        assert 1 <= len(buttons) <= 3
        assert len({button["title"] for button in buttons}) == len(buttons)
        assert all(0 < units(button["title"]) <= 20 for button in buttons)
        return [(button["id"], button["title"]) for button in buttons]
    if wire.type == "interactive_list":
        rows = action["sections"][0]["rows"]
        assert 1 <= len(rows) <= 10
        assert 0 < units(action["button"]) <= 20
        assert all(0 < units(row["title"]) <= 24 and 0 < units(row.get("description", "x")) <= 72 for row in rows)
        assert all(len(row["id"].encode()) <= 200 for row in rows)
        return [(row["id"], row["title"] + row.get("description", "")) for row in rows]
    assert wire.type in {"contact_request", "location_request"}
    return []


def check_telegram(wire: Wire) -> list[tuple[str, str]]:
    """The Bot API's limits on one message; the (id, title) of what can be tapped."""
    assert 0 < units(wire.body["text"]) <= 4096
    for entity in wire.body.get("entities", []):
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= units(wire.body["text"])
    buttons = [one_ for row in wire.body.get("reply_markup", {}).get("inline_keyboard", []) for one_ in row]
    assert all(1 <= len(button["callback_data"].encode()) <= 64 and button["text"] for button in buttons)
    return [(button["callback_data"], button["text"]) for button in buttons]


@pytest.mark.parametrize(("limits", "check"), [(WHATSAPP, check_whatsapp), (TELEGRAM, check_telegram)])
@given(prompt=PROMPTS)
@settings(max_examples=150)
def test_every_option_is_within_reach_and_every_message_fits(limits: Limits, check: Any, prompt: Prompt) -> None:
    reached: set[str] = set()
    offset: int | None = 0
    pages = 0
    while offset is not None:
        wires = render(replace(prompt, offset=offset), limits)
        json.dumps([wire.body for wire in wires])
        taps = [tap for wire in wires for tap in check(wire)]
        said = "\n".join(shown_text(wire) for wire in wires)
        keyboard = [b["text"] for w in wires for row in w.body.get("reply_markup", {}).get("keyboard", []) for b in row]
        following = [int(id_.rpartition("+")[2]) for id_, _ in taps if id_.startswith(f"{prompt.token}:+")]
        tapped = dict(taps)
        for number, option in enumerate(prompt.options, start=1):
            label = "".join(option.label.split())
            numbered = f"{number}." in said and label in "".join(said.split())
            id_ = f"{prompt.token}:{option.id}"
            if id_ in tapped:
                whole = label in "".join(tapped[id_].split()) or numbered
                assert whole, (option, said)
            if id_ in tapped or numbered or option.label in keyboard:
                reached.add(option.id)
        assert following in ([], [following[0]] if following else [])
        assert not following or following[0] > offset
        offset = following[0] if following else None
        pages += 1
    assert reached == {option.id for option in prompt.options}
    assert pages <= 1 + len(prompt.options) // 9


@pytest.mark.parametrize("limits", [WHATSAPP, TELEGRAM, PLAIN])
@given(text=st.text("aé😀 \n", max_size=9000))
@settings(max_examples=40)
def test_no_word_of_a_text_is_lost(limits: Limits, text: str) -> None:
    said = "".join(str(wire.body.get("text") or wire.body["body"]) for wire in render(Text(text), limits))
    assert "".join(said.split()) == "".join(text.split())
