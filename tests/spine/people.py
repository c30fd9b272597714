"""People who walk through the clinic's flow, wait for its answers like people do, and remember what was said."""

import asyncio
import itertools
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from channels.emulator.client import text_of
from core.clock import system_clock
from core.db import tenant_session
from core.organizations.model import Member
from core.threads.actions import lock_thread, reply
from core.threads.content import Text
from core.threads.resend import resend
from tests.spine.clinic import BOT, NUMBER, Clinic

LONG = "\n".join(f"{n}. Indicación para antes de tu sesión, escrita con todo detalle." for n in range(1, 140))
"""More than one message holds, on both channels."""

Kind = Literal["whatsapp", "telegram"]

SCRIPT: tuple[tuple[Literal["text", "tap"], str, int], ...] = (
    ("text", "hola", 2),
    ("tap", "Precios", 2),
    ("tap", "Pedir valoración", 1),
    ("text", "Ana Pérez", 1),
    ("tap", "Botox", 1),
    ("text", "34", 1),
    ("text", "no", 1),
    ("text", "sí", 1),
    ("tap", "Este mes", 1),
    ("text", "{phone}", 1),
    ("tap", "Más tarde", 1),
    ("text", "baja", 0),
)
"""What is done, with what (`{phone}`: a number of their own), and how many messages of the bot it brings."""

_numbers = itertools.count(1)


@dataclass
class Walker:
    """One person on one channel. `said` is what the emulator took from them; `resent` holds, by outbox id, how often
    the test resent it as the staff would."""

    clinic: Clinic
    kind: Kind
    id: str = field(default_factory=lambda: f"5730{next(_numbers):08d}")
    resent: dict[int, int] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    patience: float = 15.0

    @property
    def account(self) -> str:
        return NUMBER if self.kind == "whatsapp" else BOT

    async def walk(self) -> None:
        """The whole script, and a long answer of the staff at the end."""
        expected = 0
        for act, what, answers in SCRIPT:
            if act == "text":
                await self.say(what.format(phone=f"+57{self.id[2:]}"))
            else:
                await self.tap(what)
            expected += answers
            await self.answered(expected)
        thread = await self.thread_id()
        async with tenant_session(self.clinic.app, self.clinic.organization_id) as session:
            locked = await lock_thread(session, thread)
            member = await session.get(Member, await self.clinic.value("SELECT min(id) FROM member"))
            assert member is not None
            await reply(session, locked, member, Text(LONG), system_clock(), key=f"walk-{self.id}")
            await session.commit()
        await self.answered(expected + 1)

    async def say(self, text: str) -> None:
        await self.clinic.emulator.act(self.kind, self.id, self.account, type="text", text=text)
        self.said.append(text)

    async def tap(self, label: str) -> None:
        await self.clinic.emulator.tap(self.kind, self.id, label, self.account)
        self.said.append(label)

    async def thread_id(self) -> int:
        found = await self.clinic.until(
            "SELECT t.id FROM thread t JOIN identity i ON i.contact_id = t.contact_id WHERE i.value = %s",
            self.id,
            within=self.patience,
        )
        return int(found)

    async def answered(self, messages: int) -> None:
        """Until everything said so far is stored and `messages` have left; a failed one is sent again."""
        until = time.monotonic() + self.patience
        while True:
            rows = await self.outbox()
            for row in rows:
                if row["state"] == "failed":
                    await self._resend(row)
            if len(rows) >= messages and all(row["state"] == "sent" for row in rows) and await self._heard():
                return
            if time.monotonic() > until:
                raise TimeoutError(f"{self.kind} {self.id}: {messages} messages wanted, there are {rows}")
            await asyncio.sleep(0.1)

    async def _heard(self) -> bool:
        return len(await self.heard()) >= len(self.said)

    async def outbox(self) -> list[dict[str, Any]]:
        return await self.clinic.rows(
            "SELECT o.id, o.state, o.unknowns, o.error, o.part, m.id AS message_id, m.text, m.status, o.thread_id "
            "FROM outbox o JOIN message m ON m.id = o.message_id JOIN thread t ON t.id = o.thread_id "
            "JOIN identity i ON i.contact_id = t.contact_id WHERE i.value = %s ORDER BY o.seq",
            self.id,
        )

    async def _resend(self, row: dict[str, Any]) -> None:
        assert row["error"]["code"] == "unknown_outcome", row
        async with tenant_session(self.clinic.app, self.clinic.organization_id) as session:
            thread = await lock_thread(session, row["thread_id"])
            await resend(session, thread, row["message_id"], system_clock())
            await session.commit()
        self.resent[row["id"]] = self.resent.get(row["id"], 0) + 1

    async def texts_of(self, outbox_ids: Iterable[int]) -> set[str]:
        """The texts that reached the phone of these outbox rows, as the phone shows them."""
        words = [row["text"] for row in await self.outbox() if row["id"] in outbox_ids]
        shown = await self.received()
        return {text for text in shown for word in words if plain(text) in plain(word)}

    async def heard(self) -> list[str]:
        """What Hilo stored of it, in its order."""
        rows = await self.clinic.rows(
            "SELECT m.text FROM message m JOIN thread t ON t.id = m.thread_id "
            "JOIN identity i ON i.contact_id = t.contact_id "
            "WHERE i.value = %s AND m.direction = 'in' ORDER BY m.seq",
            self.id,
        )
        return [row["text"] for row in rows]

    async def received(self) -> list[str]:
        """The texts that reached the phone, duplicates and all."""
        return [text_of(message) for message in await self.messages()]

    async def messages(self) -> list[dict[str, Any]]:
        """What reached the phone, as the emulator tells it."""
        chat = await self.clinic.emulator.chat(self.kind, self.id, self.account)
        return [message for message in chat["messages"] if message["direction"] == "out"]


def plain(text: str) -> str:
    """Without the signs of emphasis, which every channel has its own of."""
    return text.replace("*", "")


def without_repeats(texts: Sequence[str]) -> list[str]:
    """The texts, each run of equal neighbours once."""
    return [text for text, _ in itertools.groupby(texts)]
