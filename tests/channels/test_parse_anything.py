"""Whatever JSON arrives, every parser answers with items and none of its own faults."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.telegram.parse import parse as parse_telegram
from channels.whatsapp.parse import parse as parse_whatsapp
from core.threads.inbound import AnyItem, Unreadable
from tests.channels.whatsapp.bodies import ANA, AT, body, messages, said, statuses, value

Parser = Callable[[object], list[AnyItem]]


def telegram(sent: object) -> list[AnyItem]:
    return parse_telegram(sent, account="1", username="bot")


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=()), max_size=8),
    st.sampled_from([ANA, "text", "private", "\ud83d", "\x00", "99999999999999999999", "-", "--1", "¹"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)

WHATSAPP: list[dict[str, Any]] = [
    messages(
        said("text", {"body": "Hola"}, context={"id": "w"}, referral={"ctwa_clid": "c"}),
        said("image", {"id": "M", "caption": "c"}, "w2"),
        said("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": "{}"}}, "w3"),
        said("order", {"product_items": [{"product_retailer_id": "a", "item_price": 1, "currency": "USD"}]}, "w4"),
        said("contacts", [{"name": {"first_name": "A"}, "phones": [{"phone": "1"}]}], "w5"),
        said("system", {"type": "user_changed_user_id", "user_id": "x", "body": "changed from a to b"}, "w6"),
        said("edit", {"original_message_id": "w", "message": {"type": "text", "text": {"body": "b"}}}, "w7"),
        said("reaction", {"message_id": "w", "emoji": "👍"}, "w8"),
        said("ephemeral", {"message": {"type": "location", "location": {"latitude": 1, "longitude": 2}}}, "w9"),
    ),
    statuses({"id": "w", "status": "failed", "timestamp": AT, "errors": [{"code": 1, "error_data": {"details": "d"}}]}),
    body(
        "history",
        value(history=[{"metadata": {}, "threads": [{"id": ANA, "messages": [said("text", {"body": "x"})]}]}]),
    ),
    body("smb_message_echoes", value(message_echoes=[{"to": ANA, "id": "e", "type": "revoke", "revoke": {}}])),
    body("calls", value(calls=[{"id": "c", "event": "connect"}], statuses=[{"id": "c", "status": "RINGING"}])),
    body("user_preferences", value(user_preferences=[{"wa_id": ANA, "value": "stop", "timestamp": 1}])),
    body("user_id_update", value(user_id_update=[{"user_id": {"previous": "a", "current": "b"}}])),
    body("smb_app_state_sync", value(state_sync=[{"type": "contact", "metadata": {"timestamp": "1"}}])),
    body("account_update", {"event": "X"}),
]
USER = {"id": 42, "first_name": "Ana"}
MESSAGE = {"message_id": 7, "date": int(AT), "chat": {"id": 42, "type": "private"}, "from": USER}
KEYBOARD = {"inline_keyboard": [[{"text": "a", "callback_data": "t:a"}]]}
CHAT = MESSAGE["chat"]
GROUP = {"id": -1, "type": "group"}
THUMB = [{"type": "emoji", "emoji": "👍"}]
UPDATES: list[tuple[str, dict[str, Any]]] = [
    ("message", {**MESSAGE, "text": "/start x", "reply_to_message": {"message_id": 1}}),
    ("message", {**MESSAGE, "photo": [{"file_id": "F", "width": 1, "height": 1}], "caption": "c"}),
    ("message", {**MESSAGE, "contact": {"phone_number": "1", "user_id": 42}}),
    ("message", {**MESSAGE, "venue": {"location": {"latitude": 1, "longitude": 2}}}),
    ("message", {**MESSAGE, "chat": GROUP, "text": "@bot", "entities": [{"user": {"id": 1}}]}),
    ("callback_query", {"id": "1", "from": USER, "data": "t:a", "message": {**MESSAGE, "reply_markup": KEYBOARD}}),
    ("message_reaction", {"chat": CHAT, "message_id": 1, "user": USER, "old_reaction": [], "new_reaction": THUMB}),
    ("my_chat_member", {"chat": CHAT, "from": USER, "new_chat_member": {"status": "kicked"}}),
    ("deleted_business_messages", {"chat": CHAT, "message_ids": [1, 2]}),
    ("edited_business_message", {**MESSAGE, "text": "x", "business_connection_id": "b"}),
]
TELEGRAM: list[dict[str, Any]] = [{"update_id": 1, kind: slice_} for kind, slice_ in UPDATES]


def places(value_: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body where something may stand."""
    found = [path] if path else []
    if isinstance(value_, dict):
        for key, item in value_.items():
            found += places(item, (*path, key))
    elif isinstance(value_, list):
        for number, item in enumerate(value_):
            found += places(item, (*path, number))
    return found


def spoiled(sent: object, path: tuple[Any, ...], new: object, remove: bool) -> object:
    copy = json.loads(json.dumps(sent))
    holder = copy
    for step in path[:-1]:
        holder = holder[step]
    if remove:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return copy


def check(items: list[AnyItem]) -> None:
    assert items
    for item in items:
        assert isinstance(item.external_id, str)
        assert item.external_id
        assert item.at.tzinfo is not None
        assert b"\\u0000" not in orjson.dumps(item.raw)
        if isinstance(item, Unreadable):
            assert "the parser failed" not in item.reason, item
    assert len(items) == len({item.external_id for item in items}) or any(isinstance(i, Unreadable) for i in items)


@pytest.mark.parametrize("parse", [parse_whatsapp, telegram])
@given(sent=VALUES)
@settings(max_examples=100)
def test_any_json_is_answered_with_items(parse: Parser, sent: object) -> None:
    check(parse(sent))


def _mutations(bodies: list[dict[str, Any]]) -> st.SearchStrategy[object]:
    choices = [(sent, path) for sent in bodies for path in places(sent)]
    return st.builds(
        lambda choice, new, remove: spoiled(choice[0], choice[1], new, remove),
        st.sampled_from(choices),
        VALUES,
        st.booleans(),
    )


@given(sent=_mutations(WHATSAPP))
@settings(max_examples=400)
def test_a_spoiled_whatsapp_body_never_faults(sent: object) -> None:
    items = parse_whatsapp(sent)
    assert items
    for item in items:
        assert not (isinstance(item, Unreadable) and "the parser failed" in item.reason), item
        orjson.dumps(item.raw)


@given(sent=_mutations(TELEGRAM))
@settings(max_examples=400)
def test_a_spoiled_telegram_update_never_faults(sent: object) -> None:
    check(telegram(sent))


@pytest.mark.parametrize("parse", [parse_whatsapp, telegram])
def test_deep_nesting_is_cut_not_crashed_on(parse: Parser) -> None:
    deep: object = "bottom"
    for _ in range(5000):
        deep = [deep]
    for sent in (
        deep,
        messages(said("text", {"body": "a", "x": deep})),
        {"update_id": 1, "message": {**MESSAGE, "x": deep}},
    ):
        check(parse(sent))


def test_every_body_given_for_trial_is_understood() -> None:
    """Bodies from elsewhere, when there are some: HILO_SAMPLES names a folder with whatsapp/ and telegram/."""
    folder = os.environ.get("HILO_SAMPLES")
    if not folder:
        pytest.skip("HILO_SAMPLES is not set")
    for name, parse in (("whatsapp", parse_whatsapp), ("telegram", telegram)):
        for path in sorted((Path(folder) / name).glob("*.json")):
            for item in parse(json.loads(path.read_text())):
                assert not isinstance(item, Unreadable), (path.name, item)
