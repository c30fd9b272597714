"""Message templates at Meta: listing an account's, submitting, editing and deleting one.

Source: developers.facebook.com/docs/whatsapp/business-management-api/message-templates.
"""

from dataclasses import dataclass
from typing import Any

from channels.lenient import record, sequence, text
from channels.whatsapp.parse_template import STATUSES
from channels.whatsapp.send import WhatsAppClients
from core.threads.outbound import ChannelAccount

_FIELDS = "id,name,language,status,category,components,rejected_reason,quality_score,parameter_format"
_PAGE = 100
_PAGES = 60
"""An account may have 6,000 templates."""


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """One template in one language, as Meta lists it; `status` is one of core.threads.message_templates."""

    provider_id: str
    name: str
    language: str
    category: str
    status: str
    reason: str | None
    quality: str | None
    components: list[dict[str, Any]]


async def list_templates(clients: WhatsAppClients, account: ChannelAccount) -> list[TemplateFacts]:
    """Every template of the number's business account. Raises what `WhatsAppClients.send` raises."""
    found: list[TemplateFacts] = []
    query = {"fields": _FIELDS, "limit": str(_PAGE)}
    for _ in range(_PAGES):
        told = await clients.ask(account, "GET", _path(account), params=query)
        found += [facts for raw in sequence(told.get("data")) if (facts := _facts(record(raw))) is not None]
        paging = record(told.get("paging"))
        after = text(record(paging.get("cursors")).get("after"))
        if not paging.get("next") or after is None:
            break
        query = {**query, "after": after}
    return found


async def submit(clients: WhatsAppClients, account: ChannelAccount, template: dict[str, Any]) -> TemplateFacts:
    """Ask for a new one's approval: {name, language, category, components}. Raises what `send` raises."""
    told = await clients.ask(account, "POST", _path(account), json=template)
    return TemplateFacts(
        text(told.get("id")) or "",
        template["name"],
        template["language"],
        text(told.get("category")) or template["category"],
        STATUSES.get(str(told.get("status")), "pending"),
        None,
        None,
        template["components"],
    )


async def edit(
    clients: WhatsAppClients, account: ChannelAccount, provider_id: str, components: list[dict[str, Any]]
) -> None:
    """Give one another text, and have it reviewed again. Raises what `send` raises."""
    await clients.ask(account, "POST", f"/{provider_id}", json={"components": components})


async def delete(clients: WhatsAppClients, account: ChannelAccount, name: str, provider_id: str) -> None:
    """Delete one language of a name. Raises what `send` raises."""
    await clients.ask(account, "DELETE", _path(account), params={"name": name, "hsm_id": provider_id})


def _path(account: ChannelAccount) -> str:
    return f"/{account.settings['waba_id']}/message_templates"


def _facts(raw: dict[str, Any]) -> TemplateFacts | None:
    """None for what Meta lists without a name, a language or an id."""
    number, name, language = (text(raw.get(key)) for key in ("id", "name", "language"))
    if number is None or name is None or language is None:
        return None
    reason = text(raw.get("rejected_reason"))
    return TemplateFacts(
        number,
        name,
        language,
        text(raw.get("category")) or "UTILITY",
        STATUSES.get(str(raw.get("status")), "pending"),
        None if reason == "NONE" else reason,
        text(record(raw.get("quality_score")).get("score")),
        [part for part in sequence(raw.get("components")) if isinstance(part, dict)],
    )
