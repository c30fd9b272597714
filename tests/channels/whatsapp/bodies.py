"""Webhook bodies in Meta's documented shapes, put together from their parts."""

from typing import Any

WABA = "900100"
ACCOUNT = "106540"
ANA = "5491155550101"
BSUID = "AR.1a2B3c4D"
AT = "1788000000"


def body(field: str, *values: dict[str, Any]) -> dict[str, Any]:
    changes = [{"field": field, "value": value} for value in values]
    return {"object": "whatsapp_business_account", "entry": [{"id": WABA, "time": 1788000009, "changes": changes}]}


def value(**parts: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "5491140000000", "phone_number_id": ACCOUNT}
    contact = {"profile": {"name": "Ana Ruiz", "username": "ana.ruiz"}, "wa_id": ANA, "user_id": BSUID}
    return {"messaging_product": "whatsapp", "metadata": metadata, "contacts": [contact], **parts}


def said(kind: str, said: object, identifier: str = "wamid.IN1", **more: Any) -> dict[str, Any]:
    return {"from": ANA, "id": identifier, "timestamp": AT, "type": kind, kind: said, **more}


def messages(*listed: dict[str, Any]) -> dict[str, Any]:
    return body("messages", value(messages=list(listed)))


def statuses(*listed: dict[str, Any]) -> dict[str, Any]:
    return body("messages", value(statuses=list(listed)))
