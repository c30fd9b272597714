"""Webhooks: programs elsewhere that are told what happens, signed as Standard Webhooks says."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends
from pydantic import BaseModel, Field, field_validator
from sqlalchemy import func, select

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.words import Given, Line, Paragraph, Yes
from backoffice.public_web import check_address
from backoffice.tell_webhooks import new_secret
from core.automation.events import EVENTS, listen
from core.automation.model import Automation, Webhook, WebhookDelivery
from core.errors import Missing, Refused
from core.organizations.audit import audit

router = staff_router("webhooks")

Reads = Annotated[Staff, Depends(Needs("webhooks.read"))]
Writes = Annotated[Staff, Depends(Needs("webhooks.write"))]
MOST = 20
SHOWN = 50


def _known(kinds: list[str]) -> list[str]:
    if wrong := [kind for kind in kinds if kind not in EVENTS]:
        raise ValueError(f"«{wrong[0]}» no existe; son: {', '.join(EVENTS)}.")
    return list(dict.fromkeys(kinds))


class WebhookIn(Given):
    name: Line
    url: Paragraph = Field(description="https, and reachable by everybody.")
    events: Annotated[list[Line], Field(max_length=40)] = Field(
        default=[], description="What it is always told; automations may tell it more."
    )

    @field_validator("events")
    @classmethod
    def _events(cls, kinds: list[str]) -> list[str]:
        return _known(kinds)


class WebhookChange(Given):
    """What is given changes."""

    name: Line | None = None
    url: Paragraph | None = None
    events: Annotated[list[Line], Field(max_length=40)] | None = None
    active: Yes | None = None

    @field_validator("events")
    @classmethod
    def _events(cls, kinds: list[str] | None) -> list[str] | None:
        return None if kinds is None else _known(kinds)


class WebhookView(BaseModel):
    id: str
    name: str
    url: str
    events: list[str]
    active: bool
    waiting: int
    """Deliveries that will be tried again."""
    failed: int
    """Of the last 30 days, those nobody tries again."""


class NewWebhook(WebhookView):
    secret: str
    """To verify the signatures with; shown this once."""


class DeliveryView(BaseModel):
    id: str
    type: str
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    answer: str | None
    body: dict[str, Any]
    created_at: datetime
    due_at: datetime | None
    """When it is tried again; null: never."""


async def _view(staff: Staff, one: Webhook) -> dict[str, Any]:
    rows = await staff.session.execute(
        select(WebhookDelivery.state, func.count())
        .where(WebhookDelivery.webhook_id == one.id)
        .group_by(WebhookDelivery.state)
    )
    return _shown(staff, one, {row[0]: row[1] for row in rows})


def _shown(staff: Staff, one: Webhook, counts: dict[str, int]) -> dict[str, Any]:
    told = {"id": staff.public("webhook", one.id), "name": one.name, "url": one.url, "events": one.events}
    return {**told, "active": one.active, "waiting": counts.get("waiting", 0), "failed": counts.get("failed", 0)}


@router.get("/webhooks")
async def list_webhooks(staff: Reads) -> list[WebhookView]:
    """All of them, with what waits and what failed."""
    rows = await staff.session.execute(
        select(WebhookDelivery.webhook_id, WebhookDelivery.state, func.count()).group_by(
            WebhookDelivery.webhook_id, WebhookDelivery.state
        )
    )
    counts: dict[int, dict[str, int]] = {}
    for webhook_id, state, count in rows:
        counts.setdefault(webhook_id, {})[state] = count
    found = await staff.session.scalars(select(Webhook).order_by(Webhook.id))
    return [WebhookView(**_shown(staff, one, counts.get(one.id, {}))) for one in found]


async def _find(staff: Staff, public: str) -> Webhook:
    found = await staff.session.get(Webhook, staff.inside("webhook", public), with_for_update=True)
    if found is None:
        raise Missing("webhook")
    return found


@router.post("/webhooks", status_code=201)
async def create_webhook(staff: Writes, given: WebhookIn) -> NewWebhook:
    """Its secret is shown once."""
    check_address(given.url)
    if (await staff.session.scalar(select(func.count()).select_from(Webhook)) or 0) >= MOST:
        raise Refused("too_many_webhooks", f"Ya hay {MOST} webhooks: quita uno antes.")
    secret = new_secret()
    made = Webhook(
        organization_id=staff.organization.id,
        name=given.name,
        url=given.url,
        events=given.events,
        secret=staff.runtime.vault.seal({"secret": secret}),
    )
    staff.session.add(made)
    await listen(staff.session, staff.organization.id)
    audit(staff.session, staff.member, "webhook.created", given.name, staff.now, url=given.url, events=given.events)
    await staff.session.refresh(made)
    shown = await _view(staff, made)
    await staff.session.commit()
    return NewWebhook(**shown, secret=secret)


@router.patch("/webhooks/{webhook_id}")
async def change_webhook(staff: Writes, webhook_id: str, given: WebhookChange) -> WebhookView:
    """Also to pause it."""
    one = await _find(staff, webhook_id)
    changes = {name: value for name, value in given.model_dump(exclude_unset=True).items() if value is not None}
    if "url" in changes:
        check_address(changes["url"])
    for name, value in changes.items():
        setattr(one, name, value)
    await listen(staff.session, staff.organization.id)
    audit(staff.session, staff.member, "webhook.changed", one.name, staff.now, **changes)
    shown = await _view(staff, one)
    await staff.session.commit()
    return WebhookView(**shown)


@router.post("/webhooks/{webhook_id}/secret", status_code=201)
async def renew_webhook_secret(staff: Writes, webhook_id: str) -> NewWebhook:
    """A new secret, shown once; the old one signs nothing any more."""
    one = await _find(staff, webhook_id)
    secret = new_secret()
    one.secret = staff.runtime.vault.seal({"secret": secret})
    audit(staff.session, staff.member, "webhook.secret_renewed", one.name, staff.now)
    shown = await _view(staff, one)
    await staff.session.commit()
    return NewWebhook(**shown, secret=secret)


@router.delete("/webhooks/{webhook_id}", status_code=204)
async def delete_webhook(staff: Writes, webhook_id: str) -> None:
    """With what it was told. 409 `in_use` while an automation tells it."""
    one = await _find(staff, webhook_id)
    uses = Automation.actions.contains([{"do": "webhook", "webhook": one.id}])
    if using := await staff.session.scalar(select(Automation.name).where(uses).limit(1)):
        raise Refused("in_use", f"La automatización «{using}» le avisa: cámbiala antes.")
    await staff.session.delete(one)
    await listen(staff.session, staff.organization.id)
    audit(staff.session, staff.member, "webhook.deleted", one.name, staff.now)
    await staff.session.commit()


@router.post("/webhooks/{webhook_id}/test", status_code=202)
async def test_webhook(staff: Writes, webhook_id: str) -> None:
    """Tell it something that means nothing (`type` is `test`); what came of it is among its deliveries."""
    one = await _find(staff, webhook_id)
    body = {"type": "test", "timestamp": staff.now.isoformat(), "data": {"organization": staff.organization.slug}}
    delivery = WebhookDelivery(organization_id=one.organization_id, webhook_id=one.id, key="", body=body)
    delivery.due_at = staff.now
    staff.session.add(delivery)
    await staff.session.flush()
    delivery.key = f"test_{staff.public('webhook_delivery', delivery.id).partition('_')[2]}"
    await staff.session.commit()


@router.get("/webhooks/{webhook_id}/deliveries")
async def list_deliveries(staff: Reads, webhook_id: str) -> list[DeliveryView]:
    """What it was told lately, the newest first."""
    inside = staff.inside("webhook", webhook_id)
    rows = await staff.session.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == inside)
        .order_by(WebhookDelivery.id.desc())
        .limit(SHOWN)
    )
    return [
        DeliveryView(
            id=staff.public("webhook_delivery", one.id),
            type=one.body["type"],
            state=one.state,  # type: ignore[arg-type]
            attempts=one.attempts,
            answer=one.answer,
            body=one.body,
            created_at=one.created_at,
            due_at=one.due_at if one.state == "waiting" else None,
        )
        for one in rows
    ]


@router.post("/webhooks/{webhook_id}/deliveries/{delivery_id}/again", status_code=202)
async def deliver_again(staff: Writes, webhook_id: str, delivery_id: str) -> None:
    """Try it once more, now, with the same id: whoever took it already can tell."""
    one = await _find(staff, webhook_id)
    inside = staff.inside("webhook_delivery", delivery_id)
    delivery = await staff.session.get(WebhookDelivery, inside, with_for_update=True)
    if delivery is None or delivery.webhook_id != one.id:
        raise Missing("webhook_delivery")
    delivery.state, delivery.attempts, delivery.due_at, delivery.done_at = "waiting", 0, staff.now, None
    await staff.session.commit()
