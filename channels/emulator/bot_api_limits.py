"""What the Bot API refuses, in its own words. Source: https://core.telegram.org/bots/api and the texts the
server answers with. Text lengths and entity offsets are in UTF-16 code units, callback data in bytes."""

from typing import Any

from channels.emulator.world import Json

TEXT = 4096
CAPTION = 1024
CALLBACK_DATA = 64
CALLBACK_ANSWER = 200
INLINE_BUTTONS = 100
COMMANDS = 100
PHOTO_BYTES = 10 * 2**20
UPLOAD_BYTES = 50 * 2**20
DOWNLOAD_BYTES = 20 * 2**20

_BUTTON_ACTIONS = (
    "callback_data", "url", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip


class BotApiError(Exception):
    """A refused call, `{"ok": false, "error_code", "description", "parameters"?}`; the code is the status."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad(description: str) -> BotApiError:
    return BotApiError(400, f"Bad Request: {description}")


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def check_text(text: Any) -> str:
    if not isinstance(text, str) or not text.strip():
        raise bad("message text is empty")
    if utf16_length(text) > TEXT:
        raise bad("message is too long")
    return text


def check_caption(caption: Any) -> str:
    if not isinstance(caption, str):
        raise bad("message caption must be a string")
    if utf16_length(caption) > CAPTION:
        raise bad("message caption is too long")
    return caption


def check_entities(text: str, entities: Any) -> list[Json]:
    if not isinstance(entities, list):
        raise bad("can't parse entities JSON object")
    end = utf16_length(text)
    for entity in entities:
        if not isinstance(entity, dict) or not isinstance(entity.get("type"), str):
            raise bad("can't parse MessageEntity: Can't find field \"type\"")
        offset, length = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or length <= 0:
            raise bad("can't parse MessageEntity: offset and length must be positive integers")
        if offset + length > end:
            raise bad(f"entity beginning at UTF-16 offset {offset} ends after the end of the text at {end}")
        if entity["type"] == "text_link" and not entity.get("url"):
            raise bad("can't parse MessageEntity: Can't find field \"url\"")
    return entities


def check_markup(markup: Any) -> Json:
    """An inline keyboard, a reply keyboard, its removal or a forced reply."""
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in markup:
        _check_inline(markup["inline_keyboard"])
    elif "keyboard" in markup:
        for button in _rows(markup["keyboard"]):
            text = button if isinstance(button, str) else button.get("text")
            if not isinstance(text, str) or not text:
                raise bad("keyboard button text must be non-empty")
    elif "remove_keyboard" not in markup and "force_reply" not in markup:
        raise bad("unknown reply markup")
    return markup


def _rows(rows: Any) -> list[Any]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "keyboard" must be an Array of Arrays')
    return [button for row in rows for button in row]


def _check_inline(rows: Any) -> None:
    buttons = _rows(rows)
    if len(buttons) > INLINE_BUTTONS:
        raise bad("reply markup is too long")
    for button in buttons:
        if not isinstance(button, dict) or not button.get("text"):
            raise bad("inline keyboard button text must be non-empty")
        actions = [name for name in _BUTTON_ACTIONS if name in button]
        if not actions:
            raise bad("text buttons are unallowed in the inline keyboard")
        data = button.get("callback_data")
        if "callback_data" in button and not 1 <= len(str(data).encode()) <= CALLBACK_DATA:
            raise bad("BUTTON_DATA_INVALID")
        if "url" in button and not str(button["url"]).startswith(("http://", "https://", "tg://")):
            raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
