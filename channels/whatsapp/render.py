"""Contents as WhatsApp messages (Meta, messages API): reply buttons, then lists, then pages, then numbered text."""

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
from channels.lengths import head_and_tail, pieces, units
from core.threads.content import Card, Cards, Content, Location, Media, Prompt, Reaction, Template, Text
from core.threads.outbound import Limits, Wire

_FOOTER = 60
_PLAYABLE = {
    "image": frozenset({"image/jpeg", "image/png"}),
    "sticker": frozenset({"image/webp"}),
    "video": frozenset({"video/mp4", "video/3gpp"}),
    "audio": frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
}
"""What WhatsApp plays in the chat (Meta, supported media types); any other file goes as a document."""


def render_whatsapp(content: Content, limits: Limits) -> tuple[Wire, ...]:
    """The messages to send, in order."""
    match content:
        case Text(text=text):
            return _texts(text, limits)
        case Prompt():
            return _prompt(content, limits)
        case Media():
            return _media(content, limits)
        case Location():
            point = {"latitude": content.latitude, "longitude": content.longitude}
            told = {"name": content.name, "address": content.address}
            return (Wire("location", {**point, **{key: value for key, value in told.items() if value}}),)
        case Cards(cards=cards):
            return (Wire("contacts", {"contacts": [_card(card) for card in cards]}),)
        case Reaction(target=target, emoji=emoji):
            return (Wire("reaction", {"message_id": target, "emoji": emoji or ""}),)
        case Template():
            return (_template(content),)
        case _:
            return ()


def _texts(text: str, limits: Limits) -> tuple[Wire, ...]:
    return tuple(_text(text[start:end]) for start, end in pieces(text, limits.text))


def _text(text: str) -> Wire:
    return Wire("text", {"body": text, "preview_url": "https://" in text})


def _template(template: Template) -> Wire:
    """Its variables, and what a tap on each of its buttons sends back."""
    parts: list[dict[str, Any]] = []
    if template.parameters:
        values = [{"type": "text", "text": value} for value in template.parameters]
        parts.append({"type": "body", "parameters": values})
    for index, option in enumerate(template.options):
        payload = [{"type": "payload", "payload": option_id(template, option)}]
        parts.append({"type": "button", "sub_type": "quick_reply", "index": str(index), "parameters": payload})
    named = {"name": template.name, "language": {"code": template.language}}
    return Wire("template", {**named, **({"components": parts} if parts else {})})


def _prompt(prompt: Prompt, limits: Limits) -> tuple[Wire, ...]:
    if prompt.request is not None:
        return _request(prompt, limits)
    page = page_of(prompt, limits.rows)
    if not page.options:
        return _texts(paragraphs(prompt.text, prompt.footer), limits)
    widget = _buttons(prompt, page, limits) or _list(prompt, page, limits)
    if widget is None:
        return _texts(numbered_prompt(prompt), limits)
    kind, action, lines = widget
    footer = prompt.footer if prompt.footer and units(prompt.footer) <= _FOOTER else None
    asked = paragraphs(prompt.text, lines, None if footer else prompt.footer) or prompt.opener.strip() or "Elegir"
    return _with_widget(asked, kind, {"action": action, **({"footer": {"text": footer}} if footer else {})}, limits)


def _with_widget(asked: str, kind: str, parts: dict[str, Any], limits: Limits) -> tuple[Wire, ...]:
    """Text that a widget cannot hold goes before it; its last part stays with the widget."""
    head, (start, end) = head_and_tail(asked, limits.text, limits.prompt_text)
    before = tuple(_text(asked[first:last]) for first, last in head)
    return (*before, Wire(kind, {"body": {"text": asked[start:end]}, **parts}))


def _buttons(prompt: Prompt, page: Page, limits: Limits) -> tuple[str, dict[str, Any], str | None] | None:
    """Reply buttons when all options fit; full labels of shortened ones go into the text. None: they do not fit."""
    titles = [fitting(option, limits.button_label) for _, option in page.options]
    ids = [option_id(prompt, option) for _, option in page.options]
    if page.next_offset is not None or len(titles) > limits.buttons or None in titles or len(set(titles)) < len(titles):
        return None
    if any(option.description for _, option in page.options) or not _ids_fit(ids, limits):
        return None
    shortened = any(unsaid(option, title or "") for (_, option), title in zip(page.options, titles, strict=True))
    buttons = [{"type": "reply", "reply": {"id": id_, "title": title}} for id_, title in zip(ids, titles, strict=True)]
    return "interactive_buttons", {"buttons": buttons}, numbered(page) if shortened else None


def _list(prompt: Prompt, page: Page, limits: Limits) -> tuple[str, dict[str, Any], str | None] | None:
    """A list of rows; what a title leaves out is its description, or goes into the text. None: rows do not fit."""
    rows: list[dict[str, str]] = []
    all_said = True
    for _, option in page.options:
        title = fitting(option, limits.row_label)
        if title is None:
            return None
        row = {"id": option_id(prompt, option), "title": title}
        left = unsaid(option, title)
        if left and units(left) <= limits.row_description:
            row["description"] = left
        all_said = all_said and (not left or "description" in row)
        rows.append(row)
    if page.next_offset is not None:
        more = prompt.more if 0 < units(prompt.more.strip()) <= limits.row_label else "Ver más"
        rows.append({"id": more_id(prompt, page.next_offset), "title": more})
    if not _ids_fit([row["id"] for row in rows], limits):
        return None
    opener = prompt.opener if 0 < units(prompt.opener.strip()) <= limits.opener else "Elegir"
    action = {"button": opener, "sections": [{"rows": rows}]}
    return "interactive_list", action, None if all_said else numbered(page)


def _ids_fit(ids: list[str], limits: Limits) -> bool:
    return len(set(ids)) == len(ids) and all(len(one.encode()) <= limits.option_id_bytes for one in ids)


def _request(prompt: Prompt, limits: Limits) -> tuple[Wire, ...]:
    """WhatsApp's own button for a number or a location; its label is WhatsApp's. Options go into the text."""
    page = rest_of(prompt)
    lines = paragraphs(numbered(page), prompt.hint) if page.options else None
    asked = paragraphs(prompt.text, lines, prompt.footer) or prompt.request_label.strip() or "Compartir"
    if prompt.request == "phone":
        return _with_widget(asked, "contact_request", {"action": {"name": "request_contact_info"}}, limits)
    return _with_widget(asked, "location_request", {"action": {"name": "send_location"}}, limits)


def _media(media: Media, limits: Limits) -> tuple[Wire, ...]:
    """A file by attachment or link. Audio and stickers carry no caption; a long one follows as text."""
    if media.attachment is None and not media.url:
        return _texts(media.caption, limits)
    kind = _kind(media)
    body: dict[str, Any] = {"link": media.url} if media.attachment is None else {}
    if kind == "document" and media.filename:
        body["filename"] = media.filename
    if kind == "audio" and media.type == "voice":
        body["voice"] = True
    if kind in {"audio", "sticker"} or units(media.caption) > limits.caption:
        return (Wire(kind, body, media.attachment), *_texts(media.caption, limits))
    if media.caption.strip():
        body["caption"] = media.caption
    return (Wire(kind, body, media.attachment),)


def _kind(media: Media) -> str:
    kind = {"voice": "audio", "animation": "video"}.get(media.type, media.type)
    mime = (media.mime or "").partition(";")[0].strip().lower()
    return "document" if mime and kind in _PLAYABLE and mime not in _PLAYABLE[kind] else kind


def _card(card: Card) -> dict[str, Any]:
    name = card.name or next(iter((*card.phones, *card.emails)), "?")
    shown: dict[str, Any] = {"name": {"formatted_name": name, "first_name": name}}
    if card.phones:
        shown["phones"] = [{"phone": phone} for phone in card.phones]
    if card.emails:
        shown["emails"] = [{"email": email} for email in card.emails]
    return shown
