"""Telegram's clients, loaded at the first call.

Importing aiogram builds the models of the whole Bot API: 125 MB and a second or two, which an installation without a
Telegram bot, and every command of the command line, need not pay.
"""

from typing import TYPE_CHECKING, Any

from channels.media import LoadMedia, MediaFile
from core.threads.content import Media
from core.threads.outbound import ChannelAccount, Wire

if TYPE_CHECKING:
    from channels.telegram.send import TelegramClients


class LateTelegramClients:
    """The same methods as `channels.telegram.send.TelegramClients`, which says what each does and raises."""

    def __init__(self) -> None:
        self._loaded: TelegramClients | None = None

    def _clients(self) -> "TelegramClients":
        if self._loaded is None:
            from channels.telegram.send import TelegramClients

            self._loaded = TelegramClients()
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
        return await self._clients().send(account, address, wire, tracker, load_media, reply_to)

    async def answer_tap(self, account: ChannelAccount, callback_query_id: str) -> None:
        await self._clients().answer_tap(account, callback_query_id)

    async def typing(self, account: ChannelAccount, address: dict[str, Any]) -> None:
        await self._clients().typing(account, address)

    async def who_am_i(self, account: ChannelAccount) -> str:
        return await self._clients().who_am_i(account)

    async def set_webhook(self, account: ChannelAccount, url: str, secret: str) -> None:
        await self._clients().set_webhook(account, url, secret)

    async def fetch_media(self, account: ChannelAccount, media: Media) -> MediaFile:
        return await self._clients().fetch_media(account, media)
