"""Every kind of update becomes items with their own ids."""

from datetime import UTC, datetime
from typing import Any

import pytest

from channels.telegram.parse import parse
from core.threads.content import Card, Cards, Content, Form, Location, Media, Reply, Text, Unsupported
from core.threads.inbound import (
    AccountChanged,
    AnyItem,
    ChatMigrated,
    Declined,
    EchoReceived,
    Identity,
    Ignored,
    MessageEdited,
    MessageReceived,
    MessageRevoked,
    Person,
    ReachChanged,
    Reacted,
    Touch,
    Unreadable,
)

BOT = "123456"
AT = 1788000000
WHEN = datetime.fromtimestamp(AT, UTC)
NOW = datetime(2030, 1, 1, tzinfo=UTC)
USER = {"id": 42, "is_bot": False, "first_name": "Ana", "last_name": "Ruiz", "username": "anar", "language_code": "es"}
CHAT = {"id": 42, "type": "private", "first_name": "Ana"}
GROUP = {"id": -77, "type": "supergroup", "title": "Vecinos"}
ANA = Person((Identity("telegram", "", "42"),), {"chat_id": 42}, "Ana Ruiz", "anar", "es")


def read(kind: str, slice_: object) -> list[AnyItem]:
    return parse({"update_id": 900, kind: slice_}, account=BOT, username="clinica_bot", now=NOW)


def one(kind: str, slice_: object) -> AnyItem:
    parsed = read(kind, slice_)
    assert len(parsed) == 1, parsed
    return parsed[0]


def message(**parts: Any) -> dict[str, Any]:
    return {"message_id": 7, "date": AT, "chat": CHAT, "from": USER, **parts}


def test_a_text_is_whole() -> None:
    raw = message(text="Hola *Ana*", entities=[{"type": "bold", "offset": 0, "length": 4}],
                  reply_to_message={"message_id": 5, "chat": CHAT, "date": AT})  # fmt: skip
    assert read("message", raw) == [
        MessageReceived(
            account=BOT,
            external_id="u900",
            at=WHEN,
            raw={"update_id": 900, "message": raw},
            sender=ANA,
            provider_id="42:7",
            content=Text("Hola *Ana*"),
            reply_to="42:5",
        )
    ]


FILE = {"file_id": "F1", "file_unique_id": "U1"}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            {"photo": [{**FILE, "file_id": "S", "width": 9, "height": 9}, {**FILE, "width": 90, "height": 90}],
             "caption": "Antes", "media_group_id": "1"},
            Media("image", "F1", caption="Antes", mime="image/jpeg"),
        ),
        ({"animation": {**FILE, "duration": 3}, "document": FILE}, Media("animation", "F1", duration=3)),
        ({"voice": {**FILE, "duration": 4, "mime_type": "audio/ogg"}},
         Media("voice", "F1", mime="audio/ogg", duration=4)),
        ({"audio": {**FILE, "file_name": "a.mp3"}}, Media("audio", "F1", filename="a.mp3")),
        ({"video": FILE}, Media("video", "F1")),
        ({"video_note": {**FILE, "length": 240}}, Media("video", "F1")),
        ({"sticker": {**FILE, "is_animated": True}}, Media("sticker", "F1", mime="application/x-tgsticker")),
        ({"sticker": {**FILE, "is_video": True}}, Media("sticker", "F1", mime="video/webm")),
        (
            {"document": {**FILE, "file_name": "estudio.pdf", "file_size": 25 * 1024 * 1024}},
            Media("document", "F1", filename="estudio.pdf", size=25 * 1024 * 1024, problem="too_big"),
        ),
        ({"document": {}}, Media("document", problem="missing")),
        ({"location": {"latitude": -34.6, "longitude": -58.4, "live_period": 60}}, Location(-34.6, -58.4)),
        (
            {"venue": {"location": {"latitude": 1, "longitude": 2}, "title": "Clínica", "address": "Calle 1"},
             "location": {"latitude": 1, "longitude": 2}},
            Location(1.0, 2.0, "Clínica", "Calle 1"),
        ),
        ({"contact": {"phone_number": "+549", "first_name": "Ana", "user_id": 42}},
         Cards((Card("Ana", ("+549",), (), True),))),
        ({"contact": {"phone_number": "+549", "first_name": "Ana", "user_id": 43}}, Cards((Card("Ana", ("+549",)),))),
        ({"contact": {"phone_number": "+549", "first_name": "Ana"}}, Cards((Card("Ana", ("+549",)),))),
        ({"web_app_data": {"data": '{"a": 1}', "button_text": "Ficha"}}, Form('{"a": 1}', {"a": 1}, "Ficha")),
        ({"web_app_data": {"data": "nada"}}, Form("nada")),
        ({"dice": {"emoji": "🎲", "value": 6}}, Unsupported("dice")),
        ({"successful_payment": {}}, Unsupported("successful_payment")),
        ({"brand_new_thing": {}}, Unsupported("brand_new_thing")),
        ({}, Unsupported("unknown")),
    ],
)  # fmt: skip
def test_what_a_message_says(parts: dict[str, Any], expected: Content) -> None:
    item = one("message", message(**parts))
    assert isinstance(item, MessageReceived)
    assert item.content == expected


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("/start promo-julio", "promo-julio"),
        ("/start@clinica_bot ad_7", "ad_7"),
        ("/start", None),
        ("/start  ", None),
        ("/starting now", None),
        ("hola /start x", None),
    ],
)
def test_a_deep_link_is_a_touch_and_the_text_stays(text: str, payload: str | None) -> None:
    item = one("message", message(text=text))
    assert isinstance(item, MessageReceived)
    assert item.content == Text(text)
    assert item.touch == (Touch("deep_link", payload, None, None, {"start": payload}) if payload else None)


def test_a_tap_carries_the_option_and_its_label() -> None:
    shown = {"inline_keyboard": [[{"text": "Sí", "callback_data": "t:si"}, {"text": "No", "callback_data": "t:no"}]]}
    query = {"id": "555", "from": USER, "data": "t:no", "message": message(reply_markup=shown, text="¿Seguimos?")}
    item = one("callback_query", query)
    assert isinstance(item, MessageReceived)
    assert item.content == Reply("t:no", "No", source="keyboard")
    assert (item.provider_id, item.reply_to, item.sender, item.at) == ("cb:555", "42:7", ANA, NOW)


@pytest.mark.parametrize("old", [{"chat": CHAT, "message_id": 7, "date": 0}, None])
def test_a_tap_on_an_old_message_still_counts(old: dict[str, Any] | None) -> None:
    query = {"id": "555", "from": USER, "data": "t:no", **({"message": old} if old else {})}
    item = one("callback_query", query)
    assert isinstance(item, MessageReceived)
    assert (item.content, item.sender.address) == (Reply("t:no", "", source="keyboard"), {"chat_id": 42})
    assert item.reply_to == ("42:7" if old else None)


def test_an_edit_names_the_message() -> None:
    item = one("edited_message", message(text="Mejor el martes", edit_date=AT + 5))
    assert isinstance(item, MessageEdited)
    assert (item.provider_id, item.content) == ("42:7", Text("Mejor el martes"))


@pytest.mark.parametrize(
    ("old", "new", "emoji"),
    [
        ([], [{"type": "emoji", "emoji": "👍"}], "👍"),
        ([{"type": "emoji", "emoji": "👍"}], [], None),
        (
            [{"type": "emoji", "emoji": "👍"}],
            [{"type": "emoji", "emoji": "👍"}, {"type": "emoji", "emoji": "🔥"}],
            "🔥",
        ),
        ([], [{"type": "custom_emoji", "custom_emoji_id": "9"}], "custom_emoji:9"),
    ],
)
def test_a_reaction_is_an_event_on_a_message(old: list[object], new: list[object], emoji: str | None) -> None:
    slice_ = {"chat": CHAT, "message_id": 7, "user": USER, "date": AT, "old_reaction": old, "new_reaction": new}
    item = one("message_reaction", slice_)
    assert isinstance(item, Reacted)
    assert (item.provider_id, item.emoji, item.sender) == ("42:7", emoji, ANA)


@pytest.mark.parametrize(("was", "now", "reachable"), [("member", "kicked", False), ("kicked", "member", True)])
def test_blocking_and_unblocking(was: str, now: str, reachable: bool) -> None:
    change = {"chat": CHAT, "from": USER, "date": AT, "old_chat_member": {"status": was},
              "new_chat_member": {"status": now}}  # fmt: skip
    item = one("my_chat_member", change)
    assert isinstance(item, ReachChanged)
    assert item.reachable is reachable


def test_a_group_that_adds_the_bot_is_declined_once() -> None:
    change = {"chat": GROUP, "from": USER, "date": AT, "old_chat_member": {"status": "left"},
              "new_chat_member": {"status": "member"}}  # fmt: skip
    item = one("my_chat_member", change)
    assert isinstance(item, Declined)
    assert item.chat == Person((Identity("telegram", "", "-77"),), {"chat_id": -77}, "Vecinos")
    assert isinstance(one("message", message(chat=GROUP, new_chat_members=[{"id": int(BOT)}])), Ignored)
    removed = {**change, "old_chat_member": {"status": "member"}, "new_chat_member": {"status": "left"}}
    assert isinstance(one("my_chat_member", removed), Ignored)


@pytest.mark.parametrize(
    ("parts", "addressed"),
    [
        ({"text": "/start"}, True),
        ({"text": "/start@clinica_bot"}, True),
        ({"text": "/start@other_bot"}, False),
        ({"text": "hola @Clinica_Bot, ¿hay turnos?"}, True),
        ({"text": "sí", "reply_to_message": {"message_id": 1, "from": {"id": int(BOT)}}}, True),
        ({"text": "hola a todos"}, False),
        ({"photo": [FILE]}, False),
    ],
)
def test_a_group_is_answered_only_when_it_speaks_to_the_bot(parts: dict[str, Any], addressed: bool) -> None:
    assert isinstance(one("message", message(chat=GROUP, **parts)), Declined if addressed else Ignored)


def test_a_migrated_group_tells_both_ids() -> None:
    item = one("message", message(chat={"id": -5, "type": "group"}, migrate_to_chat_id=-1005))
    assert isinstance(item, ChatMigrated)
    assert (item.old, item.new) == ("-5", "-1005")


def test_a_business_customer_writes_and_the_owner_answers() -> None:
    customer = one("business_message", message(text="Hola", business_connection_id="bc1"))
    assert isinstance(customer, MessageReceived)
    assert customer.provider_id == "bc1:42:7"
    assert customer.sender.address == {"chat_id": 42, "business_connection_id": "bc1"}
    owner = {**USER, "id": 1}
    echo = one("business_message", message(text="Buenas", business_connection_id="bc1", **{"from": owner}))
    assert isinstance(echo, EchoReceived)
    assert (echo.recipient.identities, echo.action) == (ANA.identities, "sent")
    edited = one("edited_business_message", message(text="Buenas!", business_connection_id="bc1", **{"from": owner}))
    assert isinstance(edited, EchoReceived)
    assert edited.action == "edited"
    ours = message(text="Soy el bot", business_connection_id="bc1", sender_business_bot={"id": int(BOT)})
    assert isinstance(one("business_message", {**ours, "from": owner}), Ignored)


def test_deleted_business_messages_are_one_item_each() -> None:
    deletion = {"business_connection_id": "bc1", "chat": CHAT, "message_ids": [3, 4]}
    parsed = read("deleted_business_messages", deletion)
    assert [(item.external_id, item.provider_id) for item in parsed if isinstance(item, MessageRevoked)] == [
        ("u900:3", "bc1:42:3"),
        ("u900:4", "bc1:42:4"),
    ]


def test_a_business_connection_belongs_to_the_account() -> None:
    item = one("business_connection", {"id": "bc1", "user": USER, "date": AT, "is_enabled": True})
    assert isinstance(item, AccountChanged)
    assert item.subject == "business_connection"


@pytest.mark.parametrize(
    ("kind", "slice_"),
    [
        ("channel_post", message(chat={"id": -9, "type": "channel"})),
        ("inline_query", {"id": "1"}),
        ("pre_checkout_query", {"id": "1"}),
        ("poll", {"id": "1"}),
        ("message", message(pinned_message={"message_id": 3})),
        ("message", message(text="soy un bot", **{"from": {**USER, "is_bot": True}})),
        ("callback_query", {"id": "1", "from": USER, "data": "t:a", "message": message(chat=GROUP)}),
    ],
)
def test_what_is_not_for_us_is_passed_over_with_a_reason(kind: str, slice_: dict[str, Any]) -> None:
    item = one(kind, slice_)
    assert isinstance(item, Ignored)
    assert item.reason


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (None, "update_id is missing or not a number"),
        ([], "update_id is missing or not a number"),
        ({"update_id": "x"}, "update_id is missing or not a number"),
        ({"update_id": 9}, "unknown kind of update: nothing"),
        ({"update_id": 9, "telepathy": {}}, "unknown kind of update: telepathy"),
        ({"update_id": 9, "message": []}, "message is not an object"),
        ({"update_id": 9, "message": {"message_id": 1}}, "message: chat.id is missing"),
        ({"update_id": 9, "message": {"chat": CHAT, "text": "x"}}, "message: message_id is missing"),
        (
            {"update_id": 9, "callback_query": {"id": "1", "from": USER, "data": None}},
            "callback_query: data is missing",
        ),
    ],
)
def test_what_is_not_understood_says_why(sent: object, reason: str) -> None:
    (item,) = parse(sent, account=BOT)
    assert isinstance(item, Unreadable)
    assert item.reason == reason
