"""WhatsApp message templates: what is approved, having Meta review them, and writing own ones."""

from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from backoffice.api.access import Needs, Staff
from backoffice.api.document import staff_router
from backoffice.api.template_views import TemplatesView, TemplateView, view_template
from backoffice.api.views import Named
from backoffice.api.words import Given, Line, MaybeLine, MaybeParagraph
from backoffice.connect_channel import opened, refusal
from backoffice.organization_templates import (
    Key,
    Submitted,
    Text,
    Wanted,
    keep_list,
    keep_submitted,
    pack_texts,
    read_from_meta,
    says,
    submit_all,
    whatsapp_channel,
)
from channels.whatsapp import templates as at_meta
from channels.whatsapp.template_rules import Button, components_of
from core.db import driver_of, enter_organization
from core.errors import HiloError, Missing, Refused
from core.organizations.audit import audit
from core.threads.message_templates import MessageTemplate, templates_of_account
from core.threads.model import Channel

router = staff_router("templates")

Reads = Annotated[Staff, Depends(Needs("templates.read"))]
Writes = Annotated[Staff, Depends(Needs("templates.write"))]
MOST = 100


class TemplateName(Given):
    name: Line
    language: Line


class ChannelChoice(Given):
    channel: Line | None = Field(
        default=None, description="A number of the account meant; the first one's if left out."
    )


class SubmitIn(ChannelChoice):
    templates: Annotated[list[TemplateName], Field(min_length=1, max_length=MOST)]


class Outcome(BaseModel):
    name: str
    language: str
    problem: str | None
    """Why Meta did not take it, in Spanish; null: it did."""


class Outcomes(BaseModel):
    outcomes: list[Outcome]
    templates: TemplatesView


class ButtonIn(Given):
    kind: Literal["quick_reply", "url"]
    text: MaybeLine
    url: Annotated[str, Field(max_length=2000)] | None = None


class TemplateText(Given):
    """Limits of Meta are refused with words that say what to do."""

    category: Literal["UTILITY", "MARKETING"]
    body: MaybeParagraph = Field(description="With {{1}}, {{2}} … for what changes.")
    examples: Annotated[list[MaybeLine], Field(max_length=20)] = []
    footer: MaybeLine = ""
    buttons: Annotated[list[ButtonIn], Field(max_length=10)] = []


class TemplateIn(TemplateText, ChannelChoice):
    name: Annotated[str, Field(max_length=600)]
    language: Annotated[str, Field(max_length=20)]


async def _pack(staff: Staff) -> dict[Key, Text]:
    library = await staff.runtime.conversing.library(await driver_of(staff.session), staff.organization.id)
    return pack_texts(library, staff.organization.register)


async def _channel(staff: Staff, public: str | None) -> Channel:
    inside = staff.inside("channel", public) if public else None
    return await whatsapp_channel(staff.session, staff.organization, inside)


def _waba(channel: Channel) -> str:
    return str(channel.settings["waba_id"])


@router.get("/templates")
async def list_templates(
    staff: Reads, channel: Annotated[Line | None, Query(description="A number of the account meant.")] = None
) -> TemplatesView:
    """The pack's templates, own ones and what else Meta has, with their approval in each language."""
    return await _view(staff, await _channel(staff, channel))


async def _view(staff: Staff, channel: Channel) -> TemplatesView:
    rows = await templates_of_account(staff.session, staff.organization.id, _waba(channel))
    pack, known = await _pack(staff), {(row.name, row.language): row for row in rows}
    items = [view_template(staff, known.get(key), text) for key, text in pack.items()]
    items += [view_template(staff, row, None) for key, row in known.items() if key not in pack]
    numbers = await staff.session.scalars(
        select(Channel).where(Channel.kind == "whatsapp", Channel.removed_at.is_(None)).order_by(Channel.id)
    )
    first: dict[str, Channel] = {}
    for one in numbers:
        first.setdefault(str(one.settings.get("waba_id")), one)
    return TemplatesView(
        channel=Named(id=staff.public("channel", channel.id), name=channel.name),
        accounts=[Named(id=staff.public("channel", one.id), name=one.name) for one in first.values()],
        read_at=channel.templates_read_at,
        items=sorted(items, key=lambda one: (one.name, one.language)),
    )


@router.post("/templates/refresh")
async def refresh_templates(staff: Writes, given: ChannelChoice) -> TemplatesView:
    """Read the whole list from Meta. From then on only what is approved there can be sent."""
    channel = await _channel(staff, given.channel)
    account = opened(staff.runtime.vault, channel)
    await staff.session.commit()  # no HTTP inside a transaction
    listed = await read_from_meta(staff.runtime.whatsapp, account)
    await enter_organization(staff.session, staff.organization.id)
    await keep_list(staff.session, staff.organization.id, _waba(channel), listed, staff.now)
    return await _answer(staff, channel.id)


async def _answer(staff: Staff, channel_id: int) -> TemplatesView:
    channel = await staff.session.get_one(Channel, channel_id, populate_existing=True)
    view = await _view(staff, channel)
    await staff.session.commit()
    return view


@router.post("/templates/submit")
async def submit_templates(staff: Writes, given: SubmitIn) -> Outcomes:
    """Have Meta review these, or review anew what was rejected or says something else by now.

    Where the list was never read from Meta it is read first: what is approved there already is not sent again.
    """
    channel = await _channel(staff, given.channel)
    account, waba = opened(staff.runtime.vault, channel), _waba(channel)
    if channel.templates_read_at is None:
        await staff.session.commit()
        listed = await read_from_meta(staff.runtime.whatsapp, account)
        await enter_organization(staff.session, staff.organization.id)
        await keep_list(staff.session, staff.organization.id, waba, listed, staff.now)
    wanted = await _wanted(staff, waba, [(one.name, one.language) for one in given.templates])
    await staff.session.commit()
    submitted = await submit_all(staff.runtime.whatsapp, account, wanted)
    await enter_organization(staff.session, staff.organization.id)
    await keep_submitted(staff.session, staff.organization.id, waba, submitted, staff.now)
    names = [f"{one.wanted.text.name} ({one.wanted.text.language})" for one in submitted]
    audit(staff.session, staff.member, "templates.submitted", channel.name, staff.now, templates=names)
    return Outcomes(outcomes=[_outcome(one) for one in submitted], templates=await _answer(staff, channel.id))


def _outcome(one: Submitted) -> Outcome:
    return Outcome(name=one.wanted.text.name, language=one.wanted.text.language, problem=one.problem)


async def _wanted(staff: Staff, waba: str, keys: list[Key]) -> list[Wanted]:
    """The texts to be reviewed with their ids at Meta; what it has as it is, waiting or approved, is left alone."""
    pack = await _pack(staff)
    rows = await templates_of_account(staff.session, staff.organization.id, waba)
    known = {(row.name, row.language): row for row in rows}
    wanted: list[Wanted] = []
    for key in dict.fromkeys(keys):
        row, text = known.get(key), pack.get(key)
        if text is None and row is not None:
            text = Text(row.name, row.language, row.category, row.components)
        if text is None:
            raise Missing("message_template")
        same = row is not None and says(row.components) == says(text.components)
        if row is None or row.status in ("not_submitted", "rejected") or (row.status != "pending" and not same):
            before = (row.checked_at, row.status) if row else (None, "not_submitted")
            wanted.append(Wanted(text, row.provider_id if row else None, before))
    return wanted


@router.post("/templates", status_code=201)
async def write_template(staff: Writes, given: TemplateIn) -> TemplateView:
    """Write an own one. It can be sent once Meta approved it: submit it."""
    channel = await _channel(staff, given.channel)
    components = _checked(given.name, given.language, given)
    named = {"organization_id": staff.organization.id, "waba": _waba(channel)}
    named |= {"name": given.name, "language": given.language}
    taken = await staff.session.scalar(select(MessageTemplate.id).filter_by(**named))
    if taken is not None or (given.name, given.language) in await _pack(staff):
        raise Refused("template_taken", f"Ya hay una plantilla «{given.name}» en ese idioma: elige otro nombre.")
    row = MessageTemplate(**named, category=given.category, components=components, own=True)
    staff.session.add(row)
    audit(staff.session, staff.member, "template.written", given.name, staff.now, language=given.language)
    return await _written(staff, row)


@router.put("/templates/{template_id}")
async def rewrite_template(staff: Writes, template_id: str, given: TemplateText) -> TemplateView:
    """Change an own one that is not at Meta yet, or that was rejected there; then submit it."""
    row = await _own(staff, template_id)
    if row.status not in ("not_submitted", "rejected"):
        words = "Esa plantilla ya está en Meta: para cambiar lo que dice, escribe otra con otro nombre."
        raise Refused("template_fixed", words)
    row.components, row.category = _checked(row.name, row.language, given), given.category
    audit(staff.session, staff.member, "template.written", row.name, staff.now, language=row.language)
    return await _written(staff, row)


@router.delete("/templates/{template_id}", status_code=204)
async def delete_template(staff: Writes, template_id: str) -> None:
    """Delete an own one, also at Meta; its name cannot be used there again for 30 days."""
    row = await _own(staff, template_id)
    number, name = row.provider_id, row.name
    if number is not None:
        channel = await _of_waba(staff, row.waba)
        account = opened(staff.runtime.vault, channel)
        await staff.session.commit()
        try:
            await at_meta.delete(staff.runtime.whatsapp, account, name, number)
        except HiloError as error:
            raise refusal("whatsapp", error) from None
        await enter_organization(staff.session, staff.organization.id)
        row = await _own(staff, template_id)
    await staff.session.delete(row)
    audit(staff.session, staff.member, "template.deleted", name, staff.now, language=row.language)
    await staff.session.commit()


async def _of_waba(staff: Staff, waba: str) -> Channel:
    found = await staff.session.scalar(
        select(Channel)
        .where(Channel.settings["waba_id"].astext == waba, Channel.removed_at.is_(None))
        .order_by(Channel.id)
        .limit(1)
    )
    if found is None:
        raise Refused("no_whatsapp", "El número de esa cuenta de WhatsApp ya no está conectado.")
    return found


async def _own(staff: Staff, public: str) -> MessageTemplate:
    """One the staff wrote, locked; raises Missing or Refused."""
    inside = staff.inside("message_template", public)
    row = await staff.session.get(MessageTemplate, inside, with_for_update=True, populate_existing=True)
    if row is None:
        raise Missing("message_template")
    if not row.own:
        raise Refused("not_own", "Esa plantilla no se escribió aquí: cámbiala donde está, en el flujo o en Meta.")
    return row


def _checked(name: str, language: str, given: TemplateText) -> list[dict[str, object]]:
    buttons = [Button(one.kind, one.text, one.url) for one in given.buttons]
    return components_of(name, language, given.body, given.examples, given.footer, buttons)


async def _written(staff: Staff, row: MessageTemplate) -> TemplateView:
    await staff.session.flush()
    view = view_template(staff, row, None)
    await staff.session.commit()
    return view
