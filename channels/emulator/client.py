"""A small asynchronous client of the control API, for tests, the kill tests and scripts."""

import asyncio
import time
from typing import Any, Self

import httpx

Json = dict[str, Any]


class EmulatorClient:
    """Talks to an emulator over HTTP. Raises httpx.HTTPStatusError when it refuses.

    `whatsapp` and `telegram` name the accounts used when a call gives none: the phone number id, the bot id.
    """

    def __init__(self, base_url: str, *, whatsapp: str = "", telegram: str = "", timeout: float = 20.0) -> None:
        self.base_url = base_url.rstrip("/")
        self.accounts = {"whatsapp": whatsapp, "telegram": telegram}
        self._http = httpx.AsyncClient(base_url=self.base_url, timeout=timeout, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def call(self, method: str, path: str, **kwargs: Any) -> Any:
        response = await self._http.request(method, path, **kwargs)
        response.raise_for_status()
        return response.json()

    async def whatsapp_account(self, phone_number_id: str, *, verify: bool = False, **fields: Any) -> Json:
        """Make or change a number: waba_id, display_phone_number, name, app_secret, verify_token,
        access_token, webhook_url, auto_deliver, auto_read, status_delay, enforce_rates, subscribed,
        review (approve, reject, hold), templates."""
        self.accounts["whatsapp"] = self.accounts["whatsapp"] or phone_number_id
        query = {"verify": "true"} if verify else {}
        path = f"/emulator/api/whatsapp/{phone_number_id}"
        return dict(await self.call("PUT", path, json=fields, params=query))

    async def telegram_account(self, bot_id: int, **fields: Any) -> Json:
        """Make or change a bot: token, username, name; webhook_url and secret_token if not by setWebhook,
        enforce_rates."""
        self.accounts["telegram"] = self.accounts["telegram"] or str(bot_id)
        return dict(await self.call("PUT", f"/emulator/api/telegram/{bot_id}", json=fields))

    def _person(self, channel: str, person: str | int, account: str | None) -> str:
        return f"/emulator/api/{channel}/{account or self.accounts[channel]}/people/{person}"

    async def person(self, channel: str, person: str | int, account: str | None = None, **fields: Any) -> Json:
        """Make or change a person: name, username, user_id (BSUID), hide_phone, phone, blocked, window …"""
        return dict(await self.call("PUT", self._person(channel, person, account), json=fields))

    async def act(self, channel: str, person: str | int, account: str | None = None, /, **act: Any) -> Json:
        """Anything a person can do; `type` and its fields as the control API takes them."""
        return dict(await self.call("POST", self._person(channel, person, account) + "/messages", json=act))

    async def whatsapp_text(self, person: str | int, text: str, **extra: Any) -> str:
        """The id of the message the person wrote. `extra`: account, reply_to, referral …"""
        return str((await self.act("whatsapp", person, type="text", text=text, **extra))["id"])

    async def telegram_text(self, person: str | int, text: str, **extra: Any) -> str:
        return str((await self.act("telegram", person, type="text", text=text, **extra))["id"])

    async def tap(self, channel: str, person: str | int, label: str, account: str | None = None) -> Json:
        """Tap the button or list row with this label in the newest message that has it, or LookupError."""
        chat = await self.chat(channel, person, account)
        for message in reversed(chat["messages"]):
            if message["direction"] == "out" and not message["deleted"]:
                for act in _choices(channel, message):
                    if act.pop("label") == label:
                        return await self.act(channel, person, account, **act)
        raise LookupError(f"no button {label!r} in the chat")

    async def echo(self, person: str | int, text: str, account: str | None = None) -> Json:
        """The business answers from its own phone."""
        path = self._person("whatsapp", person, account) + "/echo"
        return dict(await self.call("POST", path, json={"text": text}))

    async def history(self, person: str | int, messages: list[Json], account: str | None = None) -> Json:
        path = self._person("whatsapp", person, account) + "/history"
        return dict(await self.call("POST", path, json={"messages": messages}))

    async def webhook(self, channel: str, account: str | None = None, /, **told: Any) -> None:
        """Post any webhook: field and value (WhatsApp), kind and payload (Telegram)."""
        await self.call("POST", f"/emulator/api/{channel}/{account or self.accounts[channel]}/webhook", json=told)

    async def template(self, name: str, language: str, account: str | None = None, /, **said: Any) -> Json:
        """Meta changes its mind: status, reason and rejection_info; quality; category."""
        path = f"/emulator/api/whatsapp/{account or self.accounts['whatsapp']}/templates/{name}/{language}"
        return dict(await self.call("PUT", path, json=said))

    async def read(self, person: str | int, account: str | None = None) -> list[str]:
        """Open the chat: the ids that became read."""
        return list((await self.call("POST", self._person("whatsapp", person, account) + "/read"))["read"])

    async def upload(self, channel: str, data: bytes, mime_type: str, filename: str, account: str | None = None) -> str:
        """Put a file on the person's phone; the id serves as `media_id` of an act."""
        path = f"/emulator/api/{channel}/{account or self.accounts[channel]}/media"
        return str((await self.call("POST", path, files={"file": (filename, data, mime_type)}))["id"])

    async def sent(self, account: str | None = None, to: str | int | None = None) -> list[Json]:
        """Accepted sends in order: account, to, id, at, tracker, method, payload. `account` as channel:id."""
        query = {k: str(v) for k, v in {"account": account, "to": to}.items() if v is not None}
        return list(await self.call("GET", "/emulator/api/sent", params=query))

    async def chat(self, channel: str, person: str | int, account: str | None = None) -> Json:
        account = account or self.accounts[channel]
        return dict(await self.call("GET", f"/emulator/api/chats/{channel}/{account}/{person}"))

    async def deliveries(self, state: str | None = None) -> list[Json]:
        return list(await self.call("GET", "/emulator/api/deliveries", params={"state": state} if state else {}))

    async def faults(self, account: str | None = None, **faults: Any) -> Json:
        """Replace the faults of `account` (channel:id) or of all; none given ends them."""
        query = {"account": account} if account else {}
        return dict(await self.call("PUT", "/emulator/api/faults", json=faults, params=query))

    async def settings(self, **settings: float) -> Json:
        """retry_base_seconds, retry_cap_seconds."""
        return dict(await self.call("PUT", "/emulator/api/settings", json=settings))

    async def reset(self) -> None:
        await self.call("DELETE", "/emulator/api/state")

    async def wait_for_reply(
        self,
        channel: str,
        person: str | int,
        *,
        after: int = 0,
        containing: str = "",
        account: str | None = None,
        timeout: float = 10.0,  # noqa: ASYNC109 - polls a server; the limit is part of the question
    ) -> Json:
        """The first message of the bot past its `after` earlier ones whose text contains `containing`.

        Raises TimeoutError with what there was.
        """
        until = time.monotonic() + timeout
        while True:
            messages = (await self.chat(channel, person, account))["messages"]
            replies = [m for m in messages if m["direction"] == "out"]
            for message in replies[after:]:
                if containing in text_of(message):
                    return dict(message)
            if time.monotonic() > until:
                raise TimeoutError(f"no reply with {containing!r}; there are {[text_of(m) for m in replies]}")
            await asyncio.sleep(0.03)


def text_of(message: Json) -> str:
    """What a person reads in a message: text, interactive body, caption, filled template."""
    content = message["content"]
    if isinstance(content.get("text"), str) or "message_id" in content:
        return str(content.get("text") or content.get("caption") or "")
    kind = content.get("type", "")
    inner = content.get(kind)
    if kind == "template":
        return str(content.get("_shown", {}).get("body", ""))
    if not isinstance(inner, dict):
        return ""
    body = inner.get("body")
    return str(body.get("text", "") if isinstance(body, dict) else body or inner.get("caption") or "")


def _choices(channel: str, message: Json) -> list[Json]:
    """The acts a message offers, each with the label of its button."""
    content = message["content"]
    if channel == "telegram":
        rows = (content.get("reply_markup") or {}).get("inline_keyboard") or []
        return [
            {"label": b["text"], "type": "tap", "message_id": message["id"], "data": b["callback_data"]}
            for row in rows
            for b in row
            if "callback_data" in b
        ]
    reply = {"reply_to": message["id"]}
    shown = content.get("_shown", {}).get("buttons") or []
    found: list[Json] = [
        {"label": b["text"], "type": "template_button", "text": b["text"], "payload": b["payload"], **reply}
        for b in shown
        if b.get("type") == "QUICK_REPLY"
    ]
    action = (content.get("interactive") or {}).get("action") or {}
    replies = [button["reply"] for button in action.get("buttons") or []]
    rows = [row for section in action.get("sections") or [] for row in section.get("rows") or []]
    found += [{"label": r["title"], "type": "button_reply", **r, **reply} for r in replies]
    found += [{"label": r["title"], "type": "list_reply", **r, **reply} for r in rows]
    return found
