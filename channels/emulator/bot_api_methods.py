"""The Bot API's other methods: webhook, edits, callbacks, files, chat, commands."""

from typing import Any

from channels.emulator.bot_api_call import Call
from channels.emulator.bot_api_limits import (
    CALLBACK_ANSWER,
    COMMANDS,
    DOWNLOAD_BYTES,
    bad,
    check_entities,
    check_markup,
    check_text,
    utf16_length,
)
from channels.emulator.telegram_wire import chat as chat_object
from channels.emulator.telegram_wire import unique_id
from channels.emulator.world import Json, Message

TYPING_SECONDS = 5
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)


def get_me(call: Call) -> Json:
    flags = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    return {**call.account.user(), **flags}


def set_webhook(call: Call) -> bool:
    account = call.account
    url = str(call.params.get("url") or "")
    if url and not url.startswith(("http://", "https://")):
        raise bad("bad webhook: invalid webhook URL specified")
    secret = str(call.params.get("secret_token") or "")
    if len(secret) > 256 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in secret):
        raise bad("secret token contains unallowed characters")
    if call.flag("drop_pending_updates"):
        call.webhooks.drop_telegram_pending(account)
    account.webhook_url, account.secret_token = url, secret
    account.allowed_updates = list(call.params.get("allowed_updates") or [])
    account.max_connections = int(call.params.get("max_connections") or 40)
    call.webhooks.wake_telegram(account)
    return True


def delete_webhook(call: Call) -> bool:
    if call.flag("drop_pending_updates"):
        call.webhooks.drop_telegram_pending(call.account)
    call.account.webhook_url = call.account.secret_token = ""
    return True


def get_webhook_info(call: Call) -> Json:
    account = call.account
    pending = call.webhooks.telegram_pending(account)
    info: Json = {
        "url": account.webhook_url,
        "has_custom_certificate": False,
        "pending_update_count": len(pending),
        "max_connections": account.max_connections,
    }
    if account.allowed_updates:
        info["allowed_updates"] = account.allowed_updates
    if pending and (trouble := pending[0].last_error or pending[0].last_status):
        info["last_error_date"] = int(call.world.now())
        info["last_error_message"] = f"Wrong response from the webhook: {trouble}"
    return info


def send_chat_action(call: Call) -> bool:
    person = call.person()
    call.need("action")
    call.world.chat(call.account, person.id).typing_until = call.world.now() + TYPING_SECONDS
    call.world.publish("typing", call.account, person.id)
    return True


def edit_message_text(call: Call) -> Json:
    person = call.person()
    message = _own(call, call.message(person, "edit"))
    text = check_text(call.params.get("text"))
    changes: Json = {"text": text}
    if call.params.get("entities"):
        changes["entities"] = check_entities(text, call.params["entities"])
    return _edited(call, person.id, message, changes, {"text", "entities", "reply_markup"})


def edit_message_reply_markup(call: Call) -> Json:
    person = call.person()
    return _edited(call, person.id, _own(call, call.message(person, "edit")), {}, {"reply_markup"})


def _own(call: Call, message: Message) -> Message:
    if message.direction != "out":
        raise bad("message can't be edited")
    return message


def _edited(call: Call, person_id: str, message: Message, changes: Json, replaced: set[str]) -> Json:
    if markup := call.params.get("reply_markup"):
        checked = check_markup(markup)
        if checked.get("inline_keyboard"):
            changes = {**changes, "reply_markup": checked}
    after = {name: value for name, value in message.content.items() if name not in replaced} | changes
    if {k: v for k, v in after.items() if k != "edit_date"} == {
        k: v for k, v in message.content.items() if k != "edit_date"
    }:
        raise bad(_NOT_MODIFIED)
    message.edited = message.edited or "text" in changes
    message.content = {**after, "edit_date": int(call.world.now())}
    call.world.publish("message", call.account, person_id)
    return message.content


def delete_message(call: Call) -> bool:
    person = call.person()
    call.message(person, "delete").deleted = True
    call.world.publish("message", call.account, person.id)
    return True


def answer_callback_query(call: Call) -> bool:
    tap = call.world.taps.pop(str(call.need("callback_query_id")), None)
    if tap is None or tap.account != call.account.key:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    text = str(call.params.get("text") or "")
    if utf16_length(text) > CALLBACK_ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    alert = call.flag("show_alert")
    call.world.publish("tap_answered", call.account, tap.person, tap=tap.id, text=text, alert=alert)
    return True


def set_message_reaction(call: Call) -> bool:
    person = call.person()
    message = call.message(person, "react")
    reaction = call.params.get("reaction") or []
    if reaction:
        message.reactions["business"] = str(reaction[0].get("emoji", ""))
    else:
        message.reactions.pop("business", None)
    call.world.publish("message", call.account, person.id)
    return True


def get_file(call: Call) -> Json:
    media = call.world.media.get(str(call.need("file_id")))
    if media is None or media.account != call.account.key:
        raise bad("invalid file_id")
    if len(media.data) > DOWNLOAD_BYTES:
        raise bad("file is too big")
    folder = media.mime_type.split("/")[0]
    return {
        "file_id": media.id,
        "file_unique_id": unique_id(media),
        "file_size": len(media.data),
        "file_path": f"{folder}/{media.id}",
    }


def set_my_commands(call: Call) -> bool:
    commands = call.need("commands")
    if not isinstance(commands, list) or len(commands) > COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        name = str(command.get("command", "")).removeprefix("/")
        if not 1 <= len(name) <= 32 or not all(c.isascii() and (c.islower() or c.isdigit() or c == "_") for c in name):
            raise bad("BOT_COMMAND_INVALID")
        if not command.get("description"):
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    call.account.commands = commands
    return True


def get_my_commands(call: Call) -> list[Json]:
    return call.account.commands


def get_chat(call: Call) -> Any:
    flags = {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(_GIFTS, False),
    }
    return {**chat_object(call.person()), **flags}


_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
