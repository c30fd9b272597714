"""Sending over the Bot API with aiogram's Bot: one light Bot per token, one connection pool per API address."""

from collections.abc import Callable
from typing import Any, TypeVar

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteWebhook,
    GetFile,
    GetMe,
    GetWebhookInfo,
    SendAnimation,
    SendAudio,
    SendChatAction,
    SendContact,
    SendDocument,
    SendLocation,
    SendMessage,
    SendPhoto,
    SendSticker,
    SendVenue,
    SendVideo,
    SendVoice,
    SetMessageReaction,
    SetWebhook,
    TelegramMethod,
)
from aiogram.types import BufferedInputFile, Message
from aiogram.utils.token import TokenValidationError
from pydantic import ValidationError

from channels.media import LoadMedia, MediaFile, MediaProblem, checked
from channels.network import never_left
from channels.telegram.content import MAX_DOWNLOAD
from channels.telegram.facts import BotFacts, WebhookFacts
from channels.telegram.people import provider_id
from core.errors import Transient
from core.threads.content import Media
from core.threads.outbound import (
    AccountBroken,
    ChannelAccount,
    ChatMoved,
    OutcomeUnknown,
    SendLater,
    SendRefused,
    Wire,
)

MAX_UPLOAD = 50 * 1024 * 1024
MAX_PHOTO = 10 * 1024 * 1024
"""Bytes; a larger picture goes as a document."""

ALLOWED_UPDATES = [
    "message",
    "edited_message",
    "callback_query",
    "message_reaction",
    "my_chat_member",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
]
"""Reactions are left out by Telegram unless asked for by name."""

_METHODS: dict[str, Callable[..., TelegramMethod[Any]]] = {
    "sendMessage": SendMessage,
    "sendPhoto": SendPhoto,
    "sendAudio": SendAudio,
    "sendVoice": SendVoice,
    "sendVideo": SendVideo,
    "sendDocument": SendDocument,
    "sendSticker": SendSticker,
    "sendAnimation": SendAnimation,
    "sendLocation": SendLocation,
    "sendVenue": SendVenue,
    "sendContact": SendContact,
    "setMessageReaction": SetMessageReaction,
}
_FILE_FIELDS = {
    "sendPhoto": "photo",
    "sendAudio": "audio",
    "sendVoice": "voice",
    "sendVideo": "video",
    "sendDocument": "document",
    "sendSticker": "sticker",
    "sendAnimation": "animation",
}
_NOBODY = ("chat not found", "user is deactivated", "peer_id_invalid", "user not found")
"""Parts of Telegram's words for a 400 that mean there is nobody at that address."""

_T = TypeVar("_T")


class TelegramClients:
    """Built once per process, inside its event loop; `close` it at the end."""

    def __init__(self, *, timeout: float = 30.0) -> None:
        self._timeout = timeout
        self._sessions: dict[str, AiohttpSession] = {}
        self._bots: dict[tuple[str, str], Bot] = {}

    async def close(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
        self._bots.clear()

    async def send(
        self,
        account: ChannelAccount,
        address: dict[str, Any],
        wire: Wire,
        tracker: str | None,
        load_media: LoadMedia,
        reply_to: str | None = None,
    ) -> str:
        """The provider id of the message Telegram took: `chat:message`, as incoming ones have it, like `reply_to`.

        `address` is {"chat_id", "business_connection_id"?}. Telegram knows no tracker; a reaction, which gets no
        message id, is named after it. Raises SendRefused, SendLater, AccountBroken, ChatMoved or OutcomeUnknown.
        """
        kind, body = wire.type, dict(wire.body)
        if wire.attachment is not None:
            kind = _with_file(kind, body, await load_media(wire.attachment))
        connection = address.get("business_connection_id")
        if connection and kind != "setMessageReaction":
            body["business_connection_id"] = connection
        quoted = (reply_to or "").rpartition(":")[2]
        if quoted.isdecimal() and kind != "setMessageReaction":
            body["reply_parameters"] = {"message_id": int(quoted), "allow_sending_without_reply": True}
        try:
            method = _METHODS[kind](chat_id=address["chat_id"], **body)
        except (KeyError, ValidationError) as error:
            raise SendRefused("invalid", f"this is no message for Telegram ({type(error).__name__})") from None
        sent = await self._call(account, address, method)
        if isinstance(sent, Message):
            return provider_id(sent.chat.id, sent.message_id, connection)
        return f"{kind}:{tracker}"

    async def answer_tap(self, account: ChannelAccount, callback_query_id: str) -> None:
        """Stop the clock on a tapped button. Too late is no error: the tap counts all the same."""
        try:
            await self._call(account, {}, AnswerCallbackQuery(callback_query_id=callback_query_id))
        except SendRefused:
            return

    async def typing(self, account: ChannelAccount, address: dict[str, Any]) -> None:
        """Show "typing…" for 5 seconds or until we send. Raises what `send` raises."""
        connection = address.get("business_connection_id")
        method = SendChatAction(chat_id=address["chat_id"], action="typing", business_connection_id=connection)
        await self._call(account, address, method)

    async def who_am_i(self, account: ChannelAccount) -> str:
        """The bot's username. Raises what `send` raises."""
        return f"@{(await self.bot_of(account)).username}"

    async def bot_of(self, account: ChannelAccount) -> BotFacts:
        """The bot the account's token is of. Raises what `send` raises."""
        bot = await self._call(account, {}, GetMe())
        return BotFacts(bot.id, bot.full_name, bot.username or "")

    async def webhook_of(self, account: ChannelAccount) -> WebhookFacts:
        """Where Telegram sends the bot's updates. Raises what `send` raises."""
        info = await self._call(account, {}, GetWebhookInfo())
        trouble = info.last_error_message if info.pending_update_count else None
        return WebhookFacts(info.url, info.pending_update_count, trouble)

    async def drop_webhook(self, account: ChannelAccount) -> None:
        """Have updates kept (24 hours, says Telegram) and not sent. Raises what `send` raises."""
        await self._call(account, {}, DeleteWebhook())

    async def set_webhook(self, account: ChannelAccount, url: str, secret: str) -> None:
        """Have updates sent to `url` with `secret` (1-256 of A-Z a-z 0-9 _ -). Raises what `send` raises."""
        method = SetWebhook(url=url, secret_token=secret, allowed_updates=ALLOWED_UPDATES, max_connections=40)
        await self._call(account, {}, method)

    async def fetch_media(self, account: ChannelAccount, media: Media) -> MediaFile:
        """The bytes of a file somebody sent, at most 20 MB. Its address carries the token and is never told.

        Raises MediaProblem (final), Transient (try again) or AccountBroken.
        """
        if not media.provider_ref:
            raise MediaProblem("missing", "the message names no file")
        if media.problem == "too_big" or (media.size or 0) > MAX_DOWNLOAD:
            raise MediaProblem("too_big", "Telegram gives bots no file larger than 20 MB")
        try:
            file = await self._call(account, {}, GetFile(file_id=media.provider_ref))
        except SendRefused as refused:
            code = "too_big" if "too big" in refused.message.lower() else "expired"
            raise MediaProblem(code, refused.message) from None
        except (SendLater, OutcomeUnknown) as failed:
            raise Transient(str(failed), getattr(failed, "retry_after", None)) from None
        if not file.file_path:
            raise MediaProblem("expired", "Telegram no longer has the file")
        data = await self._download(account, file.file_path)
        return checked(data, media.type, media.mime, media.filename)

    def _bot(self, account: ChannelAccount) -> Bot:
        token = account.secrets.get("token", "")
        base = str(account.settings.get("api_base") or "").rstrip("/")
        bot = self._bots.get((token, base))
        if bot is None:
            if base not in self._sessions:
                api = TelegramAPIServer.from_base(base) if base else PRODUCTION
                self._sessions[base] = AiohttpSession(api=api, timeout=self._timeout)
            try:
                bot = self._bots[token, base] = Bot(token, session=self._sessions[base])
            except TokenValidationError:
                raise AccountBroken("token", "the bot's token is not one: digits, a colon and a text") from None
        return bot

    async def _call(self, account: ChannelAccount, address: dict[str, Any], method: TelegramMethod[_T]) -> _T:
        bot = self._bot(account)
        try:
            return await bot(method)
        except Exception as error:
            raise _outcome(error, account, address) from None

    async def _download(self, account: ChannelAccount, path: str) -> bytes:
        bot = self._bot(account)
        url = bot.session.api.file_url(bot.token, path)
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in bot.session.stream_content(url, timeout=round(self._timeout)):
                size += len(chunk)
                if size > MAX_DOWNLOAD:
                    raise MediaProblem("too_big", "Telegram gives bots no file larger than 20 MB")
                chunks.append(chunk)
        except aiohttp.ClientResponseError as error:
            # The error's own text holds the address, and that the token: neither may travel on.
            if error.status in {400, 403, 404, 410}:
                raise MediaProblem("expired", "Telegram no longer has the file") from None
            raise Transient(f"Telegram answered {error.status} to a download") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Transient(f"the file could not be fetched ({type(error).__name__})") from None
        return b"".join(chunks)


def _with_file(kind: str, body: dict[str, Any], file: MediaFile) -> str:
    """Put the file into the body; the method to call, which may have become sendDocument."""
    if len(file.data) > MAX_UPLOAD:
        raise SendRefused("too_big", f"a file of {len(file.data)} bytes is too big for Telegram")
    if kind == "sendPhoto" and len(file.data) > MAX_PHOTO:
        kind = "sendDocument"
    body[_FILE_FIELDS[kind]] = BufferedInputFile(file.data, file.filename or "archivo")
    return kind


def _outcome(error: Exception, account: ChannelAccount, address: dict[str, Any]) -> Exception:
    """How a call ended, from whatever aiogram raised; the texts never carry the token."""
    if isinstance(error, TelegramMigrateToChat):
        return ChatMoved({**address, "chat_id": error.migrate_to_chat_id})
    if isinstance(error, TelegramEntityTooLarge):
        return SendRefused("413", "the file is too big for Telegram")
    if isinstance(error, TelegramNetworkError) or not isinstance(error, TelegramAPIError):
        if never_left(error):
            return SendLater("connect", "no connection to Telegram")
        # A timeout, a dropped connection or an answer that is no JSON: Telegram may have taken it.
        return OutcomeUnknown(f"no clear answer from Telegram ({type(error).__name__})")
    words = error.message.replace(account.secrets.get("token") or "\0", "…")
    if isinstance(error, TelegramRetryAfter):
        return SendLater("429", words, retry_after=float(error.retry_after))
    if isinstance(error, (TelegramUnauthorizedError, TelegramNotFound)):
        return AccountBroken("401", words)
    if isinstance(error, TelegramForbiddenError):
        return SendRefused("403", words, unreachable=True)
    if isinstance(error, TelegramServerError):
        return OutcomeUnknown(f"Telegram failed: {words}")
    unreachable = isinstance(error, TelegramBadRequest) and any(part in words.lower() for part in _NOBODY)
    return SendRefused("400", words, unreachable=unreachable)
