"""The approved templates staff may send where free text may not: those of the organization's pack."""

from dataclasses import dataclass

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


async def templates_for(staff: Staff, thread: ThreadView) -> list[TemplateForm]:
    """In the contact's language where it is approved in it, else in Spanish."""
    library = await staff.runtime.conversing.library(await driver_of(staff.session), staff.organization.id)
    contact = await staff.session.get(Contact, staff.inside("contact", thread.contact.id))
    if contact is None:
        return []
    wanted = PROVIDER_LANGUAGES.get(contact.language or "es", "es")
    found: dict[str, TemplateForm] = {}
    for template in templates_of(library):
        if template["language"] not in (wanted, "es"):
            continue
        parts = {part["type"]: part for part in template["components"]}
        examples = parts["BODY"].get("example", {}).get("body_text", [[]])[0]
        buttons = tuple(button["text"] for button in parts.get("BUTTONS", {}).get("buttons", ()))
        form = TemplateForm(template["name"], template["language"], parts["BODY"]["text"], tuple(examples), buttons)
        if template["language"] == wanted or template["name"] not in found:
            found[template["name"]] = form
    return list(found.values())
