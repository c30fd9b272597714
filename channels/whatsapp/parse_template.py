"""What Meta tells of message templates: approved, rejected, paused; their quality, category and text.

Source: Meta, webhooks reference: message_template_status_update, message_template_quality_update,
message_template_components_update, template_category_update.
"""

from typing import Any

from channels.lenient import NotUnderstood, fingerprint, needed, record, sequence, text
from channels.whatsapp.people import Place, stamp
from core.threads.inbound import AnyItem, TemplateChanged

TEMPLATE_FIELDS = frozenset(
    {
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "template_category_update",
    }
)
LONGEST_NAME = 512
STATUSES = {
    "APPROVED": "approved",
    "REINSTATED": "approved",
    "UNARCHIVED": "approved",
    "FLAGGED": "approved",
    "PENDING": "pending",
    "IN_APPEAL": "pending",
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "DISABLED": "disabled",
    "ARCHIVED": "disabled",
    "DELETED": "not_submitted",
    "PENDING_DELETION": "not_submitted",
}
"""Meta's words for a status; one that is not here (LOCKED, LIMIT_EXCEEDED) changes nothing of whether it is sent."""


def template_event(place: Place, raw: dict[str, Any], field: str) -> AnyItem:
    """One webhook of a template. The entry's time is part of the identity: a template may be paused twice."""
    at = place.at or place.now
    told = {"at": place.at.isoformat() if place.at else None, "waba": place.waba, "value": raw}
    name = needed(text(raw.get("message_template_name")), "message_template_name")
    language = needed(text(raw.get("message_template_language")), "message_template_language")
    if len(name) > LONGEST_NAME or len(language) > LONGEST_NAME:
        raise NotUnderstood("message_template_name or message_template_language is too long")
    return TemplateChanged(
        **stamp(place, fingerprint(field, told), at, raw),
        waba=place.waba,
        name=name,
        language=language,
        provider_id=text(raw.get("message_template_id")),
        **_NEWS[field](raw),
    )


def _status(raw: dict[str, Any]) -> dict[str, Any]:
    reason = text(raw.get("reason"))
    rejection, other = record(raw.get("rejection_info")), record(raw.get("other_info"))
    said = (rejection.get("reason"), rejection.get("recommendation"), other.get("description"))
    return {
        "status": STATUSES.get(needed(text(raw.get("event")), "event").upper()),
        "reason": None if reason in (None, "NONE") else reason,
        "words": " ".join(words for one in said if (words := text(one))) or None,
        "category": text(raw.get("message_template_category")),
    }


def _quality(raw: dict[str, Any]) -> dict[str, Any]:
    return {"quality": needed(text(raw.get("new_quality_score")), "new_quality_score")}


def _category(raw: dict[str, Any]) -> dict[str, Any]:
    """With `correct_category` it is announced for tomorrow, and `new_category` is still today's."""
    return {"category": needed(text(raw.get("new_category")), "new_category")}


def _components(raw: dict[str, Any]) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    if title := text(raw.get("message_template_title")):
        found.append({"type": "HEADER", "format": "TEXT", "text": title})
    found.append(
        {"type": "BODY", "text": needed(text(raw.get("message_template_element")), "message_template_element")}
    )
    if footer := text(raw.get("message_template_footer")):
        found.append({"type": "FOOTER", "text": footer})
    if buttons := [_button(one) for one in sequence(raw.get("message_template_buttons")) if isinstance(one, dict)]:
        found.append({"type": "BUTTONS", "buttons": buttons})
    return {"components": found}


def _button(raw: dict[str, Any]) -> dict[str, Any]:
    names = ("type", "text", "url", "phone_number")
    return {name: told for name in names if (told := text(raw.get(f"message_template_button_{name}")))}


_NEWS = {
    "message_template_components_update": _components,
    "message_template_quality_update": _quality,
    "message_template_status_update": _status,
    "template_category_update": _category,
}
