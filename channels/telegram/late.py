"""Telegram's clients, loaded when there is a bot.

Importing aiogram builds the models of the whole Bot API: 125 MB and a second or two, which an installation without a
Telegram bot, and every command of the command line, need not pay.
"""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

from channels.media import LoadMedia, MediaFile
from channels.telegram.facts import BotFacts, WebhookFacts
from core.threads.content import Media
from core.threads.outbound import ChannelAccount, Wire

if TYPE_CHECKING:
    from channels.telegram.send import TelegramClients


class LateTelegramClients:
    """The same methods as `channels.telegram.send.TelegramClients`, which says what each does and raises."""

    def __init__(self) -> None:
        self._loaded: TelegramClients | None = None
        self._lock = asyncio.Lock()

    async def load(self) -> "TelegramClients":
        """Have it ready; in a thread, so that the loop goes on meanwhile."""
        async with self._lock:
            if self._loaded is None:
                module = await asyncio.to_thread(import_module, "channels.telegram.send")
                self._loaded = module.TelegramClients()
            return self._loaded

    async def close(self) -> None:
        if self._loaded is not None:
            await self._loaded.close()

    async def send(
        self,
        account: ChannelAccount,
        address: dict[str, Any],
        wire: Wire,
        tracker: str | None,
        load_media: LoadMedia,
        reply_to: str | None = None,
    ) -> str:
        return await (await self.load()).send(account, address, wire, tracker, load_media, reply_to)

    async def answer_tap(self, account: ChannelAccount, callback_query_id: str) -> None:
        await (await self.load()).answer_tap(account, callback_query_id)

    async def typing(self, account: ChannelAccount, address: dict[str, Any]) -> None:
        await (await self.load()).typing(account, address)

    async def who_am_i(self, account: ChannelAccount) -> str:
        return await (await self.load()).who_am_i(account)

    async def bot_of(self, account: ChannelAccount) -> BotFacts:
        return await (await self.load()).bot_of(account)

    async def webhook_of(self, account: ChannelAccount) -> WebhookFacts:
        return await (await self.load()).webhook_of(account)

    async def drop_webhook(self, account: ChannelAccount) -> None:
        await (await self.load()).drop_webhook(account)

    async def set_webhook(self, account: ChannelAccount, url: str, secret: str) -> None:
        await (await self.load()).set_webhook(account, url, secret)

    async def fetch_media(self, account: ChannelAccount, media: Media) -> MediaFile:
        return await (await self.load()).fetch_media(account, media)
