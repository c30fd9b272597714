"""What Meta refuses in a send: one check per message type, limits as Meta documents them.

Lengths are in characters, sizes in bytes. Sources: developers.facebook.com/docs/whatsapp/cloud-api, pages
messages (per type), reference/media (sizes) and support/error-codes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from channels.emulator.graph_errors import GraphError, invalid, missing, too_long
from channels.emulator.world import Json, Media

TEXT = 4096
CAPTION = 1024
INTERACTIVE_BODY = 1024
HEADER_FOOTER = 60
BUTTONS, BUTTON_TITLE, BUTTON_ID = 3, 20, 256
SECTIONS, ROWS, ROW_TITLE, ROW_DESCRIPTION, ROW_ID, OPENER = 10, 10, 24, 72, 200, 20
TRACKER = 512
CONTACTS = 257

MEDIA_TYPES = {
    "image": {"image/jpeg", "image/png"},
    "audio": {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"},
    "video": {"video/mp4", "video/3gpp"},
    "sticker": {"image/webp"},
}
MEDIA_BYTES = {
    "image": 5 * 2**20,
    "audio": 16 * 2**20,
    "video": 16 * 2**20,
    "document": 100 * 2**20,
    "sticker": 500 * 2**10,
}
UPLOAD_TYPES = set[str]().union(*MEDIA_TYPES.values()) | {
    "text/plain",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
TYPES = (
    "audio", "contacts", "document", "image", "interactive", "location", "reaction", "sticker", "template",
    "text", "video",
)  # fmt: skip


def check_send(body: Any, media: Mapping[str, Media]) -> str:
    """The message type of an acceptable send body. Raises GraphError with Meta's code and words otherwise."""
    try:
        return _checked(body, media)
    except (AttributeError, KeyError, TypeError, ValueError):
        # A list where an object belongs and the like: the checks read fields, Meta answers a bare 100.
        raise GraphError(100, message="(#100) Invalid parameter") from None


def _checked(body: Any, media: Mapping[str, Media]) -> str:
    if not isinstance(body, dict):
        raise GraphError(100, message="(#100) Invalid parameter")
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, message="(#100) The parameter messaging_product is required.")
    if not body.get("to") and not body.get("recipient"):
        raise GraphError(100, message="(#100) The parameter to is required.")
    kind = body.get("type", "text")
    if kind not in TYPES:
        names = ", ".join(name.upper() for name in TYPES)
        raise GraphError(100, message=f'(#100) Param type must be one of {{{names}}} - got "{kind}".')
    content = body.get(kind)
    if not content or (kind != "contacts" and not isinstance(content, dict)):
        raise missing(f"Parameter '{kind}' is mandatory for type '{kind}'")
    tracker = body.get("biz_opaque_callback_data")
    if tracker is not None and (not isinstance(tracker, str) or len(tracker) > TRACKER):
        raise too_long("biz_opaque_callback_data", TRACKER)
    if kind in MEDIA_BYTES:
        _check_media(kind, content, media)
    elif kind in _CHECKS:
        _CHECKS[kind](content)
    return str(kind)


def check_upload(data: bytes, mime_type: str) -> None:
    """Raises GraphError when Meta would not take the file."""
    bare = mime_type.split(";")[0].strip().lower()
    if bare not in UPLOAD_TYPES:
        allowed = ", ".join(sorted(UPLOAD_TYPES))
        raise GraphError(
            100,
            message="(#100) Param file must be a file with one of the following types: "
            f"{allowed}. Received file of type '{bare}'.",
        )
    kinds = [kind for kind, types in MEDIA_TYPES.items() if bare in types] or ["document"]
    if len(data) > max(MEDIA_BYTES[kind] for kind in kinds):
        raise GraphError(131053, f"Media file size too big. File of type {bare} has {len(data)} bytes.")
    if not data:
        raise GraphError(100, message="(#100) Param file must be a non-empty file.")


def _text(content: Json) -> None:
    text = content.get("body")
    if not isinstance(text, str) or not text.strip():
        raise GraphError(100, message="(#100) The parameter text['body'] is required.")
    if len(text) > TEXT:
        raise too_long("text['body']", TEXT)


def _check_media(kind: str, content: Json, media: Mapping[str, Media]) -> None:
    media_id, link = content.get("id"), content.get("link")
    if bool(media_id) == bool(link):
        raise missing(f"Exactly one of {kind}['id'] and {kind}['link'] is required")
    caption = content.get("caption")
    if caption is not None and kind in {"audio", "sticker"}:
        raise invalid(f"Unexpected key 'caption' on param '{kind}'")
    if caption is not None and len(caption) > CAPTION:
        raise too_long(f"{kind}['caption']", CAPTION)
    if link is not None:
        if not isinstance(link, str) or not link.startswith(("http://", "https://")):
            raise invalid(f"{kind}['link'] is not a valid URI")
        return
    stored = media.get(str(media_id))
    if stored is None:
        raise invalid(f"Media with id {media_id} does not exist or has expired")
    bare = stored.mime_type.split(";")[0]
    if kind in MEDIA_TYPES and bare not in MEDIA_TYPES[kind]:
        raise GraphError(131053, f"Unsupported {kind} mime type {bare}")
    if len(stored.data) > MEDIA_BYTES[kind]:
        raise GraphError(131053, f"Media of type {kind} is larger than {MEDIA_BYTES[kind]} bytes")


def _interactive(content: Json) -> None:
    kind = content.get("type")
    check = _INTERACTIVE.get(str(kind))
    if check is None:
        raise invalid(f"Interactive type '{kind}' is not valid")
    text = (content.get("body") or {}).get("text")
    if not isinstance(text, str) or not text.strip():
        raise missing("interactive['body']['text'] is required")
    if len(text) > INTERACTIVE_BODY:
        raise invalid(f"Body text length invalid. Min length: 1, Max length: {INTERACTIVE_BODY}")
    header = content.get("header")
    if header and header.get("type") == "text":
        _length("Header text", header.get("text"), HEADER_FOOTER)
    if footer := content.get("footer"):
        _length("Footer text", footer.get("text"), HEADER_FOOTER)
    action = content.get("action")
    if not isinstance(action, dict):
        raise missing("interactive['action'] is required")
    check(action)


def _length(what: str, value: Any, limit: int, least: int = 1) -> None:
    if not isinstance(value, str) or not least <= len(value.strip()) or len(value) > limit:
        raise invalid(f"{what} length invalid. Min length: {least}, Max length: {limit}")


def _distinct(what: str, values: list[str]) -> None:
    if len(set(values)) != len(values):
        raise invalid(f"Duplicate {what}. Each {what} must be unique within the message")


def _reply_buttons(action: Json) -> None:
    buttons = action.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= BUTTONS:
        raise invalid(f"Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: {BUTTONS}")
    replies = [button.get("reply") or {} for button in buttons]
    for reply in replies:
        _length("Button title", reply.get("title"), BUTTON_TITLE)
        _length("Button id", reply.get("id"), BUTTON_ID)
    _distinct("button title", [reply["title"] for reply in replies])
    _distinct("button id", [reply["id"] for reply in replies])


def _list(action: Json) -> None:
    _length("Button label", action.get("button"), OPENER)
    sections = action.get("sections")
    if not isinstance(sections, list) or not 1 <= len(sections) <= SECTIONS:
        raise invalid(f"Invalid sections count. Min allowed sections: 1, Max allowed sections: {SECTIONS}")
    rows = [row for section in sections for row in section.get("rows") or []]
    if any(not section.get("rows") for section in sections):
        raise invalid("Each section must have at least one row")
    if len(rows) > ROWS:
        raise invalid(f"Total row count exceed max allowed count: {ROWS}")
    for section in sections:
        if len(sections) > 1 or section.get("title"):
            _length("Section title", section.get("title"), ROW_TITLE)
    for row in rows:
        _length("Row title", row.get("title"), ROW_TITLE)
        _length("Row id", row.get("id"), ROW_ID)
        if "description" in row:
            _length("Row description", row["description"], ROW_DESCRIPTION, least=0)
    _distinct("row id", [row["id"] for row in rows])


def _cta_url(action: Json) -> None:
    parameters = action.get("parameters") or {}
    _length("Display text", parameters.get("display_text"), BUTTON_TITLE)
    if not str(parameters.get("url", "")).startswith(("http://", "https://")):
        raise invalid("interactive['action']['parameters']['url'] is not a valid URI")


def _named_action(name: str) -> Callable[[Json], None]:
    def check(action: Json) -> None:
        if action.get("name") != name:
            raise invalid(f"interactive['action']['name'] must be '{name}'")

    return check


def _flow(action: Json) -> None:
    _named_action("flow")(action)
    parameters = action.get("parameters") or {}
    _length("Flow label", parameters.get("flow_cta"), BUTTON_TITLE)
    if not parameters.get("flow_id") and not parameters.get("flow_name"):
        raise missing("flow_id or flow_name is required")


def _location(content: Json) -> None:
    for name, limit in (("latitude", 90), ("longitude", 180)):
        try:
            value = float(content[name])
        except KeyError:
            raise missing(f"location['{name}'] is required") from None
        except (TypeError, ValueError):
            raise invalid(f"location['{name}'] must be a number") from None
        if not -limit <= value <= limit:
            raise invalid(f"location['{name}'] must be between -{limit} and {limit}")


def _contacts(content: Any) -> None:
    if not isinstance(content, list) or not 1 <= len(content) <= CONTACTS:
        raise invalid(f"contacts must hold between 1 and {CONTACTS} contacts")
    for contact in content:
        name = contact.get("name") or {}
        if not name.get("formatted_name"):
            raise missing("contacts['name']['formatted_name'] is required")
        if not any(value for key, value in name.items() if key != "formatted_name"):
            raise invalid("contacts['name'] needs formatted_name and at least one other name")


def _reaction(content: Json) -> None:
    if not content.get("message_id"):
        raise missing("reaction['message_id'] is required")
    if "emoji" not in content:
        raise missing("reaction['emoji'] is required")


_INTERACTIVE: dict[str, Callable[[Json], None]] = {
    "button": _reply_buttons,
    "list": _list,
    "cta_url": _cta_url,
    "flow": _flow,
    "location_request_message": _named_action("send_location"),
    "request_contact_info": _named_action("request_contact_info"),
}
_CHECKS: dict[str, Callable[[Any], None]] = {
    "text": _text,
    "interactive": _interactive,
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
}
