"""One Bot API call: its parameters however they came (query, JSON, form, multipart), its chat, its files."""

import json
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from channels.emulator.bot_api_limits import PHOTO_BYTES, UPLOAD_BYTES, BotApiError, bad
from channels.emulator.webhooks import Webhooks
from channels.emulator.world import Json, Media, Message, Person, TelegramAccount, World

_OBJECTS = {
    "reply_markup", "entities", "caption_entities", "reply_parameters", "media", "commands",
    "allowed_updates", "reaction", "link_preview_options",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    world: World
    webhooks: Webhooks
    account: TelegramAccount
    method: str
    params: Json
    files: dict[str, Media]

    def need(self, name: str) -> Any:
        value = self.params.get(name)
        if value in (None, ""):
            raise bad(f'parameter "{name}" is required')
        return value

    def number(self, name: str) -> int:
        try:
            return int(self.need(name))
        except ValueError:
            raise bad(f'parameter "{name}" must be an integer') from None

    def flag(self, name: str) -> bool:
        return self.params.get(name) in (True, "true", "True", "1", 1)

    def person(self) -> Person:
        """Who the call is for. Raises as the Bot API does: unknown, blocked, became a supergroup."""
        person = self.world.people.get((self.account.key, str(self.need("chat_id"))))
        if person is None:
            raise bad("chat not found")
        if person.blocked:
            raise BotApiError(403, "Forbidden: bot was blocked by the user")
        if person.migrated_to is not None:
            raise BotApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=person.migrated_to,
            )
        return person

    def message(self, person: Person, what: str) -> Message:
        """The bot's own message that `message_id` names; `what` completes the error text."""
        message = self.world.chat(self.account, person.id).find(str(self.number("message_id")))
        if message is None or message.deleted:
            raise bad(f"message to {what} not found")
        return message

    def file(self, kind: str, value: Any = None) -> Media:
        """The file a parameter names: an upload, a file_id of this bot, or a URL (kept, not fetched)."""
        given = str(value if value is not None else self.params.get(kind, ""))
        uploaded = self.files.get(given.removeprefix("attach://")) or (self.files.get(kind) if not given else None)
        if uploaded:
            if len(uploaded.data) > (PHOTO_BYTES if kind == "photo" else UPLOAD_BYTES):
                raise BotApiError(413, "Request Entity Too Large")
            if not uploaded.data:
                raise bad("file must be non-empty")
            return uploaded
        known = self.world.media.get(given)
        if known and known.account == self.account.key:
            return known
        if given.startswith(("http://", "https://")):
            return self.world.store_media(self.account, b"", "application/octet-stream", given)
        raise bad("wrong file identifier/HTTP URL specified")


async def read_call(request: Request, world: World, webhooks: Webhooks, account: TelegramAccount, method: str) -> Call:
    """Raises BotApiError 400 when the body is not what its content type says."""
    params: Json = dict(request.query_params)
    files: dict[str, Media] = {}
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            raise bad("can't parse JSON object") from None
        if not isinstance(body, dict):
            raise bad("object expected")
        params |= body
    elif "form" in content_type:
        async with request.form(max_part_size=64 * 2**20) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    mime_type = value.content_type or "application/octet-stream"
                    files[name] = world.store_media(account, await value.read(), mime_type, value.filename or name)
                else:
                    params[name] = value
    for name in _OBJECTS & params.keys():
        if isinstance(params[name], str):
            try:
                params[name] = json.loads(params[name])
            except ValueError:
                raise bad(f'can\'t parse "{name}" JSON object') from None
    return Call(world, webhooks, account, method, params, files)
