"""What can be listened to, and which of it an organization listens to. Takes a session, never commits."""

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import ARRAY, String, cast, exists, func, literal, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.automation.model import Automation, Webhook
from core.organizations.model import Organization
from core.push.model import PushSubscription

Subject = Literal["message", "lead", "appointment"]
EVENTS: Mapping[str, Subject] = {
    "message_received": "message",
    "message_sent": "message",
    "thread_handed_over": "message",
    "thread_taken_over": "message",
    "thread_assigned": "message",
    "thread_snoozed": "message",
    "thread_resolved": "message",
    "thread_released": "message",
    "thread_due_soon": "message",
    "thread_overdue": "message",
    "lead_created": "lead",
    "lead_stage_changed": "lead",
    "lead_owner_changed": "lead",
    "appointment_requested": "appointment",
    "appointment_booked": "appointment",
    "appointment_moved": "appointment",
    "appointment_cancelled": "appointment",
    "appointment_checked_in": "appointment",
    "appointment_attended": "appointment",
    "appointment_no_show": "appointment",
}
"""Kind → what its subject is: of what happens to a thread, the notice in it. Migration 0007 writes them."""


MENTIONED = "member_mentioned"
"""Somebody was named in a note: for the staff alone, nothing else may listen to it. Migration 0012 writes it."""
SUBJECTS: Mapping[str, Subject] = {**EVENTS, MENTIONED: "message"}
PUSHED = (
    "message_received",
    "thread_assigned",
    "thread_handed_over",
    "thread_due_soon",
    "thread_overdue",
    MENTIONED,
)
"""What the staff is told of on their own devices."""


async def listen(session: AsyncSession, organization_id: int) -> None:
    """After automations, webhooks or the staff's devices changed: keep events of the kinds they want, and no others."""
    await session.flush()
    # Whoever changes them at once waits here, and then sees what the other did: a statement that had to wait would not.
    await session.execute(
        select(Organization.id).where(Organization.id == organization_id).with_for_update(key_share=True)
    )
    mine = Automation.organization_id == organization_id, Automation.active
    wanted = union(
        select(Automation.event).where(*mine),
        select(func.unnest(Webhook.events)).where(Webhook.organization_id == organization_id, Webhook.active),
        select(func.unnest(cast(literal(list(PUSHED), ARRAY(String)), ARRAY(String)))).where(
            exists().where(PushSubscription.organization_id == organization_id)
        ),
    ).subquery()
    kinds = select(func.array_agg(wanted.c[0])).scalar_subquery()
    await session.execute(
        update(Organization)
        .where(Organization.id == organization_id)
        .values(listens=func.coalesce(kinds, cast(literal("{}"), ARRAY(String))))
    )
