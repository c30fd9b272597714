"""What a WhatsApp message says: one webhook message object → Content (Meta, messages webhook reference)."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import orjson

from channels.lenient import NotUnderstood, decimal, needed, record, sequence, text, whole
from core.currencies import decimals
from core.threads.content import (
    Card,
    Cards,
    Content,
    Form,
    Location,
    Media,
    MediaType,
    Order,
    OrderItem,
    Reply,
    Text,
    Unsupported,
)

_MEDIA: dict[str, MediaType] = {
    "image": "image",
    "audio": "audio",
    "voice": "voice",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
}
_WRAPPERS = frozenset({"ephemeral", "view_once"})
_UNSHOWN = frozenset({"unsupported", "unknown", "media_placeholder"})


def content(message: dict[str, Any]) -> Content:
    """The content of a message object by its `type`; NotUnderstood names an unknown type or a missing field."""
    kind = needed(text(message.get("type")), "type")
    if kind in _MEDIA:
        return _media(kind, record(message.get(kind)))
    if kind in _UNSHOWN:
        return _unshown(kind, message)
    if kind in _WRAPPERS:
        return _unwrapped(kind, message)
    reader = _READERS.get(kind)
    if reader is None:
        raise NotUnderstood(f'unknown message type "{kind}"')
    return reader(message)


def _text(message: dict[str, Any]) -> Content:
    body = record(message.get("text")).get("body")
    if not isinstance(body, str):
        raise NotUnderstood("text.body is missing")
    return Text(body)


def _media(kind: str, media: dict[str, Any]) -> Media:
    reference = text(media.get("id"))
    caption = media.get("caption")
    return Media(
        type="voice" if media.get("voice") is True else _MEDIA[kind],
        provider_ref=reference,
        caption=caption if isinstance(caption, str) else "",
        filename=text(media.get("filename")),
        mime=text(media.get("mime_type")),
        sha256=text(media.get("sha256")),
        size=whole(media.get("file_size")),
        view_once=media.get("view_once") is True,
        problem=None if reference else "missing",
    )


def _unshown(kind: str, message: dict[str, Any]) -> Unsupported:
    error = record(next(iter(sequence(message.get("errors"))), None))
    details = text(record(error.get("error_data")).get("details"))
    named = text(record(message.get(kind)).get("type"))
    return Unsupported(named or kind, details or text(error.get("message")) or text(error.get("title")))


def _unwrapped(kind: str, message: dict[str, Any]) -> Content:
    """An ephemeral or view-once message: what is inside when Meta shows it, else a note that it was one."""
    inside = record(record(message.get(kind)).get("message"))
    nested = text(inside.get("type"))
    if nested is None or nested in _WRAPPERS:
        return _unshown(kind, message)
    if kind == "view_once" and nested in _MEDIA:
        return _media(nested, {**record(inside.get(nested)), "view_once": True})
    return content(inside)


def _location(message: dict[str, Any]) -> Content:
    point = record(message.get("location"))
    latitude, longitude = decimal(point.get("latitude")), decimal(point.get("longitude"))
    if latitude is None or longitude is None:
        raise NotUnderstood("location.latitude or location.longitude is missing")
    return Location(latitude, longitude, text(point.get("name")), text(point.get("address")))


def _cards(message: dict[str, Any]) -> Content:
    cards = tuple(_card(record(one)) for one in sequence(message.get("contacts")))
    if not cards:
        raise NotUnderstood("contacts is missing or empty")
    return Cards(cards)


def _card(contact: dict[str, Any]) -> Card:
    """`origin` says "contact_request" only when the person shared their own number by our button."""
    name = record(contact.get("name"))
    parts = (text(name.get("first_name")), text(name.get("last_name")))
    numbers = (record(phone) for phone in sequence(contact.get("phones")))
    addresses = (record(email) for email in sequence(contact.get("emails")))
    return Card(
        name=text(name.get("formatted_name")) or " ".join(part for part in parts if part),
        phones=tuple(filter(None, (text(one.get("phone")) or text(one.get("wa_id")) for one in numbers))),
        emails=tuple(filter(None, (text(one.get("email")) for one in addresses))),
        own=contact.get("origin") == "contact_request",
    )


def _template_button(message: dict[str, Any]) -> Content:
    button = record(message.get("button"))
    title, payload = text(button.get("text")), text(button.get("payload"))
    return Reply(needed(payload or title, "button.payload"), title or payload or "", source="template")


def _interactive(message: dict[str, Any]) -> Content:
    interactive = record(message.get("interactive"))
    kind = text(interactive.get("type"))
    answer = record(interactive.get(kind)) if kind else {}
    if kind in {"button_reply", "list_reply"}:
        return Reply(
            needed(text(answer.get("id")), f"interactive.{kind}.id"),
            text(answer.get("title")) or "",
            text(answer.get("description")),
            "button" if kind == "button_reply" else "list",
        )
    if kind == "nfm_reply":
        return _form(answer)
    if kind is None:
        return _unshown("interactive", message)
    raise NotUnderstood(f'unknown interactive type "{kind}"')


def _form(answer: dict[str, Any]) -> Form:
    """A Flow's completion: `response_json` is JSON inside a string, and may be invalid or no object at all."""
    came = answer.get("response_json")
    raw = came if isinstance(came, str) else orjson.dumps(came).decode()
    try:
        data = orjson.loads(raw) if isinstance(came, str) else came
    except orjson.JSONDecodeError:
        data = None
    return Form(raw, data if isinstance(data, dict) else None, text(answer.get("name")))


def _order(message: dict[str, Any]) -> Content:
    order = record(message.get("order"))
    said = order.get("text")
    return Order(
        catalog=text(order.get("catalog_id")) or "",
        items=tuple(_order_item(record(one)) for one in sequence(order.get("product_items"))),
        text=said if isinstance(said, str) else "",
    )


def _order_item(item: dict[str, Any]) -> OrderItem:
    currency = text(item.get("currency"))
    return OrderItem(
        product=needed(text(item.get("product_retailer_id")), "order.product_items.product_retailer_id"),
        quantity=whole(item.get("quantity")) or 1,
        price_minor=_minor(item.get("item_price"), currency),
        currency=currency,
    )


def _minor(price: object, currency: str | None) -> int | None:
    """Meta gives prices in major units, as a number; money here is whole minor units."""
    if isinstance(price, bool) or not isinstance(price, (int, float, str)) or currency is None:
        return None
    try:
        scaled = Decimal(str(price)).scaleb(decimals(currency.upper()))
        minor = int(scaled.quantize(Decimal(1), ROUND_HALF_UP))
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return whole(minor)


_READERS: dict[str, Callable[[dict[str, Any]], Content]] = {
    "text": _text,
    "location": _location,
    "contacts": _cards,
    "button": _template_button,
    "interactive": _interactive,
    "order": _order,
}
