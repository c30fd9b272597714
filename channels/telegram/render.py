"""Contents as Bot API calls: texts with entities, inline keyboards, the keyboard that asks for a number or place."""

from typing import Any

from channels.choices import (
    Page,
    fitting,
    more_id,
    numbered,
    numbered_prompt,
    option_id,
    page_of,
    paragraphs,
    rest_of,
    unsaid,
)
from channels.lengths import pieces, units
from channels.lenient import NotUnderstood
from channels.markup import Marked, read_markup
from channels.telegram.people import message_ids
from core.threads.content import Card, Cards, Content, Location, Media, MediaType, Prompt, Reaction, Template, Text
from core.threads.outbound import Limits, Wire

_METHODS: dict[MediaType, tuple[str, str]] = {
    "image": ("sendPhoto", "photo"),
    "audio": ("sendAudio", "audio"),
    "voice": ("sendVoice", "voice"),
    "video": ("sendVideo", "video"),
    "document": ("sendDocument", "document"),
    "sticker": ("sendSticker", "sticker"),
    "animation": ("sendAnimation", "animation"),
}
_HALF_ROW = 16
"""Units of a label of which two fit beside each other on a phone."""


def render_telegram(content: Content, limits: Limits) -> tuple[Wire, ...]:
    """The calls to make, in order; `type` is the Bot API's method name."""
    match content:
        case Text(text=text) | Template(text=text):
            return _texts(text, limits)
        case Prompt():
            return _prompt(content, limits)
        case Media():
            return _media(content, limits)
        case Location():
            return (_location(content),)
        case Cards(cards=cards):
            return tuple(wire for card in cards for wire in _card(card, limits))
        case Reaction():
            return _reaction(content)
        case _:
            return ()


def _texts(text: str, limits: Limits, markup: dict[str, Any] | None = None) -> tuple[Wire, ...]:
    """Messages of at most 4096 units after their marks are read; a keyboard goes with the last."""
    marked = read_markup(text)
    ranges = pieces(marked.text, limits.text)
    wires = []
    for start, end in ranges:
        body: dict[str, Any] = {"text": marked.text[start:end]}
        entities = _entities(marked, start, end)
        if entities:
            body["entities"] = entities
        wires.append(Wire("sendMessage", body))
    if markup and wires:
        wires[-1].body["reply_markup"] = markup
    return tuple(wires)


def _entities(marked: Marked, start: int, end: int) -> list[dict[str, Any]]:
    """The spans inside a range; Telegram counts offsets and lengths in UTF-16 units."""
    entities = []
    for span in marked.spans:
        first, last = max(span.start, start), min(span.end, end)
        if first < last:
            offset, length = units(marked.text[start:first]), units(marked.text[first:last])
            entities.append({"type": span.style, "offset": offset, "length": length})
    return entities


def _prompt(prompt: Prompt, limits: Limits) -> tuple[Wire, ...]:
    if prompt.request is not None:
        page = rest_of(prompt)
        asked = paragraphs(prompt.text, prompt.footer) or prompt.request_label.strip() or "Compartir"
        return _texts(asked, limits, _request_keyboard(prompt, page))
    page = page_of(prompt, limits.rows)
    if not page.options:
        return _texts(paragraphs(prompt.text, prompt.footer), limits)
    keyboard, all_said = _inline_keyboard(prompt, page, limits)
    if not keyboard:
        return _texts(numbered_prompt(prompt), limits)
    lines = None if all_said else numbered(page)
    asked = paragraphs(prompt.text, lines, prompt.footer) or prompt.opener.strip() or "Elegir"
    return _texts(asked, limits, {"inline_keyboard": keyboard})


def _inline_keyboard(prompt: Prompt, page: Page, limits: Limits) -> tuple[list[list[dict[str, str]]], bool]:
    """The rows, and whether they say all there is to say. A label that fits nowhere is shown by its number.

    No rows when an id is longer than callback_data allows (64 bytes) or stands for two options.
    """
    buttons: list[dict[str, str]] = []
    all_said = True
    for number, option in page.options:
        title = fitting(option, limits.row_label)
        all_said = all_said and title is not None and unsaid(option, title) is None
        buttons.append({"text": title or str(number), "callback_data": option_id(prompt, option)})
    if page.next_offset is not None:
        buttons.append({"text": prompt.more.strip() or "Ver más", "callback_data": more_id(prompt, page.next_offset)})
    ids = {button["callback_data"] for button in buttons}
    if len(ids) < len(buttons) or any(len(one.encode()) > limits.option_id_bytes for one in ids):
        return [], False
    return _rows(buttons), all_said


def _rows(buttons: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    """One button a row, or two beside each other when both are short."""
    rows: list[list[dict[str, str]]] = []
    for button in buttons:
        short = units(button["text"]) <= _HALF_ROW
        if rows and len(rows[-1]) == 1 and short and units(rows[-1][0]["text"]) <= _HALF_ROW:
            rows[-1].append(button)
        else:
            rows.append([button])
    return rows


def _request_keyboard(prompt: Prompt, page: Page) -> dict[str, Any]:
    """The keyboard that shares the person's own number or place; options beside it send their label as text."""
    wanted = "request_contact" if prompt.request == "phone" else "request_location"
    rows: list[list[dict[str, Any]]] = [[{"text": prompt.request_label.strip() or "Compartir", wanted: True}]]
    rows.extend([{"text": option.label}] for _, option in page.options if option.label.strip())
    return {"keyboard": rows, "resize_keyboard": True, "one_time_keyboard": True}


def _media(media: Media, limits: Limits) -> tuple[Wire, ...]:
    """A file by attachment or link; a sticker carries no caption, a long one follows as text."""
    if media.attachment is None and not media.url:
        return _texts(media.caption, limits)
    method, field = _METHODS[media.type]
    body: dict[str, Any] = {field: media.url} if media.attachment is None else {}
    marked = read_markup(media.caption)
    if media.type == "sticker" or units(marked.text) > limits.caption:
        return (Wire(method, body, media.attachment), *_texts(media.caption, limits))
    if marked.text.strip():
        body["caption"] = marked.text
        entities = _entities(marked, 0, len(marked.text))
        if entities:
            body["caption_entities"] = entities
    return (Wire(method, body, media.attachment),)


def _location(location: Location) -> Wire:
    body: dict[str, Any] = {"latitude": location.latitude, "longitude": location.longitude}
    if location.name or location.address:
        title, address = location.name or location.address, location.address or location.name
        return Wire("sendVenue", {**body, "title": title, "address": address})
    return Wire("sendLocation", body)


def _card(card: Card, limits: Limits) -> tuple[Wire, ...]:
    """A contact needs a number; what one contact message cannot hold follows as text."""
    if not card.phones:
        return _texts("\n".join((card.name, *card.emails)), limits)
    contact = Wire("sendContact", {"phone_number": card.phones[0], "first_name": card.name or card.phones[0]})
    return (contact, *_texts("\n".join((*card.phones[1:], *card.emails)), limits))


def _reaction(reaction: Reaction) -> tuple[Wire, ...]:
    try:
        _, message = message_ids(reaction.target)
    except NotUnderstood:
        return ()
    shown = [{"type": "emoji", "emoji": reaction.emoji}] if reaction.emoji else []
    return (Wire("setMessageReaction", {"message_id": message, "reaction": shown}),)
