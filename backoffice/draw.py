"""How a message looks on a channel, as text for a terminal: what its real renderer makes, with the widgets named."""

from typing import Any

from backoffice.runtime import LIMITS
from channels.render import PLAIN, render
from core.threads.content import Content
from core.threads.outbound import Wire


def draw(channel: str, content: Content) -> str:
    """One paragraph per provider message; `[buttons: A | B]`, `[list: …]`, `[keyboard: …]` name the widgets."""
    return "\n".join(_drawn(wire) for wire in render(content, LIMITS.get(channel, PLAIN)))


def _drawn(wire: Wire) -> str:
    body = wire.body
    text = body.get("text")
    words = text if isinstance(text, str) else _text_of(body)
    match wire.type:
        case "interactive_buttons":
            titles = [button["reply"]["title"] for button in body["action"]["buttons"]]
            return f"{words} [buttons: {' | '.join(titles)}]"
        case "interactive_list":
            rows = [row["title"] for section in body["action"]["sections"] for row in section["rows"]]
            return f"{words} [list: {' | '.join(rows)}]"
        case _ if "reply_markup" in body:
            return f"{words} [keyboard: {' | '.join(_keys(body['reply_markup']))}]"
        case "text" | "sendMessage":
            return words
        case kind:
            return f"({kind}) {words}".strip()


def _text_of(body: dict[str, Any]) -> str:
    inner = body.get("body") or body.get("caption") or body.get("name") or body.get("title") or ""
    return str(inner.get("text", "")) if isinstance(inner, dict) else str(inner)


def _keys(markup: dict[str, Any]) -> list[str]:
    rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
    return [key["text"] for row in rows for key in row]
