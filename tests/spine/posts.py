"""Webhook bodies made and posted by the test itself, for what no well-behaved provider sends."""

import hashlib
import hmac
import itertools
import json
import time
from typing import Any

import httpx

from backoffice.seed import WHATSAPP
from tests.spine.clinic import NUMBER, Clinic

APP_SECRET = "demo-app-secret"
_ids = itertools.count(1)


def new_id() -> str:
    return f"wamid.spine-{time.time_ns()}-{next(_ids)}"


def whatsapp(value: dict[str, Any]) -> dict[str, Any]:
    """A body with one change."""
    head = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "576015550100", "phone_number_id": NUMBER},
    }
    change = {"field": "messages", "value": {**head, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": WHATSAPP["waba_id"], "changes": [change]}]}


def said(person: str, *texts: str, ids: list[str] | None = None) -> dict[str, Any]:
    """A body with messages of one person."""
    messages = [
        {"from": person, "id": id_, "timestamp": str(int(time.time())), "type": "text", "text": {"body": text}}
        for id_, text in zip(ids or [new_id() for _ in texts], texts, strict=True)
    ]
    return whatsapp({"contacts": [{"profile": {"name": "Ana"}, "wa_id": person}], "messages": messages})


def status(
    person: str, wamid: str, state: str, *, tracker: str | None = None, code: int | None = None
) -> dict[str, Any]:
    told: dict[str, Any] = {"id": wamid, "status": state, "timestamp": str(int(time.time())), "recipient_id": person}
    if tracker is not None:
        told["biz_opaque_callback_data"] = tracker
    if code is not None:
        told["errors"] = [{"code": code, "title": "no", "message": "no"}]
    return whatsapp({"statuses": [told]})


async def post(clinic: Clinic, body: object, *, secret: str | None = APP_SECRET) -> httpx.Response:
    """Post to the WhatsApp webhook; bytes go as they are, `secret` None leaves the signature out."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    if secret is not None:
        headers["x-hub-signature-256"] = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        return await http.post(f"{clinic.web}/webhooks/whatsapp", content=raw, headers=headers)
