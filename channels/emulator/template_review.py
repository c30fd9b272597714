"""Submitting message templates, what Meta answers and says later, and listing them.

Source: developers.facebook.com/docs/whatsapp/business-management-api/message-templates, and the webhooks
message_template_status_update, message_template_quality_update and template_category_update.
"""

import asyncio
import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from channels.emulator.graph_errors import GraphError
from channels.emulator.webhooks import Webhooks
from channels.emulator.world import Json, WhatsAppAccount, World

PAGE = 25
CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
_VARIABLE = re.compile(r"\{\{\s*([a-z0-9_]+)\s*\}\}", re.IGNORECASE)


def listed(accounts: Sequence[WhatsAppAccount], query: Mapping[str, str]) -> Json:
    """A page of the account's templates; `limit`, `after` and `name` as Meta takes them."""
    name = query.get("name")
    found = [t for t in accounts[0].templates if name in (None, t["name"])]
    try:
        start = int(base64.b64decode(query.get("after", "MA==")))
        size = max(1, int(query.get("limit", PAGE)))
    except ValueError:
        raise GraphError(100, message="(#100) Invalid parameter") from None
    cursor = base64.b64encode(str(start + size).encode()).decode()
    paging: Json = {"cursors": {"before": "MAZDZD", "after": cursor}}
    if start + size < len(found):
        paging["next"] = f"https://graph.facebook.com/{accounts[0].waba_id}/message_templates?after={cursor}"
    return {"data": found[start : start + size], "paging": paging}


def submitted(world: World, webhooks: Webhooks, accounts: Sequence[WhatsAppAccount], body: Any) -> Json:
    """A new template of the business account, PENDING until its review; raises GraphError in Meta's words."""
    given = body if isinstance(body, dict) else {}
    name, language, category = (str(given.get(field) or "") for field in ("name", "language", "category"))
    if not re.fullmatch(r"[a-z0-9_]{1,512}", name):
        words = "Message template name can only have lowercase letters and underscores."
        raise _refused(2388014, "Invalid template name", words)
    if category not in CATEGORIES:
        raise GraphError(100, message=f"(#100) Param category must be one of {{{', '.join(CATEGORIES)}}}")
    if not language:
        raise GraphError(100, message="(#100) The parameter language is required.")
    if any((t["name"], t["language"]) == (name, language) for t in accounts[0].templates):
        words = f"There is already {language} content for this template. You can create a new template and try again."
        raise _refused(2388024, "Content in this language already exists", words)
    template = {
        "id": str(10**15 + world.next("template")),
        "name": name,
        "language": language,
        "category": category,
        "status": "PENDING",
        "parameter_format": "POSITIONAL",
        "components": _components(given.get("components")),
    }
    for account in accounts:
        account.templates.append(template)
    webhooks.spawn(_review(webhooks, accounts[0], template))
    return {"id": template["id"], "status": "PENDING", "category": category}


def edited(world: World, webhooks: Webhooks, accounts: Sequence[WhatsAppAccount], template: Json, body: Any) -> Json:
    """A template's text anew, which is reviewed again."""
    if template["status"] == "PENDING":
        words = "Message templates can only be edited when they are approved, rejected or paused."
        raise _refused(2388003, "Message template cannot be edited", words)
    template["components"] = _components(body.get("components") if isinstance(body, dict) else None)
    template["status"] = "PENDING"
    template.pop("rejected_reason", None)
    account = next(a for a in accounts if template in a.templates)
    webhooks.spawn(_review(webhooks, account, template))
    return {"success": True}


def deleted(accounts: Sequence[WhatsAppAccount], query: Mapping[str, str]) -> Json:
    """Every language of a name, or only the template of `hsm_id`."""
    name, number = query.get("name"), query.get("hsm_id")
    for account in accounts:
        gone = [t for t in account.templates if t["name"] == name and number in (None, t["id"])]
        if not gone:
            raise _refused(2593002, "Message template not found", "The template does not exist.")
        account.templates = [t for t in account.templates if t not in gone]
    return {"success": True}


def changed(webhooks: Webhooks, account: WhatsAppAccount, template: Json, given: Json) -> None:
    """Change what is given of a template, and tell each as Meta does."""
    which = {
        "message_template_id": int(template["id"]),
        "message_template_name": template["name"],
        "message_template_language": template["language"],
    }
    if status := given.get("status"):
        template["status"], reason = status, given.get("reason", "NONE")
        if status == "REJECTED":
            template["rejected_reason"] = reason
        value = {"event": status, **which, "reason": reason, "message_template_category": template["category"]}
        if given.get("rejection_info"):
            value["rejection_info"] = given["rejection_info"]
        webhooks.whatsapp(account, value, to="message_template_status_update")
    if quality := given.get("quality"):
        before = template.get("quality_score", {}).get("score", "UNKNOWN")
        template["quality_score"] = {"score": quality}
        value = {"previous_quality_score": before, "new_quality_score": quality, **which}
        webhooks.whatsapp(account, value, to="message_template_quality_update")
    if category := given.get("category"):
        value = {**which, "previous_category": template["category"], "new_category": category}
        template["category"] = category
        webhooks.whatsapp(account, value, to="template_category_update")


async def _review(webhooks: Webhooks, account: WhatsAppAccount, template: Json) -> None:
    """Meta decides some moments later, as `account.review` says."""
    await asyncio.sleep(account.status_delay)
    if account.review == "reject":
        told = {
            "reason": "Your template has parameters placed next to each other.",
            "recommendation": "Separate parameters with descriptive text.",
        }
        changed(webhooks, account, template, {"status": "REJECTED", "reason": "INVALID_FORMAT", "rejection_info": told})
    elif account.review == "approve":
        changed(webhooks, account, template, {"status": "APPROVED"})


def _components(given: Any) -> list[Json]:
    """Checked as Meta checks them at submission; raises GraphError."""
    parts = {str(part.get("type")).upper(): part for part in given or [] if isinstance(part, dict)}
    body = str(parts.get("BODY", {}).get("text") or "")
    if not body:
        raise _refused(2388043, "Missing fields", "The message template is missing its BODY.")
    if len(body) > 1024:
        raise _refused(2388040, "Character limit exceeded", "The field BODY can have at most 1024 characters.")
    if len(str(parts.get("FOOTER", {}).get("text") or "")) > 60:
        raise _refused(2388040, "Character limit exceeded", "The field FOOTER can have at most 60 characters.")
    variables = set(_VARIABLE.findall(body))
    if re.match(r"\s*\{\{", body) or re.search(r"\}\}\s*$", body):
        words = "The message body cannot begin or end with a variable."
        raise _refused(2388299, "Leading or trailing params", words)
    examples = parts.get("BODY", {}).get("example", {}).get("body_text") or [[]]
    if len(examples[0]) != len(variables):
        words = "Message template body text has variables without examples."
        raise _refused(2388050, "Missing example", words)
    buttons = parts.get("BUTTONS", {}).get("buttons") or []
    if len(buttons) > 10 or any(not 0 < len(str(one.get("text") or "")) <= 25 for one in buttons):
        raise _refused(2388040, "Character limit exceeded", "Buttons can have at most 25 characters.")
    return list(given)


def _refused(subcode: int, title: str, words: str) -> GraphError:
    return GraphError(100, message="Invalid parameter", subcode=subcode, user=(title, words))
