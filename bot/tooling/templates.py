"""The templates a pack needs approved, as the provider's API takes them: one for each name and language."""

from typing import Any

from bot.carriers import body_of, carriers, labels_of, provider_language
from bot.language.library import Library


def templates_of(library: Library, spanish: str = "es") -> list[dict[str, Any]]:
    """As `POST /{waba_id}/message_templates` takes them; `spanish`: how people are addressed (es, es-vos, es-usted).

    https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for flow in library.flows.values():
        for tag in (spanish, "pt", "en"):
            for step, carrier, _ in carriers(flow.variants.get(tag, flow)):
                body: dict[str, Any] = {"type": "BODY", "text": body_of(carrier.text)}
                if carrier.examples:
                    body["example"] = {"body_text": [list(carrier.examples)]}
                parts = [body]
                if labels := labels_of(step):
                    buttons = [{"type": "QUICK_REPLY", "text": str(label)} for label in labels]
                    parts.append({"type": "BUTTONS", "buttons": buttons})
                code = provider_language(carrier.text)
                named = {"name": carrier.name, "language": code, "category": "UTILITY"}
                found.setdefault((carrier.name, code), {**named, "components": parts})
    return list(found.values())
