"""The Bot API's send methods: parameters in, a recorded Message out."""

from collections.abc import Callable
from typing import Any

from channels.emulator.bot_api_call import Call
from channels.emulator.bot_api_limits import (
    BotApiError,
    bad,
    check_caption,
    check_entities,
    check_markup,
    check_text,
)
from channels.emulator.rates import TELEGRAM_BOT, TELEGRAM_CHAT
from channels.emulator.telegram_wire import bot_message, contact, file_fields, location
from channels.emulator.world import Json, Message, Person, Sent

FILE_KINDS = ("photo", "audio", "voice", "video", "document", "animation", "sticker")


def send_message(call: Call) -> Json:
    text = check_text(call.params.get("text"))
    return deliver(call, {"text": text, **_entities(call.params, text, "entities")})


def send_file(kind: str) -> Callable[[Call], Json]:
    def send(call: Call) -> Json:
        return deliver(call, {**file_fields(kind, call.file(kind), call.params), **_caption(call.params)})

    return send


def send_location(call: Call) -> Json:
    return deliver(call, {"location": _place(call)})


def send_venue(call: Call) -> Json:
    place = _place(call)
    venue = {"location": place, "title": call.need("title"), "address": call.need("address")}
    return deliver(call, {"venue": venue, "location": place})


def send_contact(call: Call) -> Json:
    call.need("phone_number")
    call.need("first_name")
    return deliver(call, {"contact": contact(call.params)})


def send_media_group(call: Call) -> list[Json]:
    """An album of 2 to 10 photos, videos, audios or documents, all under one media_group_id."""
    media = call.need("media")
    if not isinstance(media, list) or not 2 <= len(media) <= 10:
        raise bad("there must be 2-10 items in a media group")
    items = []
    for entry in media:
        kind = entry.get("type")
        if kind not in {"photo", "video", "audio", "document"}:
            raise bad(f"media type {kind} can't be in a media group")
        items.append({**file_fields(kind, call.file(kind, entry.get("media")), entry), **_caption(entry)})
    group = str(call.world.next("media_group"))
    return [deliver(call, {**item, "media_group_id": group}) for item in items]


def _place(call: Call) -> Json:
    call.need("latitude")
    call.need("longitude")
    try:
        place: Json = location(call.params)
    except ValueError:
        raise bad("latitude and longitude must be numbers") from None
    if not (-90 <= place["latitude"] <= 90 and -180 <= place["longitude"] <= 180):
        raise bad("wrong latitude or longitude")
    return place


def _caption(given: Json) -> Json:
    if not given.get("caption"):
        return {}
    caption = check_caption(given["caption"])
    return {"caption": caption, **_entities(given, caption, "caption_entities")}


def _entities(given: Json, text: str, name: str) -> Json:
    """Entities only: the emulator does not parse Markdown or HTML, and says so rather than show raw marks."""
    if given.get("parse_mode"):
        raise bad("unsupported parse_mode (the emulator takes entities)")
    return {name: check_entities(text, given[name])} if given.get(name) else {}


def deliver(call: Call, content: Json) -> Json:
    """Put the message into the chat and the record; returns the Bot API's Message."""
    person = call.person()
    world, account = call.world, call.account
    _check_rates(call, person)
    chat = world.chat(account, person.id)
    markup = check_markup(call.params["reply_markup"]) if call.params.get("reply_markup") else None
    quoted = _quoted(call, person)
    number, at = world.next(f"message:{account.key}:{person.id}"), world.now()
    wire = {**bot_message(account, person, number, at), **content}
    if quoted:
        wire["reply_to_message"] = quoted.content
    if business := call.params.get("business_connection_id"):
        wire["business_connection_id"] = business
    if markup and "inline_keyboard" in markup:
        wire["reply_markup"] = markup
    elif markup:
        chat.keyboard = markup if "keyboard" in markup else None
    reply_to = quoted.id if quoted else None
    chat.messages.append(Message(str(number), "out", at, wire, "delivered", reply_to=reply_to))
    chat.typing_until = 0.0
    world.sent.append(Sent(account.key, person.id, str(number), at, None, call.method, _jsonable(call.params)))
    world.publish("message", account, person.id)
    return wire


def _check_rates(call: Call, person: Person) -> None:
    """Raises 429 with retry_after over the chat's or the bot's rate, when enforced."""
    if not call.account.enforce_rates:
        return
    buckets, key, now = call.world.buckets, call.account.key, call.world.now()
    wait = buckets.wait_for(f"{key}/{person.id}", TELEGRAM_CHAT, now) or buckets.wait_for(key, TELEGRAM_BOT, now)
    if wait:
        raise BotApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)


def _quoted(call: Call, person: Person) -> Message | None:
    parameters = call.params.get("reply_parameters") or {}
    wanted = parameters.get("message_id") or call.params.get("reply_to_message_id")
    if not wanted:
        return None
    found = call.world.chat(call.account, person.id).find(str(wanted))
    if found is None and not parameters.get("allow_sending_without_reply"):
        raise bad("message to be replied not found")
    return found


def _jsonable(params: Json) -> dict[str, Any]:
    """The payload as recorded: numbers that came through a form are strings there; chat_id is made whole."""
    return {**params, "chat_id": int(params["chat_id"])}
