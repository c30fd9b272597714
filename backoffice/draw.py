"""How a message looks on a channel, as text for a terminal: what its real renderer makes, with the widgets named."""

from backoffice.runtime import LIMITS
from channels.render import PLAIN, render
from core.threads.content import Content
from core.threads.outbound import Wire


def draw(channel: str, content: Content) -> str:
    """One paragraph per provider message; `[buttons: A | B]`, `[list: …]`, `[keyboard: …]` name the widgets."""
    return "\n".join(_drawn(wire) for wire in render(content, LIMITS.get(channel, PLAIN)))


def words(wire: Wire) -> str:
    """The text a provider message carries."""
    body = wire.body
    inner = body.get("text") or body.get("body") or body.get("caption") or body.get("name") or body.get("title") or ""
    return str(inner.get("text", "")) if isinstance(inner, dict) else str(inner)


def taps(wire: Wire) -> list[tuple[str, str]]:
    """(option id, title) of every button, row or inline key, in order."""
    action, markup = wire.body.get("action", {}), wire.body.get("reply_markup", {})
    buttons = [(one["reply"]["id"], one["reply"]["title"]) for one in action.get("buttons", ())]
    rows = [(row["id"], row["title"]) for section in action.get("sections", ()) for row in section["rows"]]
    keys = [(key["callback_data"], key["text"]) for row in markup.get("inline_keyboard", ()) for key in row]
    return [*buttons, *rows, *keys]


def _drawn(wire: Wire) -> str:
    titles = " | ".join(title for _, title in taps(wire))
    match wire.type:
        case "interactive_buttons":
            return f"{words(wire)} [buttons: {titles}]"
        case "interactive_list":
            return f"{words(wire)} [list: {titles}]"
        case _ if "reply_markup" in wire.body:
            below = (key["text"] for row in wire.body["reply_markup"].get("keyboard", ()) for key in row)
            return f"{words(wire)} [keyboard: {titles or ' | '.join(below)}]"
        case "text" | "sendMessage":
            return words(wire)
        case kind:
            return f"({kind}) {words(wire)}".strip()
