"""What a webhook is told of an event. Shape: Standard Webhooks (`type`, `timestamp`, `data`); ids are the API's."""

from typing import Any

from core.automation.facts import Happened
from core.public_id import PublicIds


def body_of(ids: PublicIds, happened: Happened, automation: str = "") -> dict[str, Any]:
    """Everything the event is about, as it is now; `automation` names the one that tells."""
    thread, contact = happened.thread, happened.contact
    data: dict[str, Any] = {
        "organization": happened.organization.slug,
        "thread": None,
        "contact": {
            "id": ids.encode("contact", contact.id),
            "name": contact.name,
            "phone": contact.phone,
            "language": contact.language,
        },
    }
    if thread is not None:
        data["thread"] = {
            "id": ids.encode("thread", thread.id),
            "state": thread.state,
            "owner": ids.encode("member", thread.owner_id) if thread.owner_id else None,
            "team": thread.team,
            "priority": thread.priority,
            "labels": thread.labels,
        }
    if (message := happened.message) is not None and message.direction != "internal":
        data["message"] = {
            "id": ids.encode("message", message.id),
            "direction": message.direction,
            "author": message.author,
            "kind": message.content["kind"],
            "text": message.text,
            "at": message.at.isoformat(),
        }
    if happened.lead is not None and happened.stage is not None:
        lead = happened.lead
        data["lead"] = {
            "id": ids.encode("lead", lead.id),
            "stage": happened.stage.key,
            "source": lead.source,
            "interest": lead.interest,
            "value_minor": lead.value_minor,
            "currency": lead.currency,
            "owner": ids.encode("member", lead.owner_id) if lead.owner_id else None,
        }
    if (appointment := happened.appointment) is not None:
        data["appointment"] = {
            "id": ids.encode("appointment", appointment.id),
            "status": appointment.status,
            "starts_at": appointment.starts_at.isoformat(),
            "ends_at": appointment.ends_at.isoformat(),
            "service": ids.encode("service", appointment.service_id),
            "location": ids.encode("location", appointment.location_id),
        }
    if automation:
        data["automation"] = automation
    return {"type": happened.event.kind, "timestamp": happened.event.at.isoformat(), "data": data}
