"""Programs elsewhere are told what happened: signed, tried again for a day, each try within a few seconds.

The signature is that of Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body` with the
webhook's secret, as `webhook-signature: v1,…`. Nothing is sent within a transaction.
"""

import asyncio
import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import orjson
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backoffice.public_web import Resolve, check_address, request_to, resolved
from core.automation.model import Webhook, WebhookDelivery
from core.clock import Clock
from core.db import tenant_session
from core.errors import Refused
from core.threads.away import brief, is_away
from core.vault import Vault

POLL = 1.0
SECONDS = 10.0
AT_ONCE = 4
WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600, 4 * 3600, 10 * 3600, 10 * 3600))
"""Before each try after the first."""
SECRET_PREFIX = "whsec_"  # noqa: S105 how such secrets begin

_DUE = text("""
    SELECT id, organization_id FROM (
        SELECT id, organization_id, row_number() OVER (PARTITION BY webhook_id ORDER BY due_at, id) AS place
        FROM webhook_delivery WHERE state = 'waiting' AND due_at <= :now) due
    WHERE place <= 4 ORDER BY place, id LIMIT 50
""")

log = structlog.get_logger()


def new_secret() -> str:
    """24 random bytes as Standard Webhooks writes them."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def signature(secret: str, key: str, at: int, body: bytes) -> str:
    """`v1,…` of a body sent at `at` (seconds since 1970)."""
    raw = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = hmac.new(raw, f"{key}.{at}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent where. `secret` as it was given to the other side."""

    key: str
    url: str
    secret: str
    body: dict[str, Any]


@dataclass(slots=True)
class TellsWebhooks:
    """`loops` finds what is due in every organization, `app` works in one."""

    loops: AsyncEngine
    app: AsyncEngine
    vault: Vault
    clock: Clock
    resolve: Resolve = resolved
    transport: httpx.AsyncBaseTransport | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except (SQLAlchemyError, OSError) as away:
                log.warning("cannot tell webhooks", error=brief(away))
            await asyncio.sleep(POLL)

    async def once(self) -> None:
        """Try what is due, a few at a time and few of each webhook: one that hangs holds the others up little."""
        async with AsyncSession(self.loops) as session:
            due = (await session.execute(_DUE, {"now": self.clock()})).all()
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(delivery_id: int, organization_id: int) -> None:
            async with turns:
                try:
                    await self.tell(delivery_id, organization_id)
                except Exception as broken:  # one that breaks must not stop the others
                    if is_away(broken):
                        raise
                    log.exception("a webhook was not told", delivery=delivery_id, error=brief(broken))

        await asyncio.gather(*(one(row.id, row.organization_id) for row in due))

    async def tell(self, delivery_id: int, organization_id: int) -> None:
        """One try; what became of it is kept."""
        parcel = await self._take(delivery_id, organization_id)
        if parcel is None:
            return
        taken, answer = await self.send(parcel)
        async with tenant_session(self.app, organization_id) as session:
            delivery = await session.get(WebhookDelivery, delivery_id, with_for_update=True)
            if delivery is None:
                return
            delivery.answer = answer
            if taken:
                delivery.state, delivery.done_at = "delivered", self.clock()
            elif delivery.attempts > len(WAITS):
                delivery.state, delivery.done_at = "failed", self.clock()
            await session.commit()

    async def _take(self, delivery_id: int, organization_id: int) -> Parcel | None:
        """What is to be sent, which is nobody else's until the next try is due; None: nothing, any more."""
        now = self.clock()
        async with tenant_session(self.app, organization_id) as session:
            delivery = await session.get(WebhookDelivery, delivery_id, with_for_update=True, populate_existing=True)
            if delivery is None or delivery.state != "waiting" or delivery.due_at > now:
                return None
            webhook = await session.get_one(Webhook, delivery.webhook_id)
            delivery.due_at = now + WAITS[min(delivery.attempts, len(WAITS) - 1)]
            delivery.attempts += 1
            parcel = None
            try:
                if not webhook.active:
                    raise Refused("paused", "El webhook está en pausa.")
                secret = self.vault.open(webhook.secret)["secret"]
                parcel = Parcel(delivery.key, webhook.url, secret, delivery.body)
            except Refused as refused:
                unreadable = "Su secreto ya no se puede leer: haz uno nuevo."
                delivery.answer = refused.message if refused.code == "paused" else unreadable
                delivery.state, delivery.done_at = "failed", now
            await session.commit()
            return parcel

    async def send(self, parcel: Parcel) -> tuple[bool, str]:
        """Whether it was taken, and what came back, in a few words."""
        body, at = orjson.dumps(parcel.body), int(self.clock().timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Hilo",
            "webhook-id": parcel.key,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(parcel.secret, parcel.key, at, body),
        }
        try:
            async with asyncio.timeout(SECONDS):
                async with httpx.AsyncClient(transport=self.transport, trust_env=False, timeout=SECONDS) as client:
                    url = check_address(parcel.url)
                    request = await request_to(client, "POST", url, headers, self.resolve, body)
                    answer = await client.send(request, stream=True)
                    await answer.aclose()
        except Refused as refused:
            return False, refused.message
        except TimeoutError:
            return False, f"No respondió en {SECONDS:.0f} segundos."
        except (OSError, UnicodeError, httpx.HTTPError, httpx.InvalidURL):
            return False, "No se pudo conectar."
        return answer.is_success, f"Respondió {answer.status_code}."
