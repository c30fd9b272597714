"""What a person does on Telegram, told to the bot's webhook as Bot API updates."""

from collections.abc import Callable
from typing import Any

from channels.emulator.acts import ActError, need
from channels.emulator.bot_api_limits import utf16_length
from channels.emulator.telegram_wire import chat as chat_object
from channels.emulator.telegram_wire import contact, file_fields, location, person_message, user
from channels.emulator.webhooks import Webhooks
from channels.emulator.world import Json, Message, Person, Tap, TelegramAccount, World

FILE_KINDS = {"photo", "audio", "voice", "video", "document", "animation", "sticker"}


def person_acts(world: World, webhooks: Webhooks, account: TelegramAccount, person: Person, act: Json) -> Json:
    """Do one act; returns {"id", "update"}: the kind's payload as sent. Raises ActError for a bad act.

    Types that make a message: text, start (payload), photo, audio, voice, video, document, animation,
    sticker (media_id), location, venue, contact (own: true shares one's own number), raw. Others: tap
    (message_id, data), edit, delete, reaction, block, unblock. A person with a business_connection_id
    writes to the business account behind it.
    """
    kind = str(act.get("type", "text"))
    acting = Acting(world, webhooks, account, person)
    if kind in _OTHER:
        return _OTHER[kind](acting, act)
    maker = _file if kind in FILE_KINDS else _MAKERS.get(kind)
    if maker is None:
        known = sorted({*_OTHER, *_MAKERS, *FILE_KINDS})
        raise ActError(f"unknown type {kind!r}; known: {', '.join(known)}")
    content = maker(acting, act)
    if person.blocked:
        _membership(acting, blocked=False)
    number, at = acting.next_message(), world.now()
    wire = {**person_message(person, number, at), **content}
    chat = world.chat(account, person.id)
    if reply_to := act.get("reply_to"):
        quoted = chat.find(str(reply_to))
        if quoted is None:
            raise ActError(f"message {reply_to!r} is not in this chat")
        wire["reply_to_message"] = {k: v for k, v in quoted.content.items() if k != "reply_to_message"}
    if act.get("forwarded"):
        wire["forward_origin"] = {"type": "user", "date": int(at), "sender_user": user(person)}
    if chat.keyboard and chat.keyboard.get("one_time_keyboard"):
        chat.keyboard = None
    message = Message(str(number), "in", at, wire, "pending", reply_to=str(reply_to) if reply_to else None)
    chat.messages.append(message)
    acting.tell("message", wire, [message])
    return {"id": str(number), "update": wire}


class Acting:
    """One person acting toward one bot."""

    def __init__(self, world: World, webhooks: Webhooks, account: TelegramAccount, person: Person) -> None:
        self.world = world
        self.webhooks = webhooks
        self.account = account
        self.person = person

    def next_message(self) -> int:
        return self.world.next(f"message:{self.account.key}:{self.person.id}")

    def find(self, act: Json) -> Message:
        found = self.world.chat(self.account, self.person.id).find(str(need(act, "message_id")))
        if found is None:
            raise ActError(f"message {act['message_id']!r} is not in this chat")
        return found

    def tell(self, kind: str, payload: Json, marks: list[Message] | None = None) -> None:
        connection = self.person.business_connection_id
        if connection and kind in {"message", "edited_message"}:
            kind = "business_message" if kind == "message" else "edited_business_message"
            payload["business_connection_id"] = connection
        self.webhooks.telegram(self.account, kind, payload, marks or [])
        self.world.publish("message", self.account, self.person.id)


def _command_entities(text: str) -> Json:
    if not text.startswith("/") or len(text) < 2:
        return {}
    command = text.split(maxsplit=1)[0]
    return {"entities": [{"type": "bot_command", "offset": 0, "length": utf16_length(command)}]}


def _text(_: Acting, act: Json) -> Json:
    text = str(need(act, "text"))
    given = {"entities": act["entities"]} if act.get("entities") else _command_entities(text)
    return {"text": text, **given}


def _start(_: Acting, act: Json) -> Json:
    text = f"/start {act.get('payload') or ''}".strip()
    return {"text": text, **_command_entities(text)}


def _file(acting: Acting, act: Json) -> Json:
    media = acting.world.media.get(need(act, "media_id"))
    if media is None:
        raise ActError(f"media {act['media_id']!r} is not known; upload it first")
    caption = {"caption": act["caption"]} if act.get("caption") else {}
    return {**file_fields(act["type"], media, act), **caption}


def _location(_: Acting, act: Json) -> Json:
    need(act, "latitude")
    need(act, "longitude")
    return {"location": location(act)}


def _venue(acting: Acting, act: Json) -> Json:
    place = _location(acting, act)["location"]
    return {
        "venue": {"location": place, "title": need(act, "title"), "address": need(act, "address")},
        "location": place,
    }


def _contact(acting: Acting, act: Json) -> Json:
    person = acting.person
    if act.get("own"):
        phone = act.get("phone_number") or person.phone
        if not phone:
            raise ActError("the person has no phone; give phone_number")
        return {"contact": contact({"phone_number": phone, "first_name": person.name, "user_id": int(person.id)})}
    need(act, "phone_number")
    return {"contact": contact({"first_name": "Contacto", **act})}


def _raw(_: Acting, act: Json) -> Json:
    return dict(need(act, "message"))


def _tap(acting: Acting, act: Json) -> Json:
    """Press an inline button: its `data` on `message_id`. A stale message still taps, as at Telegram."""
    message = acting.find(act)
    number = acting.world.next("callback")
    query: Json = {
        "id": str(10**17 + number),
        "from": user(acting.person),
        "message": message.content,
        "chat_instance": str(10**18 + abs(int(acting.person.id))),
        "data": str(need(act, "data")),
    }
    acting.world.taps[query["id"]] = Tap(query["id"], acting.account.key, acting.person.id)
    acting.tell("callback_query", query)
    return {"id": query["id"], "update": query}


def _edit(acting: Acting, act: Json) -> Json:
    message = acting.find(act)
    text = str(need(act, "text"))
    message.content = {**message.content, "text": text, "edit_date": int(acting.world.now())}
    message.edited = True
    acting.tell("edited_message", dict(message.content))
    return {"id": message.id, "update": message.content}


def _delete(acting: Acting, act: Json) -> Json:
    """Only a business connection is told of it (deleted_business_messages); other bots never learn."""
    message = acting.find(act)
    message.deleted = True
    connection = acting.person.business_connection_id
    update: Json = {}
    if connection:
        ids = [int(message.id)]
        update = {
            "business_connection_id": connection,
            "chat": chat_object(acting.person),
            "message_ids": ids,
        }
        acting.tell("deleted_business_messages", update)
    acting.world.publish("message", acting.account, acting.person.id)
    return {"id": message.id, "update": update}


def _reaction(acting: Acting, act: Json) -> Json:
    """An empty `emoji` takes the reaction back. Sent only to bots that ask for message_reaction."""
    message = acting.find(act)
    emoji = str(act.get("emoji", ""))
    before, after = message.reactions.get("person"), emoji or None
    message.reactions.pop("person", None)
    if after:
        message.reactions["person"] = after
    update: Json = {
        "chat": chat_object(acting.person),
        "message_id": int(message.id),
        "user": user(acting.person),
        "date": int(acting.world.now()),
        "old_reaction": _emoji(before),
        "new_reaction": _emoji(after),
    }
    acting.tell("message_reaction", update)
    return {"id": message.id, "update": update}


def _emoji(emoji: str | None) -> list[Json]:
    return [{"type": "emoji", "emoji": emoji}] if emoji else []


def _membership(acting: Acting, *, blocked: bool) -> Json:
    bot = acting.account.user()
    states: list[Any] = [
        {"user": bot, "status": "member"},
        {"user": bot, "status": "kicked", "until_date": 0},
    ]
    old, new = states if blocked else states[::-1]
    acting.person.blocked = blocked
    update: Json = {
        "chat": chat_object(acting.person),
        "from": user(acting.person),
        "date": int(acting.world.now()),
    }
    update |= {"old_chat_member": old, "new_chat_member": new}
    acting.tell("my_chat_member", update)
    return {"id": "", "update": update}


def _block(acting: Acting, _: Json) -> Json:
    return _membership(acting, blocked=True)


def _unblock(acting: Acting, _: Json) -> Json:
    return _membership(acting, blocked=False)


_MAKERS: dict[str, Callable[[Acting, Json], Json]] = {
    "text": _text,
    "start": _start,
    "location": _location,
    "venue": _venue,
    "contact": _contact,
    "raw": _raw,
}
_OTHER: dict[str, Callable[[Acting, Json], Json]] = {
    "tap": _tap,
    "edit": _edit,
    "delete": _delete,
    "reaction": _reaction,
    "block": _block,
    "unblock": _unblock,
}
