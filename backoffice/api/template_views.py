"""How a message template is shown: its text with examples filled in, what Meta says of it, and where it comes from."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from backoffice.api.access import Staff
from backoffice.api.views import Named
from backoffice.organization_templates import Text, says
from channels.whatsapp.template_rules import VARIABLE, reason_es
from core.threads.message_templates import MessageTemplate, Status


class ButtonView(BaseModel):
    kind: Literal["quick_reply", "url", "other"]
    text: str
    url: str | None = None


class TemplateView(BaseModel):
    """One template in one language."""

    id: str | None
    """Null while nothing is known of it but the pack's text."""
    name: str
    language: str
    category: str
    origin: Literal["pack", "own", "meta"]
    """Whose it is: the flows', written here, or found at Meta."""
    status: Status
    reason: str | None
    """Why it is rejected, in Spanish and in Meta's words."""
    quality: str | None
    """GREEN, YELLOW, RED or UNKNOWN."""
    header: str
    body: str
    footer: str
    buttons: list[ButtonView]
    examples: list[str]
    shown: str
    """The body with its examples filled in."""
    outdated: bool
    """The pack says something else by now than what Meta approved."""
    checked_at: datetime | None


class TemplatesView(BaseModel):
    channel: Named
    accounts: list[Named]
    """The first number of each WhatsApp account: another one's templates are listed with its id."""
    read_at: datetime | None
    """When the list was last read from Meta; null: never, so that nothing is known of what is approved."""
    items: list[TemplateView]


def fill(body: str, values: list[str]) -> str:
    """The body with its numbered variables filled in; those without a value stay."""

    def value(number: str) -> str | None:
        return values[int(number) - 1] if number.isdecimal() and 0 < int(number) <= len(values) else None

    return VARIABLE.sub(lambda match: value(match[1]) or match[0], body)


def view_template(staff: Staff, row: MessageTemplate | None, pack: Text | None) -> TemplateView:
    """A row, the pack's text of the same name, or both: what Meta has goes before."""
    known = row or pack
    assert known is not None
    components = row.components if row is not None and says(row.components)[1] else pack.components if pack else []
    header, body, footer, _ = says(components)
    examples = examples_of(components) or (examples_of(pack.components) if pack else [])
    return TemplateView(
        id=staff.public("message_template", row.id) if row else None,
        name=known.name,
        language=known.language,
        category=known.category,
        origin="pack" if pack else "own" if row and row.own else "meta",
        status=row.status if row else "not_submitted",  # type: ignore[arg-type]
        reason=reason_es(row.reason, row.words) if row else None,
        quality=row.quality if row else None,
        header=header,
        body=body,
        footer=footer,
        buttons=[_button(one) for one in _part(components, "BUTTONS").get("buttons") or []],
        examples=examples,
        shown=fill(body, examples),
        outdated=bool(pack and row and row.status != "not_submitted" and says(pack.components) != says(components)),
        checked_at=row.checked_at if row else None,
    )


def examples_of(components: list[dict[str, Any]]) -> list[str]:
    given = (_part(components, "BODY").get("example") or {}).get("body_text") or [[]]
    return [str(one) for one in given[0]] if isinstance(given[0], list) else []


def _part(components: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next((part for part in components if str(part.get("type")).upper() == kind), {})


def _button(raw: dict[str, Any]) -> ButtonView:
    kinds: dict[str, Literal["quick_reply", "url", "other"]] = {"QUICK_REPLY": "quick_reply", "URL": "url"}
    kind = kinds.get(str(raw.get("type")).upper(), "other")
    return ButtonView(kind=kind, text=str(raw.get("text") or ""), url=str(raw["url"]) if raw.get("url") else None)
