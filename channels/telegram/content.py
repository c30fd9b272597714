"""What a Telegram message says: one Message object → Content (Bot API, Message)."""

from collections.abc import Callable
from typing import Any

import orjson

from channels.lenient import NotUnderstood, decimal, needed, record, sequence, text, whole
from core.threads.content import Card, Cards, Content, Form, Location, Media, MediaType, Text, Unsupported

MAX_DOWNLOAD = 20 * 1024 * 1024
"""Bytes; the Bot API's getFile gives nothing larger."""

_MEDIA: dict[str, MediaType] = {
    "animation": "animation",
    "audio": "audio",
    "voice": "voice",
    "video": "video",
    "video_note": "video",
    "live_photo": "video",
    "sticker": "sticker",
    "document": "document",
}
"""In this order: an animation comes with a `document` of the same file."""

SERVICE = frozenset(
    {
        "boost_added",
        "channel_chat_created",
        "chat_background_set",
        "chat_owner_changed",
        "chat_owner_left",
        "checklist_tasks_added",
        "checklist_tasks_done",
        "connected_website",
        "delete_chat_photo",
        "direct_message_price_changed",
        "forum_topic_closed",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "giveaway_completed",
        "giveaway_created",
        "group_chat_created",
        "left_chat_member",
        "managed_bot_created",
        "message_auto_delete_timer_changed",
        "new_chat_members",
        "new_chat_photo",
        "new_chat_title",
        "paid_message_price_changed",
        "pinned_message",
        "proximity_alert_triggered",
        "supergroup_chat_created",
        "video_chat_ended",
        "video_chat_participants_invited",
        "video_chat_scheduled",
        "video_chat_started",
        "write_access_allowed",
    }
)
"""Lines Telegram writes into a chat by itself; nobody said them."""

_ENVELOPE = frozenset(
    {
        "author_signature", "business_connection_id", "caption", "caption_entities", "chat", "date", "edit_date",
        "effect_id", "entities", "ephemeral_message_id", "external_reply", "forward_date", "forward_from",
        "forward_origin", "forward_sender_name", "forward_signature", "forward_from_chat", "forward_from_message_id",
        "from", "has_media_spoiler", "has_protected_content", "is_automatic_forward", "is_from_offline",
        "is_topic_message", "link_preview_options", "media_group_id", "message_id", "message_thread_id",
        "paid_star_count", "quote", "receiver_user", "reply_markup", "reply_to_message", "reply_to_story",
        "sender_boost_count", "sender_business_bot", "sender_chat", "show_caption_above_media", "via_bot",
    }
)  # fmt: skip
"""Fields around a message; any other field names what it is."""


def content(message: dict[str, Any]) -> Content:
    """The content of a message; what we cannot show comes as Unsupported with Telegram's own name for it."""
    if isinstance(message.get("text"), str):
        return Text(message["text"])
    if "photo" in message:
        return _photo(message)
    for kind in _MEDIA:
        if kind in message:
            return _media(kind, message)
    for kind, reader in _READERS.items():
        if kind in message:
            return reader(message)
    named = sorted(key for key in message if key not in _ENVELOPE)
    return Unsupported(named[0] if named else "unknown")


def service_kind(message: dict[str, Any]) -> str | None:
    """The name of the service line this message is, or None."""
    return next((key for key in message if key in SERVICE), None)


def _caption(message: dict[str, Any]) -> str:
    caption = message.get("caption")
    return caption if isinstance(caption, str) else ""


def _photo(message: dict[str, Any]) -> Media:
    """A photo comes in several sizes; the largest is the one."""
    sizes = [record(size) for size in sequence(message.get("photo"))]
    best = max(sizes, key=lambda size: (whole(size.get("width")) or 0) * (whole(size.get("height")) or 0), default={})
    return _file("image", best, _caption(message), mime="image/jpeg")


def _media(kind: str, message: dict[str, Any]) -> Media:
    media = record(message.get(kind))
    mime = text(media.get("mime_type"))
    if mime is None and kind == "sticker":
        mime = "video/webm" if media.get("is_video") is True else "image/webp"
        mime = "application/x-tgsticker" if media.get("is_animated") is True else mime
    return _file(_MEDIA[kind], media, _caption(message), mime)


def _file(kind: MediaType, media: dict[str, Any], caption: str, mime: str | None) -> Media:
    reference, size = text(media.get("file_id")), whole(media.get("file_size"))
    problem = None if reference else "missing"
    if size is not None and size > MAX_DOWNLOAD:
        problem = "too_big"
    return Media(
        type=kind,
        provider_ref=reference,
        caption=caption,
        filename=text(media.get("file_name")),
        mime=mime,
        size=size,
        duration=whole(media.get("duration")),
        problem=problem,
    )


def _venue(message: dict[str, Any]) -> Content:
    venue = record(message.get("venue"))
    return _point(record(venue.get("location")), text(venue.get("title")), text(venue.get("address")))


def _location(message: dict[str, Any]) -> Content:
    return _point(record(message.get("location")), None, None)


def _point(location: dict[str, Any], name: str | None, address: str | None) -> Location:
    latitude, longitude = decimal(location.get("latitude")), decimal(location.get("longitude"))
    if latitude is None or longitude is None:
        raise NotUnderstood("location.latitude or location.longitude is missing")
    return Location(latitude, longitude, name, address)


def _contact(message: dict[str, Any]) -> Content:
    """The card is the sender's own only when Telegram says so by the same user id; a name or number proves nothing."""
    contact, sender = record(message.get("contact")), record(message.get("from"))
    number, owner = text(contact.get("phone_number")), whole(contact.get("user_id"))
    names = (text(contact.get("first_name")), text(contact.get("last_name")))
    own = owner is not None and owner == whole(sender.get("id"))
    return Cards((Card(" ".join(name for name in names if name), (number,) if number else (), (), own),))


def _web_app(message: dict[str, Any]) -> Content:
    came = record(message.get("web_app_data"))
    raw = needed(text(came.get("data")), "web_app_data.data")
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        data = None
    return Form(raw, data if isinstance(data, dict) else None, text(came.get("button_text")))


_READERS: dict[str, Callable[[dict[str, Any]], Content]] = {
    "contact": _contact,
    "venue": _venue,
    "location": _location,
    "web_app_data": _web_app,
}
