"""The approved templates staff may send where free text may not: those of the organization's pack."""

from dataclasses import dataclass
from typing import Any

from backoffice.api.access import Staff
from backoffice.api.views import ThreadView
from bot.carriers import PROVIDER_LANGUAGES
from bot.tooling.templates import templates_of
from core.contacts.model import Contact
from core.db import driver_of


@dataclass(frozen=True, slots=True)
class TemplateForm:
    """`examples` are what its variables may be, in order."""

    name: str
    language: str
    body: str
    examples: tuple[str, ...]
    buttons: tuple[str, ...]


async def all_templates(staff: Staff) -> list[TemplateForm]:
    """In every language they are written in."""
    library = await staff.runtime.conversing.library(await driver_of(staff.session), staff.organization.id)
    return [_form(template) for template in templates_of(library)] if library else []


def _form(template: dict[str, Any]) -> TemplateForm:
    parts = {part["type"]: part for part in template["components"]}
    examples = parts["BODY"].get("example", {}).get("body_text", [[]])[0]
    buttons = tuple(button["text"] for button in parts.get("BUTTONS", {}).get("buttons", ()))
    return TemplateForm(template["name"], template["language"], parts["BODY"]["text"], tuple(examples), buttons)


async def templates_for(staff: Staff, thread: ThreadView) -> list[TemplateForm]:
    """In the contact's language where it is approved in it, else in Spanish."""
    contact = await staff.session.get(Contact, staff.inside("contact", thread.contact.id))
    if contact is None:
        return []
    wanted = PROVIDER_LANGUAGES.get(contact.language or "es", "es")
    found: dict[str, TemplateForm] = {}
    for form in await all_templates(staff):
        if form.language == wanted or (form.language == "es" and form.name not in found):
            found[form.name] = form
    return list(found.values())
