"""Posting webhooks as the providers do: signed, retried with backoff until a 2xx, Telegram one at a time.

Meta retries for up to 7 days and posts concurrently; Telegram sends a bot's next update only after a 2xx.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from channels.emulator.world import Account, Json, Message, TelegramAccount, WhatsAppAccount, World

GATHER_SECONDS = 0.25
TIMEOUT_SECONDS = 20.0
KEPT_DELIVERIES = 5000
# Left out unless a bot asks for them: https://core.telegram.org/bots/api#setwebhook
TELEGRAM_OPT_IN_UPDATES = {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(slots=True)
class Delivery:
    """One body on its way. `state`: pending, delivered, failed (it stopped trying: nobody listens)."""

    id: int
    account: Account
    payload: Json
    body: bytes
    marks: list[Message]
    state: str = "pending"
    attempts: int = 0
    last_status: int | None = None
    last_error: str | None = None
    tried: asyncio.Event = field(default_factory=asyncio.Event)

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "account": self.account.key,
            "state": self.state,
            "attempts": self.attempts,
            "last_status": self.last_status,
            "last_error": self.last_error,
            "payload": self.payload,
        }


@dataclass(slots=True)
class Item:
    """One thing to tell a WhatsApp webhook: a message, a status, an echo …, with the value it belongs in."""

    field: str
    value: Json
    marks: list[Message]


def meta_bytes(payload: Json) -> bytes:
    """JSON as Meta writes it: non-ASCII and slashes escaped, so a signature over re-made JSON never fits."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()


def sign(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def merge_items(account: WhatsAppAccount, items: Sequence[Item], now: float) -> Json:
    """One body with all items: neighbours of one person share a change; halves go to separate entries."""
    half = (len(items) + 1) // 2
    # Events of the account itself say when they happened; those of people have it inside.
    dated = {"time": int(now)} if any("template" in item.field for item in items) else {}
    entries = []
    for part in (items[:half], items[half:]):
        changes: list[Json] = []
        for item in part:
            last = changes[-1] if changes else None
            if last and last["field"] == item.field and _joins(last["value"], item.value):
                for name in ("messages", "statuses"):
                    if name in item.value:
                        last["value"][name] = [*last["value"][name], *item.value[name]]
            else:
                changes.append({"value": dict(item.value), "field": item.field})
        if changes:
            entries.append({"id": account.waba_id, **dated, "changes": changes})
    return {"object": "whatsapp_business_account", "entry": entries}


def describe(delivery: Delivery) -> str:
    """One Spanish line for the log: what the body holds and which attempt this is."""
    told = []
    for entry in delivery.payload.get("entry", []):
        for change in entry["changes"]:
            value = change["value"]
            told += [f"mensaje {m.get('type', '')}" for m in value.get("messages", [])]
            told += [f"estado {s['status']}" for s in value.get("statuses", [])]
            if change["field"] != "messages":
                told.append(f"{change['field']} {value.get('event', '')}".strip())
    told = told or [name for name in delivery.payload if name != "update_id"]
    again = f" (intento {delivery.attempts})" if delivery.attempts > 1 else ""
    return ", ".join(told) + again


def _joins(left: Json, right: Json) -> bool:
    return left.keys() == right.keys() and left.get("contacts") == right.get("contacts")


class Webhooks:
    """Everything on its way out. Start nothing before the loop runs; `close` ends all of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.deliveries: list[Delivery] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None
        self._gathered: dict[str, list[Item]] = {}
        self._telegram_queues: dict[str, list[Delivery]] = {}
        self._telegram_running: set[str] = set()

    def spawn(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client:
            await self._client.aclose()

    def forget(self) -> None:
        """Drop what is still on its way and the record of what was."""
        for delivery in self.deliveries:
            if delivery.state == "pending":
                delivery.state = "failed"
                delivery.tried.set()
        self.deliveries.clear()
        self._gathered.clear()
        self._telegram_queues.clear()

    def whatsapp(
        self, account: WhatsAppAccount, value: Json, *, to: str = "messages", marks: Sequence[Message] = ()
    ) -> Delivery | None:
        """Send one item to field `to`; None when a fault gathers it first, or the app is not subscribed."""
        if not account.subscribed:
            for message in marks:
                message.status = "delivered"
            return None
        item = Item(to, value, list(marks))
        faults = self.world.faults_of(account)
        if faults.batch <= 1 and not faults.reorder:
            return self._post_items(account, [item])
        waiting = self._gathered.setdefault(account.key, [])
        waiting.append(item)
        if len(waiting) == 1:
            self.spawn(self._flush_later(account, waiting))
        elif faults.batch > 1 and len(waiting) >= faults.batch:
            self._flush(account, waiting)
        return None

    async def _flush_later(self, account: WhatsAppAccount, waiting: list[Item]) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        self._flush(account, waiting)

    def _flush(self, account: WhatsAppAccount, waiting: list[Item]) -> None:
        if self._gathered.get(account.key) is not waiting:
            return
        del self._gathered[account.key]
        faults = self.world.faults_of(account)
        items = waiting[::-1] if faults.reorder else waiting
        size = max(1, faults.batch)
        groups = [items[n : n + size] for n in range(0, len(items), size)]
        if faults.reorder:
            self.spawn(self._post_in_turn(account, groups))
        else:
            for group in groups:
                self._post_items(account, group)

    async def _post_in_turn(self, account: WhatsAppAccount, groups: list[list[Item]]) -> None:
        for group in groups:
            await self._post_items(account, group).tried.wait()

    def _post_items(self, account: WhatsAppAccount, items: Sequence[Item]) -> Delivery:
        payload = merge_items(account, items, self.world.now())
        delivery = self._new(account, payload, meta_bytes(payload), [m for i in items for m in i.marks])
        self.spawn(self._deliver(delivery))
        return delivery

    def telegram(self, account: TelegramAccount, kind: str, payload: Json, marks: Sequence[Message] = ()) -> None:
        """Queue one update; dropped when the bot did not ask for its kind."""
        wanted = account.allowed_updates
        if kind not in wanted if wanted else kind in TELEGRAM_OPT_IN_UPDATES:
            return
        update = {"update_id": self.world.next(f"update:{account.key}"), kind: payload}
        body = json.dumps(update, separators=(",", ":"), ensure_ascii=False).encode()
        delivery = self._new(account, update, body, list(marks))
        self._telegram_queues.setdefault(account.key, []).append(delivery)
        self.wake_telegram(account)

    def wake_telegram(self, account: TelegramAccount) -> None:
        """Go on with the bot's queue; called for a new update and when a webhook is set."""
        if account.webhook_url and account.key not in self._telegram_running:
            self._telegram_running.add(account.key)
            self.spawn(self._drain_telegram(account))

    def telegram_pending(self, account: TelegramAccount) -> list[Delivery]:
        return [d for d in self._telegram_queues.get(account.key, []) if d.state == "pending"]

    def drop_telegram_pending(self, account: TelegramAccount) -> None:
        for delivery in self._telegram_queues.pop(account.key, []):
            delivery.state = "failed"

    async def _drain_telegram(self, account: TelegramAccount) -> None:
        try:
            while account.webhook_url and (queue := self._telegram_queues.get(account.key)):
                delivery = queue[0]
                await self._deliver(delivery)
                if delivery.state != "pending" and queue and queue[0] is delivery:
                    queue.pop(0)
        finally:
            self._telegram_running.discard(account.key)

    def _new(self, account: Account, payload: Json, body: bytes, marks: list[Message]) -> Delivery:
        delivery = Delivery(self.world.next("delivery"), account, payload, body, marks)
        self.deliveries.append(delivery)
        if len(self.deliveries) > 2 * KEPT_DELIVERIES:
            old, new = self.deliveries[:-KEPT_DELIVERIES], self.deliveries[-KEPT_DELIVERIES:]
            self.deliveries = [d for d in old if d.state == "pending"] + new
        return delivery

    async def _deliver(self, delivery: Delivery) -> None:
        account = delivery.account
        faults = self.world.faults_of(account)
        if faults.delay_ms:
            await asyncio.sleep(faults.delay_ms / 1000)
        pause = self.world.retry_base_seconds
        while delivery.state == "pending":
            if not account.webhook_url:
                if isinstance(account, WhatsAppAccount):
                    delivery.state, delivery.last_error = "failed", "no webhook_url"
                delivery.tried.set()
                return
            if await self._post(delivery):
                self._delivered(delivery)
                for _ in range(faults.redeliver):
                    await self._post(delivery)
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, self.world.retry_cap_seconds)

    def _delivered(self, delivery: Delivery) -> None:
        if delivery.state == "pending":
            delivery.state = "delivered"
        for message in delivery.marks:
            if message.status == "pending":
                message.status = "delivered"
        self.world.publish("delivery", delivery.account)

    async def _post(self, delivery: Delivery) -> bool:
        account = delivery.account
        headers = {"Content-Type": "application/json"}
        if isinstance(account, WhatsAppAccount):
            headers["X-Hub-Signature-256"] = sign(account.app_secret, delivery.body)
        elif account.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = account.secret_token
        self._client = self._client or httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False)
        delivery.attempts += 1
        answer = ""
        try:
            response = await self._client.post(account.webhook_url, content=delivery.body, headers=headers)
            delivery.last_status, delivery.last_error, answer = (
                response.status_code,
                None,
                response.text[:2000],
            )
        except httpx.HTTPError as error:
            delivery.last_status, delivery.last_error = None, f"{type(error).__name__}: {error}"
        delivery.tried.set()
        self.world.record_exchange(
            kind="webhook",
            account=account.key,
            summary=describe(delivery),
            status=delivery.last_status,
            error=delivery.last_error,
            request=delivery.payload,
            response=answer,
        )
        return delivery.last_status is not None and 200 <= delivery.last_status < 300
