"""The approved templates staff may send where free text may not: the pack's, own ones, and what else Meta approved."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from backoffice.api.access import Staff
from backoffice.api.template_views import examples_of
from backoffice.api.views import ThreadView
from backoffice.organization_templates import pack_texts
from bot.carriers import PROVIDER_LANGUAGES
from channels.whatsapp.template_rules import VARIABLE
from core.contacts.model import Contact
from core.db import driver_of
from core.threads.message_templates import templates_of_account
from core.threads.model import Channel


@dataclass(frozen=True, slots=True)
class TemplateForm:
    """`examples` are what its variables may be, in order."""

    name: str
    language: str
    body: str
    examples: tuple[str, ...]
    buttons: tuple[str, ...]


async def all_templates(staff: Staff) -> list[TemplateForm]:
    """In every language, of every number."""
    channels = await staff.session.scalars(
        select(Channel).where(Channel.kind == "whatsapp", Channel.removed_at.is_(None)).order_by(Channel.id)
    )
    found: dict[tuple[str, str], TemplateForm] = {}
    for channel in channels.all():
        found |= {(form.name, form.language): form for form in await _approved(staff, channel)}
    return list(found.values())


async def templates_for(staff: Staff, thread: ThreadView) -> list[TemplateForm]:
    """In the contact's language where it is approved in it, else in Spanish."""
    contact = await staff.session.get(Contact, staff.inside("contact", thread.contact.id))
    channel = await staff.session.get(Channel, staff.inside("channel", thread.channel)) if thread.channel else None
    if contact is None or channel is None or channel.kind != "whatsapp":
        return []
    wanted = PROVIDER_LANGUAGES.get(contact.language or "es", "es")
    found: dict[str, TemplateForm] = {}
    for form in await _approved(staff, channel):
        distance = _distance(form.language, wanted)
        before = found.get(form.name)
        if distance is not None and (before is None or distance < (_distance(before.language, wanted) or 0)):
            found[form.name] = form
    return [found[name] for name in sorted(found)]


def _distance(language: str, wanted: str) -> int | None:
    """How near a language is to the one wanted; None: the person would not understand it."""
    if language == wanted:
        return 0
    if language[:2] == wanted[:2]:
        return 1
    return 2 if language[:2] == "es" else None


async def _approved(staff: Staff, channel: Channel) -> list[TemplateForm]:
    """What may be sent by this number. Until Meta's list was read the pack's count as approved, but for what Meta told
    otherwise by itself."""
    rows = await templates_of_account(staff.session, staff.organization.id, str(channel.settings.get("waba_id") or ""))
    library = await staff.runtime.conversing.library(await driver_of(staff.session), staff.organization.id)
    pack = pack_texts(library, staff.organization.register)
    texts = [(row.name, row.language, row.components) for row in rows if row.status == "approved" and row.components]
    if channel.templates_read_at is None:
        known = {(row.name, row.language) for row in rows if row.status != "approved" or row.components}
        texts += [(text.name, text.language, text.components) for key, text in pack.items() if key not in known]
    else:
        bare = {(row.name, row.language) for row in rows if row.status == "approved" and not row.components}
        texts += [(text.name, text.language, text.components) for key, text in pack.items() if key in bare]
    forms = (_form(name, language, components, pack.get((name, language))) for name, language, components in texts)
    return [form for form in forms if form is not None]


def _form(name: str, language: str, components: Iterable[dict[str, Any]], pack: Any) -> TemplateForm | None:
    """None for what needs more than texts in its body: a picture above, a code, an address made for each person."""
    parts = {str(part.get("type")).upper(): part for part in components}
    body = str(parts.get("BODY", {}).get("text") or "")
    header = parts.get("HEADER", {})
    buttons = [one for one in parts.get("BUTTONS", {}).get("buttons") or [] if isinstance(one, dict)]
    variables = VARIABLE.findall(body)
    if (
        not body
        or parts.keys() - {"HEADER", "BODY", "FOOTER", "BUTTONS"}
        or header.get("format", "TEXT") != "TEXT"
        or VARIABLE.search(str(header.get("text") or ""))
        or any(not re.fullmatch(r"[0-9]+", one) for one in variables)
        or any(str(one.get("type")).upper() not in ("QUICK_REPLY", "URL", "PHONE_NUMBER") for one in buttons)
        or any(VARIABLE.search(str(one.get("url") or "")) for one in buttons)
    ):
        return None
    examples = examples_of(list(parts.values())) or (examples_of(pack.components) if pack else [])
    count = len(set(variables))
    shown = (*examples, *("…" for _ in range(count)))[:count]
    return TemplateForm(name, language, body, tuple(shown), tuple(str(one.get("text") or "") for one in buttons))
