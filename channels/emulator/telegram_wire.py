"""Shapes of Bot API objects the emulator writes: users, chats, messages, file descriptions.

Field names: https://core.telegram.org/bots/api#available-types
"""

import struct
from typing import Any

from channels.emulator.world import Json, Media, Person, TelegramAccount


def user(person: Person) -> Json:
    found: Json = {"id": int(person.id), "is_bot": False, "first_name": person.name}
    for name in ("last_name", "username", "language_code"):
        if value := getattr(person, name):
            found[name] = value
    return found


def chat(person: Person) -> Json:
    """Private for a person; a group when the id is negative, a supergroup below -10^12."""
    number = int(person.id)
    if number < 0:
        return {"id": number, "title": person.name, "type": "supergroup" if number < -(10**12) else "group"}
    found: Json = {"id": number, "first_name": person.name}
    for name in ("last_name", "username"):
        if value := getattr(person, name):
            found[name] = value
    return {**found, "type": "private"}


def bot_message(account: TelegramAccount, person: Person, message_id: int, at: float) -> Json:
    return {"message_id": message_id, "from": account.user(), "chat": chat(person), "date": int(at)}


def person_message(person: Person, message_id: int, at: float) -> Json:
    return {"message_id": message_id, "from": user(person), "chat": chat(person), "date": int(at)}


def unique_id(media: Media) -> str:
    return "AQAD" + media.sha256_hex[:12]


def file_fields(kind: str, media: Media, given: Json) -> Json:
    """`{kind: description}` of a sent file: duration, title and the like come from `given` when known."""
    base: Json = {"file_id": media.id, "file_unique_id": unique_id(media), "file_size": len(media.data)}
    width, height = image_size(media.data)
    sized = {**base, "width": int(given.get("width") or width), "height": int(given.get("height") or height)}
    duration = int(given.get("duration") or 0)
    if kind == "photo":
        return {"photo": [sized]}
    if kind == "sticker":
        return {"sticker": {**sized, "type": "regular", "is_animated": False, "is_video": False}}
    typed = {**base, "mime_type": media.mime_type}
    if kind == "document":
        return {"document": {**typed, "file_name": media.filename}}
    if kind == "voice":
        return {"voice": {**typed, "duration": duration}}
    if kind == "audio":
        extra = {name: given[name] for name in ("title", "performer") if given.get(name)}
        return {"audio": {**typed, "file_name": media.filename, "duration": duration, **extra}}
    moving = {**sized, "mime_type": media.mime_type, "file_name": media.filename, "duration": duration}
    if kind == "animation":
        return {"animation": moving, "document": {**typed, "file_name": media.filename}}
    return {"video": moving}


def image_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a PNG or JPEG (ITU-T T.81 start-of-frame); (0, 0) for anything else."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    if data[:2] != b"\xff\xd8":
        return 0, 0
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 2 + length
    return 0, 0


def contact(given: Json) -> Json:
    names = ("phone_number", "first_name", "last_name", "user_id", "vcard")
    return {name: given[name] for name in names if given.get(name)}


def location(given: Json) -> Any:
    return {"latitude": float(given["latitude"]), "longitude": float(given["longitude"])}
