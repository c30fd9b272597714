"""Every slice of a WhatsApp body becomes one item with its own id."""

from datetime import UTC, datetime
from typing import Any

import pytest

from channels.lenient import EPOCH
from channels.whatsapp.parse import parse
from core.threads.content import (
    Card,
    Cards,
    Content,
    Form,
    Location,
    Media,
    Order,
    OrderItem,
    Reply,
    Text,
    Unsupported,
)
from core.threads.inbound import (
    AccountChanged,
    AnyItem,
    CallChanged,
    EchoReceived,
    HistoryImported,
    Identity,
    IdentityChanged,
    Ignored,
    MessageEdited,
    MessageReceived,
    MessageRevoked,
    Person,
    PreferenceChanged,
    Reacted,
    SendError,
    StatusChanged,
    TemplateChanged,
    Touch,
    Unreadable,
)
from tests.channels.whatsapp.bodies import ACCOUNT, ANA, AT, BSUID, WABA, body, messages, said, statuses, value

WHEN = datetime.fromtimestamp(int(AT), UTC)
BY_NUMBER = Identity("whatsapp", "", ANA)
BY_BSUID = Identity("bsuid", WABA, BSUID)
PERSON = Person((BY_NUMBER, BY_BSUID), {"to": ANA}, "Ana Ruiz", "ana.ruiz")


def one(parsed: list[AnyItem]) -> AnyItem:
    assert len(parsed) == 1, parsed
    return parsed[0]


def content_of(raw: dict[str, Any]) -> Content:
    item = one(parse(messages(raw)))
    assert isinstance(item, MessageReceived), item
    return item.content


def test_a_text_is_whole() -> None:
    raw = said("text", {"body": "Hola"}, context={"from": "5491140000000", "id": "wamid.OUT1"})
    assert parse(messages(raw)) == [
        MessageReceived(
            account=ACCOUNT,
            external_id="wamid.IN1",
            at=WHEN,
            raw=raw,
            sender=PERSON,
            provider_id="wamid.IN1",
            content=Text("Hola"),
            reply_to="wamid.OUT1",
        )
    ]


def test_nothing_of_a_batch_is_lost() -> None:
    first = value(messages=[said("text", {"body": str(n)}, f"wamid.{n}") for n in range(3)])
    second = value(statuses=[{"id": "wamid.OUT", "status": "sent", "timestamp": AT, "recipient_id": ANA}])
    two = body("messages", first, second)
    two["entry"] += body("account_update", {"event": "ACCOUNT_DELETED"})["entry"]
    assert [item.external_id for item in parse(two)][:4] == ["wamid.0", "wamid.1", "wamid.2", "wamid.OUT:sent"]
    assert isinstance(parse(two)[4], AccountChanged)


def test_one_bad_slice_fails_alone() -> None:
    parsed = parse(messages(said("text", {"body": "a"}, "wamid.1"), {"type": "text"}, said("text", {"body": "b"})))
    assert [type(item) for item in parsed] == [MessageReceived, Unreadable, MessageReceived]
    assert parsed[1].reason == "entry[0].changes[0].value.messages[1]: id is missing"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            said("image", {"id": "M1", "mime_type": "image/jpeg", "sha256": "abc=", "caption": "Antes"}),
            Media("image", "M1", caption="Antes", mime="image/jpeg", sha256="abc="),
        ),
        (said("image", {"id": "M1", "view_once": True}), Media("image", "M1", view_once=True)),
        (said("audio", {"id": "M1", "mime_type": "audio/ogg; codecs=opus", "voice": True}),
         Media("voice", "M1", mime="audio/ogg; codecs=opus")),
        (said("audio", {"id": "M1", "voice": False}), Media("audio", "M1")),
        (said("voice", {"id": "M1"}), Media("voice", "M1")),
        (said("video", {"id": "M1"}), Media("video", "M1")),
        (said("document", {"id": "M1", "filename": "estudio.pdf"}), Media("document", "M1", filename="estudio.pdf")),
        (said("sticker", {"id": "M1", "animated": True}), Media("sticker", "M1")),
        (said("image", {"mime_type": "image/png"}), Media("image", mime="image/png", problem="missing")),
        (said("ephemeral", {"message": {"type": "text", "text": {"body": "Hola"}}}), Text("Hola")),
        (said("view_once", {"message": {"type": "image", "image": {"id": "M1"}}}),
         Media("image", "M1", view_once=True)),
        (said("ephemeral", {}), Unsupported("ephemeral")),
        (said("location", {"latitude": -34.6, "longitude": "-58.4", "name": "Casa"}), Location(-34.6, -58.4, "Casa")),
        (
            said("contacts", [{"name": {"formatted_name": "Leo"}, "phones": [{"phone": "+54 9 11"}, {"wa_id": "549"}],
                               "emails": [{"email": "leo@example.org"}]}]),
            Cards((Card("Leo", ("+54 9 11", "549"), ("leo@example.org",)),)),
        ),
        (
            said("contacts", [{"name": {"first_name": "Ana"}, "phones": [{"phone": "+549"}],
                               "origin": "contact_request"}]),
            Cards((Card("Ana", ("+549",), own=True),)),
        ),
        (said("button", {"payload": "t:si", "text": "Sí"}), Reply("t:si", "Sí", source="template")),
        (said("interactive", {"type": "button_reply", "button_reply": {"id": "t:si", "title": "Sí"}}),
         Reply("t:si", "Sí")),
        (
            said("interactive", {"type": "list_reply",
                                 "list_reply": {"id": "t:a", "title": "A", "description": "la primera"}}),
            Reply("t:a", "A", "la primera", "list"),
        ),
        (said("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": '{"a":1}', "name": "flow"}}),
         Form('{"a":1}', {"a": 1}, "flow")),
        (said("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": "{broken"}}), Form("{broken")),
        (said("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": "[1]"}}), Form("[1]")),
        (
            said("order", {"catalog_id": "7", "text": "para el lunes", "product_items": [
                {"product_retailer_id": "crema", "quantity": "2", "item_price": 12.35, "currency": "USD"},
                {"product_retailer_id": "gel", "quantity": 1, "item_price": 9990, "currency": "CLP"}]}),
            Order("7", (OrderItem("crema", 2, 1235, "USD"), OrderItem("gel", 1, 9990, "CLP")), "para el lunes"),
        ),
        (
            said("unsupported", {"type": "poll"},
                 errors=[{"code": 131051, "title": "Unknown", "error_data": {"details": "Not supported."}}]),
            Unsupported("poll", "Not supported."),
        ),
        ({"from": ANA, "id": "wamid.IN1", "timestamp": AT, "type": "interactive"}, Unsupported("interactive")),
    ],
)  # fmt: skip
def test_what_a_message_says(raw: dict[str, Any], expected: Content) -> None:
    assert content_of(raw) == expected


def test_an_ad_is_kept_whole_and_its_id_is_no_click_id() -> None:
    referral = {
        "source_url": "https://fb.me/x",
        "source_id": "AD9",
        "source_type": "ad",
        "headline": "Botox 2x1",
        "ctwa_clid": "CLICK1",
        "welcome_message": {"text": "Hola"},
    }
    item = one(parse(messages(said("text", {"body": "Info"}, referral=referral))))
    assert isinstance(item, MessageReceived)
    assert item.touch == Touch("ctwa", "AD9", "CLICK1", "Botox 2x1", referral)
    del referral["ctwa_clid"]
    item = one(parse(messages(said("text", {"body": "Info"}, referral=referral))))
    assert isinstance(item, MessageReceived)
    assert item.touch is not None
    assert item.touch.click_id is None


def test_a_person_without_a_number_is_answered_by_bsuid() -> None:
    raw = said("text", {"body": "Hola"}, from_user_id=BSUID)
    del raw["from"]
    contact = {"profile": {"name": "Ana"}, "user_id": BSUID}
    item = one(parse(body("messages", value(messages=[raw], contacts=[contact]))))
    assert isinstance(item, MessageReceived)
    assert item.sender == Person((BY_BSUID,), {"recipient": BSUID}, "Ana")


def test_a_card_of_somebody_else_is_not_joined() -> None:
    item = one(parse(messages({**said("text", {"body": "Hola"}), "from": "34600000000"})))
    assert isinstance(item, MessageReceived)
    assert item.sender == Person((Identity("whatsapp", "", "34600000000"),), {"to": "34600000000"})


def test_a_number_of_brazil_is_taken_to_speak_portuguese() -> None:
    item = one(parse(messages({**said("text", {"body": "Oi"}), "from": "5511987654321"})))
    assert isinstance(item, MessageReceived)
    assert item.sender == Person((Identity("whatsapp", "", "5511987654321"),), {"to": "5511987654321"}, language="pt")


@pytest.mark.parametrize(("reaction", "emoji"), [({"emoji": "👍"}, "👍"), ({"emoji": ""}, None), ({}, None)])
def test_a_reaction_is_an_event_on_another_message(reaction: dict[str, Any], emoji: str | None) -> None:
    raw = said("reaction", {"message_id": "wamid.OUT1", **reaction}, "wamid.R1")
    assert parse(messages(raw)) == [
        Reacted(
            account=ACCOUNT,
            external_id="wamid.R1",
            at=WHEN,
            raw=raw,
            sender=PERSON,
            provider_id="wamid.OUT1",
            emoji=emoji,
        )
    ]


def test_an_edit_and_a_revocation_name_the_original() -> None:
    new = {"type": "text", "text": {"body": "Mejor el martes"}}
    edit = said("edit", {"original_message_id": "wamid.IN1", "message": new}, "wamid.E1")
    revoke = said("revoke", {"original_message_id": "wamid.IN1"}, "wamid.D1")
    common = {"account": ACCOUNT, "at": WHEN, "sender": PERSON, "provider_id": "wamid.IN1"}
    assert parse(messages(edit, revoke)) == [
        MessageEdited(external_id="wamid.E1", raw=edit, content=Text("Mejor el martes"), **common),  # type: ignore[arg-type]
        MessageRevoked(external_id="wamid.D1", raw=revoke, **common),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(
    ("system", "old", "new"),
    [
        ({"type": "user_changed_number", "wa_id": "5491155550199"}, BY_NUMBER,
         Identity("whatsapp", "", "5491155550199")),
        ({"type": "user_changed_user_id", "user_id": "AR.new", "body": f"User Ana changed from {BSUID} to AR.new"},
         BY_BSUID, Identity("bsuid", WABA, "AR.new")),
        ({"type": "customer_identity_changed", "body": "…"}, BY_NUMBER, None),
    ],
)  # fmt: skip
def test_a_changed_identity_tells_old_and_new(system: dict[str, Any], old: Identity, new: Identity | None) -> None:
    item = one(parse(messages(said("system", system))))
    assert isinstance(item, IdentityChanged)
    assert (item.old, item.new, item.person.identities[0]) == (old, new, BY_NUMBER)


def test_a_bsuid_update_tells_old_and_new() -> None:
    change = {"wa_id": ANA, "user_id": {"previous": BSUID, "current": "AR.new"}, "timestamp": AT}
    item = one(parse(body("user_id_update", value(user_id_update=[change]))))
    assert isinstance(item, IdentityChanged)
    assert (item.old, item.new) == (BY_BSUID, Identity("bsuid", WABA, "AR.new"))


def test_a_status_keeps_price_tracker_and_recipient() -> None:
    raw = {
        "id": "wamid.OUT1",
        "status": "delivered",
        "timestamp": AT,
        "recipient_id": ANA,
        "recipient_user_id": BSUID,
        "biz_opaque_callback_data": "77",
        "conversation": {"id": "c1", "origin": {"type": "service"}},
        "pricing": {"billable": False, "pricing_model": "PMP", "category": "service"},
    }
    assert parse(statuses(raw)) == [
        StatusChanged(
            account=ACCOUNT,
            external_id="wamid.OUT1:delivered",
            at=WHEN,
            raw=raw,
            provider_id="wamid.OUT1",
            status="delivered",
            tracker="77",
            pricing={
                "billable": False,
                "pricing_model": "PMP",
                "category": "service",
                "conversation": {"id": "c1", "origin": {"type": "service"}},
            },
            recipient=PERSON,
        )
    ]


def test_a_failure_keeps_every_error_even_without_a_message() -> None:
    errors = [{"code": 131047, "title": "Re-engagement", "error_data": {"details": "24 hours"}}, {"code": "1"}]
    item = one(parse(statuses({"id": "w", "status": "failed", "timestamp": AT, "errors": errors})))
    assert isinstance(item, StatusChanged)
    assert item.errors == (SendError("131047", "Re-engagement", "24 hours"), SendError("1", ""))
    assert item.recipient == PERSON


def test_errors_of_a_value_belong_to_the_account() -> None:
    errors = [{"code": 130429, "title": "Rate limit hit"}]
    item = one(parse(body("messages", value(errors=errors))))
    assert isinstance(item, AccountChanged)
    assert (item.subject, item.data, item.account) == ("errors", {"errors": errors}, ACCOUNT)


@pytest.mark.parametrize("with_contacts", [True, False])
def test_an_answer_from_the_business_phone_is_an_echo(with_contacts: bool) -> None:
    raw = {"from": "5491140000000", "to": ANA, "id": "wamid.E1", "timestamp": AT, "type": "text",
           "text": {"body": "Te esperamos"}}  # fmt: skip
    changed = {"original_message_id": "wamid.E1", "message": {"type": "text", "text": {"body": "…"}}}
    edit = {**raw, "id": "wamid.E2", "type": "edit", "edit": changed}
    revoke = {**raw, "id": "wamid.E3", "type": "revoke", "revoke": {"original_message_id": "wamid.E1"}}
    wrapped = value(message_echoes=[raw, edit, revoke])
    if not with_contacts:
        del wrapped["contacts"]
    parsed = parse(body("smb_message_echoes", wrapped))
    assert [(item.external_id, item.provider_id, item.action) for item in parsed if isinstance(item, EchoReceived)] == [
        ("wamid.E1", "wamid.E1", "sent"),
        ("wamid.E2", "wamid.E1", "edited"),
        ("wamid.E3", "wamid.E1", "revoked"),
    ]
    assert isinstance(parsed[0], EchoReceived)
    assert parsed[0].content == Text("Te esperamos")
    assert parsed[0].recipient == (PERSON if with_contacts else Person((BY_NUMBER,), {"to": ANA}))


def test_history_has_directions_and_old_times() -> None:
    incoming = {**said("text", {"body": "Hola"}, "wamid.H1"), "history_context": {"status": "READ"}}
    outgoing = {**said("text", {"body": "Buenas"}, "wamid.H2"), "from": "5491140000000", "to": ANA,
                "history_context": {"status": "READ"}}  # fmt: skip
    holder = {"id": "wamid.H3", "from": ANA, "timestamp": AT, "type": "media_placeholder"}
    emoji = said("reaction", {"message_id": "wamid.H2", "emoji": "👍"}, "wamid.H4")
    chunk = {"metadata": {"phase": 0, "chunk_order": 1, "progress": 55},
             "threads": [{"id": ANA, "messages": [incoming, outgoing, holder, emoji]}]}  # fmt: skip
    parsed = parse(body("history", value(history=[chunk])))
    assert isinstance(parsed[0], AccountChanged)
    assert parsed[0].data == {"metadata": chunk["metadata"]}
    old = [item for item in parsed if isinstance(item, HistoryImported)]
    assert [(item.external_id, item.direction, item.status) for item in old] == [
        ("wamid.H1", "in", None),
        ("wamid.H2", "out", "read"),
        ("wamid.H3:placeholder", "in", None),
    ]
    assert all(item.person == PERSON and item.at == WHEN for item in old)
    assert isinstance(parsed[4], Ignored)


def test_the_media_of_history_comes_later_under_the_same_message() -> None:
    item = one(parse(body("history", value(messages=[said("image", {"id": "M1"}, "wamid.H3")]))))
    assert isinstance(item, HistoryImported)
    assert (item.external_id, item.content) == ("wamid.H3", Media("image", "M1"))


def test_declined_history_is_an_account_event() -> None:
    refusal = {"errors": [{"code": 2593109, "title": "History sharing declined"}]}
    item = one(parse(body("history", value(history=[refusal]))))
    assert isinstance(item, AccountChanged)
    assert item.data == refusal


def test_calls_and_their_permission_stay_in_the_thread() -> None:
    call = {"id": "wacid.1", "from": ANA, "to": "5491140000000", "event": "terminate", "timestamp": AT,
            "direction": "USER_INITIATED", "duration": 12, "session": {"sdp": "v=0"}}  # fmt: skip
    parsed = parse(body("calls", value(calls=[call])))
    assert parsed == [
        CallChanged(
            account=ACCOUNT,
            external_id="wacid.1:terminate",
            at=WHEN,
            raw=call,
            sender=PERSON,
            event="terminate",
            data={"id": "wacid.1", "direction": "USER_INITIATED", "duration": 12},
        )
    ]
    reply = {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}}
    permitted = one(parse(messages(said("interactive", reply))))
    assert isinstance(permitted, CallChanged)
    assert permitted.event == "permission_accept"


@pytest.mark.parametrize(("told", "granted"), [("stop", False), ("resume", True), ("signup", True)])
def test_marketing_preferences(told: str, granted: bool) -> None:
    raw = {"wa_id": ANA, "value": told, "category": "marketing_messages", "timestamp": int(AT)}
    item = one(parse(body("user_preferences", value(user_preferences=[raw]))))
    assert isinstance(item, PreferenceChanged)
    assert (item.granted, item.sender, item.at) == (granted, PERSON, WHEN)


def test_account_events_belong_to_the_waba() -> None:
    event = {"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "RESTRICTED_ADD_PHONE_NUMBER"}]}
    item = one(parse(body("account_update", event)))
    assert isinstance(item, AccountChanged)
    assert (item.account, item.subject, item.data) == (f"waba:{WABA}", "account_update", event)
    assert item.at == datetime.fromtimestamp(1788000009, UTC)


def template_news(field: str, **said: Any) -> TemplateChanged:
    event = {
        "message_template_id": 1689556908129832,
        "message_template_name": "recordatorio",
        "message_template_language": "es_AR",
        **said,
    }
    item = one(parse(body(field, event)))
    assert isinstance(item, TemplateChanged), item
    assert (item.account, item.waba, item.provider_id) == (f"waba:{WABA}", WABA, "1689556908129832")
    assert (item.name, item.language) == ("recordatorio", "es_AR")
    return item


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("APPROVED", "approved"),
        ("REINSTATED", "approved"),
        ("FLAGGED", "approved"),
        ("PENDING", "pending"),
        ("IN_APPEAL", "pending"),
        ("REJECTED", "rejected"),
        ("PAUSED", "paused"),
        ("DISABLED", "disabled"),
        ("PENDING_DELETION", "not_submitted"),
        ("SOMETHING_NEW", None),
    ],
)
def test_a_templates_status_is_one_of_ours(event: str, status: str | None) -> None:
    item = template_news("message_template_status_update", event=event, reason="NONE")
    assert (item.status, item.reason, item.words) == (status, None, None)


def test_a_rejection_says_why_and_a_pause_what_happened() -> None:
    rejected = template_news(
        "message_template_status_update",
        event="REJECTED",
        reason="INVALID_FORMAT",
        message_template_category="MARKETING",
        rejection_info={"reason": "Two parameters touch.", "recommendation": "Put words between them."},
    )
    assert (rejected.reason, rejected.category) == ("INVALID_FORMAT", "MARKETING")
    assert rejected.words == "Two parameters touch. Put words between them."
    paused = template_news(
        "message_template_status_update",
        event="PAUSED",
        reason=None,
        other_info={"title": "FIRST_PAUSE", "description": "Paused for 3 hours."},
    )
    assert (paused.status, paused.words) == ("paused", "Paused for 3 hours.")


def test_a_templates_quality_category_and_text_are_told() -> None:
    quality = template_news("message_template_quality_update", new_quality_score="RED", previous_quality_score="GREEN")
    assert (quality.quality, quality.status) == ("RED", None)
    assert template_news("template_category_update", new_category="MARKETING").category == "MARKETING"
    button = {"type": "URL", "text": "Ver", "url": "https://sol.example/t"}
    text = template_news(
        "message_template_components_update",
        message_template_title="Tu turno",
        message_template_element="Hola {{1}}, te esperamos.",
        message_template_footer="Clínica Sol",
        message_template_buttons=[{f"message_template_button_{name}": said for name, said in button.items()}],
    )
    assert text.components == [
        {"type": "HEADER", "format": "TEXT", "text": "Tu turno"},
        {"type": "BODY", "text": "Hola {{1}}, te esperamos."},
        {"type": "FOOTER", "text": "Clínica Sol"},
        {"type": "BUTTONS", "buttons": [button]},
    ]


def test_a_template_event_without_a_name_is_unreadable() -> None:
    item = one(parse(body("message_template_status_update", {"event": "APPROVED"})))
    assert isinstance(item, Unreadable)
    assert item.reason.endswith("message_template_name is missing")


def test_the_address_book_of_the_phone_is_an_account_event() -> None:
    entry = {"type": "contact", "action": "add", "contact": {"phone_number": ANA}, "metadata": {"timestamp": AT}}
    item = one(parse(body("smb_app_state_sync", value(state_sync=[entry]))))
    assert isinstance(item, AccountChanged)
    assert (item.subject, item.at) == ("address_book", WHEN)


def test_groups_are_passed_over() -> None:
    grouped = one(parse(messages(said("text", {"body": "Hola"}, group_id="G1"))))
    status = {"id": "w", "status": "read", "timestamp": AT, "recipient_id": "G1", "recipient_type": "group"}
    assert isinstance(grouped, Ignored)
    assert isinstance(one(parse(statuses(status))), Ignored)
    assert isinstance(one(parse(body("group_lifecycle_update", value(groups=[])))), Ignored)


def test_the_same_body_gives_the_same_ids() -> None:
    two = body("user_preferences", value(user_preferences=[{"wa_id": ANA, "value": "stop", "timestamp": AT}]))
    two["entry"] += body("account_update", {"event": "X"})["entry"] + messages({"type": 5}, said("poem", {}))["entry"]
    later = parse(two, now=datetime(2030, 1, 1, tzinfo=UTC))
    assert [item.external_id for item in parse(two)] == [item.external_id for item in later]
    assert len({item.external_id for item in later}) == len(later)


def test_what_has_no_time_gets_the_arrival() -> None:
    raw = said("text", {"body": "Hola"})
    del raw["timestamp"]
    timeless = messages(raw)
    del timeless["entry"][0]["time"]
    now = datetime(2030, 1, 1, tzinfo=UTC)
    assert parse(timeless, now=now)[0].at == now
    assert parse(timeless)[0].at == EPOCH


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (None, "the body is not a JSON object"),
        ([], "the body is not a JSON object"),
        ({}, "the body's object is not whatsapp_business_account"),
        ({"object": "whatsapp_business_account"}, "entry is missing, empty or not an array"),
        ({"object": "whatsapp_business_account", "entry": [None]}, "entry[0].changes is missing, empty or no array"),
        (
            {"object": "whatsapp_business_account", "entry": [{"id": 1, "changes": [{"field": "messages"}]}]},
            "entry[0].changes[0]: field or value is missing or of the wrong type",
        ),
        (body("moods", {}), 'entry[0].changes[0]: unknown webhook field "moods"'),
        (
            messages(said("poem", {})),
            'entry[0].changes[0].value.messages[0]: unknown message type "poem"',
        ),
        (
            body("messages", value(messages={"0": {}})),
            "entry[0].changes[0].value.messages: an array was expected",
        ),
        (messages(said("text", None)), "entry[0].changes[0].value.messages[0]: text.body is missing"),
        (statuses({"id": "w", "status": "tickled"}), 'entry[0].changes[0].value.statuses[0]: unknown status "tickled"'),
        (body("messages", value()), 'entry[0].changes[0]: nothing known in the value of field "messages"'),
    ],
)
def test_what_is_not_understood_says_where_and_why(sent: object, reason: str) -> None:
    item = one(parse(sent))
    assert isinstance(item, Unreadable)
    assert item.reason == reason


def test_half_an_emoji_and_a_nul_are_mended() -> None:
    assert content_of(said("text", {"body": "ho\ud83dla\x00"})) == Text("ho\ufffdla\ufffd")
