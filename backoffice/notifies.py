"""What the staff's devices are told of an event: a few words, in the language the device was set up in."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from backoffice.pages.words import say
from core.automation.events import MENTIONED, PUSHED
from core.automation.facts import Happened
from core.public_id import PublicIds
from core.push.model import PushMessage, PushSubscription
from core.push.whom import whom
from core.threads.model import Thread

NEWS = timedelta(hours=1)
"""What is older is told nobody any more: the pages have it."""
SHOWN = 120
WORDS = {
    "thread_assigned": "Te asignaron la conversación",
    "thread_handed_over": "Espera a una persona",
    "thread_due_soon": "Queda poco para cumplir el plazo",
    "thread_overdue": "Fuera de plazo",
    MENTIONED: "Te nombraron en una nota",
}
"""Before what was said last; a message speaks for itself."""
TO_A_TEAM = "Conversación nueva para tu equipo"
NAMELESS = "Sin nombre"
A_FILE = "Envió un archivo"


async def notify(session: AsyncSession, ids: PublicIds, happened: Happened, now: datetime) -> None:
    """Queue what the devices of those concerned are to be told; several things of one thread become the last one."""
    if happened.event.kind not in PUSHED or now - happened.event.at > NEWS:
        return
    members = await whom(session, happened)
    found = await session.scalars(
        select(PushSubscription)
        .where(PushSubscription.member_id.in_([member.id for member in members]))
        .order_by(PushSubscription.id)
        .with_for_update(read=True, key_share=True)  # before its messages, as everybody locks them
    )
    devices = found.all()
    thread = happened.thread
    if thread is None or not devices:
        return
    topic = ids.encode("thread", thread.id).partition("_")[2]
    told = [device.id for device in devices]
    await session.execute(delete(PushMessage).where(PushMessage.subscription_id.in_(told), PushMessage.topic == topic))
    session.add_all(
        PushMessage(
            organization_id=device.organization_id,
            subscription_id=device.id,
            topic=topic,
            payload=payload_of(ids, happened, thread, device.language),
            due_at=now,
            created_at=now,
        )
        for device in devices
    )


def payload_of(ids: PublicIds, happened: Happened, thread: Thread, language: str) -> dict[str, Any]:
    """{title, body, url, thread}: who, what, and where to read on."""
    kind, message = happened.event.kind, happened.message
    spoken = message.text if message is not None and (kind == "message_received" or kind == MENTIONED) else ""
    if kind == "message_received" and not spoken:
        spoken = say(language, A_FILE)
    words = WORDS.get(kind, "")
    if kind == "thread_assigned" and thread.owner_id is None:
        words = TO_A_TEAM
    body = ": ".join(part for part in (say(language, words), spoken or thread.last_text) if part)
    public = ids.encode("thread", thread.id)
    return {
        "title": happened.contact.name or happened.contact.phone or say(language, NAMELESS),
        "body": body if len(body) <= SHOWN else body[: SHOWN - 1].rstrip() + "…",
        "url": f"/inbox?thread={public}",
        "thread": public,
    }
