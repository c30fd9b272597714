"""Templates of a WhatsApp account: the few it begins with, and the checks Meta makes when one is sent."""

import re
from typing import Any

from channels.emulator.graph_errors import GraphError, missing
from channels.emulator.world import Json, WhatsAppAccount

_VARIABLE = re.compile(r"\{\{\s*([a-z0-9_]+)\s*\}\}", re.IGNORECASE)


def sample_templates() -> list[Json]:
    """Approved templates in Spanish, shaped as `GET /{waba_id}/message_templates` lists them."""
    return [
        _template("1001", "hello_world", "UTILITY", "Hola. Este es un mensaje de prueba."),
        _template(
            "1002",
            "recordatorio_turno",
            "UTILITY",
            "Hola {{1}}, te recordamos tu turno del {{2}} a las {{3}}.",
        ),
        _template(
            "1003",
            "retomar_conversacion",
            "MARKETING",
            "Hola {{1}}, ¿seguimos con tu consulta?",
            ["Sí", "No"],
        ),
    ]


def _template(number: str, name: str, category: str, text: str, buttons: list[str] | None = None) -> Json:
    components: list[Json] = [{"type": "BODY", "text": text}]
    if buttons:
        components.append({"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": b} for b in buttons]})
    return {
        "id": number,
        "name": name,
        "language": "es",
        "category": category,
        "status": "APPROVED",
        "parameter_format": "POSITIONAL",
        "components": components,
    }


def find_template(account: WhatsAppAccount, content: Json) -> Json:
    """The template a send names. Raises GraphError 132001, or 132015 when it is paused."""
    name = content.get("name")
    language = (content.get("language") or {}).get("code")
    if not name or not language:
        raise missing("template['name'] and template['language']['code'] are required")
    for template in account.templates:
        if template["name"] == name and template["language"] == language:
            if template.get("status") == "PAUSED":
                raise GraphError(132015, f"template name ({name}) is paused")
            if template.get("status") == "DISABLED":
                raise GraphError(132016, f"template name ({name}) is disabled")
            if template.get("status", "APPROVED") == "APPROVED":
                return template
    raise GraphError(132001, f"template name ({name}) does not exist in {language}", status=404)


def check_template(account: WhatsAppAccount, content: Json) -> Json:
    """The named template, its parameters counted. Raises GraphError 132000 on a wrong count."""
    template = find_template(account, content)
    given = {str(c.get("type", "")).lower(): c.get("parameters") or [] for c in content.get("components") or []}
    for component in template.get("components", []):
        kind = component["type"].lower()
        if kind == "header" and component.get("format", "TEXT") != "TEXT":
            expected = 1
        elif kind in {"body", "header"}:
            expected = len(set(_VARIABLE.findall(component.get("text", ""))))
        else:
            continue
        count = len(given.get(kind, []))
        if count != expected:
            raise GraphError(
                132000,
                f"{kind}: number of localizable_params ({count}) does not match the expected number of "
                f"params ({expected})",
            )
    return template


def fill_template(template: Json, content: Json) -> Json:
    """What the person sees: {"header", "body", "footer", "buttons": [{"text", "type", "payload"}]}."""
    given = {str(c.get("type", "")).lower(): c.get("parameters") or [] for c in content.get("components") or []}
    payloads = {
        str(c.get("index")): (c.get("parameters") or [{}])[0].get("payload")
        for c in content.get("components") or []
        if str(c.get("type", "")).lower() == "button"
    }
    shown: Json = {}
    for component in template.get("components", []):
        kind = component["type"].lower()
        if kind == "buttons":
            shown["buttons"] = [
                {**button, "payload": payloads.get(str(n)) or button["text"]}
                for n, button in enumerate(component["buttons"])
            ]
        elif "text" in component:
            shown[kind] = _filled(component["text"], given.get(kind, []))
    return shown


def _filled(text: str, parameters: list[Json]) -> str:
    named = {p["parameter_name"]: p for p in parameters if "parameter_name" in p}
    numbered = {str(n): p for n, p in enumerate(parameters, 1)}

    def value(match: re.Match[str]) -> str:
        parameter: Any = named.get(match[1]) or numbered.get(match[1]) or {}
        inner = parameter.get(parameter.get("type", "text"))
        return str(inner.get("fallback_value", "")) if isinstance(inner, dict) else str(inner or "")

    return _VARIABLE.sub(value, text)
