"""What Meta takes as a message template: its limits, checked before it is asked, and its refusals in Spanish.

Source: developers.facebook.com/docs/whatsapp/business-management-api/message-templates (components, guidelines).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import Refused

NAME = 512
BODY = 1024
FOOTER = 60
BUTTON = 25
URL = 2000
QUICK_REPLIES = 3
EXAMPLE = 200
LANGUAGES = {
    "es": "Español",
    "es_AR": "Español (Argentina)",
    "es_MX": "Español (México)",
    "es_ES": "Español (España)",
    "pt_BR": "Português (Brasil)",
    "en": "English",
    "en_US": "English (US)",
}
REASONS = {
    "ABUSIVE_CONTENT": "Su contenido va contra las políticas de WhatsApp.",
    "INCORRECT_CATEGORY": "El texto no es de la categoría elegida: si ofrece o promociona algo, es de marketing.",
    "INVALID_FORMAT": "El formato no vale: mira que las variables tengan texto entre medio y un ejemplo claro.",
    "PROMOTIONAL": "El texto promociona algo, y la categoría elegida no lo permite.",
    "SCAM": "Meta cree que puede ser un engaño.",
    "TAG_CONTENT_MISMATCH": "El texto no está en el idioma elegido, o no es de su categoría.",
}
"""Why Meta rejected one, by its code."""

VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Button:
    """`url` only of a button that opens a page."""

    kind: Literal["quick_reply", "url"]
    text: str
    url: str | None = None


def reason_es(code: str | None, words: str | None) -> str | None:
    """Why it was rejected: ours for a code we know, with Meta's own words when it gave some."""
    known = REASONS.get(code or "", f"Meta dice: {code}." if code else "")
    said = f"Meta dice: «{words}»" if words else ""
    return " ".join(part for part in (known, said) if part) or None


def components_of(
    name: str, language: str, body: str, examples: Sequence[str], footer: str, buttons: Sequence[Button]
) -> list[dict[str, Any]]:
    """The parts as Meta takes them. Raises Refused saying what it would not take."""
    if not re.fullmatch(rf"[a-z0-9_]{{1,{NAME}}}", name):
        words = "El nombre lleva sólo minúsculas sin tilde, números y guiones bajos, como aviso_de_turno."
        raise Refused("template_name", words)
    if language not in LANGUAGES:
        raise Refused("template_language", f"Ese idioma no se ofrece: elige uno de {', '.join(LANGUAGES)}.")
    variables = check_body(body)
    check_examples(variables, examples)
    body_part: dict[str, Any] = {"type": "BODY", "text": body}
    if examples:
        body_part["example"] = {"body_text": [list(examples)]}
    parts = [body_part]
    if footer:
        parts.append({"type": "FOOTER", "text": check_footer(footer)})
    if buttons:
        parts.append({"type": "BUTTONS", "buttons": check_buttons(buttons)})
    return parts


def check_body(body: str) -> int:
    """How many variables it has. Raises Refused."""
    if not body.strip():
        raise Refused("template_body", "Falta el texto.")
    if len(body) > BODY:
        raise Refused("template_body", f"El texto tiene {len(body)} caracteres: caben {BODY}.")
    found = VARIABLE.findall(body)
    if re.sub(r"\{\{\d+\}\}", "", body).count("{{") or [int(one) for one in found] != list(range(1, len(found) + 1)):
        words = "Las variables se escriben {{1}}, {{2}}, {{3}}…, en ese orden, sin saltos y una vez cada una."
        raise Refused("template_body", words)
    if re.match(r"\s*\{\{", body) or re.search(r"\}\}\s*$", body):
        words = "El texto no puede empezar ni terminar con una variable: ponle palabras antes y después."
        raise Refused("template_body", words)
    if re.search(r"\}\}\s*\{\{", body):
        raise Refused("template_body", "Entre dos variables tiene que haber texto.")
    if re.search(r"\n{3,}", body):
        raise Refused("template_body", "Meta no admite más de una línea vacía seguida.")
    return len(found)


def check_examples(variables: int, examples: Sequence[str]) -> None:
    """Raises Refused unless there is one for each variable."""
    given = [one for one in examples if one.strip()]
    if len(given) != variables or len(examples) != variables:
        words = f"El texto tiene {variables} variables y hay {len(given)} ejemplos: Meta pide uno de cada una."
        raise Refused("template_examples", words)
    if any(len(one) > EXAMPLE or "\n" in one for one in examples):
        raise Refused("template_examples", f"Un ejemplo es una línea de hasta {EXAMPLE} caracteres.")


def check_footer(footer: str) -> str:
    """The footer. Raises Refused."""
    if len(footer) > FOOTER or "{{" in footer or "\n" in footer:
        words = f"El pie es una línea de hasta {FOOTER} caracteres, sin variables."
        raise Refused("template_footer", words)
    return footer


def check_buttons(buttons: Sequence[Button]) -> list[dict[str, str]]:
    """The buttons as Meta takes them. Raises Refused."""
    kinds = {one.kind for one in buttons}
    if len(kinds) > 1 or len(buttons) > (QUICK_REPLIES if "quick_reply" in kinds else 1):
        words = f"Lleva hasta {QUICK_REPLIES} respuestas rápidas, o un botón que abre una página."
        raise Refused("template_buttons", words)
    texts = [one.text.strip() for one in buttons]
    if any(not 0 < len(one) <= BUTTON or "{{" in one or "\n" in one for one in texts):
        raise Refused("template_buttons", f"Un botón dice de 1 a {BUTTON} caracteres, en una línea y sin variables.")
    if len(set(texts)) < len(texts):
        raise Refused("template_buttons", "Dos botones dicen lo mismo.")
    if any(one.kind == "url" and not _is_page(one.url or "") for one in buttons):
        words = "La dirección del botón empieza por https:// y no lleva variables."
        raise Refused("template_buttons", words)
    return [
        {"type": "URL", "text": label, "url": one.url or ""} if one.kind == "url" else _quick(label)
        for one, label in zip(buttons, texts, strict=True)
    ]


def _quick(label: str) -> dict[str, str]:
    return {"type": "QUICK_REPLY", "text": label}


def _is_page(url: str) -> bool:
    return len(url) <= URL and re.fullmatch(r"https://[^\s/{}]+\.[^\s{}]+", url) is not None
