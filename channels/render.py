"""A content → the messages that say it best on one channel. Pure: what does not fit degrades, nothing is cut off."""

from channels.choices import numbered_prompt, paragraphs
from channels.lengths import pieces
from channels.telegram.render import render_telegram
from channels.whatsapp.render import render_whatsapp
from core.threads.content import Cards, Content, Location, Media, Prompt, Template, Text
from core.threads.outbound import Limits, Wire

PLAIN = Limits(
    channel="plain",
    text=0,
    caption=0,
    prompt_text=0,
    buttons=0,
    button_label=0,
    rows=0,
    row_label=0,
    row_description=0,
    opener=0,
    option_id_bytes=0,
    window_hours=0,
)
"""Portal, e-mail and terminal: everything is text of any length, choices are numbered."""


def render(content: Content, limits: Limits) -> tuple[Wire, ...]:
    """The messages to send, in order; none for what is never sent (notices, contents that only come in)."""
    if limits.channel == "whatsapp":
        return render_whatsapp(content, limits)
    if limits.channel == "telegram":
        return render_telegram(content, limits)
    return _render_plain(content, limits)


def _render_plain(content: Content, limits: Limits) -> tuple[Wire, ...]:
    match content:
        case Text(text=text) | Template(text=text):
            return _texts(text, limits)
        case Prompt():
            return _texts(numbered_prompt(content), limits)
        case Media() if content.attachment is not None or content.url:
            body = {"type": content.type, "caption": content.caption, "filename": content.filename, "url": content.url}
            return (Wire("media", body, content.attachment),)
        case Media():
            return _texts(content.caption, limits)
        case Location():
            where = f"https://www.openstreetmap.org/?mlat={content.latitude}&mlon={content.longitude}"
            return _texts(paragraphs(content.name, content.address, where), limits)
        case Cards():
            shown = ("\n".join((card.name, *card.phones, *card.emails)) for card in content.cards)
            return _texts(paragraphs(*shown), limits)
        case _:
            return ()


def _texts(text: str, limits: Limits) -> tuple[Wire, ...]:
    ranges = pieces(text, limits.text or max(1, 2 * len(text)))
    return tuple(Wire("text", {"text": text[start:end]}) for start, end in ranges)
