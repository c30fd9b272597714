"""Notices on my devices: Web Push. Which browsers are told, and what they need to know to be."""

from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from sqlalchemy import delete, select

from backoffice.api.access import Staff
from backoffice.api.document import staff_router
from backoffice.api.session import Own
from backoffice.api.words import Given
from backoffice.public_web import check_address
from backoffice.web_push import check_public, narrow
from core.automation.events import listen
from core.errors import Missing, Refused
from core.push.model import PushMessage, PushSubscription

router = staff_router("session")

MOST = 10
TEST_TOPIC = "test"


def _key(written: str) -> str:
    try:
        check_public(narrow(written))
    except ValueError:
        raise ValueError("no es la clave de un navegador.") from None
    return written


def _secret(written: str) -> str:
    try:
        right = len(narrow(written)) == 16
    except ValueError:
        right = False
    if not right:
        raise ValueError("no es el secreto de un navegador.")
    return written


Written = Annotated[str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9_-]+$")]


class KeysIn(Given):
    """As the browser's `subscription.toJSON().keys` has them: base64url."""

    p256dh: Annotated[Written, AfterValidator(_key)]
    auth: Annotated[Written, AfterValidator(_secret)]


class SubscriptionIn(Given):
    endpoint: Annotated[str, StringConstraints(max_length=2000, pattern=r"^https://[\x21-\x7e]+$")]
    keys: KeysIn
    language: Annotated[str, Field(pattern="^(es|pt|en)$")] = "es"


class KeyView(BaseModel):
    key: str
    """`applicationServerKey`, base64url."""


class SubscriptionView(BaseModel):
    id: str
    agent: str
    created_at: datetime
    failed_at: datetime | None
    """When its push service last refused; null: it takes what it is given."""


def _view(staff: Staff, one: PushSubscription) -> SubscriptionView:
    told = {"agent": one.agent, "created_at": one.created_at, "failed_at": one.failed_at}
    return SubscriptionView(id=staff.public("push_subscription", one.id), **told)  # type: ignore[arg-type]


@router.get("/push/key")
async def read_push_key(staff: Own) -> KeyView:
    """What a browser subscribes with; the same as long as the installation's secret is."""
    return KeyView(key=staff.runtime.voluntary.public)


@router.get("/push/subscriptions")
async def list_push_subscriptions(staff: Own) -> list[SubscriptionView]:
    """My devices that are told, the newest first."""
    return [_view(staff, one) for one in await _mine(staff)]


async def _mine(staff: Staff) -> list[PushSubscription]:
    found = await staff.session.scalars(
        select(PushSubscription)
        .where(PushSubscription.member_id == staff.member.id)
        .order_by(PushSubscription.id.desc())
    )
    return list(found)


@router.post("/push/subscriptions", status_code=201)
async def subscribe_push(staff: Own, given: SubscriptionIn, request: Request) -> SubscriptionView:
    """Tell this browser from now on. A browser that somebody else of the organization used is mine from now on; of
    more than ten the oldest is forgotten. 409 `conflict` for a browser that tells another organization: subscribe anew.
    """
    check_address(given.endpoint)
    if staff.browser is None:
        raise Refused("browser_needed", "Los avisos son de un navegador donde entraste, no de un programa.")
    known = await staff.session.scalar(
        select(PushSubscription).where(PushSubscription.endpoint == given.endpoint).with_for_update()
    )
    fresh = known is None
    if known is None:
        known = PushSubscription(organization_id=staff.organization.id, endpoint=given.endpoint)
        known.created_at = staff.now
        staff.session.add(known)
    elif known.member_id != staff.member.id:  # what was meant for whoever had it before is not for me
        await staff.session.execute(delete(PushMessage).where(PushMessage.subscription_id == known.id))
    known.member_id = staff.member.id
    known.login_session_id = staff.browser.id
    known.p256dh, known.auth = narrow(given.keys.p256dh), narrow(given.keys.auth)
    known.agent, known.language = request.headers.get("user-agent", "")[:300], given.language
    await staff.session.flush()
    for old in (await _mine(staff))[MOST:]:
        await staff.session.delete(old)
    if fresh:
        await listen(staff.session, staff.organization.id)
    view = _view(staff, known)
    await staff.session.commit()
    return view


async def _find(staff: Staff, public: str) -> PushSubscription:
    found = await staff.session.get(PushSubscription, staff.inside("push_subscription", public), with_for_update=True)
    if found is None or found.member_id != staff.member.id:
        raise Missing("push_subscription")
    return found


@router.delete("/push/subscriptions/{subscription_id}", status_code=204)
async def unsubscribe_push(staff: Own, subscription_id: str) -> None:
    """Tell this device nothing more."""
    await staff.session.delete(await _find(staff, subscription_id))
    await listen(staff.session, staff.organization.id)
    await staff.session.commit()


@router.post("/push/subscriptions/{subscription_id}/test", status_code=202)
async def test_push(staff: Own, subscription_id: str) -> None:
    """Tell this device that it is told."""
    one = await _find(staff, subscription_id)
    payload = {"title": "Hilo", "body": TESTED[one.language], "url": "/account"}
    about = {"organization_id": one.organization_id, "subscription_id": one.id, "topic": TEST_TOPIC}
    staff.session.add(PushMessage(**about, payload=payload, due_at=staff.now, created_at=staff.now))
    await staff.session.commit()


TESTED = {
    "es": "Así te avisará este dispositivo.",
    "pt": "É assim que este dispositivo vai avisar você.",
    "en": "This is how this device will tell you.",
}
