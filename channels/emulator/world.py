"""What the emulator holds in memory: accounts, people, chats, media, a log. No transport here."""

import asyncio
import base64
import hashlib
import itertools
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from channels.emulator.faults import Faults
from channels.emulator.rates import Buckets

Channel = Literal["whatsapp", "telegram"]
Json = dict[str, Any]

WINDOW_SECONDS = 24 * 3600
LOG_LENGTH = 300


@dataclass(slots=True)
class WhatsAppAccount:
    """One business phone number. `webhook_url` is where Meta's app would point; empty: nobody listens.

    `subscribed`: whether the app hears of the account at all, as `subscribed_apps` has it. `review`: what becomes of
    a template that is submitted.
    """

    phone_number_id: str
    waba_id: str
    display_phone_number: str
    name: str
    app_secret: str
    verify_token: str
    access_token: str
    webhook_url: str = ""
    auto_deliver: bool = True
    auto_read: bool = False
    status_delay: float = 0.15
    enforce_rates: bool = False
    subscribed: bool = True
    review: Literal["approve", "reject", "hold"] = "approve"
    templates: list[Json] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"whatsapp:{self.phone_number_id}"


@dataclass(slots=True)
class TelegramAccount:
    """One bot. `allowed_updates` empty means Telegram's default set."""

    bot_id: int
    token: str
    username: str
    name: str
    webhook_url: str = ""
    secret_token: str = ""
    allowed_updates: list[str] = field(default_factory=list)
    max_connections: int = 40
    enforce_rates: bool = False
    commands: list[Json] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"telegram:{self.bot_id}"

    def user(self) -> Json:
        return {"id": self.bot_id, "is_bot": True, "first_name": self.name, "username": self.username}


Account = WhatsAppAccount | TelegramAccount


@dataclass(slots=True)
class Person:
    """Somebody with a phone. `id` is the wa_id or the Telegram user id; `user_id` the WhatsApp BSUID."""

    id: str
    name: str
    user_id: str = ""
    username: str = ""
    hide_phone: bool = False
    last_name: str = ""
    language_code: str = "es"
    phone: str = ""
    blocked: bool = False
    window: Literal["auto", "open", "closed"] = "auto"
    last_wrote_at: float | None = None
    migrated_to: int | None = None
    business_connection_id: str = ""


@dataclass(slots=True)
class Message:
    """One bubble. `content` is the wire object: a Graph send, a webhook's message, a Bot API Message.

    A Graph send also keeps `_category` (pricing) and, for a template, `_shown` (its text filled in).
    `direction`: in = the person wrote, out = sent by the API, echo = written on the business's own phone.
    `status`: pending, delivered, read for `in`; accepted, sent, delivered, read, failed for `out` and `echo`.
    """

    id: str
    direction: Literal["in", "out", "echo"]
    at: float
    content: Json
    status: str
    tracker: str | None = None
    reply_to: str | None = None
    error: Json | None = None
    reactions: dict[str, str] = field(default_factory=dict)
    edited: bool = False
    deleted: bool = False


@dataclass(slots=True)
class Chat:
    """Both sides of one conversation. `keyboard` is Telegram's reply keyboard now shown to the person."""

    messages: list[Message] = field(default_factory=list)
    typing_until: float = 0.0
    keyboard: Json | None = None

    def find(self, message_id: str) -> Message | None:
        return next((m for m in reversed(self.messages) if m.id == message_id), None)


@dataclass(frozen=True, slots=True)
class Media:
    id: str
    account: str
    data: bytes
    mime_type: str
    filename: str

    @property
    def sha256_base64(self) -> str:
        return base64.b64encode(hashlib.sha256(self.data).digest()).decode()

    @property
    def sha256_hex(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Sent:
    """An accepted send: what a test asserts on."""

    account: str
    to: str
    id: str
    at: float
    tracker: str | None
    method: str
    payload: Json


@dataclass(frozen=True, slots=True)
class Tap:
    """A callback query that waits for `answerCallbackQuery`."""

    id: str
    account: str
    person: str


class World:
    """All state. `now` gives epoch seconds; ids count up from `first_id`, so runs with equal input are equal.

    Over a database that outlives the emulator give a `first_id` that grows from run to run (`__main__` takes
    the clock), or old ids come back and are taken for redeliveries.
    """

    def __init__(self, now: Callable[[], float] = time.time, first_id: int = 1) -> None:
        self.now = now
        self.first_id = first_id
        self.retry_base_seconds = 0.5
        self.retry_cap_seconds = 30.0
        self.whatsapp: dict[str, WhatsAppAccount] = {}
        self.telegram: dict[str, TelegramAccount] = {}
        self.people: dict[tuple[str, str], Person] = {}
        self.chats: dict[tuple[str, str], Chat] = {}
        self.media: dict[str, Media] = {}
        self.sent: list[Sent] = []
        self.taps: dict[str, Tap] = {}
        self.faults: dict[str, Faults] = {}
        self.log: deque[Json] = deque(maxlen=LOG_LENGTH)
        self.resets = 0
        self.buckets = Buckets()
        self._listeners: set[asyncio.Queue[Json]] = set()
        self._counters: defaultdict[str, Iterator[int]] = defaultdict(lambda: itertools.count(self.first_id))

    def next(self, kind: str) -> int:
        return next(self._counters[kind])

    def wamid(self, wa_id: str) -> str:
        """An id of the shape Meta gives: `wamid.` and base64 over the number and twenty hex digits."""
        number = wa_id.encode()
        tail = f"{self.next('wamid'):020X}".encode()
        raw = b"\x1c\x18" + bytes([len(number)]) + number + b"\x15\x02\x00\x11\x18\x14" + tail + b"\x00"
        return "wamid." + base64.b64encode(raw).decode()

    def trace_id(self) -> str:
        return base64.urlsafe_b64encode(f"emulator{self.next('trace'):06d}".encode()).decode().rstrip("=")

    def account(self, channel: str, account_id: str) -> Account | None:
        found: Account | None
        found = self.whatsapp.get(account_id) if channel == "whatsapp" else self.telegram.get(account_id)
        return found

    def person(self, account: Account, person_id: str) -> Person:
        """The person of that id; made on first sight, as anybody with a phone may write."""
        key = (account.key, person_id)
        if key not in self.people:
            self.people[key] = Person(id=person_id, name="Persona " + person_id[-4:])
        return self.people[key]

    def chat(self, account: Account, person_id: str) -> Chat:
        return self.chats.setdefault((account.key, person_id), Chat())

    def store_media(self, account: Account, data: bytes, mime_type: str, filename: str) -> Media:
        number = self.next("media")
        media_id = str(10**15 + number) if isinstance(account, WhatsAppAccount) else f"AgACAgEAAxk{number:016d}"
        media = Media(media_id, account.key, data, mime_type, filename)
        self.media[media_id] = media
        return media

    def window_is_open(self, person: Person) -> bool:
        """Meta's customer service window: 24 hours since the person last wrote."""
        if person.window != "auto":
            return person.window == "open"
        return person.last_wrote_at is not None and self.now() - person.last_wrote_at < WINDOW_SECONDS

    def faults_of(self, account: Account) -> Faults:
        """The account's own faults when set, else those set for every account."""
        return self.faults.get(account.key) or self.faults.setdefault("*", Faults())

    def record_exchange(self, **entry: Any) -> None:
        self.log.append({"n": self.next("log"), "at": self.now(), **entry})
        self.publish("log")

    def publish(self, kind: str, account: Account | None = None, person: str = "", **extra: Any) -> None:
        event = {"type": kind, "account": account.key if account else "", "person": person, **extra}
        for queue in self._listeners:
            queue.put_nowait(event)

    def listen(self) -> asyncio.Queue[Json]:
        queue: asyncio.Queue[Json] = asyncio.Queue()
        self._listeners.add(queue)
        return queue

    def forget_listener(self, queue: asyncio.Queue[Json]) -> None:
        self._listeners.discard(queue)

    def reset(self) -> None:
        """Forget what was said and the faults; accounts, people and the id counters stay."""
        for store in (self.chats, self.media, self.taps, self.faults):
            store.clear()
        for person in self.people.values():
            person.blocked, person.window, person.last_wrote_at, person.migrated_to = (
                False,
                "auto",
                None,
                None,
            )
        self.resets += 1
        self.buckets = Buckets()
        self.sent.clear()
        self.log.clear()
        self.publish("reset")
