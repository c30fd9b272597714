"""What is polite and not essential: blue ticks, "typing…", stopping the clock on a tapped button, a word to a group.

Done beside the turn and never waited for; when it fails or the process dies, nothing is lost.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.turn import Taken
from channels.telegram.late import LateTelegramClients
from channels.whatsapp.send import WhatsAppClients
from core.errors import HiloError
from core.threads.channels import Directory
from core.threads.content import Reply
from core.threads.inbound import Declined
from core.threads.outbound import ChannelAccount, Wire

AT_ONCE = 8
GROUP_REPLY = "Hola 👋 Atiendo sólo en chats privados: escríbeme en privado y te ayudo."

log = structlog.get_logger()


@dataclass(slots=True)
class Courtesies:
    directory: Directory
    whatsapp: WhatsAppClients
    telegram: LateTelegramClients
    _ticked: dict[int, str] = field(default_factory=dict)
    """The message last ticked by account: an answer in several messages ticks once."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def after(self, taken: Sequence[Taken]) -> None:
        """For the turns just committed: the clock on a tapped button, typing where an action runs first."""
        for turn in taken:
            message = turn.arrival.happening.message
            account = self.directory.find(turn.arrival.happening.channel_id or 0)
            if message is None or account is None:
                continue
            if account.kind == "telegram" and isinstance(message.content, Reply):
                callback = (message.raw.get("callback_query") or {}).get("id")
                if callback:
                    self._do(self.telegram.answer_tap(account, str(callback)))
            elif account.kind == "whatsapp" and turn.write.actions and turn.write.state == "bot":
                self._do(self.whatsapp.mark_read(account, message.provider_id, typing=True))

    def answered(self, account: ChannelAccount, provider_id: str) -> None:
        """Blue ticks on what was answered, by the bot or by a person."""
        if account.kind == "whatsapp" and self._ticked.get(account.id) != provider_id:
            self._ticked[account.id] = provider_id
            self._do(self.whatsapp.mark_read(account, provider_id, typing=False))

    def decline(self, account: ChannelAccount, item: Declined) -> None:
        """One polite word where Hilo does not talk (a group it was added to)."""
        if account.kind == "telegram":
            wire = Wire("sendMessage", {"text": GROUP_REPLY})
            self._do(self._say(account, item, wire))

    async def _say(self, account: ChannelAccount, item: Declined, wire: Wire) -> None:
        async def none(_attachment: int) -> Any:
            raise HiloError("there is no file")

        await self.telegram.send(account, item.chat.address, wire, None, none)

    def _do(self, courtesy: Coroutine[Any, Any, None]) -> None:
        if len(self._tasks) >= AT_ONCE:
            courtesy.close()  # under load there is no time for courtesies
            return
        task = asyncio.create_task(self._quietly(courtesy))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self, courtesy: Coroutine[Any, Any, None]) -> None:
        try:
            await courtesy
        except HiloError as error:
            log.info("a courtesy failed", error=type(error).__name__)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
